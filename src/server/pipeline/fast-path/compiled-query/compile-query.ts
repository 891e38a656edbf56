import { OperationTypeNode } from 'graphql';
import type {
  DocumentNode,
  ExecutionResult,
  GraphQLError,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { compileVariables } from './coerce-inputs.ts';
import { createCollectFields, fragmentsOf, isPlain, PROTOTYPE } from './collect-fields.ts';
import { compileSelection } from './compile-selection.ts';
import { executeFields, executeSerially } from './execute-fields.ts';
import type { Run, Selection } from './run.ts';

/** An operation that is ready to be executed, any number of times. */
export interface CompiledQuery {
  /**
   * Executes the operation. The result is that of graphql-js if resolvers return native promises, not other thenables,
   * and declare all four parameters if they use `info`. If several promises fail in the same turn of the event loop,
   * their errors may come in another order.
   * @returns null if the variables are left to graphql-js: wrong ones, and rare kinds of them (`@oneOf`, values that a
   *   custom scalar turns into null). Then nothing was executed
   */
  readonly execute: (
    variables: Readonly<Record<string, unknown>>,
    context: unknown,
  ) => Promise<ExecutionResult> | null;
}

/**
 * Prepares an operation of a valid document, so that executing it no longer takes what depends on the document alone:
 * collecting fields, looking types up, and reading arguments. docs/decisions/executor.md has the figures.
 * @returns null for what is rare and left to graphql-js: directives, introspection, subscriptions
 */
export function compileQuery(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompiledQuery | null {
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
  const root = schema.getRootType(operation.operation);
  const fragments = fragmentsOf(document);
  const definitions = operation.variableDefinitions ?? [];
  if (
    root === undefined ||
    root === null ||
    operation.directives?.length ||
    definitions.some(({ variable }) => variable.name.value === PROTOTYPE) ||
    !isPlain(operation.selectionSet, fragments, new Set())
  )
    return null;
  const collectFields = createCollectFields(schema, fragments);
  const selection = compileSelection(schema, root, collectFields(root, [operation]), collectFields);
  const coerce = compileVariables(schema, definitions);
  const executeAll =
    operation.operation === OperationTypeNode.MUTATION ? executeSerially : executeFields;

  return {
    execute: (given, context) => {
      const variables = coerce(given);
      if (variables === null) return null;
      return resultOf(
        {
          schema,
          operation,
          fragments,
          variables,
          context,
          errors: [],
          nulled: new Set(),
        },
        executeAll,
        selection,
      );
    },
  };
}

async function resultOf(
  run: Run,
  executeAll: (run: Run, selection: Selection) => unknown,
  selection: Selection,
): Promise<ExecutionResult> {
  try {
    const data = (await executeAll(run, selection)) as Record<string, unknown>;
    return run.errors.length === 0 ? { data } : { errors: run.errors, data };
  } catch (error) {
    // It was located where it was thrown, and makes the whole result null. What is still in progress may fail as well, unreported.
    return { errors: [...run.errors, error as GraphQLError], data: null };
  }
}
