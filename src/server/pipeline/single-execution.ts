import { GraphQLError, execute } from 'graphql';
import type {
  DocumentNode,
  ExecutionResult,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { compileVariables } from './plan/inputs.ts';
import { compilePlan } from './plan/plan.ts';
import { variableFaults } from './request-messages.ts';

/** An operation of a document without faults, which is executed once. */
export interface SingleExecution {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode | null;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
}

/** Size of variables that graphql-js reads in no time, whatever is wrong with them: see `sizeOf`. */
const MAX_SIZE = 500;

/** Characters of a text that count as much as a value. */
const CHARACTERS_PER_VALUE = 100;

/**
 * Executes an operation by graphql-js. It takes many times as long to read variables as a plan does, and each of its
 * errors repeats the value that is wrong with everything in it, for nobody: of an input with 20,000 unknown members that
 * took 600 ms. So a plan reads variables that are large, and what is wrong with them is said here.
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
    const plan = compilePlan(schema, document, operation);
    const planned = plan?.execute(variables, context) ?? null;
    if (planned !== null) return planned;
    const perhapsWrong =
      plan !== null ||
      compileVariables(schema, operation.variableDefinitions ?? [])(variables) === null;
    const [fault] = perhapsWrong ? variableFaults({ schema, operation, variables }) : [];
    if (fault !== undefined)
      return { errors: [new GraphQLError(fault.message, { nodes: fault.definition })] };
  }
  return execute({
    schema,
    document,
    contextValue: context,
    variableValues: variables,
    operationName,
  });
}

/** Values in a value, and in its texts as many as they are long; no more of them are counted than `most`. */
function sizeOf(value: unknown, most: number): number {
  if (typeof value === 'string') return 1 + value.length / CHARACTERS_PER_VALUE;
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value)) return total(value.length, (at) => value[at] as unknown, most);
  const names = Object.keys(value);
  return total(
    names.length,
    (at) => (value as Readonly<Record<string, unknown>>)[names[at] ?? ''],
    most,
  );
}

function total(count: number, itemAt: (at: number) => unknown, most: number): number {
  // Each counts as one at least: of very many, none is looked at.
  if (count >= most) return most;
  let size = 1;
  for (let at = 0; at < count && size < most; at += 1) size += sizeOf(itemAt(at), most - size);
  return size;
}
