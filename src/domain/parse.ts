import * as z from 'zod';
import { InvalidInputError } from './errors.ts';
import { MAX_ISSUES } from './input-issue.ts';
import type { InputIssue, InputIssueCode, RuleIssue } from './input-issue.ts';
import type { Warning, WarningCode } from './warnings.ts';

/** Maximum number of fields that a message names; `issues` has all of them. */
const MAX_NAMED = 10;

/**
 * How many issues the current parse may still find. A parse is synchronous, so there is only one at a time. Further issues
 * would not be reported: an issue costs 2 µs, and an input may have 20,000 of them.
 */
let issuesLeft = Infinity;

/**
 * A zod check made from a rule that lists all issues of a value.
 * @param isPlain a fast check that accepts most valid values: it saves 4 of 73 µs for the texts of a mutation
 */
export function rule<T>(
  find: (value: T) => Iterable<RuleIssue>,
  isPlain: (value: T) => boolean = () => false,
): z.core.$ZodCheck<T> {
  return z.check<T>(({ value, issues }) => {
    if (isPlain(value) || issuesLeft <= 0) return;
    for (const { path = [], code, message } of find(value)) {
      issuesLeft -= 1;
      issues.push({
        code: 'custom',
        input: value,
        path: [...path],
        message,
        params: { code },
        continue: true,
      });
    }
  });
}

/**
 * A rule about several fields of one object. It also runs if a field has issues of its own, so that a caller sees all of
 * them at once. So the rule may rely only on the types that GraphQL ensures.
 */
export function fieldsRule<T extends object>(
  find: (fields: Readonly<Partial<Record<keyof T, unknown>>>) => Iterable<RuleIssue>,
): z.core.$ZodCheck<T> {
  return z.superRefine<T>(
    (value, context) => {
      if (issuesLeft <= 0) return;
      for (const { path = [], code, message } of find(value)) {
        issuesLeft -= 1;
        context.addIssue({ code: 'custom', path: [...path], message, params: { code } });
      }
    },
    { when: (payload) => typeof payload.value === 'object' && payload.value !== null },
  );
}

/** The input without its null members: on create, null is the same as left out. */
export function withoutNulls(
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!Object.values(input).includes(null)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

/** A field of an update. If left out, the stored value stays; null is refused, because the field cannot be cleared. */
export function kept<Schema extends z.ZodType>(schema: Schema) {
  return z
    .unknown()
    .check(
      rule(function* (value: unknown) {
        if (value === null)
          yield {
            code: 'NOT_ALLOWED',
            message: 'Cannot be cleared: leave it out to keep it, or give another value.',
          };
      }),
    )
    .pipe(schema)
    .optional();
}

/** Parses with a schema, and stops checking after about as many issues as are reported. */
function parseWithin<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  issuesLeft = MAX_ISSUES;
  try {
    const result = schema.safeParse(input);
    // A schema may drop issues, such as those of an alternative; then some checks did not run.
    if (!result.success || issuesLeft > 0) return result;
    issuesLeft = Infinity;
    return schema.safeParse(input);
  } finally {
    issuesLeft = Infinity;
  }
}

const UNKNOWN_ISSUE: InputIssue = {
  path: [],
  code: 'INVALID_FORMAT',
  message: 'The input is not valid.',
  source: 'GATEWAY',
};

/** A checked input, or what is wrong with it: all issues up to `MAX_ISSUES`, without any value. */
export type Checked<Parsed> =
  { readonly value: Parsed } | { readonly issues: readonly [InputIssue, ...InputIssue[]] };

/** Checks an input with its schema. */
export function checkInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): Checked<z.output<Schema>> {
  const result = parseWithin(schema, input);
  if (result.success) return { value: result.data };
  const [first, ...rest] = result.error.issues.slice(0, MAX_ISSUES).map(toInputIssue);
  // zod never fails without an issue; the fallback only satisfies the type.
  return { issues: [first ?? UNKNOWN_ISSUE, ...rest] };
}

/**
 * The same.
 * @throws InvalidInputError with all issues
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const checked = checkInput(schema, input);
  if ('value' in checked) return checked.value;
  throw invalidInput(...checked.issues);
}

/**
 * A warning for each issue that a write would have if a caller sent the object back as shown.
 * @param schema of the write
 * @param shown the object with the names of the input
 */
export function* notWritable(schema: z.ZodType, shown: unknown): Iterable<Warning<WarningCode>> {
  const { error } = parseWithin(schema, shown);
  for (const issue of error?.issues.slice(0, MAX_ISSUES) ?? []) {
    const { path, code, message } = toInputIssue(issue);
    if (code === 'PRIVATE_KEY')
      yield {
        code: 'PRIVATE_KEY_STORED',
        path,
        message: 'Contains a private key. Replace the text, and treat the key as compromised.',
      };
    else
      yield {
        code: 'NOT_WRITABLE',
        path,
        message: `Would be refused if it were written back unchanged. ${message}`,
      };
  }
}

/** The error for issues that the gateway itself found. */
export function invalidInput(...issues: readonly [InputIssue, ...InputIssue[]]): InvalidInputError {
  const fields = [...new Set(issues.map((issue) => issue.path.join('.')))].filter(
    (path) => path !== '',
  );
  const more = fields.length > MAX_NAMED ? ' and others' : '';
  const where = fields.length === 0 ? '' : ` See ${fields.slice(0, MAX_NAMED).join(', ')}${more}.`;
  const count =
    issues.length === 1
      ? 'an error'
      : `${issues.length === MAX_ISSUES ? 'at least ' : ''}${issues.length} errors`;
  return new InvalidInputError(`The input has ${count}; nothing was sent.${where}`, issues);
}

function toInputIssue(issue: z.core.$ZodIssue): InputIssue {
  const path = issue.path.map(String);
  if (issue.code === 'custom') {
    const code =
      (issue.params as { readonly code?: InputIssueCode } | undefined)?.code ?? 'INVALID_FORMAT';
    return { path, code, message: issue.message, source: 'GATEWAY' };
  }
  // GraphQL has checked the types, so this is reached only if a scalar accepts several.
  const message =
    issue.code === 'invalid_type'
      ? `Must be of type ${issue.expected}.`
      : 'Has a format that is not allowed.';
  return { path, code: 'INVALID_FORMAT', message, source: 'GATEWAY' };
}
