import SchemaBuilder from '@pothos/core';
import type { InputObjectRef, ObjectRef } from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import type { Json } from '../domain/json/json.ts';
import type { GatewayContext } from './context.ts';

interface SchemaTypes {
  Context: GatewayContext;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    OidcJwks: { Input: unknown; Output: Json };
    OidcClaims: { Input: unknown; Output: Json };
  };
}

/** Makes an empty builder. Not a singleton, because a schema can be built for any list of upstreams. */
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
    description:
      'Read operations. Each field returns a union of its success type and its possible error types.',
  });
  builder.mutationType({
    description:
      "Write operations. Each field takes one argument, `input`, and returns a union of its success type and its possible error types. If the upstream might already have received a request, the gateway never retries it, unless it is a deletion or a PUT that replaces the whole object. The description of each field says what the gateway does if the upstream's response is lost. With the request header `Idempotency-Key` (a new text of 1 to 255 characters for each new write, e.g. a UUID), the same request can be sent again: the write happens at most once, and its result is returned again, without secrets. Checks and dry runs ignore the header.",
  });
  return builder;
}

export type Builder = ReturnType<typeof createBuilder>;

type Types = PothosSchemaTypes.ExtendDefaultTypes<SchemaTypes>;

/** An object type whose objects have this shape. */
export type TypeOf<Shape> = ObjectRef<Types, Shape>;

/** An input type whose values have this shape. */
export type InputTypeOf<Shape> = InputObjectRef<Types, Shape>;

/** Makes the fields of an input type. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<Types, 'InputObject'>;

/** Makes the fields of an object type whose objects have this shape. */
export type ObjectFields<Shape> = PothosSchemaTypes.ObjectFieldBuilder<Types, Shape>;

/** The values of an enum with their descriptions, typed by name. */
export function describedValues<Value extends string>(
  descriptions: Readonly<Record<Value, string>>,
): Record<Value, { description: string }> {
  const entries = Object.entries<string>(descriptions).map(([value, description]) => [
    value,
    { description },
  ]);
  return Object.fromEntries(entries) as Record<Value, { description: string }>;
}
