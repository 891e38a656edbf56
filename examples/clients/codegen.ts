import type { CodegenConfig } from '@graphql-codegen/cli';

/* Generates types for your documents, and the list of documents that an operator can configure the gateway to accept. */
const config: CodegenConfig = {
  schema: '../../schema/schema.graphql',
  documents: ['documents.graphql', '../../schema/operations/fragments/any-error.graphql'],
  generates: {
    'graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        useTypeImports: true,
        strictScalars: true,
        enumsAsTypes: true,
        scalars: {
          OidcJwks: { input: 'string | object', output: 'Record<string, unknown>' },
          OidcClaims: { input: 'string | object', output: 'Record<string, unknown>' },
        },
      },
    },
  },
  importExtension: '.ts',
};

export default config;
