import {
  GraphQLError,
  TypeNameMetaFieldDef,
  defaultFieldResolver,
  defaultTypeResolver,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type {
  FieldNode,
  GraphQLAbstractType,
  GraphQLLeafType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLSchema,
} from 'graphql';
import { compileArguments } from './coerce-inputs.ts';
import type { CollectFields } from './collect-fields.ts';
import { completed, executeFields, failed } from './execute-fields.ts';
import { infoOf } from './run.ts';
import type { CompiledField, Complete, Path, Run, Selection } from './run.ts';

/** Prepares the selection of some nodes of an object type. */
export function compileSelection(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  selected: ReadonlyMap<string, readonly FieldNode[]>,
  collectFields: CollectFields,
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
      definition: field,
      nodes,
      args: compileArguments(field, first),
      resolve: field.resolve ?? defaultFieldResolver,
      wantsInfo: (field.resolve ?? defaultFieldResolver).length >= 4,
      complete: completionOf(schema, field.type, nodes, collectFields),
      required: isNonNullType(field.type),
    };
  });
}

function completionOf(
  schema: GraphQLSchema,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  collectFields: CollectFields,
): Complete {
  if (isNonNullType(type)) {
    const complete = completionOf(schema, type.ofType, nodes, collectFields);
    return (run, value, path, field) => {
      const completed = complete(run, value, path, field);
      // Objects and lists may be completed later and are then never null: they fail.
      if (completed === null)
        throw new Error(
          `Cannot return null for non-nullable field ${field.parent.name}.${field.definition.name}.`,
        );
      return completed;
    };
  }
  const complete = isListType(type)
    ? listCompletion(type.ofType, completionOf(schema, type.ofType, nodes, collectFields))
    : isLeafType(type)
      ? leafCompletion(type)
      : isObjectType(type)
        ? objectCompletion(schema, type, nodes, collectFields)
        : abstractCompletion(schema, type, nodes, collectFields);
  return (run, value, path, field) => {
    if (value === null || value === undefined) return null;
    // A resolver may return its error instead of throwing it.
    if (value instanceof Error) throw value;
    return complete(run, value, path, field);
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
  return (run, value, path, field) => {
    if (!isIterable(value))
      throw new GraphQLError(
        `Expected Iterable, but did not find one for field "${field.parent.name}.${field.definition.name}".`,
      );
    const items: unknown[] = [];
    try {
      for (const item of value)
        items.push(
          completedItem(
            run,
            item,
            { prev: path, key: items.length, typename: undefined },
            field,
            complete,
            required,
          ),
        );
    } catch (error) {
      // The items before it may fail as well, but are not awaited any more.
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
  field: CompiledField,
  complete: Complete,
  required: boolean,
): unknown {
  try {
    return completed(run, item, path, field, complete, required);
  } catch (error) {
    return failed(run, field.nodes, path, required, error);
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function objectCompletion(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  collectFields: CollectFields,
): Complete {
  const selected = collectFields(type, nodes);
  let selection: Selection | null = null;
  return (run, value, path, field) => {
    // Only when needed: most object types of an abstract type never occur.
    selection ??= compileSelection(schema, type, selected, collectFields);
    const is = type.isTypeOf ? type.isTypeOf(value, run.context, infoOf(run, field, path)) : true;
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
  collectFields: CollectFields,
): Complete {
  const completions = new Map(
    schema
      .getPossibleTypes(type)
      .map((possible) => [possible.name, objectCompletion(schema, possible, nodes, collectFields)]),
  );
  const resolveType = type.resolveType ?? defaultTypeResolver;
  const completeAs = (name: unknown, ...[run, value, path, field]: Parameters<Complete>) => {
    const complete = typeof name === 'string' ? completions.get(name) : undefined;
    if (complete === undefined)
      throw new Error(
        `A value of ${field.parent.name}.${field.definition.name} is of no type of ${type.name}.`,
      );
    return complete(run, value, path, field);
  };
  return (run, value, path, field) => {
    const name: unknown = resolveType(value, run.context, infoOf(run, field, path), type);
    return name instanceof Promise
      ? name.then((late: unknown) => completeAs(late, run, value, path, field))
      : completeAs(name, run, value, path, field);
  };
}
