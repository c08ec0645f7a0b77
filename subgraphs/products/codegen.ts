import { readFileSync } from 'node:fs';
import type { CodegenConfig } from '@graphql-codegen/cli';

const schema = new URL('../../schema/', import.meta.url);
const { products } = JSON.parse(readFileSync(new URL('subgraphs.json', schema), 'utf8'));

const config: CodegenConfig = {
  schema: products.files.map((file: string) => new URL(file, schema).pathname),
  generates: {
    './src/generated/graphql.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        federation: true,
        strictScalars: true,
        enumsAsTypes: true,
        // A field with a default value is always there when a resolver sees it.
        avoidOptionals: { defaultValue: true },
        useTypeImports: true,
        emitLegacyCommonJSImports: false,
        importExtension: '.ts',
        contextType: '../context.ts#Context',
        scalars: {
          ID: 'string',
          _FieldSet: 'string',
          DateTime: { input: 'string', output: 'Date' },
          Decimal: 'string',
          CurrencyCode: 'string',
          CountryCode: 'string',
        },
        mappers: {
          Product: '../domain/product.ts#Product as ProductModel',
          ProductVariant: '../domain/variant.ts#Variant as VariantModel',
          ProductConnection: '../store/product-list-store.ts#ProductPage',
          StockLevel: '../resolvers/stock-level.ts#StockLevelModel',
          StockMovement: '../domain/stock.ts#BookedMovement as MovementModel',
          Category: '../domain/category.ts#Category as CategoryModel',
          Review: '../domain/review.ts#Review as ReviewModel',
          PriceRange: '../domain/product.ts#Product as ProductModel',
          Money: '@entrepot/money/money#Money as MoneyModel',
        },
      },
    },
  },
};

export default config;
