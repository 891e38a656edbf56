import type { WatchFinding, WatchResult } from '../domain/sign-in/watch.ts';
import { cut } from '../domain/text/visible.ts';

/** Kinds of notices about a watch. */
export const NOTICE_KINDS = {
  FOUND: 'Something was found, or something else than before.',
  FAILED: 'The check could not be made, or it is unknown whether its write was applied.',
  RECOVERED: 'What was found or failed before is over.',
  WRITTEN: 'Something was written.',
} as const;

export type NoticeKind = keyof typeof NOTICE_KINDS;

/** A notice, which is sent once. */
export interface Notice {
  readonly kind: NoticeKind;
  /** Unique; the same if it is sent again. */
  readonly id: string;
  readonly result: WatchResult;
  /** What was written in this check; null if nothing was. */
  readonly written: string | null;
}

/** Maximum number of findings that are kept of a check, and length of their texts, in characters. */
const MAX_FINDINGS = 20;
const MAX_TEXT = 500;

/** Findings as they are kept: bounded, because much of their texts is what platforms and issuers say. */
export function boundedFindings(findings: readonly WatchFinding[]): readonly WatchFinding[] {
  return findings.slice(0, MAX_FINDINGS).map(({ code, message, advice }) => ({
    code,
    message: cut(message, MAX_TEXT),
    advice: advice === null ? null : cut(advice, MAX_TEXT),
  }));
}

/** What makes a result another one. Not its texts: they may have times and ids that change. */
export function signatureOf({ status, findings, error }: WatchResult): string {
  const codes = error === null ? findings.map(({ code }) => code) : [error.code];
  return [status, ...[...new Set(codes)].sort()].join(' ');
}

/**
 * Whether a result has to be reported, and as what; null if not. A first result is reported only if it is not OK.
 * @param reported the signature of what was reported last; null if nothing was
 */
export function kindOf(
  reported: string | null,
  result: WatchResult,
  written: string | null,
): NoticeKind | null {
  if (signatureOf(result) === (reported ?? 'OK')) return written === null ? null : 'WRITTEN';
  return result.status === 'OK' ? 'RECOVERED' : result.status;
}
