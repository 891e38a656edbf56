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

/** Why a number is not accepted as an id. Quotes nothing from a request. */
export const INEXACT_ID =
  'This number cannot be represented exactly as an id and would name another object: send it as text.';

/** The text of a number given as an id; null if it may differ from the number that was sent, because JSON numbers are doubles. */
export function exactId(value: number): string | null {
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? String(value) : null;
}

/**
 * Makes every `ID` of a schema refuse numbers that a double cannot hold exactly; the `ID` of graphql-js reads
 * 9007199254740993 as 9007199254740992. Digits in a document are text and stay as they are. Pothos has no option for
 * this: it always uses the type of graphql-js.
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
  // The types of variables are looked up by name.
  schema.getTypeMap()[id.name] = id;
  return schema;
}

/** The error for a number that is not accepted as an id. */
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
