import { performance } from 'node:perf_hooks';
import type { Snapshot } from '../domain/fingerprint.ts';
import { NotFoundError, OidcError } from '../domain/errors.ts';
import type { OidcErrorCode } from '../domain/errors.ts';
import { pause } from './hang-up.ts';
import type { HangUp } from './hang-up.ts';
import type { OtherFinding, ReadBack } from './operation.ts';

/** Reads a create or change back: applied if everything that was sent is there. */
export async function confirmEqual<Result>(
  reading: Promise<Result>,
  differences: (found: Result) => readonly string[],
  snapshotOf?: (found: Result) => Snapshot,
): Promise<ReadBack<Result>> {
  const found = await reading;
  const different = differences(found);
  if (different.length === 0) return { applied: found };
  return {
    finding: `found another one, which differs in ${different.join(', ')}`,
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
      finding: 'found it still there, but the deletion may still be under way',
      stored: snapshotOf(await reading),
    };
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    return error.attested ? { applied: result } : NOT_IN_OWN_WORDS;
  }
}

const NOT_IN_OWN_WORDS: OtherFinding = {
  finding: 'met a 404 that is not in its own words, and may come from something in between',
};

/** What a look found, in a whole sentence. */
export type LookedUp<Result> =
  { readonly applied: Result } | { readonly words: string; readonly stored: Snapshot | undefined };

/**
 * Pauses between the looks, in milliseconds; the real ones are up to a fifth shorter or longer. A write whose response
 * was lost is mostly applied within moments; one that is still under way gets most of the time that there is.
 */
const PAUSES_MS = [50, 100, 200, 400, 800, 800];

/** A look needs time itself: the last one begins this long before the end, in milliseconds. */
const LAST_LOOK_MS = 200;

/** Errors of a read after which another one may succeed. */
const PASSING: ReadonlySet<string> = new Set<OidcErrorCode>([
  'RATE_LIMITED',
  'UPSTREAM_UNAVAILABLE',
  'UPSTREAM_CONTRACT',
]);

export interface LookOptions<Result> {
  /** The first look, which has begun. */
  readonly first: Promise<ReadBack<Result>>;
  readonly look: () => Promise<ReadBack<Result>>;
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly until: number;
  readonly hangUp: HangUp;
  /** Whether what is there settles it, although the write was not applied. */
  readonly isFinal: (stored: Snapshot) => boolean;
  /** Whether the connection is closed: nothing can be read any more. */
  readonly isClosed: () => boolean;
  /** Gives a number from 0 to 1, for the jitter. */
  readonly random: () => number;
}

/**
 * Looks again and again whether a write was applied, until that is settled or the time is over: "not found" proves
 * nothing while the write may be under way.
 * @returns what the last look found
 */
export async function lookUntilSettled<Result>({
  first,
  look,
  until,
  hangUp,
  isFinal,
  isClosed,
  random,
}: LookOptions<Result>): Promise<LookedUp<Result>> {
  for (let looks = 0; ; looks += 1) {
    const found = await lookOnce(looks === 0 ? first : look());
    if ('applied' in found) return found;
    const next = PAUSES_MS[looks];
    const left = until - LAST_LOOK_MS - performance.now();
    const isSettled = found.isSettled || (found.stored !== undefined && isFinal(found.stored));
    if (isSettled || next === undefined || left <= 0 || isClosed()) return found;
    await pause(Math.min(next * (0.8 + 0.4 * random()), left), hangUp);
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
    // What does not come from the upstream is about the gateway's own access to it, which does not work.
    if (!(error instanceof NotFoundError))
      return {
        words: `It could not be read back (${error.code}).`,
        stored: undefined,
        isSettled: !PASSING.has(error.code) || error.upstream === null,
      };
    const finding = error.attested
      ? 'found nothing, but it may still be under way'
      : NOT_IN_OWN_WORDS.finding;
    return { words: `Reading it back ${finding}.`, stored: undefined, isSettled: false };
  }
}
