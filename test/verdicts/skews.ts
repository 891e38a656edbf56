import type { Clock } from '../setup/clocks.ts';

/** The clocks of a sign-in and of its check. */
export type Clocks = Readonly<Record<'provider' | 'gateway' | 'platform', Clock>>;

/** By how many minutes whose clock is ahead. */
export interface Skew {
  readonly what: string;
  readonly minutes: { readonly [Whose in keyof Clocks]?: number };
}

/** One of three clocks is wrong, by as much as people notice, and by more. */
export const CLOCKS: readonly Skew[] = (['provider', 'gateway', 'platform'] as const).flatMap(
  (whose) =>
    [-10, -3, -1, 1, 3, 10].map((minutes) => ({
      what: `the ${whose} is ${Math.abs(minutes)} minutes ${minutes < 0 ? 'behind' : 'ahead'}`,
      minutes: { [whose]: minutes },
    })),
);

/** How old ID tokens are that are certainly valid on all clocks: more than the minute by which these may differ. */
export const AGE_SECONDS = 90;

/** Does something as if it were some time ago for one clock. */
export async function ago<Result>(
  seconds: number,
  clock: Clock,
  run: () => Promise<Result>,
): Promise<Result> {
  clock.aheadMs -= seconds * 1000;
  try {
    return await run();
  } finally {
    clock.aheadMs += seconds * 1000;
  }
}

/** Whether clocks differ by no more than the checks allow for. */
export function areWithinLeeway(one: Clock, other: Clock): boolean {
  return Math.abs(one.aheadMs - other.aheadMs) <= 60_000;
}

/** Does something while clocks are wrong. */
export async function skewed<Result>(
  clocks: Clocks,
  { minutes }: Skew,
  run: () => Promise<Result>,
): Promise<Result> {
  for (const [whose, clock] of Object.entries(clocks))
    clock.aheadMs = (minutes[whose as keyof Clocks] ?? 0) * 60_000;
  try {
    return await run();
  } finally {
    for (const clock of Object.values(clocks)) clock.aheadMs = 0;
  }
}
