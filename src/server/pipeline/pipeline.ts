import { performance } from 'node:perf_hooks';
import { getOperationAST } from 'graphql';
import type { DocumentNode, ExecutionResult } from 'graphql';
import { RateLimitedError } from '../../domain/errors.ts';
import type { GatewayContext } from '../../graph/context.ts';
import type { Log } from '../log.ts';
import type { RateLimit } from '../rate-limit.ts';
import { createDocuments } from './documents.ts';
import type { Documents, DocumentsOptions, LiftedLiterals } from './documents.ts';
import { createIntrospected } from './introspected.ts';
import { logOperation } from './operation-log.ts';
import { createPlans } from './plans.ts';
import { safeExecutionErrors } from './safe-errors.ts';
import { executeSingle } from './single-execution.ts';

export interface PipelineOptions extends DocumentsOptions {
  readonly rateLimit: RateLimit;
  /** Requests that came to nothing, refused operations among them: they take time too. */
  readonly refusals: RateLimit;
  readonly log: Log;
}

/** One operation of a document that has no faults. */
export interface OperationRequest {
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
  /** Literals of the text that are variables of the document. */
  readonly literals: LiftedLiterals | null;
  readonly context: GatewayContext;
  /** Whether a plan may be kept for the next time, and executed in place of the document: the result is the same. */
  readonly planned: boolean;
}

/** What happens to a GraphQL request, whichever way it came in: documents are checked, operations executed, limited and logged. */
export interface Pipeline extends Documents {
  /** Executes an operation. The errors of the result may be shown as they are. */
  readonly execute: (request: OperationRequest) => Promise<ExecutionResult>;
  /** Counts a request of a caller that was refused before it was an operation. */
  readonly countRefusal: (callerKey: string) => void;
}

export function createPipeline({
  rateLimit,
  refusals,
  log,
  ...options
}: PipelineOptions): Pipeline {
  const { schema } = options;
  const planOf = createPlans(schema);
  const introspected = createIntrospected(schema);
  return {
    ...createDocuments(options),
    countRefusal: (callerKey) => {
      refusals.take(callerKey);
    },
    execute: async (request) => {
      const { document, operationName, literals, context, planned } = request;
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
      const plan = planned ? planOf(request) : null;
      const result = await (plan?.execute(variables, context) ??
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
      const shown =
        errors === undefined
          ? result
          : {
              ...result,
              errors: safeExecutionErrors(errors, { schema, operation, variables, context }, log),
            };
      logOperation(log, { operation, context, errors: shown.errors ?? [], began });
      // What became of a write is in the audit trail before the caller hears of it.
      if (context.progress.told !== null) await context.progress.told;
      return shown;
    },
  };
}

/** Each root field of an operation too many gives the error: it is data like every other that a caller acts on. */
function limit(context: GatewayContext, rateLimit: RateLimit, refusals: RateLimit): void {
  const wait = rateLimit.take(context.callerKey);
  if (wait === null) return;
  refusals.take(context.callerKey);
  context.refusal = new RateLimitedError(
    `Too many operations of this caller within a minute. Nothing was sent. Send it again in ${wait} s, or let the operator of the gateway raise LIMIT_OPERATIONS_PER_MINUTE.`,
    wait,
  );
}
