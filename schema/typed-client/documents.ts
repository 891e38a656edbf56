import { createHash } from 'node:crypto';
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import type {
  GraphQLAbstractType,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLObjectType,
  GraphQLSchema,
} from 'graphql';

/** A root field, or another one. */
export type RootField = GraphQLField<unknown, unknown>;

/** What the method for a root field takes: nothing, the fields of its only argument, `input`, or an object with its arguments. */
export type Shape = 'none' | 'input' | 'variables';

/** A document for one root field. */
export interface RootDocument {
  readonly field: string;
  readonly shape: Shape;
  /** The operation without its fragments. */
  readonly operation: string;
  /** Names of the fragments, in the order in which they follow the operation. */
  readonly fragments: readonly string[];
  /** The complete document. */
  readonly text: string;
  /** SHA-256 of the complete document, in hexadecimal. */
  readonly hash: string;
}

export interface RootDocuments {
  readonly documents: readonly RootDocument[];
  /** Fragments by their names, which are those of their types. */
  readonly fragments: ReadonlyMap<string, string>;
}

/**
 * A document for each root field of a schema. It selects every field, with a fragment for each type that is found in
 * several places. Without spaces that GraphQL does not need: this is what an app loads.
 */
export function rootDocuments(schema: GraphQLSchema): RootDocuments {
  const shared = sharedTypes(schema);
  const fragments = new Map(
    [...shared].map((type) => [
      type.name,
      `fragment ${type.name} on ${type.name}{${selectionOf(schema, type, shared)}}`,
    ]),
  );
  const documents = rootFields(schema).map(([kind, field]): RootDocument => {
    const operation = printOperation(kind, field, selection(schema, field, shared));
    const names = usedFragments(operation, fragments);
    const text = [operation, ...names.map((name) => fragments.get(name) ?? '')].join('');
    const hash = createHash('sha256').update(text).digest('hex');
    return { field: field.name, shape: shapeOf(field), operation, fragments: names, text, hash };
  });
  return { documents, fragments };
}

export function shapeOf({ args }: RootField): Shape {
  if (args.length === 0) return 'none';
  return args.every(({ name }) => name === 'input') ? 'input' : 'variables';
}

/** The root fields, sorted by their names. */
export function rootFields(schema: GraphQLSchema): ['query' | 'mutation', RootField][] {
  const of = (kind: 'query' | 'mutation', type: GraphQLObjectType | null | undefined) =>
    Object.values(type?.getFields() ?? {}).map((field): ['query' | 'mutation', RootField] => [
      kind,
      field,
    ]);
  return [...of('query', schema.getQueryType()), ...of('mutation', schema.getMutationType())].sort(
    ([, { name: a }], [, { name: b }]) => (a < b ? -1 : 1),
  );
}

function printOperation(kind: string, { name, args }: RootField, fields: string): string {
  const list = (parts: readonly string[]) => (parts.length === 0 ? '' : `(${parts.join()})`);
  const variables = list(args.map((arg) => `$${arg.name}:${String(arg.type)}`));
  const values = list(args.map((arg) => `${arg.name}:$${arg.name}`));
  return `${kind} ${name.charAt(0).toUpperCase()}${name.slice(1)}${variables}{${name}${values}${fields}}`;
}

/** What is selected of a field, in braces; nothing of a scalar. */
function selection(
  schema: GraphQLSchema,
  field: RootField,
  shared: ReadonlySet<GraphQLCompositeType>,
): string {
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return '';
  return shared.has(type) ? `{...${type.name}}` : `{${selectionOf(schema, type, shared)}}`;
}

function selectionOf(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  shared: ReadonlySet<GraphQLCompositeType>,
): string {
  const print = (fields: readonly RootField[]) =>
    fields.map((field) => `${field.name}${selection(schema, field, shared)}`).join(' ');
  if (isObjectType(type)) return print(Object.values(type.getFields())).replaceAll('} ', '}');
  const common = isUnionType(type) ? [] : Object.values(type.getFields());
  const interfaces = isUnionType(type) ? errorsIn(schema, type) : [];
  const members = schema
    .getPossibleTypes(type)
    .filter((member) => !interfaces.some((of) => schema.isSubType(of, member)))
    .flatMap((member) => {
      const own = Object.values(member.getFields()).filter(
        ({ name }) => !common.some((field) => field.name === name),
      );
      return own.length === 0 ? [] : [`...on ${member.name}{${print(own)}}`];
    });
  return ['__typename', print(common), ...members, ...interfaces.map(({ name }) => `...${name}`)]
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll('} ', '}')
    .replaceAll(' ...', '...');
}

/** The interface of all errors, if a union has errors: a fragment on it also reads errors that later versions add. */
function errorsIn(schema: GraphQLSchema, union: GraphQLAbstractType): GraphQLAbstractType[] {
  const errors = schema.getType('OidcError');
  return isInterfaceType(errors) &&
    schema.getPossibleTypes(union).some((member) => schema.isSubType(errors, member))
    ? [errors]
    : [];
}

/** Types that several fields return, and the interface of all errors. */
function sharedTypes(schema: GraphQLSchema): ReadonlySet<GraphQLCompositeType> {
  const counts = new Map<GraphQLCompositeType, number>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const target = getNamedType(field.type);
      if (isCompositeType(target)) counts.set(target, (counts.get(target) ?? 0) + 1);
    }
  }
  return new Set(
    [...counts]
      .filter(([type, count]) => count > 1 || (isAbstractType(type) && type.name === 'OidcError'))
      .map(([type]) => type),
  );
}

/** Names of the fragments that a text spreads, and of those that these spread, each once. */
function usedFragments(text: string, fragments: ReadonlyMap<string, string>): readonly string[] {
  const found = new Set<string>();
  const collect = (part: string) => {
    for (const [, name = ''] of part.matchAll(/\.\.\.(?!on )(\w+)/g)) {
      if (found.has(name)) continue;
      found.add(name);
      collect(fragments.get(name) ?? '');
    }
  };
  collect(text);
  return [...found].sort();
}
