import {
  IdempotencyInFlightError,
  IdempotencyMismatchError,
  OidcError,
  OutcomeUnknownError,
  StaleError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
import { canonicalJson } from '../../domain/json/json.ts';
import type { Json } from '../../domain/json/json.ts';
import type { GatewayContext, IdempotencyKey } from '../../graph/context.ts';
import { PartialFailure } from '../../graph/errors.ts';
import { resultOfText, textOfResult } from './result-text.ts';
import type { IdempotencyStore, Settled } from './store.ts';

/** How long a write may take after the deadline of its calls, in milliseconds: reading back takes 3 seconds. */
const AFTER_DEADLINE_MS = 6_000;

/** A root field of a mutation that is about to be resolved. */
export interface KeyedWrite {
  readonly field: string;
  /** Its name in the response. */
  readonly path: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Whether the field itself finds out what is still to be done, so that it may run again. */
  readonly resumes: boolean;
  readonly context: GatewayContext;
  readonly resolve: (context: GatewayContext) => unknown;
}

/** What a key did, for metrics. */
export const IDEMPOTENCY_OUTCOMES = [
  'CLAIMED',
  'REPLAYED',
  'READ_BACK',
  'MISMATCH',
  'IN_FLIGHT',
  'REFUSED',
] as const;
export type IdempotencyOutcome = (typeof IDEMPOTENCY_OUTCOMES)[number];

export interface IdempotencyOptions {
  readonly store: IdempotencyStore;
  /** The deadline of the calls of a field, in milliseconds. */
  readonly timeoutMs: number;
  readonly onOutcome?: ((outcome: IdempotencyOutcome) => void) | undefined;
}

/** Resolves a field; if its request has an idempotency key, at most once for each key. */
export type RunOnce = (write: KeyedWrite) => unknown;

/** Makes writes with an idempotency key happen at most once. */
export function createIdempotency({
  store,
  timeoutMs,
  onOutcome = () => undefined,
}: IdempotencyOptions): RunOnce {
  const runOnce = async (write: KeyedWrite, idempotency: IdempotencyKey): Promise<unknown> => {
    const { context, resolve, resumes } = write;
    const { progress } = context;
    progress.keyedWrites += 1;
    const key = canonicalJson([
      idempotency.caller,
      write.field,
      // The fields of one request share its key. From the second field on, the name in the response makes it unique.
      ...(progress.keyedWrites > 1 ? [write.path] : []),
      idempotency.key,
    ]);
    const input = canonicalJson(write.args as Json);
    const claim = await store
      .claim(key, input, timeoutMs + AFTER_DEADLINE_MS)
      .catch((error: unknown) => {
        onOutcome('REFUSED');
        throw notRemembered('cannot be remembered at the moment', error);
      });
    switch (claim.kind) {
      case 'DONE':
        onOutcome('REPLAYED');
        progress.replayed = true;
        return resultOfText(claim.result);
      case 'MISMATCH':
        onOutcome('MISMATCH');
        throw new IdempotencyMismatchError(
          'This Idempotency-Key was used before with another input. Nothing was sent. Use a new key for each new write.',
        );
      case 'IN_FLIGHT':
        onOutcome('IN_FLIGHT');
        throw new IdempotencyInFlightError(
          'Another request with this Idempotency-Key has not ended. Nothing was sent. Send the same request again to get its result.',
          1,
        );
      case 'FULL':
        onOutcome('REFUSED');
        throw notRemembered('cannot be remembered: the gateway remembers as many as it can');
      case 'CLAIMED':
    }
    const sendsNothing = claim.mayBeApplied && !resumes;
    onOutcome(sendsNothing ? 'READ_BACK' : 'CLAIMED');
    let settled: Settled = { kind: 'UNKNOWN' };
    try {
      const result = await resolve(sendsNothing ? { ...context, sendsNothing } : context);
      settled = { kind: 'DONE', result: textOfResult(result) };
      return result;
    } catch (error) {
      if (!sendsNothing && isNotApplied(error, resumes)) settled = { kind: 'FREE' };
      throw error;
    } finally {
      // If it cannot be settled, the lease ends, and the next request with the key reads back.
      await store.settle(key, claim.token, settled).catch(() => undefined);
    }
  };
  return (write) => {
    const { context, args, resolve } = write;
    const { idempotency } = context;
    return idempotency === null || isDryRun(args) ? resolve(context) : runOnce(write, idempotency);
  };
}

/** Whether nothing was applied, or the same may be sent again all the same. */
function isNotApplied(error: unknown, resumes: boolean): boolean {
  if (error instanceof PartialFailure) return resumes;
  if (error instanceof StaleError) return !error.mayHaveBeenApplied;
  return error instanceof OidcError && !(error instanceof OutcomeUnknownError);
}

function isDryRun({ input }: Readonly<Record<string, unknown>>): boolean {
  return (input as { readonly dryRun?: unknown } | undefined)?.dryRun === true;
}

function notRemembered(why: string, cause?: unknown): UpstreamUnavailableError {
  return new UpstreamUnavailableError(
    `The Idempotency-Key ${why}, so nothing was sent. Send the request again later with the same key. Send it without the header only if it was never sent before.`,
    null,
    cause === undefined ? {} : { cause },
  );
}
