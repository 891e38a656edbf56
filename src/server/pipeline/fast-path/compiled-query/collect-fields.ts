import { Kind, isAbstractType } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLObjectType,
  GraphQLSchema,
  SelectionSetNode,
} from 'graphql';

/** The fragments of a document, by name. */
export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** Collects the fields that nodes select from a type, by response key (GraphQL section 6.3.2). */
export type CollectFields = (
  type: GraphQLObjectType,
  nodes: readonly { readonly selectionSet?: SelectionSetNode | undefined }[],
) => ReadonlyMap<string, readonly FieldNode[]>;

/** The name of a special member of objects. */
export const PROTOTYPE = '__proto__';

/** @returns the fragments that a document defines */
export function fragmentsOf({ definitions }: DocumentNode): Fragments {
  return Object.fromEntries(
    definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );
}

/** Prepares the collection of fields. The selections must be plain (`isPlain`). */
export function createCollectFields(schema: GraphQLSchema, fragments: Fragments): CollectFields {
  const collectInto = (
    collected: Map<string, FieldNode[]>,
    { selections }: SelectionSetNode,
    type: GraphQLObjectType,
    visited: Set<string>,
  ) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = collected.get(key) ?? [];
        nodes.push(selection);
        collected.set(key, nodes);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        if (condition === undefined || isPossible(schema, condition, type))
          collectInto(collected, selection.selectionSet, type, visited);
      } else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = fragments[selection.name.value];
        if (fragment !== undefined && isPossible(schema, fragment.typeCondition.name.value, type))
          collectInto(collected, fragment.selectionSet, type, visited);
      }
    }
  };
  return (type, nodes) => {
    const collected = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    for (const { selectionSet } of nodes)
      if (selectionSet !== undefined) collectInto(collected, selectionSet, type, visited);
    return collected;
  };
}

/** Whether a type condition includes an object type. */
function isPossible(schema: GraphQLSchema, condition: string, type: GraphQLObjectType): boolean {
  const named = schema.getType(condition);
  return named === type || (isAbstractType(named) && schema.isSubType(named, type));
}

/**
 * Whether what is selected depends on the document and on the types of the schema alone: no directives, no
 * introspection but `__typename`.
 * @param visited names of the fragments that were looked at
 */
export function isPlain(
  { selections }: SelectionSetNode,
  fragments: Fragments,
  visited: Set<string>,
): boolean {
  return selections.every((selection) => {
    if (selection.directives?.length) return false;
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const { value: name } = selection.name;
      if (visited.has(name)) return true;
      visited.add(name);
      const fragment = fragments[name];
      return (
        fragment !== undefined &&
        !fragment.directives?.length &&
        isPlain(fragment.selectionSet, fragments, visited)
      );
    }
    if (
      selection.kind === Kind.FIELD &&
      (selection.alias?.value === PROTOTYPE || /^__(schema|type)$/.test(selection.name.value))
    )
      return false;
    return (
      selection.selectionSet === undefined || isPlain(selection.selectionSet, fragments, visited)
    );
  });
}
