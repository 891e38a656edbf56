import { GraphQLError, Kind } from 'graphql';
import type { ValueNode } from 'graphql';
import { exactNumber } from '../../domain/json/exact-json.ts';
import type { Builder } from '../builder.ts';

/** Scalars for a JSON object. */
type ObjectScalar = 'OidcJwks' | 'OidcClaims';

/** Adds the scalars. */
export function addScalars(builder: Builder): void {
  addObjectScalar(
    builder,
    'OidcJwks',
    'A JSON Web Key Set (RFC 7517 section 5) of public keys. As input: a JSON object, e.g. `{keys: [{kty: "RSA", use: "sig", kid: "1", n: "…", e: "AQAB"}]}`, ' +
      'or the same as a JSON string. As output: a JSON object. The input field that uses it validates the content and reports problems as issues.',
  );
  addObjectScalar(
    builder,
    'OidcClaims',
    'The claims of an ID token (OpenID Connect Core 1.0 section 2): a JSON object, e.g. `{sub: "a1", groups: ["admin"]}`, or the same as a JSON string. Only used as input.',
  );
}

/** Adds a scalar for a JSON object or its text. The input field that uses it checks the rest. */
function addObjectScalar(builder: Builder, name: ObjectScalar, description: string): void {
  builder.scalarType(name, {
    description,
    serialize: (value) => value,
    parseValue: (value) => objectOrText(name, value),
    parseLiteral: (node, variables) => {
      if (node.kind !== Kind.OBJECT && node.kind !== Kind.STRING) throw notAnObject(name, node);
      return objectOrText(name, untypedValue(node, variables, exactNumber));
    },
  });
}

/**
 * The value of an untyped literal, like `valueFromASTUntyped` of graphql-js, which however rounds numbers that a double
 * cannot hold.
 */
export function untypedValue(
  node: ValueNode,
  variables: Readonly<Record<string, unknown>> | null | undefined,
  numberOf: (digits: string) => unknown,
): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return numberOf(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
    case Kind.ENUM:
      return node.value;
    case Kind.LIST:
      return node.values.map((item) => untypedValue(item, variables, numberOf));
    case Kind.OBJECT: {
      const object: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      for (const { name, value } of node.fields)
        object[name.value] = untypedValue(value, variables, numberOf);
      return object;
    }
    case Kind.VARIABLE:
      return variables?.[node.name.value];
  }
}

function objectOrText(name: ObjectScalar, value: unknown): unknown {
  if (
    typeof value === 'string' ||
    (typeof value === 'object' && value !== null && !Array.isArray(value))
  )
    return value;
  throw notAnObject(name);
}

/** The message does not repeat the value, which might be a secret by mistake. */
function notAnObject(name: ObjectScalar, node?: ValueNode): GraphQLError {
  return new GraphQLError(`${name} must be a JSON object or its JSON text.`, {
    nodes: node ?? null,
  });
}
