import * as z from 'zod';
import type { RuleIssue } from '../input-issue.ts';
import { isObject, parseJson } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import { rule } from '../parse.ts';

/** An ID token has at most a few dozen claims, and fits into a header of 16 KB; a set of claims has room for several times that. */
const MAX_CLAIMS = 1_000;
const MAX_VALUES = 10_000;
const MAX_CHARACTERS = 65_536;

/** The claims of an ID token, by name. */
export type Claims = Readonly<Record<string, Json>>;

/** The claims of an ID token as an input, as an object or as its JSON text. */
export const claims = z
  .unknown()
  .check(rule(claimsIssues))
  .transform((value) => claimsOf(value) ?? {});

function claimsOf(value: unknown): Claims | null {
  const json =
    typeof value === 'string' && value.length <= MAX_CHARACTERS ? parseJson(value) : value;
  return isObject(json) ? json : null;
}

/** What is wrong with claims. */
export function* claimsIssues(value: unknown): Iterable<RuleIssue> {
  if (typeof value === 'string' && value.length > MAX_CHARACTERS) {
    yield tooLong(MAX_CHARACTERS, 'characters');
    return;
  }
  const json = claimsOf(value);
  if (json === null) {
    yield { code: 'INVALID_JSON', message: 'Must be a JSON object, or its JSON text.' };
    return;
  }
  const [names, items] = [Object.keys(json), Object.values(json).flat()];
  if (names.length > MAX_CLAIMS) yield tooLong(MAX_CLAIMS, 'claims');
  if (items.length > MAX_VALUES) yield tooLong(MAX_VALUES, 'values');
  let characters = 0;
  for (const text of [...names, ...items]) characters += typeof text === 'string' ? text.length : 0;
  if (characters > MAX_CHARACTERS) yield tooLong(MAX_CHARACTERS, 'characters in names and values');
}

function tooLong(max: number, what: string): RuleIssue {
  return { code: 'TOO_LONG', message: `Must have at most ${max} ${what}.` };
}
