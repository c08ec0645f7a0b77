import { readFileSync } from 'node:fs';
import type { CodegenConfig } from '@graphql-codegen/cli';

const schema = new URL('../../schema/', import.meta.url);
const { orders } = JSON.parse(readFileSync(new URL('subgraphs.json', schema), 'utf8'));

const config: CodegenConfig = {
  schema: orders.files.map((file: string) => new URL(file, schema).pathname),
  generates: {
    './src/generated/graphql.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        federation: true,
        strictScalars: true,
        enumsAsTypes: true,
        // What has a default is always there.
        avoidOptionals: { defaultValue: true },
        useTypeImports: true,
        emitLegacyCommonJSImports: false,
        importExtension: '.ts',
        contextType: '../context.ts#Context',
        scalars: {
          ID: 'string',
          _FieldSet: 'string',
          DateTime: { input: 'Date', output: 'Date' },
          Decimal: 'string',
          CurrencyCode: 'string',
          CountryCode: 'string',
        },
        mappers: {
          User: '../resolvers/models.ts#UserModel',
          Cart: '../domain/cart.ts#Cart as CartModel',
          CartLine: '../domain/cart.ts#CartLine as CartLineModel',
          Order: '../domain/order.ts#OrderHead as OrderModel',
          OrderLine: '../resolvers/models.ts#OrderLineModel',
          Payment: '../resolvers/models.ts#PaymentModel',
          Money: '@entrepot/money/money#Money as MoneyModel',
        },
      },
    },
  },
};

export default config;
