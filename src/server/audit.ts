import { performance } from 'node:perf_hooks';
import { UpstreamUnavailableError } from '../domain/errors.ts';
import { isObject } from '../domain/json.ts';
import { REDACTED } from '../domain/secret.ts';
import { cut } from '../domain/visible.ts';
import type { GatewayContext } from '../graph/context.ts';
import { errorTypeName } from '../graph/errors.ts';
import type { WriteAttempt } from '../transport/exchange.ts';
import { API_KEYS } from './authentication.ts';
import type { Delivery } from './line-batch.ts';
import { describeCaller } from './log.ts';
import type { Log } from './log.ts';
import type { WriteOutcome } from './schema.ts';

/** Members of an input that name the object, and not what changes. */
const KEYS = new Set(['id', 'idpId', 'expectedFingerprint']);

/** How long a response waits for the line of its outcome, in milliseconds. The write has happened: the caller must not wait for ever. */
const OUTCOME_MS = 1_000;

/** The audit trail: who wrote what, to which object, and what became of it; names and ids, and no other values. */
export interface Audit {
  /**
   * Writes a line of each attempt of a write before it is sent. Null if there is no audit trail, or nothing to wait for.
   * @throws UpstreamUnavailableError if the line is not written before the deadline: nothing must be sent then
   */
  readonly beforeWrite: (context: GatewayContext, attempt: WriteAttempt) => Promise<void> | null;
  /** Writes a line of what a mutation gave. Resolves when it is written, or was waited for long enough; null if there is nothing to wait for. */
  readonly afterWrite: (outcome: WriteOutcome) => Promise<unknown> | null;
}

/** @param isApiKey whether a text is an API key of the gateway */
export function createAudit(log: Log, isApiKey: (text: string) => boolean): Audit {
  const withoutApiKeys = (id: string) =>
    id.replaceAll(API_KEYS, (text) => (isApiKey(text) ? REDACTED : text));

  /** An id that need not be one: it might be whatever was pasted there. */
  const objectAsked = (id: string, { scrubber }: GatewayContext, form = ID) =>
    form.test(id) ? withoutApiKeys(scrubber.text(id)) : null;

  /**
   * The id of the object that was written: as it was asked for, or, if it was left to the upstream, as it came back. An
   * id that was asked for and may be stored now is told as it is, but for API keys of the gateway and secrets of its own
   * credentials: a caller who could have it redacted, by sending it as a token too, could write without a trace.
   */
  const objectOf = ({ args, success, member, context }: WriteOutcome): string | null => {
    const { input } = args;
    const asked = idIn(input);
    const mayBeStored = !isDryRun(input) && (success !== null || member === UNKNOWN);
    // A success has the object under its noun.
    const object =
      asked ??
      [success, ...(isObject(success) ? Object.values(success) : [])]
        .map(idIn)
        .find((id) => id !== undefined);
    if (object === undefined) return null;
    return mayBeStored && asked !== undefined
      ? withoutApiKeys(context.scrubber.withoutShared(object))
      : objectAsked(object, context);
  };

  return {
    beforeWrite: (context, { upstream, operation, object, attempt, deadline }) => {
      const {
        requestId,
        trace,
        identity,
        progress: { write },
      } = context;
      if (!log.isAudited) return null;
      const delivery = log.audit({
        requestId,
        traceId: trace?.traceId,
        caller: describeCaller(identity),
        event: 'intent',
        operation: write?.field,
        path: write === null ? undefined : cut(write.path),
        upstream,
        upstreamOperation: operation,
        object: object === null ? null : objectAsked(object, context, SUBJECT),
        attempt,
      });
      if (write !== null && delivery?.state !== 'LOST') write.intents += 1;
      return delivery === null ? null : allowed(delivery, deadline);
    },
    afterWrite: (outcome) => {
      const {
        field,
        path,
        intents,
        args,
        member,
        upstreamRequestId,
        isOutcomeUnknown,
        context: { requestId, trace, identity },
      } = outcome;
      // Every mutation takes one argument, an input object.
      const { input } = args as { readonly input: Readonly<Record<string, unknown>> };
      const delivery = log.audit(
        {
          requestId,
          traceId: trace?.traceId,
          caller: describeCaller(identity),
          event: 'outcome',
          operation: field,
          path: cut(path),
          intents,
          object: objectOf(outcome),
          ...(isDryRun(input) && { dryRun: true }),
          member,
          upstreamRequestId,
          fields: Object.keys(input).filter((name) => !KEYS.has(name)),
        },
        {
          level: member === null ? 'error' : isOutcomeUnknown ? 'warn' : 'info',
          always: intents > 0,
        },
      );
      return delivery === null ? null : settled(delivery, OUTCOME_MS);
    },
  };
}

/** What ids of new objects look like. */
const ID = /^[\w-]{1,100}$/;

/** The same for what an operation calls its object: it may be a part of another one. */
const SUBJECT = /^[\w-]{1,100}(?:\/[\w-]{1,100})?$/;

/** The member by which a write says that it may have been applied. */
const UNKNOWN = errorTypeName('OUTCOME_UNKNOWN');

/** The id by which a value names an object; undefined if it has none. */
function idIn(value: unknown): string | undefined {
  const { id, idpId } = isObject(value) ? value : {};
  return [id, idpId].find((one) => typeof one === 'string');
}

/** Whether a mutation only looked what there would be to do. */
function isDryRun(input: unknown): boolean {
  return isObject(input) && input['dryRun'] === true;
}

/** @throws UpstreamUnavailableError if the line is not written in time */
async function allowed(delivery: Delivery, deadline: number): Promise<void> {
  await delivery.tried;
  if (delivery.state === 'WRITTEN') return;
  if ((await settled(delivery, deadline - performance.now())) === 'WRITTEN') return;
  throw new UpstreamUnavailableError(
    'The gateway cannot write its audit trail at the moment, and does not write without it. Nothing was sent: it is safe to send it again.',
  );
}

/** Waits until a line is written, or lost, not longer than this, in milliseconds. */
async function settled(delivery: Delivery, ms: number): Promise<Delivery['state']> {
  await delivery.tried;
  if (delivery.state === 'WAITING') {
    let timer: NodeJS.Timeout | undefined;
    const timeUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([delivery.settled(), timeUp]);
    clearTimeout(timer);
  }
  return delivery.state;
}
