import { GraphQLError, Kind, valueFromASTUntyped } from 'graphql';
import type { ValueNode } from 'graphql';
import type { Builder } from './builder.ts';

/** Adds the scalars. */
export function addScalars(builder: Builder): void {
  builder.scalarType('OidcJwks', {
    description:
      'A JSON Web Key Set (RFC 7517 section 5) of public keys. As input a JSON object, e.g. `{keys: [{kty: "RSA", use: "sig", kid: "1", n: "…", e: "AQAB"}]}`, ' +
      'or its JSON text; as output a JSON object. What is in it is checked by the field it is given to, which reports faults as issues.',
    serialize: (value) => value,
    parseValue: (value) => objectOrText(value),
    parseLiteral: (node, variables) => {
      if (node.kind !== Kind.OBJECT && node.kind !== Kind.STRING) throw notAKeySet(node);
      return objectOrText(valueFromASTUntyped(node, variables));
    },
  });
}

function objectOrText(value: unknown): unknown {
  if (typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value))) return value;
  throw notAKeySet();
}

/** The message does not repeat the value, which might be a secret by mistake. */
function notAKeySet(node?: ValueNode): GraphQLError {
  return new GraphQLError('OidcJwks must be a JSON object or its JSON text.', { nodes: node ?? null });
}
