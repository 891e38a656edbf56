import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import type { GatewayContext } from '../graph/context.ts';
import { errorsOf, executionOf } from './execution.ts';
import type { GatewayPlugin } from './execution.ts';

/**
 * Logs one line per operation. It is written when the operation ends, also when the caller has hung up meanwhile; a
 * request that never became an operation is logged when its refusal is answered. Names of fields and of union members
 * come from the schema, the operation's name from its document; there is no header, variable or body.
 */
export function useOperationLog(log: Logger): GatewayPlugin {
  /** Keyed by the list of outcomes, which the server's and the execution's context share. */
  const logged = new WeakSet<GatewayContext['outcomes']>();
  return {
    onExecute({ args }) {
      const began = performance.now();
      const { operation, context } = executionOf(args);
      return {
        onExecuteDone({ result }) {
          logged.add(context.outcomes);
          log.info(
            {
              requestId: context.requestId,
              ...(context.trace && { traceId: context.trace.traceId }),
              operationName: operation?.name === undefined ? null : context.scrubber.text(operation.name.value),
              operationType: operation?.operation ?? null,
              fields: context.outcomes,
              errors: errorsOf(result).length,
              durationMs: Math.round((performance.now() - began) * 10) / 10,
              hungUp: context.hangUp.aborted,
            },
            'operation',
          );
        },
      };
    },
    onResultProcess({ result, serverContext }) {
      if (logged.has(serverContext.outcomes)) return;
      logged.add(serverContext.outcomes);
      // The messages were made safe by `useSafeErrors`, which runs before.
      log.info({ requestId: serverContext.requestId, refused: errorsOf(result).map(({ message }) => message) }, 'request refused');
    },
    onResponse({ response, serverContext }) {
      // Refused before it was read as GraphQL, by its media type for example.
      if (logged.has(serverContext.outcomes) || response.status < 400) return;
      log.info({ requestId: serverContext.requestId, refused: [`status ${response.status}`] }, 'request refused');
    },
  };
}
