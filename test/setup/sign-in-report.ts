import { expect } from 'vitest';

/** A report of a check of sign-in, as a test selects it. */
export interface Report {
  readonly verdict: 'READY' | 'BROKEN' | 'UNDECIDED';
  readonly checks: readonly {
    readonly code: string;
    readonly status: string;
    readonly path: readonly string[];
    readonly message: string;
    readonly advice: string | null;
  }[];
}

/** Selects it. */
export const REPORT = 'report { verdict checks { code status path message advice } }';

/** Made only by a sign-in, so that they are always skipped. */
const NEVER_MADE: ReadonlySet<string> = new Set(['ID_TOKEN_NONCE', 'MIDDLEWARE']);

/** The checks that did not pass, as `CODE STATUS`. */
export function openIn({ checks }: Report): string[] {
  return checks
    .filter(({ status, code }) => status !== 'PASSED' && !NEVER_MADE.has(code))
    .map(({ code, status }) => `${code} ${status}`);
}

/**
 * READY must sign in, and BROKEN must not.
 * @param mayBeRefused whether something may refuse the person that no check covers
 */
export function expectTrue(
  report: Report,
  truth: boolean,
  mayBeRefused = false,
  ...about: readonly string[]
): void {
  const { verdict } = report;
  const context = [...about, verdict, ...openIn(report)];
  if (verdict === 'READY' && !mayBeRefused) expect([truth, ...context]).toEqual([true, ...context]);
  if (verdict === 'BROKEN') expect([truth, ...context]).toEqual([false, ...context]);
}
