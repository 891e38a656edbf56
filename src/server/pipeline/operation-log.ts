import { performance } from 'node:perf_hooks';
import type { GraphQLError, OperationDefinitionNode } from 'graphql';
import { cut } from '../../domain/visible.ts';
import type { GatewayContext, Progress } from '../../graph/context.ts';
import type { Mismatch } from '../authentication-faults.ts';
import { describeCaller, shortReasons } from '../log.ts';
import type { Log, LoggedCaller } from '../log.ts';

/** What the log says of an operation that has ended. */
export interface EndedOperation {
  /** Null where the document has none of the name that was given. */
  readonly operation: OperationDefinitionNode | null;
  readonly context: GatewayContext;
  /** The errors beside its data, or in its place. */
  readonly errors: readonly GraphQLError[];
  /** When it began, on the clock of `performance.now()`. */
  readonly began: number;
}

/** How urgent the line of an operation is: an error if something unexpected was thrown, a warning if the operator should look into what happened. */
function levelOf(
  errors: readonly GraphQLError[],
  { unknownOutcomes, noAccess }: Progress,
): 'info' | 'warn' | 'error' {
  if (errors.length > 0 && errors.some(({ extensions }) => extensions['unexpected'] === true))
    return 'error';
  return unknownOutcomes > 0 || noAccess !== null ? 'warn' : 'info';
}

/**
 * Logs one line per operation. It is written when the operation ends, also when the caller has hung up meanwhile. Names
 * of fields and of union members come from the schema, the operation's name from its document; there is no header,
 * variable or body.
 */
export function logOperation(
  log: Log,
  { operation, context, errors, began }: EndedOperation,
): void {
  const { progress } = context;
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
      ...(errors.length > 0 && { codes: codesOf(errors) }),
      ...(progress.noAccess !== null && { noAccess: progress.noAccess }),
      durationMs: Math.round((performance.now() - began) * 10) / 10,
      hungUp: context.hangUp.aborted,
    },
    'operation',
  );
}

/** Why a request never became an operation. */
export interface LoggedRefusal {
  /** As the caller gets them. */
  readonly codes: readonly string[];
  /** More words; free of what was sent. */
  readonly reasons: readonly string[];
  /** What a token has instead of what is needed. */
  readonly mismatch?: Mismatch | undefined;
}

/** Logs a request that never became an operation. `caller`: undefined where nobody has been let in. */
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

/** The codes of errors, each once. */
export function codesOf(errors: readonly GraphQLError[]): readonly string[] {
  return [
    ...new Set(
      errors.map(({ extensions }) => extensions['code']).filter((code) => typeof code === 'string'),
    ),
  ];
}
