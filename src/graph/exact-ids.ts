import {
  GraphQLError,
  GraphQLID,
  GraphQLList,
  GraphQLNonNull,
  GraphQLScalarType,
  Kind,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { GraphQLSchema, GraphQLType, ValueNode } from 'graphql';

/** Why a number is not taken for an id. Holds nothing of a request. */
export const INEXACT_ID =
  'This number cannot be carried exactly as an id, and would name another object: send it as text.';

/** The text of a number given for an id; null where the number is perhaps not the one that was sent: JSON numbers are doubles. */
export function exactId(value: number): string | null {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : null;
}

/**
 * Makes every `ID` of a schema refuse numbers that are not carried exactly; that of graphql-js takes 9007199254740993 for
 * 9007199254740992. In a document, digits are text, and taken as they are. Pothos has no place for this: it always uses
 * the type of graphql-js.
 */
export function refuseInexactIds(schema: GraphQLSchema): GraphQLSchema {
  const id = new GraphQLScalarType<string, string>({
    ...(GraphQLID.toConfig() as object),
    name: GraphQLID.name,
    parseValue: (value) => {
      if (typeof value !== 'number') return GraphQLID.parseValue(value);
      const text = exactId(value);
      if (text === null) throw inexactId();
      return text;
    },
    parseLiteral: (node) => {
      if (node.kind === Kind.FLOAT) throw inexactId(node);
      return GraphQLID.parseLiteral(node);
    },
  });
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type)) replaceIn(Object.values(type.getFields()), id);
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    const fields = Object.values(type.getFields());
    replaceIn(fields, id);
    for (const { args } of fields) replaceIn(args, id);
  }
  // By its name the types of variables are found.
  schema.getTypeMap()[id.name] = id;
  return schema;
}

/** The error for a number that is not taken for an id. */
export function inexactId(node?: ValueNode): GraphQLError {
  return new GraphQLError(INEXACT_ID, {
    nodes: node ?? null,
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

function replaceIn(places: readonly { type: GraphQLType }[], id: GraphQLScalarType): void {
  for (const place of places) place.type = replaced(place.type, id);
}

function replaced(type: GraphQLType, id: GraphQLScalarType): GraphQLType {
  if (isNonNullType(type))
    return new GraphQLNonNull(replaced(type.ofType as GraphQLType, id) as never);
  if (isListType(type)) return new GraphQLList(replaced(type.ofType, id));
  return type === GraphQLID ? id : type;
}
