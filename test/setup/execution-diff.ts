import {
  NoUnusedFragmentsRule,
  execute,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { ExecutionResult, GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { expect } from 'vitest';
import { compileQuery } from '../../src/server/pipeline/fast-path/compiled-query/compile-query.ts';

/** The context of one execution: what resolvers were called with, in their order, and what is still to come. */
export class Observed {
  readonly seen: string[] = [];
  #pending = 0;

  tell(
    args: unknown,
    {
      fieldName,
      fieldNodes,
      returnType,
      parentType,
      path,
      schema,
      fragments,
      rootValue,
      operation,
      variableValues,
    }: GraphQLResolveInfo,
  ): void {
    const info = {
      fieldName,
      nodes: fieldNodes.map(({ loc }) => loc?.start),
      returnType,
      parentType,
      path,
      query: schema.getQueryType(),
      fragments: Object.keys(fragments),
      rootValue,
      operation: operation.loc?.start,
      variableValues,
    };
    this.seen.push(JSON.stringify({ args, info }, visible));
  }

  /** Makes a value in a later turn of the event loop, those begun first first. */
  async later<Value>(make: () => Value): Promise<Value> {
    this.#pending += 1;
    await turn();
    this.#pending -= 1;
    return make();
  }

  /** What goes on beside an error ends after the result is there. */
  async settled(): Promise<void> {
    while (this.#pending > 0) await turn();
    await turn();
  }
}

/** Shows what JSON leaves out: no function, symbol or undefined may stand where graphql-js has another one, or nothing. */
function visible(_key: string, value: unknown): unknown {
  return typeof value === 'function' || typeof value === 'symbol' || value === undefined
    ? `<${String(value)}>`
    : value;
}

function turn(): Promise<void> {
  return new Promise((done) => {
    setImmediate(done);
  });
}

/** Errors that only a defect of the schema makes may be told in other words. */
const DEFECT =
  /^(Abstract type |Runtime Object type |Expected value of type |Expected a value of the type |Expected `.*serialize|A value of )/;

export interface Executable {
  readonly schema: GraphQLSchema;
  readonly text: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string | undefined;
  readonly contextOf?: () => Observed;
  /** Whether promises settle in an unspecified order, which may decide which errors there are, and in which order. */
  readonly unordered?: boolean;
}

/** What became of an operation that was to be executed by a compiled query. */
export type Outcome = 'COMPILED' | 'REFUSED' | 'LEFT';

/** Whether a document may be executed; unused fragments do not matter. */
export function isValid(schema: GraphQLSchema, text: string): boolean {
  return (
    validate(
      schema,
      parse(text),
      specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule),
    ).length === 0
  );
}

/**
 * Executes an operation by a compiled query and by graphql-js, and compares results, errors, and calls of resolvers.
 * @returns whether the compiled query took it; where it did not: whether graphql-js refuses the variables
 */
export async function compareExecutions({
  schema,
  text,
  variables = {},
  operationName,
  contextOf = () => new Observed(),
  unordered = false,
}: Executable): Promise<Outcome> {
  const document = parse(text);
  const operation = getOperationAST(document, operationName);
  const compiled = operation && compileQuery(schema, document, operation);
  if (compiled === null || compiled === undefined)
    throw new Error('The operation cannot be compiled.');
  const theirs = await outcome(contextOf(), (contextValue) =>
    execute({
      schema,
      document,
      contextValue,
      variableValues: variables,
      operationName: operationName ?? null,
    }),
  );
  const context = contextOf();
  const result = compiled.execute(variables, context);
  if (result !== null) {
    const ours = await outcome(context, () => result);
    expect(unordered ? anyOrder(ours) : ours).toEqual(unordered ? anyOrder(theirs) : theirs);
    return 'COMPILED';
  }
  await context.settled();
  expect(context.seen, 'nothing was executed').toEqual([]);
  return theirs.data === undefined ? 'REFUSED' : 'LEFT';
}

async function outcome(
  context: Observed,
  run: (context: Observed) => ExecutionResult | Promise<ExecutionResult>,
) {
  const result = await run(context);
  const atOnce = JSON.stringify(result);
  await context.settled();
  expect(JSON.stringify(result), 'a result does not change any more').toBe(atOnce);
  return {
    // As text, for the order of its keys.
    data: result.data === undefined ? undefined : JSON.stringify(result.data),
    errors: result.errors?.map(({ message, path, locations, extensions, originalError }) =>
      DEFECT.test(message)
        ? { path, locations }
        : { message, path, locations, extensions, thrown: originalError?.name },
    ),
    seen: context.seen,
  };
}

function anyOrder({ data, errors, seen }: Awaited<ReturnType<typeof outcome>>) {
  return { data, failed: errors !== undefined, seen: [...seen].sort() };
}
