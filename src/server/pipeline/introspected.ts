import { Kind, OperationTypeNode, execute, print } from 'graphql';
import type {
  DocumentNode,
  ExecutionResult,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';

/** How many results are kept: each tool always sends the same query for the whole schema. A result may have a megabyte. */
const MAX_KEPT = 5;

/** Returns the result of an operation that only asks for the schema, made once for all documents that differ in white space and comments alone; null for any other. */
export function createIntrospected(
  schema: GraphQLSchema,
): (
  document: DocumentNode,
  operation: OperationDefinitionNode | null,
) => ExecutionResult | Promise<ExecutionResult> | null {
  const kept = new LRUCache<string, ExecutionResult | Promise<ExecutionResult>>({ max: MAX_KEPT });
  return (document, operation) => {
    // No tool sends a document with several operations or with variables.
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
