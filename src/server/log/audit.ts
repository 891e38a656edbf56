import { performance } from 'node:perf_hooks';
import { UpstreamUnavailableError } from '../../domain/errors.ts';
import { isObject } from '../../domain/json/json.ts';
import { REDACTED } from '../../domain/scrub/secret.ts';
import { cut } from '../../domain/text/visible.ts';
import type { GatewayContext } from '../../graph/context.ts';
import { errorTypeName } from '../../graph/errors.ts';
import { EXPECTED_FINGERPRINT } from '../../graph/root-fields/fingerprint.ts';
import type { WriteAttempt } from '../../transport/exchange/requester.ts';
import { API_KEYS } from '../auth/api-keys.ts';
import type { Delivery } from './line-batch.ts';
import { describeCaller } from './log.ts';
import type { Log } from './log.ts';
import type { WriteOutcome } from '../schema.ts';
import { endsWithin } from '../../transport/waiting/ends-within.ts';

/** How long a response waits for the line of its outcome, in milliseconds. The write has happened, so the caller must not wait forever. */
const OUTCOME_MS = 1_000;

/** The audit trail: who wrote what, to which object, with which outcome. It has names and ids, and no other values. */
export interface Audit {
  /**
   * Writes a line before each attempt of a write is sent. Null if there is no audit trail, or nothing to wait for.
   * @throws UpstreamUnavailableError if the line is not written before the deadline: then nothing may be sent
   */
  readonly beforeWrite: (context: GatewayContext, attempt: WriteAttempt) => Promise<void> | null;
  /** Writes the outcome of a mutation. Resolves when the line is written, or after a time limit; null if there is nothing to wait for. */
  readonly afterWrite: (outcome: WriteOutcome) => Promise<unknown> | null;
}

/** @param isApiKey whether a text is an API key of the gateway */
export function createAudit(log: Log, isApiKey: (text: string) => boolean): Audit {
  const withoutApiKeys = (id: string) =>
    id.replaceAll(API_KEYS, (text) => (isApiKey(text) ? REDACTED : text));

  /** The id in the input, unless it does not look like one: anything might have been pasted there. */
  const objectAsked = (id: string, { scrubber }: GatewayContext, form = ID) =>
    form.test(id) ? withoutApiKeys(scrubber.text(id)) : null;

  /**
   * The id of the written object: the one in the input, or, if the upstream chose it, the one in the result. An id from
   * the input that may be stored now is logged as it is, except for API keys and secrets of the gateway. A caller who
   * could get it redacted, by sending it as a token too, could write without a trace.
   */
  const objectOf = ({ args, key, success, member, context }: WriteOutcome): string | null => {
    const { input } = args;
    const asked = textIn(input, key);
    const mayBeStored = !isDryRun(input) && (success !== null || member === UNKNOWN);
    // A success has the object under its noun.
    const object =
      asked ??
      [success, ...(isObject(success) ? Object.values(success) : [])]
        .map((value) => textIn(value, key))
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
        key,
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
          fields: Object.keys(input).filter(
            (name) => name !== key && name !== EXPECTED_FINGERPRINT,
          ),
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

/** The same for the object of an operation, which may be a part of another one. */
const SUBJECT = /^[\w-]{1,100}(?:\/[\w-]{1,100})?$/;

/** The member that says that a write may have been applied. */
const UNKNOWN = errorTypeName('OUTCOME_UNKNOWN');

/** The text that a value has in a field; undefined if it has none. */
function textIn(value: unknown, field: string): string | undefined {
  const text = isObject(value) ? value[field] : undefined;
  return typeof text === 'string' ? text : undefined;
}

/** Whether a mutation only reported what it would do. */
function isDryRun(input: unknown): boolean {
  return isObject(input) && input['dryRun'] === true;
}

/** @throws UpstreamUnavailableError if the line is not written in time */
async function allowed(delivery: Delivery, deadline: number): Promise<void> {
  await delivery.tried;
  if (delivery.state === 'WRITTEN') return;
  if ((await settled(delivery, deadline - performance.now())) === 'WRITTEN') return;
  throw new UpstreamUnavailableError(
    'The gateway cannot write its audit trail at the moment, and sends no writes without it. Nothing was sent: it is safe to send the request again.',
  );
}

/** Waits until a line is written or lost, up to this time, in milliseconds. */
async function settled(delivery: Delivery, ms: number): Promise<Delivery['state']> {
  await delivery.tried;
  if (delivery.state === 'WAITING') await endsWithin(ms, delivery.settled());
  return delivery.state;
}
