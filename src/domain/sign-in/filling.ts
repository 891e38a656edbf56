import * as z from 'zod';
import type { InvalidInputError } from '../errors.ts';
import { MAX_ISSUES } from '../input-issue.ts';
import type { InputIssue } from '../input-issue.ts';
import { checkInput, invalidInput } from '../parse.ts';
import type { Checked } from '../parse.ts';
import { visible } from '../text/visible.ts';
import type { Warning, WarningCode } from '../warnings.ts';
import type { Issuer } from './issuer.ts';
import { issuerUrl } from './issuer-url.ts';

/** An input without its nulls. */
type Input = Readonly<Record<string, unknown>>;

/** A given value that does not agree with what an issuer says, with both values as text. */
export interface Difference {
  readonly field: string;
  readonly given: string;
  readonly published: string;
}

/** How the metadata and keys of an issuer fill in an input. None of the fields is a secret. */
export interface Filling<Draft> {
  /** Names of the fields that may be filled in. They need not be given if an issuer is. */
  readonly fields: readonly string[];
  /** Their values, as a caller would give them. Null: the issuer has no usable one. Fields that this input may not have are left out. */
  readonly valuesOf: (issuer: Issuer, input: Input) => Input;
  /** Where a checked input does not agree with the issuer. */
  readonly differences: (draft: Draft, issuer: Issuer) => Iterable<Difference>;
}

/** A checked input, with warnings about what was given although the issuer says otherwise. */
export interface Filled<Parsed> {
  readonly value: Parsed;
  readonly warnings: readonly Warning<WarningCode>[];
}

const whoseIssuer = z.object({ issuer: issuerUrl });

/**
 * Checks an input that may name an `issuer`, which fills in what is missing. The issuer is read only if the rest of the
 * input is valid, and its values are checked like those of a caller.
 * @param read reads an issuer that was checked
 * @throws InvalidInputError with all issues; what `read` throws
 */
export async function parseFilled<Parsed>(
  schema: z.ZodType<Parsed>,
  filling: Filling<Parsed>,
  input: Input,
  read: (issuer: string) => Promise<Issuer>,
): Promise<Filled<Parsed>> {
  const { issuer, ...given } = input;
  if (issuer === undefined) {
    const checked = checkInput(schema, given);
    if ('value' in checked) return { value: checked.value, warnings: [] };
    const missing = missingOf(filling, given);
    throw refusal(
      required(checked.issues, missing, 'Give it, or give issuer to have it filled in.'),
    );
  }
  const named = checkInput(whoseIssuer, { issuer });
  const others = issuesOfGiven(schema, filling, given);
  if ('issues' in named || others.length > 0) throw refusal([...issuesOf(named), ...others]);

  const filled = fillIn(schema, filling, given, await read(named.value.issuer));
  if ('issues' in filled) throw refusal(filled.issues);
  return filled.value;
}

/** What is wrong with an input, apart from what an issuer may fill in. */
export function issuesOfGiven(
  schema: z.ZodType,
  filling: Pick<Filling<never>, 'fields'>,
  given: Input,
): readonly InputIssue[] {
  const missing = missingOf(filling, given);
  return issuesOf(checkInput(schema, given)).filter((issue) => !missing.has(fieldOf(issue)));
}

/** Fills in what is missing from an issuer, and checks all of it. */
export function fillIn<Parsed>(
  schema: z.ZodType<Parsed>,
  filling: Filling<Parsed>,
  given: Input,
  issuer: Issuer,
): Checked<Filled<Parsed>> {
  const missing = missingOf(filling, given);
  const filled = Object.fromEntries(
    Object.entries(filling.valuesOf(issuer, given)).filter(
      ([field, value]) => missing.has(field) && value !== null,
    ),
  );
  const whole = checkInput(schema, { ...given, ...filled });
  if ('issues' in whole) {
    const issues = whole.issues.map((issue) =>
      fieldOf(issue) in filled ? ofIssuer(issue) : issue,
    );
    const left = new Set([...missing].filter((field) => !(field in filled)));
    // There is at least one: only some for the same field are left out.
    return {
      issues: required(issues, left, 'The issuer has no usable value: give one.') as [
        InputIssue,
        ...InputIssue[],
      ],
    };
  }
  const warnings = [...filling.differences(whole.value, issuer)]
    .filter(({ field }) => !missing.has(field))
    .map(differing);
  return { value: { value: whole.value, warnings } };
}

/** The fields that may be filled in and are not given. */
function missingOf({ fields }: Pick<Filling<never>, 'fields'>, given: Input): ReadonlySet<string> {
  return new Set(fields.filter((field) => given[field] === undefined));
}

function fieldOf({ path: [field = ''] }: InputIssue): string {
  return field;
}

function issuesOf(checked: Checked<unknown>): readonly InputIssue[] {
  return 'issues' in checked ? checked.issues : [];
}

/** The error for issues of an input, up to as many as are reported. @param issues at least one */
export function refusal(issues: readonly InputIssue[]): InvalidInputError {
  return invalidInput(...(issues.slice(0, MAX_ISSUES) as [InputIssue, ...InputIssue[]]));
}

/** The same issues, with a single one for each field that is missing. */
function required(
  issues: readonly InputIssue[],
  missing: ReadonlySet<string>,
  advice: string,
): InputIssue[] {
  const named = new Set<string>();
  return issues.flatMap((issue) => {
    const field = fieldOf(issue);
    if (!missing.has(field)) return [issue];
    if (named.has(field)) return [];
    named.add(field);
    const { code, message } = issue;
    const why = code === 'REQUIRED' ? message : 'Required.';
    return [{ path: [field], code: 'REQUIRED', message: `${why} ${advice}`, source: 'GATEWAY' }];
  });
}

function ofIssuer(issue: InputIssue): InputIssue {
  const message = `Filled in from the issuer, whose value cannot be used: give another one. ${issue.message}`;
  return { ...issue, message };
}

function differing({ field, given, published }: Difference): Warning<WarningCode> {
  return {
    code: 'DIFFERS_FROM_ISSUER',
    path: [field],
    message: `Was kept as given, but differs from the issuer. Given: ${visible(given)}. The issuer: ${visible(published)}.`,
  };
}
