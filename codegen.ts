import type { CodegenConfig } from '@graphql-codegen/cli';
import { buildSchema, printSortedSchema } from './src/server/schema.ts';
import { upstreams } from './src/upstreams/index.ts';

/** Writes the schema, sorted, and the typed documents of the example operations. */
const config: CodegenConfig = {
  schema: printSortedSchema(buildSchema(upstreams)),
  documents: ['schema/operations/**/*.graphql', 'test/e2e/documents.graphql'],
  importExtension: '.ts',
  generates: {
    'schema/schema.graphql': { plugins: ['schema-ast'], config: { sort: true } },
    'schema/client/': {
      preset: 'client',
      // Each typed document carries its hash, and all of them go into persisted-documents.json.
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        useTypeImports: true,
        strictScalars: true,
        enumsAsTypes: true,
        scalars: {
          ID: 'string',
          OidcJwks: { input: 'string | object', output: 'Record<string, unknown>' },
          OidcClaims: { input: 'string | object', output: 'Record<string, unknown>' },
        },
      },
    },
  },
};

export default config;
