import {
  GraphQLError,
  TypeNameMetaFieldDef,
  defaultFieldResolver,
  defaultTypeResolver,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  locatedError,
} from 'graphql';
import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLAbstractType,
  GraphQLField,
  GraphQLLeafType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { compileArguments } from './inputs.ts';

type Path = GraphQLResolveInfo['path'];

/** One execution of a plan. */
export interface Run {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
  readonly errors: GraphQLError[];
  /** Where an error has made null of a value: what else fails below of it is not told. */
  readonly nulled: Set<Path>;
}

/** Completes what a resolver gave (GraphQL section 6.4.3). @throws what is wrong with it */
type Complete = (run: Run, value: unknown, path: Path, plan: FieldPlan) => unknown;

/** A field of an object, with everything about it that does not change from one execution to the next. */
interface FieldPlan {
  readonly key: string;
  readonly parent: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  readonly args: (variables: Run['variables']) => Readonly<Record<string, unknown>>;
  readonly resolve: NonNullable<GraphQLField<unknown, unknown>['resolve']>;
  /** Whether the resolver takes all four parameters. Most take the object alone, and `info` would be an object of ten members for each. */
  readonly wantsInfo: boolean;
  readonly complete: Complete;
  readonly required: boolean;
}

/** The fields that are selected of objects of one type. */
export type Selection = readonly FieldPlan[];

/** Gives the nodes of the fields that are selected of a type, by response key; null where they depend on more than the document. */
export type Collect = (
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
) => ReadonlyMap<string, readonly FieldNode[]>;

/** Prepares the selection of some nodes of an object type. */
export function compileSelection(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  selected: ReadonlyMap<string, readonly FieldNode[]>,
  collect: Collect,
): Selection {
  return [...selected].map(([key, nodes]) => {
    const [first] = nodes;
    const { value: name = '' } = first?.name ?? {};
    const field =
      name === TypeNameMetaFieldDef.name ? TypeNameMetaFieldDef : type.getFields()[name];
    // Documents have been validated.
    if (first === undefined || field === undefined)
      throw new Error(`There is no field ${name} of ${type.name}.`);
    return {
      key,
      parent: type,
      field,
      nodes,
      args: compileArguments(field, first),
      resolve: field.resolve ?? defaultFieldResolver,
      wantsInfo: (field.resolve ?? defaultFieldResolver).length >= 4,
      complete: completionOf(schema, field.type, nodes, collect),
      required: isNonNullType(field.type),
    };
  });
}

/*
 * What comes late, as promises do, is handled in functions of its own: closures in the ones that every field goes through
 * would take memory for each field, 1.8 KB of the 58 KB that a mutation of six fields takes.
 */

/** Executes fields side by side. @throws where a field that must not be null is */
export function executeFields(
  run: Run,
  selection: Selection,
  source?: unknown,
  path?: Path,
): unknown {
  const data: Record<string, unknown> = {};
  let pending: Promise<void>[] | null = null;
  try {
    for (const plan of selection) {
      const value = executeField(run, plan, source, path);
      data[plan.key] = value;
      if (value instanceof Promise) (pending ??= []).push(assigned(data, plan.key, value));
    }
  } catch (error) {
    if (pending === null) throw error;
    return thrownAfter(pending, error);
  }
  return pending === null ? data : after(pending, data);
}

async function assigned(
  data: Record<string, unknown>,
  key: string,
  value: Promise<unknown>,
): Promise<void> {
  data[key] = await value;
}

async function after(pending: readonly Promise<void>[], data: unknown): Promise<unknown> {
  await Promise.all(pending);
  return data;
}

/** What else was begun may fail as well, and nobody else waits for it. */
async function thrownAfter(pending: readonly Promise<void>[], error: unknown): Promise<never> {
  await Promise.all(pending).catch(() => undefined);
  throw error;
}

/** Executes fields one after the other, as those of mutations are. @throws like `executeFields` */
export async function executeSerially(run: Run, selection: Selection): Promise<unknown> {
  const data: Record<string, unknown> = {};
  for (const plan of selection) {
    const value = executeField(run, plan, undefined, undefined);
    data[plan.key] = value instanceof Promise ? await value : value;
  }
  return data;
}

function executeField(
  run: Run,
  plan: FieldPlan,
  source: unknown,
  parentPath: Path | undefined,
): unknown {
  const path: Path = { prev: parentPath, key: plan.key, typename: plan.parent.name };
  try {
    const info = plan.wantsInfo ? infoOf(run, plan, path) : NO_INFO;
    return completed(
      run,
      plan.resolve(source, plan.args(run.variables), run.context, info),
      path,
      plan,
      plan.complete,
      plan.required,
    );
  } catch (error) {
    return failed(run, plan.nodes, path, plan.required, error);
  }
}

/** What a field or an item of a list gives, now or later. @throws only now: what fails later is told as `failed` says */
function completed(
  run: Run,
  value: unknown,
  path: Path,
  plan: FieldPlan,
  complete: Complete,
  required: boolean,
): unknown {
  if (value instanceof Promise) return completedLate(run, value, path, plan, complete, required);
  const result = complete(run, value, path, plan);
  return result instanceof Promise
    ? completedLate(run, result, path, plan, asItIs, required)
    : result;
}

const asItIs: Complete = (_run, value) => value;

async function completedLate(
  run: Run,
  value: Promise<unknown>,
  path: Path,
  plan: FieldPlan,
  complete: Complete,
  required: boolean,
): Promise<unknown> {
  try {
    return await complete(run, await value, path, plan);
  } catch (error) {
    return failed(run, plan.nodes, path, required, error);
  }
}

/** For resolvers that do not take it. */
const NO_INFO = {} as GraphQLResolveInfo;

function infoOf(
  { schema, fragments, operation, variables }: Run,
  { field, nodes, parent }: FieldPlan,
  path: Path,
): GraphQLResolveInfo {
  return {
    fieldName: field.name,
    fieldNodes: nodes,
    returnType: field.type,
    parentType: parent,
    path,
    schema,
    fragments,
    rootValue: undefined,
    operation,
    variableValues: variables,
  };
}

/** Null with an error, or, where null may not be, the error at its place. */
function failed(
  run: Run,
  nodes: readonly FieldNode[],
  path: Path,
  required: boolean,
  thrown: unknown,
): null {
  const keys: (string | number)[] = [];
  for (let at: Path | undefined = path; at !== undefined; at = at.prev) keys.unshift(at.key);
  const error = locatedError(thrown, nodes, keys);
  if (required) throw error;
  for (let at: Path | undefined = path; at !== undefined; at = at.prev)
    if (run.nulled.has(at)) return null;
  run.nulled.add(path);
  run.errors.push(error);
  return null;
}

function completionOf(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  collect: Collect,
): Complete {
  if (isNonNullType(type)) {
    const complete = completionOf(schema, type.ofType, nodes, collect);
    return (run, value, path, plan) => {
      const completed = complete(run, value, path, plan);
      // What comes late, as objects and lists do, is never null: it fails.
      if (completed === null)
        throw new Error(
          `Cannot return null for non-nullable field ${plan.parent.name}.${plan.field.name}.`,
        );
      return completed;
    };
  }
  const complete = isListType(type)
    ? listCompletion(type.ofType, completionOf(schema, type.ofType, nodes, collect))
    : isLeafType(type)
      ? leafCompletion(type)
      : isObjectType(type)
        ? objectCompletion(schema, type, nodes, collect)
        : abstractCompletion(schema, type, nodes, collect);
  return (run, value, path, plan) => {
    if (value === null || value === undefined) return null;
    // A resolver may give its error in place of throwing it.
    if (value instanceof Error) throw value;
    return complete(run, value, path, plan);
  };
}

function leafCompletion(type: GraphQLLeafType): Complete {
  return (_run, value) => {
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined)
      throw new Error(`A value of the type ${type.name} was serialized to nothing.`);
    return serialized;
  };
}

function listCompletion(itemType: GraphQLOutputType, complete: Complete): Complete {
  const required = isNonNullType(itemType);
  return (run, value, path, plan) => {
    if (!isIterable(value))
      throw new GraphQLError(
        `Expected Iterable, but did not find one for field "${plan.parent.name}.${plan.field.name}".`,
      );
    const items: unknown[] = [];
    try {
      for (const item of value)
        items.push(
          completedItem(
            run,
            item,
            { prev: path, key: items.length, typename: undefined },
            plan,
            complete,
            required,
          ),
        );
    } catch (error) {
      // The items before it may fail as well, and nobody waits for them any more.
      for (const item of items) if (item instanceof Promise) item.catch(() => undefined);
      throw error;
    }
    return items.some((item) => item instanceof Promise) ? Promise.all(items) : items;
  };
}

function completedItem(
  run: Run,
  item: unknown,
  path: Path,
  plan: FieldPlan,
  complete: Complete,
  required: boolean,
): unknown {
  try {
    return completed(run, item, path, plan, complete, required);
  } catch (error) {
    return failed(run, plan.nodes, path, required, error);
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function objectCompletion(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  collect: Collect,
): Complete {
  const selected = collect(type, nodes);
  let selection: Selection | null = null;
  return (run, value, path, plan) => {
    // Not before it is needed: of an abstract type, most objects never come.
    selection ??= compileSelection(schema, type, selected, collect);
    const is = type.isTypeOf ? type.isTypeOf(value, run.context, infoOf(run, plan, path)) : true;
    return is instanceof Promise
      ? executeWhen(is, type, run, selection, value, path)
      : executeIf(is, type, run, selection, value, path);
  };
}

function executeWhen(
  is: Promise<boolean>,
  type: GraphQLObjectType,
  run: Run,
  selection: Selection,
  value: unknown,
  path: Path,
): unknown {
  return is.then((late) => executeIf(late, type, run, selection, value, path));
}

function executeIf(
  is: boolean,
  type: GraphQLObjectType,
  run: Run,
  selection: Selection,
  value: unknown,
  path: Path,
): unknown {
  if (!is) throw new Error(`Expected a value of the type ${type.name}.`);
  return executeFields(run, selection, value, path);
}

function abstractCompletion(
  schema: GraphQLSchema,
  type: GraphQLAbstractType,
  nodes: readonly FieldNode[],
  collect: Collect,
): Complete {
  const completions = new Map(
    schema
      .getPossibleTypes(type)
      .map((possible) => [possible.name, objectCompletion(schema, possible, nodes, collect)]),
  );
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const completeAs = (name: unknown, ...[run, value, path, plan]: Parameters<Complete>) => {
    const complete = typeof name === 'string' ? completions.get(name) : undefined;
    if (complete === undefined)
      throw new Error(
        `A value of ${plan.parent.name}.${plan.field.name} is of no type of ${type.name}.`,
      );
    return complete(run, value, path, plan);
  };
  return (run, value, path, plan) => {
    const name: unknown = resolveType(value, run.context, infoOf(run, plan, path), type);
    return name instanceof Promise
      ? name.then((late: unknown) => completeAs(late, run, value, path, plan))
      : completeAs(name, run, value, path, plan);
  };
}

/** Whether a type is one that selections are made on with fragments alone. */
export function isPossible(
  schema: GraphQLSchema,
  condition: string,
  type: GraphQLObjectType,
): boolean {
  const named = schema.getType(condition);
  return named === type || (isAbstractType(named) && schema.isSubType(named, type));
}
