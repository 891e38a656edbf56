import { withoutPeriod } from '../domain/sentence.ts';

/** What one look at the surroundings of the gateway found, in plain words and without a secret. */
export interface Finding {
  readonly subject: string;
  /** `NOTE`: something could not be looked at. `WARN`: it works, and may not be what is meant. `FAULT`: it does not work. */
  readonly state: 'OK' | 'NOTE' | 'WARN' | 'FAULT';
  readonly text: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** So many of something, in words. */
export function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}

/** Words as a sentence of their own. */
export function sentence(text: string): string {
  return `${withoutPeriod(text)}.`;
}

/** Items that are named in a sentence. */
const MAX_NAMED = 10;

/** The first of some items, and how many more there are. */
export function listOf(items: readonly string[]): string {
  const first = items.slice(0, MAX_NAMED).join(', ');
  return items.length > MAX_NAMED ? `${first} and ${items.length - MAX_NAMED} more` : first;
}
