import type { OidcWarning } from 'oidc-config-client';
import type { Path, Step } from '../plan/step.ts';

/** Something that is wrong with an entry. Its path begins at the entry. */
export interface Issue {
  readonly path: Path;
  readonly message: string;
}

/** What became of a step. */
export type Outcome =
  /** Nothing had to be written. */
  | { readonly kind: 'unchanged' }
  /** It was to be written, but is already as wanted. */
  | { readonly kind: 'already'; readonly note: string | null }
  | { readonly kind: 'applied'; readonly warnings: readonly OidcWarning[] }
  /** Nothing was written. The issues say what is wrong with the entry. */
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly issues: readonly Issue[];
    }
  /** It may have been written. `verifyWith` is a query that shows it, if the gateway gave one. */
  | { readonly kind: 'unknown'; readonly message: string; readonly verifyWith: string | null }
  /** The object is not as planned: somebody else changed it. Nothing was written. */
  | { readonly kind: 'stale'; readonly message: string }
  | { readonly kind: 'notStarted'; readonly reason: string };

export interface StepOutcome {
  readonly step: Step;
  readonly outcome: Outcome;
}

/** Whether steps that need this one may be taken. */
export function isDone({ kind }: Outcome): boolean {
  return kind === 'unchanged' || kind === 'already' || kind === 'applied';
}

/** Whether no further step may be taken, of no entry. */
export function endsRun({ kind }: Outcome): boolean {
  return kind === 'unknown' || kind === 'stale';
}
