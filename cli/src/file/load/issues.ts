import type { z } from 'zod';
import { fieldsOf, isOptional, schemaAt } from '../schema/fields.ts';
import { type Located, positionAt, textOf, valueAt } from './located.ts';
import { homeOf } from './misplaced.ts';
import { ENTRY_LISTS } from './overlay.ts';
import { didYouMean, type FileProblem, type Path, quoted } from './problems.ts';

/** What zod found, in our words, which never show a value. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  located: Located,
  schema: z.ZodType,
): FileProblem[] {
  /** What follows from fields that are not indented far enough. */
  const explained = new Set<string>();
  const problems = issues.flatMap((issue) => {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    const problem = (at: Path, message: string, advice?: string): FileProblem => ({
      ...positionAt(located, at),
      path: at,
      message,
      ...(advice !== undefined && { advice }),
    });
    if (issue.code === 'unrecognized_keys' && !path.includes('connectClientSecret')) {
      const place = path.length === 0 ? 'the file' : shownPath(located, path);
      const fields = fieldsOf(schemaAt(schema, path));
      return issue.keys.map((key) => {
        const home = homeOf(located, schema, path, key);
        if (home) explained.add(JSON.stringify(home)).add(JSON.stringify([...home, key]));
        return problem(
          [...path, key],
          `${quoted(key)} is not a field of ${place}.`,
          home
            ? `Indent it further, as a field of ${shownPath(located, home)}.`
            : key === '<<'
              ? 'YAML 1.2 has no merge keys.'
              : (didYouMean(key, fields) ?? allowed(fields)),
        );
      });
    }
    const subject = path.length === 0 ? 'The file' : shownPath(located, path);
    return [
      problem(path, `${subject} ${predicateOf(issue, valueAt(located, path), path, schema)}.`),
    ];
  });
  return problems.filter(({ path }) => !explained.has(JSON.stringify(path)));
}

function predicateOf(
  issue: z.core.$ZodIssue,
  value: Located | undefined,
  path: Path,
  schema: z.ZodType,
): string {
  if (value === undefined) return 'is required';
  if (path.includes('connectClientSecret'))
    return 'must be { fromEnv: NAME } or { fromFile: path }';
  if (value.kind === 'scalar' && value.value === null) return nullMessage(path, schema);
  switch (issue.code) {
    case 'invalid_type':
      return typeMessage(issue.expected, value);
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      return value.kind === 'list' ? 'must have at least one item' : 'must not be empty';
    case 'too_big':
      return `must have at most ${issue.maximum} items`;
    case 'invalid_union':
      return 'must be a JSON Web Key Set: { keys: [ … ] }, or the same as JSON in a text';
    case 'invalid_key':
      return 'is not a possible name: 1 to 64 letters, digits, hyphens and underscores';
    default:
      return issue.message;
  }
}

function nullMessage(path: Path, schema: z.ZodType): string {
  if (isOptional(schemaAt(schema, path)))
    return 'must not be null. Leave it out to keep what is stored';
  const isItem = typeof path.at(-1) === 'number';
  return isItem ? 'must not be null' : 'is required, and must not be null';
}

function typeMessage(expected: string, value: Located): string {
  if (expected === 'string') {
    return value.kind === 'scalar' ? 'must be text. Put it in quotation marks' : 'must be text';
  }
  if (expected === 'boolean') return 'must be true or false';
  if (expected === 'array') return 'must be a list';
  return 'must be a map of fields';
}

/** A path in words a person can follow: entries by their ids. */
function shownPath(located: Located, path: Path): string {
  const [field, index, ...rest] = path;
  const idField = typeof field === 'string' ? ENTRY_LISTS.get(field) : undefined;
  if (idField === undefined || typeof index !== 'number') return joined(path);
  const id = textOf(located, field ?? '', index, idField);
  const entry = id !== undefined && /^[\w-]{1,100}$/.test(id) ? `.${id}` : `[${index}]`;
  return `${String(field)}${entry}${rest.length > 0 ? `.${joined(rest)}` : ''}`;
}

function joined(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const name = /^[\w.-]{1,60}$/.test(step) ? step : quoted(step);
    return text === '' ? name : `${text}.${name}`;
  }, '');
}

function allowed(fields: readonly string[]): string | undefined {
  return fields.length > 0 && fields.length <= 6 ? `It has ${fields.join(', ')}.` : undefined;
}
