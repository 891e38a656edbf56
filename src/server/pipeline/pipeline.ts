import { performance } from 'node:perf_hooks';
import { getOperationAST } from 'graphql';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { RateLimitedError } from '../../domain/errors.ts';
import type { GatewayContext } from '../../graph/context.ts';
import type { Log } from '../log/log.ts';
import type { RateLimit } from '../limits/rate-limit.ts';
import { createDocuments } from './documents.ts';
import type { Documents, DocumentsOptions, LiftedLiterals } from './documents.ts';
import { createIntrospected } from './introspected.ts';
import { codesOf, logOperation } from './operation-log.ts';
import type { EndedOperation } from './operation-log.ts';
import { createCompiledQueries } from './fast-path/compiled-queries.ts';
import { maskExecutionErrors } from './mask-errors.ts';
import { executeSingle } from './single-execution.ts';

export interface PipelineOptions extends DocumentsOptions {
  readonly rateLimit: Pick<RateLimit, 'take'>;
  /** Counts requests that were refused, operations included: they take time too. */
  readonly refusals: RateLimit;
  readonly log: Log;
  /** Called at the end of each operation, for metrics. */
  readonly onOperation?: ((ended: EndedOperation) => void) | undefined;
}

/** One operation of a valid document. */
export interface OperationRequest {
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
  /** Literals of the text that became variables of the document. */
  readonly literals: LiftedLiterals | null;
  readonly context: GatewayContext;
  /** Whether the operation may be compiled, which pays if it comes again. The result is the same. */
  readonly compilable: boolean;
}

/** What the fast path and Yoga share: it checks documents, and executes, limits and logs operations. */
export interface Pipeline extends Documents {
  /** Executes an operation. The errors of the result may be shown as they are. */
  readonly execute: (request: OperationRequest) => Promise<ExecutionResult>;
}

export function createPipeline({
  rateLimit,
  refusals,
  log,
  onOperation,
  ...options
}: PipelineOptions): Pipeline {
  const { schema } = options;
  const compiledQueryOf = createCompiledQueries(schema);
  const introspected = createIntrospected(schema);
  return {
    ...createDocuments(options),
    execute: async (request) => {
      const { document, operationName, literals, context, compilable } = request;
      // Literals mostly come without variables: to copy them took 7 of 83 µs.
      const given = request.variables ?? null;
      const variables =
        literals === null
          ? (given ?? {})
          : given === null
            ? literals.values
            : { ...given, ...literals.values };
      const began = performance.now();
      context.progress.state = 'EXECUTED';
      limit(context, rateLimit, refusals);
      const operation = getOperationAST(document, operationName) ?? null;
      context.spans?.startOperation(operation?.operation ?? null);
      const compiled = compilable ? compiledQueryOf(request) : null;
      const result = await (compiled?.execute(variables, context) ??
        introspected(document, operation) ??
        executeSingle({
          schema,
          document,
          operation,
          operationName: operationName ?? null,
          variables,
          context,
        }));
      const errors = literals === null ? result.errors : result.errors?.map(literals.relocate);
      const shown: ExecutionResult =
        errors === undefined
          ? result
          : {
              ...result,
              errors: maskExecutionErrors(errors, { schema, operation, variables, context }, log),
            };
      if (context.progress.replayed) shown.extensions = { ...shown.extensions, replayed: true };
      const ended: EndedOperation = { operation, context, result: shown, began };
      logOperation(log, ended);
      onOperation?.(ended);
      context.spans?.endOperation(context.progress, codesOf(shown.errors ?? []));
      // The outcome of a write is in the audit trail before the caller gets the response.
      if (context.progress.audited !== null) await context.progress.audited;
      return shown;
    },
  };
}

/** Beyond the rate limit, each root field of an operation returns the error, as data like all errors that callers act on. */
function limit(
  context: GatewayContext,
  rateLimit: Pick<RateLimit, 'take'>,
  refusals: RateLimit,
): void {
  const wait = rateLimit.take(context.callerKey);
  if (wait === null) return;
  refusals.take(context.callerKey);
  context.refusal = new RateLimitedError(
    `Too many operations from this caller within a minute. Nothing was sent. Send it again in ${wait} s, or ask the operator of the gateway to raise LIMIT_OPERATIONS_PER_MINUTE.`,
    wait,
  );
}
