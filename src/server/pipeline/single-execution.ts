import { GraphQLError, execute } from 'graphql';
import type {
  DocumentNode,
  ExecutionResult,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { compileVariables } from './fast-path/compiled-query/coerce-inputs.ts';
import { compileQuery } from './fast-path/compiled-query/compile-query.ts';
import { variableErrors } from './request-messages.ts';

/** An operation of a valid document, which is executed once. */
export interface SingleExecution {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode | null;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
}

/** Variables up to this size (see `sizeOf`) take graphql-js no time, whatever is wrong with them. */
const MAX_SIZE = 500;

/** How many characters of a text count as one value. */
const CHARACTERS_PER_VALUE = 100;

/**
 * Executes an operation with graphql-js. It reads variables many times slower than a compiled query, and each of its errors
 * repeats the whole invalid value, which is never shown: for an input with 20,000 unknown members that took 600 ms. So a
 * compiled query reads large variables, and their errors are made here.
 */
export function executeSingle({
  schema,
  document,
  operation,
  operationName,
  variables,
  context,
}: SingleExecution): Promise<ExecutionResult> | ExecutionResult {
  if (operation !== null && sizeOf(variables, MAX_SIZE + 1) > MAX_SIZE) {
    const compiled = compileQuery(schema, document, operation);
    const result = compiled?.execute(variables, context) ?? null;
    if (result !== null) return result;
    const perhapsWrong =
      compiled !== null ||
      compileVariables(schema, operation.variableDefinitions ?? [])(variables) === null;
    const [error] = perhapsWrong ? variableErrors({ schema, operation, variables }) : [];
    if (error !== undefined)
      return { errors: [new GraphQLError(error.message, { nodes: error.definition })] };
  }
  return execute({
    schema,
    document,
    contextValue: context,
    variableValues: variables,
    operationName,
  });
}

/** Values in a value, and in its texts as many as they are long; counted up to `max`. */
function sizeOf(value: unknown, max: number): number {
  if (typeof value === 'string') return 1 + value.length / CHARACTERS_PER_VALUE;
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value)) return total(value.length, (at) => value[at] as unknown, max);
  const names = Object.keys(value);
  return total(
    names.length,
    (at) => (value as Readonly<Record<string, unknown>>)[names[at] ?? ''],
    max,
  );
}

function total(count: number, itemAt: (at: number) => unknown, max: number): number {
  // Each item counts at least as one, so very long lists need not be read.
  if (count >= max) return max;
  let size = 1;
  for (let at = 0; at < count && size < max; at += 1) size += sizeOf(itemAt(at), max - size);
  return size;
}
