import { GraphQLError, Kind } from 'graphql';
import type { ValueNode } from 'graphql';
import { exactNumber } from '../domain/exact-json.ts';
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
      return objectOrText(untypedValue(node, variables, exactNumber));
    },
  });
}

/**
 * The value of a literal that has no type, as `valueFromASTUntyped` of graphql-js, but for its numbers: those become
 * others there, where a double cannot carry them.
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

function objectOrText(value: unknown): unknown {
  if (
    typeof value === 'string' ||
    (typeof value === 'object' && value !== null && !Array.isArray(value))
  )
    return value;
  throw notAKeySet();
}

/** The message does not repeat the value, which might be a secret by mistake. */
function notAKeySet(node?: ValueNode): GraphQLError {
  return new GraphQLError('OidcJwks must be a JSON object or its JSON text.', {
    nodes: node ?? null,
  });
}

/** Why a text is not taken for a link. Holds nothing of a request. */
export const ILL_FORMED =
  'A text has half of a surrogate pair, which stands for no character: a link cannot carry it.';

/** Characters of all arguments of a link: browsers and servers take no longer ones, and a list has a link for each of its objects. */
const MAX_LINK_CHARACTERS = 4_000;

/** Why the arguments of a link are not taken. Holds nothing of a request. */
export const TOO_LONG_FOR_LINK = `The arguments of a link have more than ${MAX_LINK_CHARACTERS} characters, which no link can carry.`;

/**
 * Refuses arguments with text that no URL can carry, where no input with issues is parsed.
 * @throws GraphQLError
 */
export function refuseUnlinkable(value: unknown): void {
  linkCharacters(value, 0);
}

/** Counts a text as one more than it has: a list of empty ones takes time too. */
function linkCharacters(value: unknown, before: number): number {
  let count = before;
  if (typeof value === 'string') count += value.length + 1;
  if (count > MAX_LINK_CHARACTERS) throw new GraphQLError(TOO_LONG_FOR_LINK);
  if (typeof value === 'string' && !value.isWellFormed()) throw new GraphQLError(ILL_FORMED);
  if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) count = linkCharacters(item, count);
  return count;
}
