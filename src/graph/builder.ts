import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import type { Json } from '../domain/json.ts';
import type { GatewayContext } from './context.ts';

interface SchemaTypes {
  Context: GatewayContext;
  DefaultFieldNullability: false;
  Scalars: { ID: { Input: string; Output: string }; OidcJwks: { Input: unknown; Output: Json } };
}

/** Makes an empty builder. It is no singleton: a schema can be built for any list of upstreams. */
export function createBuilder() {
  const builder = new SchemaBuilder<SchemaTypes>({
    plugins: [ErrorsPlugin],
    defaultFieldNullability: false,
    errors: {
      // Success members are types of their own, which wrap the object under its noun.
      directResult: true,
      defaultUnionOptions: {
        name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result`,
      },
    },
  });
  builder.queryType({
    description: 'Reads. Each field gives a union of its success and of the errors it can have.',
  });
  builder.mutationType({
    description:
      'Writes. Each field takes one argument, `input`, and gives a union of its success and of the errors it can have. A create or partial change is not retried once it may have been received; each field says what the gateway does if its response is lost.',
  });
  return builder;
}

export type Builder = ReturnType<typeof createBuilder>;
