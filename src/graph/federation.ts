import {
  GraphQLError,
  Kind,
  extendSchema,
  isObjectType,
  isScalarType,
  isUnionType,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';
import type {
  ConstDirectiveNode,
  GraphQLNamedType,
  GraphQLObjectType,
  GraphQLSchema,
  ValueNode,
} from 'graphql';
import { NotFoundError, OidcError } from '../domain/errors.ts';
import type { InvalidInputError } from '../domain/errors.ts';
import { invalidInput } from '../domain/parse.ts';
import { exactNumber } from '../domain/exact-json.ts';
import { aboutScope, refusalOf } from './authorization.ts';
import type { GatewayContext } from './context.ts';
import { exactId, inexactId } from './exact-ids.ts';
import { keyedBy } from './keys.ts';
import { untypedValue } from './scalars.ts';

/*
 * The part of a Federation 2 subgraph (Apollo Federation subgraph specification): entities, which other subgraphs refer
 * to by their key, and the schema as text for composers. Entities and tags are declared at their types, in Pothos's
 * `extensions`; what is here works on the finished schema and knows none of them by name.
 */

const SPECIFICATION = 'https://specs.apollo.dev/federation/v2.9';

/** Entities that one request reads at the same time. */
const MOST_AT_ONCE = 10;

/** References for each object that may be referred to: routers may send the same one many times. */
const REFERENCES_PER_OBJECT = 10;

/** How references to an object type are resolved. */
export interface Entity<Value extends object = object> {
  /** The field that the type is known by, of type `ID`. */
  readonly key: string;
  /**
   * Opens a reader with the credentials of the request.
   * @throws OidcError
   */
  readonly open: (context: GatewayContext) => (id: string) => Promise<Value>;
}

/** Declares an object type as an entity: for the `extensions` of the type. */
export function entity<Value extends object>(
  declaration: Entity<Value>,
): { readonly entity: Entity<Value>; readonly key: string } {
  return { entity: declaration, ...keyedBy(declaration.key) };
}

/** Declares a field as one that a supergraph may leave out: for the `extensions` of the field. */
export const SENSITIVE = { tag: 'sensitive' } as const;

/**
 * Adds `_service` and `_entities` to a schema.
 * @param mostObjects objects that one request may refer to: how many there are is in the variables, which no limit of documents sees
 */
export function addFederation(schema: GraphQLSchema, mostObjects: number): GraphQLSchema {
  const entities = new Map(Object.values(schema.getTypeMap()).flatMap((type) => entityEntry(type)));
  // Printed when it is first asked for: most never are, and it is a twentieth of the start.
  let sdl: string | undefined;
  const extended = extendSchema(
    schema,
    parse(SERVICE + (entities.size === 0 ? '' : entitiesDefinition([...entities.keys()]))),
  );
  const { _service: service, _entities: references } = extended.getQueryType()?.getFields() ?? {};
  if (service !== undefined) service.resolve = () => ({ sdl: (sdl ??= printSubgraph(schema)) });

  const types = new WeakMap<object, string>();
  const union = extended.getType('_Entity');
  if (isUnionType(union)) union.resolveType = (value: object) => types.get(value);
  const any = extended.getType('_Any');
  if (isScalarType(any)) {
    any.parseValue = (value) => checked(value, entities);
    // Without its variables while the document is checked: then there is nothing to say of them.
    any.parseLiteral = (node, variables) => {
      const value = untypedValue(node, variables, numberOrDigits);
      return variables === undefined ? checked(value, entities, node) : value;
    };
  }
  if (references !== undefined) {
    references.resolve = (
      _root,
      args: { readonly representations: readonly unknown[] },
      context: GatewayContext,
    ) => {
      const { representations } = args;
      context.progress.outcomes.push({ field: '_entities', member: null });
      // Before anything is made for each of them: whoever may read nothing must not make work by asking for it.
      const reading = readingOf(context);
      reading.references += representations.length;
      if (reading.references > mostObjects * REFERENCES_PER_OBJECT)
        throw tooMany(reading.references, 'references', mostObjects * REFERENCES_PER_OBJECT);
      const refusal = refusalOf(context, 'oidc:read');
      if (refusal !== null) throw failure(refusal);
      return resolveAll(representations, entities, context, { types, mostObjects });
    };
  }
  return extended;
}

const SERVICE = `
  "What \`_service\` gives."
  type _Service {
    "The schema of this subgraph for composition, in Federation 2."
    sdl: String!
  }
  extend type Query {
    "For composers of a supergraph."
    _service: _Service!
  }
`;

const entitiesDefinition = (types: readonly string[]) => `
  "A reference to an entity: its \`__typename\` and its key."
  scalar _Any
  "Every type that other subgraphs may refer to."
  union _Entity = ${types.join(' | ')}
  extend type Query {
    "For the router of a supergraph: objects by their references. Absent ones are null; what fails is an error with its code in \`extensions.code\`. ${aboutScope('oidc:read')}"
    _entities(
      "Those that are the same are read once; each object counts as much as a query for it, and no more are read than the limit of cost allows."
      representations: [_Any!]!
    ): [_Entity]!
  }
`;

/** Whether an error was made here for the caller: its message and code may be shown. */
export function isEntityFailure(error: unknown): boolean {
  return error instanceof GraphQLError && failures.has(error);
}

const failures = new WeakSet<GraphQLError>();

/** What a request has referred to, over all its fields. */
interface Reading {
  references: number;
  /** Objects that have been read, or are being read, by type and id. */
  readonly objects: Map<string, Promise<object | GraphQLError | null>>;
  readonly turn: <Result>(action: () => Promise<Result>) => Promise<Result>;
}

const readings = new WeakMap<GatewayContext, Reading>();

function readingOf(context: GatewayContext): Reading {
  const reading = readings.get(context) ?? {
    references: 0,
    objects: new Map(),
    turn: limiter(MOST_AT_ONCE),
  };
  readings.set(context, reading);
  return reading;
}

/** Every reference to one object is one read; objects are read side by side, a few at a time. */
async function resolveAll(
  representations: readonly unknown[],
  entities: ReadonlyMap<string, Entity>,
  context: GatewayContext,
  { types, mostObjects }: { readonly types: WeakMap<object, string>; readonly mostObjects: number },
): Promise<(object | null)[]> {
  const { objects, turn } = readingOf(context);
  const readers = new Map<string, (id: string) => Promise<object>>();
  const references = representations.map((representation) => referenceOf(representation, entities));
  const count = new Set([...objects.keys(), ...references.map(({ name }) => name)]).size;
  if (count > mostObjects) throw tooMany(count, 'objects', mostObjects);

  return Promise.all(
    references.map(async ({ name, typeName, id, inexact }) => {
      const declaration = entities.get(typeName);
      if (inexact) return shown(inexactId());
      if (declaration === undefined || id === null)
        return failure(invalidReference(declaration?.key ?? '__typename'));
      const reading =
        objects.get(name) ??
        turn(async () => {
          const read = readers.get(typeName) ?? declaration.open(context);
          readers.set(typeName, read);
          const value = await read(id);
          types.set(value, typeName);
          return value;
        }).catch((error: unknown) => {
          if (error instanceof NotFoundError && error.attested) return null;
          if (error instanceof OidcError) return failure(error);
          // Given, not thrown: what is unexpected takes this reference along, and not all of them.
          return error instanceof Error
            ? error
            : new Error('What was thrown is no error.', { cause: error });
        });
      objects.set(name, reading);
      return reading;
    }),
  );
}

/** What a reference says. */
interface Reference {
  readonly typeName: string;
  /** Null where the key is missing. */
  readonly id: string | null;
  /** Whether the key is a number that is perhaps not the one that was sent. */
  readonly inexact: boolean;
  /** The same for references to the same object. */
  readonly name: string;
}

function referenceOf(representation: unknown, entities: ReadonlyMap<string, Entity>): Reference {
  const { typeName, id, inexact } = keyOf(representation, entities);
  return { typeName, id, inexact, name: JSON.stringify([typeName, id]) };
}

/** Without a name, which takes longer than all the rest: this is asked of all that is sent, however much. */
function keyOf(
  representation: unknown,
  entities: ReadonlyMap<string, Entity>,
): Omit<Reference, 'name'> {
  const fields = (
    typeof representation === 'object' && representation !== null ? representation : {}
  ) as Readonly<Record<string, unknown>>;
  const given = fields['__typename'];
  const typeName = typeof given === 'string' ? given : '';
  const name = entities.get(typeName)?.key;
  const key = name === undefined ? undefined : fields[name];
  const id = typeof key === 'string' ? key : typeof key === 'number' ? exactId(key) : null;
  return { typeName, id, inexact: typeof key === 'number' && id === null };
}

/** A representation as it is. @throws GraphQLError where its key is a number that is perhaps not the one that was sent */
function checked(
  representation: unknown,
  entities: ReadonlyMap<string, Entity>,
  node?: ValueNode,
): unknown {
  if (keyOf(representation, entities).inexact) throw inexactId(node);
  return representation;
}

/** In a document, the digits of a whole number are text: of one that no double carries, they are kept. */
function numberOrDigits(digits: string): number | string {
  const value = exactNumber(digits);
  return exactId(value) === null && /^-?\d+$/.test(digits) ? digits : value;
}

function invalidReference(field: string): InvalidInputError {
  return invalidInput({
    path: [field],
    code: 'REQUIRED',
    message: 'A reference must have the name of an entity type in __typename, and its key.',
    source: 'GATEWAY',
  });
}

function tooMany(count: number, what: 'objects' | 'references', most: number): GraphQLError {
  const message = `The request has ${count} ${what}, where ${most} are the most: each object counts as much as a query for it. Nothing was read for this field. Ask for less, or let the operator of the gateway raise LIMIT_COST.`;
  return shown(new GraphQLError(message, { extensions: { code: 'LIMIT_EXCEEDED' } }));
}

/** The one place where a house error becomes a GraphQL error: a reference has no union to put it in. */
function failure({ message, code }: OidcError): GraphQLError {
  return shown(new GraphQLError(message, { extensions: { code } }));
}

/** The same error, from now on one whose message and code are for the caller. */
function shown(error: GraphQLError): GraphQLError {
  failures.add(error);
  return error;
}

/** Runs at most so many actions at the same time, in the order they came. */
function limiter(most: number): <Result>(action: () => Promise<Result>) => Promise<Result> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (action) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await action();
    } finally {
      // Hands its place on, if somebody waits for it.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** The schema as text for composers: sorted, with `@link`, `@key` and `@tag`. */
export function printSubgraph(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(lexicographicSortSchema(schema))), {
    ObjectTypeDefinition: (node) => {
      const type = schema.getType(node.name.value);
      if (!isObjectType(type)) return undefined;
      const key = entityOf(type)?.key;
      return {
        ...node,
        directives: key === undefined ? [] : [directive('key', 'fields', key)],
        fields: node.fields?.map((field) => {
          const tag = type.getFields()[field.name.value]?.extensions['tag'];
          return typeof tag === 'string'
            ? { ...field, directives: [directive('tag', 'name', tag)] }
            : field;
        }),
      };
    },
  });
  const link = parse(`extend schema @link(url: "${SPECIFICATION}", import: ["@key", "@tag"])`);
  return `${print({ ...document, definitions: [...link.definitions, ...document.definitions] })}\n`;
}

function directive(name: string, argument: string, value: string): ConstDirectiveNode {
  const named = (text: string) => ({ kind: Kind.NAME, value: text }) as const;
  return {
    kind: Kind.DIRECTIVE,
    name: named(name),
    arguments: [
      { kind: Kind.ARGUMENT, name: named(argument), value: { kind: Kind.STRING, value } },
    ],
  };
}

function entityEntry(type: GraphQLNamedType): [string, Entity][] {
  const declaration = isObjectType(type) ? entityOf(type) : undefined;
  return declaration === undefined ? [] : [[type.name, declaration]];
}

/** The declaration that `entity` made. */
function entityOf({ extensions }: GraphQLObjectType): Entity | undefined {
  return extensions['entity'] as Entity | undefined;
}
