import { performance } from 'node:perf_hooks';
import type { Snapshot } from '../../domain/fingerprint.ts';
import { NotFoundError, OidcError } from '../../domain/errors.ts';
import type { OidcErrorCode } from '../../domain/errors.ts';
import type { OtherFinding, ReadBack } from '../operation.ts';
import type { Repeats } from '../policy/repeats.ts';
import type { CancelSignal } from '../waiting/cancel-signal.ts';
import { pause } from '../waiting/time-limit.ts';

/** Reads back the object of a create operation or change: applied if everything that was sent is there. */
export async function confirmEqual<Result>(
  reading: Promise<Result>,
  differences: (found: Result) => readonly string[],
  snapshotOf?: (found: Result) => Snapshot,
): Promise<ReadBack<Result>> {
  const found = await reading;
  const different = differences(found);
  if (different.length === 0) return { applied: found };
  return {
    finding: `found an object that differs in ${different.join(', ')}`,
    ...(snapshotOf !== undefined && { stored: snapshotOf(found) }),
  };
}

/** Reads a deletion back: applied if nothing is there any more. */
export async function confirmGone<Result, Stored>(
  reading: Promise<Stored>,
  result: Result,
  snapshotOf: (found: Stored) => Snapshot,
): Promise<ReadBack<Result>> {
  try {
    return {
      finding: 'found it still there, but the deletion may still be in progress',
      stored: snapshotOf(await reading),
    };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return error.attested ? { applied: result } : NOT_IN_OWN_WORDS;
  }
}

const NOT_IN_OWN_WORDS: OtherFinding = {
  finding:
    'returned a 404 that is not in its own error format and may come from an intermediary such as a proxy',
};

/** What a look found, as a complete sentence. */
export type LookedUp<Result> =
  { readonly applied: Result } | { readonly words: string; readonly stored: Snapshot | undefined };

/**
 * Pauses between the looks, in milliseconds, before a jitter of a fifth. A write whose response was lost is usually
 * applied within moments; the longer pauses are for one that is still under way.
 */
const PAUSES_MS = [50, 100, 200, 400, 800, 800];

/** A look takes time itself: the last one begins this long before the end, in milliseconds. */
const LAST_LOOK_MS = 200;

/** Errors of a read after which another one may succeed. */
const PASSING: ReadonlySet<string> = new Set<OidcErrorCode>([
  'RATE_LIMITED',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_CONTRACT',
]);

export interface LookOptions<Result> {
  /** The first look, already under way. */
  readonly first: Promise<ReadBack<Result>>;
  readonly look: () => Promise<ReadBack<Result>>;
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly until: number;
  readonly signal: CancelSignal;
  /** Whether what is stored settles it, although the write was not applied. */
  readonly isFinal: (stored: Snapshot) => boolean;
  /** Those of the upstream: once they are closed, nothing can be read any more. */
  readonly repeats: Pick<Repeats, 'isClosed' | 'random'>;
}

/**
 * Looks whether a write was applied until that is settled or the time is over: "not found" proves nothing while the
 * write may be under way.
 * @returns what the last look found
 */
export async function lookUntilSettled<Result>({
  first,
  look,
  until,
  signal,
  isFinal,
  repeats,
}: LookOptions<Result>): Promise<LookedUp<Result>> {
  for (let looks = 0; ; looks += 1) {
    const found = await lookOnce(looks === 0 ? first : look());
    if ('applied' in found) return found;
    const next = PAUSES_MS[looks];
    const left = until - LAST_LOOK_MS - performance.now();
    const isSettled = found.isSettled || (found.stored !== undefined && isFinal(found.stored));
    if (isSettled || next === undefined || left <= 0 || repeats.isClosed) return found;
    await pause(Math.min(next * (0.8 + 0.4 * repeats.random()), left), signal);
  }
}

async function lookOnce<Result>(
  looking: Promise<ReadBack<Result>>,
): Promise<
  | { readonly applied: Result }
  | { readonly words: string; readonly stored: Snapshot | undefined; readonly isSettled: boolean }
> {
  try {
    const found = await looking;
    return 'applied' in found
      ? found
      : { words: `Reading it back ${found.finding}.`, stored: found.stored, isSettled: false };
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    // An error that does not come from the upstream means that the gateway's own access to it does not work.
    if (!(error instanceof NotFoundError))
      return {
        words: `It could not be read back (${error.code}).`,
        stored: undefined,
        isSettled: !PASSING.has(error.code) || error.upstream === null,
      };
    const finding = error.attested
      ? 'found nothing, but the write may still be in progress'
      : NOT_IN_OWN_WORDS.finding;
    return { words: `Reading it back ${finding}.`, stored: undefined, isSettled: false };
  }
}
