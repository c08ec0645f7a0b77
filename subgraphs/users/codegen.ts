import { readFileSync } from 'node:fs';
import type { CodegenConfig } from '@graphql-codegen/cli';

const schema = new URL('../../schema/', import.meta.url);
const { users } = JSON.parse(readFileSync(new URL('subgraphs.json', schema), 'utf8'));

const config: CodegenConfig = {
  schema: users.files.map((file: string) => new URL(file, schema).pathname),
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
          User: '../domain/user.ts#User as UserModel',
          Address: '../domain/address.ts#Address as AddressModel',
        },
      },
    },
  },
};

export default config;
