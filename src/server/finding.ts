/** What one look at the surroundings of the gateway found, in plain words and without a secret. */
export interface Finding {
  readonly subject: string;
  readonly ok: boolean;
  readonly text: string;
  /** What to mend. */
  readonly advice?: string;
}

/** So many of something, in words. */
export function count(number: number, one: string): string {
  return `${number} ${one}${number === 1 ? '' : 's'}`;
}

/** Words as a sentence of their own. */
export function sentence(text: string): string {
  return `${text.replace(/[.\s]+$/, '')}.`;
}
