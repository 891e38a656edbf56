import type { z } from 'zod';
import { InvalidInputError } from '../../src/domain/errors.ts';
import type { InputIssue } from '../../src/domain/input-issue.ts';
import { parseInput } from '../../src/domain/parse.ts';
import type { Warning } from '../../src/domain/warnings.ts';

/** The issues with which something is refused; none if it is not. */
export function issuesOf(run: () => unknown): readonly InputIssue[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues;
    throw error;
  }
}

/** Issues or warnings as "path code". */
export const asWords = (list: Iterable<InputIssue | Warning>) =>
  [...list].map(({ path, code }) => `${path.join('.')} ${code}`);

/** The issues of an input as "path code". */
export const inputIssues = (schema: z.ZodType, input: unknown) =>
  asWords(issuesOf(() => parseInput(schema, input)));
