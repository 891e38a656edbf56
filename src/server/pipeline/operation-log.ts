import { performance } from 'node:perf_hooks';
import type { ExecutionResult, GraphQLError, OperationDefinitionNode } from 'graphql';
import { cut } from '../../domain/text/visible.ts';
import type { GatewayContext, Progress } from '../../graph/context.ts';
import type { Mismatch } from '../auth/authentication-errors.ts';
import { describeCaller, shortReasons } from '../log/log.ts';
import type { Log, LoggedCaller } from '../log/log.ts';
import { statusOf } from './result-status.ts';

/** What the log says about an operation that has ended. */
export interface EndedOperation {
  /** Null if the document has none of the given name. */
  readonly operation: OperationDefinitionNode | null;
  readonly context: GatewayContext;
  /** Its errors may be shown as they are. */
  readonly result: ExecutionResult;
  /** When it began, on the clock of `performance.now()`. */
  readonly began: number;
}

/** The level of an operation's line: an error if something unexpected was thrown, a warning if the operator should look into it. A call to an upstream that failed is one even if a repeat succeeded. */
function levelOf(
  errors: readonly GraphQLError[],
  { unknownOutcomes, noAccess, hasFailedCall }: Progress,
): 'info' | 'warn' | 'error' {
  if (errors.length > 0 && errors.some(({ extensions }) => extensions['unexpected'] === true))
    return 'error';
  return unknownOutcomes > 0 || noAccess !== null || hasFailedCall ? 'warn' : 'info';
}

/**
 * Logs one line per operation when it ends, even if the caller has hung up, with its calls to upstreams. Names of fields
 * and union members come from the schema, the operation's name from its document. Headers, variables and bodies are not
 * logged.
 */
export function logOperation(
  log: Log,
  { operation, context, result, began }: EndedOperation,
): void {
  const { progress } = context;
  const { errors = NONE } = result;
  const { upstreamCalls, upstreamCallCount } = progress;
  const codes = codesOf(errors, progress.codes);
  log[levelOf(errors, progress)](
    {
      requestId: context.requestId,
      traceId: context.trace?.traceId,
      caller: describeCaller(context.identity),
      operationName:
        operation?.name === undefined ? null : cut(context.scrubber.text(operation.name.value)),
      operationType: operation?.operation ?? null,
      fields: progress.outcomes,
      errors: errors.length,
      codes: codes.length > 0 ? codes : undefined,
      noAccess: progress.noAccess ?? undefined,
      upstreamCalls,
      moreUpstreamCalls:
        upstreamCallCount > upstreamCalls.length
          ? upstreamCallCount - upstreamCalls.length
          : undefined,
      replayed: progress.replayed || undefined,
      status: context.signal.aborted ? null : statusOf(result),
      durationMs: Math.round((performance.now() - began) * 10) / 10,
      hungUp: context.signal.aborted,
    },
    'operation',
  );
}

/** Why a request never became an operation. */
export interface LoggedRefusal {
  /** The codes that the caller gets. */
  readonly codes: readonly string[];
  /** More details, without anything that was sent. */
  readonly reasons: readonly string[];
  /** What a token has and what it should have. */
  readonly mismatch?: Mismatch | undefined;
}

/** Logs a request that never became an operation. `caller`: undefined if nobody was let in. */
export function logRefusal(
  log: Log,
  { requestId, caller }: { readonly requestId: string; readonly caller?: LoggedCaller },
  { codes, reasons, mismatch }: LoggedRefusal,
  level: 'info' | 'warn' = 'info',
): void {
  log[level](
    { requestId, caller, codes, reasons: shortReasons(reasons), ...mismatch },
    'request refused',
  );
}

const NONE: readonly never[] = [];

/** The codes of errors, each once. @param others codes that come first */
export function codesOf(
  errors: readonly GraphQLError[],
  others: readonly string[] | null = null,
): readonly string[] {
  if (errors.length === 0 && others === null) return NONE;
  return [
    ...new Set([
      ...(others ?? NONE),
      ...errors
        .map(({ extensions }) => extensions['code'])
        .filter((code) => typeof code === 'string'),
    ]),
  ];
}
