import { getOperationAST } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { compileQuery } from './compiled-query/compile-query.ts';
import type { CompiledQuery } from './compiled-query/compile-query.ts';

/** The compiled operations of one document by name. Null if graphql-js executes the operation. */
type Operations = Map<string, CompiledQuery | null | 'EXECUTED_ONCE'>;

/**
 * Returns the compiled query of an operation, from its second execution on. Compiling takes 5 µs and memory, which is
 * wasted if the document never comes again; each execution saves 13 µs. Compiled queries live as long as their documents.
 */
export function createCompiledQueries(
  schema: GraphQLSchema,
): (request: {
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
}) => CompiledQuery | null {
  const documents = new WeakMap<DocumentNode, Operations>();
  return ({ document, operationName }) => {
    const name = operationName ?? '';
    const operations: Operations = documents.get(document) ?? (new Map() as Operations);
    const known = operations.get(name);
    if (known !== undefined && known !== 'EXECUTED_ONCE') return known;
    const operation = known === undefined ? undefined : getOperationAST(document, operationName);
    const compiled =
      operation === undefined || operation === null
        ? null
        : compileQuery(schema, document, operation);
    documents.set(document, operations.set(name, known === undefined ? 'EXECUTED_ONCE' : compiled));
    return compiled;
  };
}
