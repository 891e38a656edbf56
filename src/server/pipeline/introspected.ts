import { Kind, OperationTypeNode, execute, print } from 'graphql';
import type {
  DocumentNode,
  ExecutionResult,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/** Results that are kept: tools send one query for the whole schema, and each tool always the same. A result may have a megabyte. */
const MOST_KEPT = 5;

/** Gives the result of an operation that asks for nothing but the schema, made once for all documents that differ in white space and comments alone; null for any other. */
export function createIntrospected(
  schema: GraphQLSchema,
): (
  document: DocumentNode,
  operation: OperationDefinitionNode | null,
) => ExecutionResult | Promise<ExecutionResult> | null {
  const kept = new LRUCache<string, ExecutionResult | Promise<ExecutionResult>>({ max: MOST_KEPT });
  return (document, operation) => {
    // A document with several operations or with variables is rare, and none that a tool sends.
    if (
      operation === null ||
      !isOfSchema(operation) ||
      document.definitions.some(
        (definition) => definition.kind === Kind.OPERATION_DEFINITION && definition !== operation,
      )
    )
      return null;
    const key = print(document);
    const result = kept.get(key) ?? execute({ schema, document });
    kept.set(key, result);
    return result;
  };
}

function isOfSchema({
  operation,
  selectionSet: { selections },
  variableDefinitions = [],
}: OperationDefinitionNode): boolean {
  return (
    operation === OperationTypeNode.QUERY &&
    variableDefinitions.length === 0 &&
    selections.every(
      (selection) =>
        !selection.directives?.length &&
        selection.kind === Kind.FIELD &&
        selection.name.value === '__schema',
    )
  );
}
