import {
  GraphQLBoolean,
  GraphQLID,
  GraphQLString,
  Kind,
  getArgumentValues,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  typeFromAST,
  valueFromAST,
} from 'graphql';
import type {
  ArgumentNode,
  FieldNode,
  GraphQLArgument,
  GraphQLField,
  GraphQLInputObjectType,
  GraphQLInputType,
  GraphQLSchema,
  NamedTypeNode,
  ValueNode,
  VariableDefinitionNode,
} from 'graphql';

/** Marks a value that is invalid or of a rare kind, which graphql-js handles. */
const LEFT = Symbol('left to graphql-js');

type Values = Readonly<Record<string, unknown>>;

/** Coerces a sent value; `LEFT` if graphql-js has to. */
type Coerce = (value: unknown) => unknown;

/** Coerces a literal with the coerced variables; `LEFT` if graphql-js has to. */
type Read = (variables: Values) => unknown;

/** Prepares the coercion of variables (GraphQL section 6.1.2). The result returns null if graphql-js has to report what is wrong. */
export function compileVariables(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
): (given: Values) => Values | null {
  const coercions = new Map<GraphQLInputObjectType, Coerce>();
  const variables = definitions.map(({ variable, type: node, defaultValue }) => {
    // Validation has made sure that it is an input type.
    const type = typeFromAST(schema, node as NamedTypeNode) as GraphQLInputType;
    return {
      name: variable.name.value,
      coerce: coercionOf(type, coercions),
      required: isNonNullType(type) && defaultValue === undefined,
      initial: () => (defaultValue === undefined ? undefined : valueFromAST(defaultValue, type)),
    };
  });
  return (given) => {
    const coerced: Record<string, unknown> = {};
    for (const { name, coerce, required, initial } of variables) {
      if (Object.hasOwn(given, name)) {
        const value = coerce(given[name]);
        if (value === LEFT) return null;
        coerced[name] = value;
      } else {
        if (required) return null;
        const value = initial();
        if (value !== undefined) coerced[name] = value;
      }
    }
    return coerced;
  };
}

const NO_ARGUMENTS = {};

/** Prepares the coercion of a field's arguments (GraphQL section 6.4.1). @throws GraphQLError, when used, as graphql-js does */
export function compileArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (variables: Values) => Values {
  const given = new Map((node.arguments ?? []).map((argument) => [argument.name.value, argument]));
  if (field.args.length === 0) return () => NO_ARGUMENTS;
  const readers = field.args.map((argument) => ({
    name: argument.name,
    read: argumentReader(argument, given.get(argument.name)),
  }));
  return (variables) => {
    const values: Record<string, unknown> = {};
    for (const { name, read } of readers) {
      const value = read(variables);
      if (value === LEFT) return getArgumentValues(field, node, variables);
      if (value !== undefined) values[name] = value;
    }
    return values;
  };
}

function argumentReader(
  { type, defaultValue }: GraphQLArgument,
  node: ArgumentNode | undefined,
): Read {
  const absent = defaultValue === undefined && isNonNullType(type) ? LEFT : defaultValue;
  if (node === undefined) return () => absent;
  const read = readerOf(node.value, type);
  if (node.value.kind !== Kind.VARIABLE) return read;
  const { value: name } = node.value.name;
  return (variables) => (Object.hasOwn(variables, name) ? read(variables) : absent);
}

function coercionOf(type: GraphQLInputType, known: Map<GraphQLInputObjectType, Coerce>): Coerce {
  if (isNonNullType(type)) {
    const coerce = coercionOf(type.ofType, known);
    return (value) => (value === null || value === undefined ? LEFT : coerce(value));
  }
  const coerce = isListType(type)
    ? listCoercion(coercionOf(type.ofType, known))
    : isInputObjectType(type)
      ? objectCoercion(type, known)
      : leafCoercion(type);
  return (value) => (value === null || value === undefined ? null : coerce(value));
}

function listCoercion(coerce: Coerce): Coerce {
  return (value) => {
    const items: unknown[] = [];
    // A single value is a list of one.
    for (const item of Array.isArray(value) ? value : [value]) {
      const coerced = coerce(item);
      if (coerced === LEFT) return LEFT;
      items.push(coerced);
    }
    return items;
  };
}

function objectCoercion(
  type: GraphQLInputObjectType,
  known: Map<GraphQLInputObjectType, Coerce>,
): Coerce {
  const done = known.get(type);
  if (done !== undefined) return done;
  if (type.isOneOf) return () => LEFT;
  let fields:
    readonly { readonly name: string; readonly coerce: Coerce; readonly absent: unknown }[] | null =
    null;
  const names = new Set(Object.keys(type.getFields()));
  const coerceObject: Coerce = (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return LEFT;
    // Only when needed: types may refer to each other.
    fields ??= Object.values(type.getFields()).map((field) => ({
      name: field.name,
      coerce: coercionOf(field.type, known),
      absent:
        field.defaultValue === undefined && isNonNullType(field.type) ? LEFT : field.defaultValue,
    }));
    for (const name in value) if (!names.has(name)) return LEFT;
    const object: Record<string, unknown> = {};
    for (const { name, coerce, absent } of fields) {
      const given = (value as Values)[name];
      const coerced = given === undefined ? absent : coerce(given);
      if (coerced === LEFT) return LEFT;
      if (coerced !== undefined) object[name] = coerced;
    }
    return object;
  };
  known.set(type, coerceObject);
  return coerceObject;
}

function leafCoercion(type: Exclude<GraphQLInputType, { ofType: unknown }>): Coerce {
  if (isScalarType(type) && (type === GraphQLString || type.name === GraphQLID.name))
    return (value) =>
      typeof value === 'string' ? value : parsed((given) => type.parseValue(given), value);
  if (type === GraphQLBoolean) return (value) => (typeof value === 'boolean' ? value : LEFT);
  if (!('parseValue' in type)) return () => LEFT;
  return (value) => parsed((given) => type.parseValue(given), value);
}

function parsed(parse: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return parse(value) ?? LEFT;
  } catch {
    return LEFT;
  }
}

/** Callers may name variables like members that every object has. */
function ownValue(variables: Values, name: string): unknown {
  return Object.hasOwn(variables, name) ? variables[name] : undefined;
}

/** Like `valueFromAST` of graphql-js, with everything that only depends on the document prepared. */
function readerOf(node: ValueNode, type: GraphQLInputType): Read {
  if (node.kind === Kind.VARIABLE) {
    const { value: name } = node.name;
    const required = isNonNullType(type);
    return (variables) => {
      const value = ownValue(variables, name);
      return value === undefined || (value === null && required) ? LEFT : value;
    };
  }
  if (isNonNullType(type))
    return node.kind === Kind.NULL ? () => LEFT : readerOf(node, type.ofType);
  if (node.kind === Kind.NULL) return () => null;
  if (isListType(type)) return listReader(node, type.ofType);
  if (isInputObjectType(type)) return objectReader(node, type);
  return (variables) => valueFromAST(node, type, variables) ?? LEFT;
}

function listReader(node: ValueNode, itemType: GraphQLInputType): Read {
  const readers = (node.kind === Kind.LIST ? node.values : [node]).map((item) =>
    readerOf(item, itemType),
  );
  return (variables) => {
    const items: unknown[] = [];
    for (const read of readers) {
      const item = read(variables);
      if (item === LEFT) return LEFT;
      items.push(item);
    }
    return items;
  };
}

function objectReader(node: ValueNode, type: GraphQLInputObjectType): Read {
  if (node.kind !== Kind.OBJECT || type.isOneOf) return () => LEFT;
  const given = new Map(node.fields.map((field) => [field.name.value, field.value]));
  const readers = Object.values(type.getFields()).map((field) => {
    const absent =
      field.defaultValue === undefined && isNonNullType(field.type) ? LEFT : field.defaultValue;
    const value = given.get(field.name);
    if (value === undefined) return { name: field.name, read: () => absent };
    const read = readerOf(value, field.type);
    if (value.kind !== Kind.VARIABLE) return { name: field.name, read };
    const { value: name } = value.name;
    return {
      name: field.name,
      read: (variables: Values) =>
        ownValue(variables, name) === undefined ? absent : read(variables),
    };
  });
  return (variables) => {
    const object: Record<string, unknown> = {};
    for (const { name, read } of readers) {
      const value = read(variables);
      if (value === LEFT) return LEFT;
      if (value !== undefined) object[name] = value;
    }
    return object;
  };
}
