import { withoutPeriod } from '../../domain/text/sentence.ts';

/** The result of one check, in plain words and without secrets. */
export interface CheckResult {
  readonly subject: string;
  /** `NOTE`: could not be checked. `WARN`: works, but may not be what you want. `ERROR`: does not work. */
  readonly state: 'OK' | 'NOTE' | 'WARN' | 'ERROR';
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** A count with its noun. */
export function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}

/** The text as a sentence. */
export function sentence(text: string): string {
  return `${withoutPeriod(text)}.`;
}

/** The items, joined for a sentence. */
const MAX_NAMED = 10;

/** The first few items, and how many more there are. */
export function listOf(items: readonly string[]): string {
  const first = items.slice(0, MAX_NAMED).join(', ');
  return items.length > MAX_NAMED ? `${first} and ${items.length - MAX_NAMED} more` : first;
}
