import { existsSync } from 'node:fs';
import js from '@eslint/js';
import graphqlPlugin from '@graphql-eslint/eslint-plugin';
import tseslint from 'typescript-eslint';

// These need the types of dependencies of their own: `npm run test:federation` and `npm run test:containers` install them,
// and lint then.
const INSTALLED_APART = [['test/federation', 'examples/supergraph'], ['test/containers']];
const notInstalled = INSTALLED_APART.filter((folders) =>
  folders.some((folder) => !existsSync(new URL(`${folder}/node_modules`, import.meta.url))),
).flat();

const CAN_PARSE = {
  object: 'URL',
  property: 'canParse',
  message: 'Wrong for letters beyond ASCII in Node.js 20: take parseUrl of src/domain/text/url.ts.',
};

export default tseslint.config(
  {
    ignores: [
      '**/dist/',
      'schema/client/',
      'client/src/generated/',
      'examples/clients/graphql/',
      'coverage/',
      // A project of its own, which a test compiles.
      'test/fixtures/client-consumer/',
      '**/node_modules/',
      ...notInstalled,
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [js.configs.recommended, ...tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Template literals of numbers are readable and safe.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      '@typescript-eslint/prefer-nullish-coalescing': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': ['error', CAN_PARSE],
    },
  },
  {
    // Programs that print what happened.
    files: ['examples/clients/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    // The environment is read in one place, so that every issue is reported at once; but for what only asks a running gateway.
    files: ['src/**/*.ts'],
    ignores: ['src/config/config.ts', 'src/config/own-address.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        CAN_PARSE,
        {
          object: 'process',
          property: 'env',
          message: 'Only src/config/ reads the environment: config.ts, and own-address.ts.',
        },
      ],
    },
  },
  {
    files: ['schema/operations/*.graphql'],
    plugins: { '@graphql-eslint': graphqlPlugin },
    languageOptions: {
      parser: graphqlPlugin.parser,
      parserOptions: {
        graphQLConfig: {
          schema: 'schema/schema.graphql',
          documents: 'schema/operations/*.graphql',
        },
      },
    },
    rules: graphqlPlugin.configs['flat/operations-recommended'].rules,
  },
  {
    files: ['schema/schema.graphql'],
    plugins: { '@graphql-eslint': graphqlPlugin },
    languageOptions: {
      parser: graphqlPlugin.parser,
      parserOptions: { graphQLConfig: { schema: 'schema/schema.graphql' } },
    },
    rules: {
      '@graphql-eslint/naming-convention': [
        'error',
        {
          types: 'PascalCase',
          FieldDefinition: 'camelCase',
          InputValueDefinition: 'camelCase',
          Argument: 'camelCase',
          EnumValueDefinition: 'UPPER_CASE',
        },
      ],
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
          DirectiveDefinition: true,
          rootField: true,
        },
      ],
      '@graphql-eslint/no-typename-prefix': 'off',
    },
  },
);
