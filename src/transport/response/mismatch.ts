import type { z } from 'zod';
import type { Json } from '../../domain/json/json.ts';

/** Differences that a message names. */
const MAX_ISSUES = 5;

/**
 * How a body differs from its schema, in words: paths and types only, because values may be secrets.
 * @param json the parsed body, undefined if it is not JSON
 */
export function mismatch(error: z.ZodError, text: string, json: Json | undefined): string {
  const [first] = error.issues;
  if (first?.code === 'invalid_type' && first.expected === 'undefined' && first.path.length === 0)
    return 'with an unexpected body';
  if (json === undefined) return text.trim() === '' ? 'the body is empty' : 'the body is not JSON';
  return `the body does not match its contract: ${error.issues
    .slice(0, MAX_ISSUES)
    .map((issue) => difference(issue, json))
    .join(', ')}`;
}

function difference(issue: z.core.$ZodIssue, body: Json): string {
  const where = issue.path.length === 0 ? 'the body' : issue.path.map(String).join('.');
  const found = foundAt(body, issue.path);
  if (found === undefined) return `${where} is missing`;
  if (issue.code === 'invalid_type')
    return `${where} should be ${KINDS[issue.expected] ?? issue.expected} but is ${kindOf(found, issue.expected)}`;
  if (issue.code === 'invalid_value') return `${where} has a value that is not allowed`;
  return found === '' ? `${where} is empty` : `${where} is not as expected`;
}

/** Types in words; any other type keeps the schema's name. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

function foundAt(body: Json, path: readonly PropertyKey[]): Json | undefined {
  let found: Json | undefined = body;
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part))
      return undefined;
    found = (found as Readonly<Record<PropertyKey, Json>>)[part];
  }
  return found;
}

function kindOf(value: Json, expected: string): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && expected === 'number') return 'too large for one';
  if (typeof value === 'number') return expected === 'int' ? 'a fraction' : 'a number';
  return KINDS[typeof value] ?? typeof value;
}
