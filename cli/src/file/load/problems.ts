import { visible } from '../../terminal/text.ts';

/** A place in a file; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A path to a value, such as `['openIdConnects', 0, 'appStartUrl']`. */
export type Path = readonly (string | number)[];

/** Something in a file that has to be corrected. No message contains a secret. */
export interface FileProblem extends Position {
  readonly path: Path;
  readonly message: string;
  /** What to do, if the message does not say it. */
  readonly advice?: string;
}

/** How many problems are printed. */
const MAX_PRINTED = 50;

/** The file cannot be used. All problems that were found, by file and line; the message has a line for each. */
export class FileProblems extends Error {
  override readonly name = 'FileProblems';
  readonly problems: readonly FileProblem[];

  /** @param files the order of the files */
  constructor(problems: readonly FileProblem[], files: readonly string[]) {
    const sorted = problems.toSorted(
      (one, other) =>
        files.indexOf(one.file) - files.indexOf(other.file) ||
        one.line - other.line ||
        one.column - other.column,
    );
    const lines = sorted
      .slice(0, MAX_PRINTED)
      .map(({ file, line, column, message, advice }) =>
        [`${file}:${line}:${column}: ${message}`, ...(advice === undefined ? [] : [advice])].join(
          ' ',
        ),
      );
    const more = sorted.length - lines.length;
    super([...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
    this.problems = sorted;
  }
}

/** A text of the file in quotation marks, short and without characters that a terminal obeys. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text));
}

/** How many names a word is compared with, so that many wrong words beside many names do not take minutes. */
const MAX_CANDIDATES = 100;

/** What was probably meant. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const [best] = [...candidates]
    .slice(0, MAX_CANDIDATES)
    .map((candidate) => ({ candidate, distance: distance(plain(word), plain(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, candidate.length / 3))
    .sort((one, other) => one.distance - other.distance);
  return best && `Did you mean ${best.candidate}?`;
}

function plain(word: string): string {
  return word.slice(0, 100).replaceAll(/[-_ ]/g, '').toLowerCase();
}

/** How many characters have to be added, removed or replaced (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index++) {
    const next = [index + 1];
    for (let column = 0; column < other.length; column++)
      next.push(
        Math.min(
          (row[column] ?? 0) + (one[index] === other[column] ? 0 : 1),
          (row[column + 1] ?? 0) + 1,
          (next[column] ?? 0) + 1,
        ),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}
