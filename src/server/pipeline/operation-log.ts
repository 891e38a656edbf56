import { performance } from 'node:perf_hooks';
import type { OperationDefinitionNode } from 'graphql';
import type { GatewayContext } from '../../graph/context.ts';
import type { Log } from '../log.ts';

/** What the log says of an operation that has ended. */
export interface EndedOperation {
  /** Null where the document has none of the name that was given. */
  readonly operation: OperationDefinitionNode | null;
  readonly context: GatewayContext;
  /** How many errors are beside its data. */
  readonly errors: number;
  /** When it began, on the clock of `performance.now()`. */
  readonly began: number;
}

/**
 * Logs one line per operation. It is written when the operation ends, also when the caller has hung up meanwhile. Names
 * of fields and of union members come from the schema, the operation's name from its document; there is no header,
 * variable or body.
 */
export function logOperation(log: Log, { operation, context, errors, began }: EndedOperation): void {
  log.info(
    {
      requestId: context.requestId,
      traceId: context.trace?.traceId,
      operationName: operation?.name === undefined ? null : context.scrubber.text(operation.name.value),
      operationType: operation?.operation ?? null,
      fields: context.progress.outcomes,
      errors,
      durationMs: Math.round((performance.now() - began) * 10) / 10,
      hungUp: context.hangUp.aborted,
    },
    'operation',
  );
}

/** Logs a request that never became an operation. `reasons` are free of what was sent. */
export function logRefusal(log: Log, requestId: string, reasons: readonly string[], level: 'info' | 'warn' = 'info'): void {
  log[level]({ requestId, refused: reasons }, 'request refused');
}
