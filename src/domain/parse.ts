import { z } from 'zod';
import { InvalidInputError } from './errors.ts';
import type { Warning } from './warnings.ts';

/** The stable codes of input issues, each with what it stands for. */
export const INPUT_ISSUE_CODES = {
  REQUIRED: 'A field that is needed here is missing.',
  NOT_ALLOWED: 'The field may not be given here.',
  BLANK: 'The text is empty or only white space.',
  TOO_SHORT: 'The text or list is shorter than allowed.',
  TOO_LONG: 'The text, list or whole request is longer than allowed.',
  OUT_OF_RANGE: 'The number is smaller or larger than allowed.',
  INVALID_CHARACTER:
    'The text holds a control or invisible character, or one that its format does not allow.',
  INVALID_FORMAT: 'The value does not have the form that is needed.',
  INVALID_URL: 'The text is not an absolute http or https URL, or one that is not allowed there.',
  INVALID_PLACEHOLDER:
    'The text holds a placeholder that does not exist there, or was not replaced.',
  INVALID_SCOPE: 'The scopes break a rule, for example `openid` is missing.',
  INVALID_JSON: 'The text is not JSON.',
  INVALID_KEY:
    'The JSON Web Key Set has no usable public signing key, or a key in it is incomplete or not encoded as it must be.',
  PRIVATE_KEY: 'Private or symmetric key material was given where only public keys belong.',
  MASKED_SECRET: 'A mask such as ******** was given instead of the secret itself.',
  REFUSED_BY_UPSTREAM:
    'The upstream refused the field; its own code and text are in `upstream.details`.',
} as const;

export type InputIssueCode = keyof typeof INPUT_ISSUE_CODES;

/** Issues that are reported of one input. */
export const MAX_ISSUES = 100;

/** Fields that a message names; `issues` has all of them. */
const MOST_NAMED = 10;

/** One fault of the input. */
export interface InputIssue {
  /** Where, in the input's own words, from below `input`; list indexes as decimal text. */
  readonly path: readonly string[];
  readonly code: InputIssueCode;
  /** What is allowed. Never holds the value. */
  readonly message: string;
  readonly source: 'GATEWAY' | 'UPSTREAM';
}

/** An issue that a rule reports; `path` is relative to the value the rule looks at. */
export interface RuleIssue {
  readonly path?: readonly string[];
  readonly code: InputIssueCode;
  readonly message: string;
}

/**
 * Issues that the parse under way may still find. A parse is one synchronous step, so there is never more than one. What
 * a check finds beyond that would be found for nobody: an issue costs 2 µs, and an input may have 20,000 of them.
 */
let issuesLeft = Infinity;

/**
 * A zod check made of a rule that lists everything that is wrong with a value.
 * @param isPlain tells at a glance that nothing is wrong, as with most values: for the texts of a mutation that saves 4 of 73 µs
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
 * A rule about several fields of one object. It runs also when a field has faults of its own, so that a caller sees
 * all of them at once; each field is therefore only as good as GraphQL made it.
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

/** The input without the members that are null: on create, null means the same as left out. */
export function withoutNulls(
  input: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (!Object.values(input).includes(null)) return input;
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

/** A field of an update: left out it keeps what is stored, and null is refused, because nothing can stand for it. */
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

/** Parses by a schema, and finds about as many issues as are reported. */
function parseWithin<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  issuesLeft = MAX_ISSUES;
  try {
    const result = schema.safeParse(input);
    // A schema may have dropped issues, as those of an alternative: then some checks were left out.
    if (!result.success || issuesLeft > 0) return result;
    issuesLeft = Infinity;
    return schema.safeParse(input);
  } finally {
    issuesLeft = Infinity;
  }
}

/**
 * Checks an input by its schema.
 * @throws InvalidInputError with every issue up to `MAX_ISSUES`, none of which holds a value.
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const result = parseWithin(schema, input);
  if (result.success) return result.data;
  const [first, ...rest] = result.error.issues.slice(0, MAX_ISSUES).map(toInputIssue);
  // zod never fails without an issue; the fallback only satisfies the type.
  throw invalidInput(
    first ?? {
      path: [],
      code: 'INVALID_FORMAT',
      message: 'The input is not valid.',
      source: 'GATEWAY',
    },
    ...rest,
  );
}

/**
 * What of an object a write would refuse, were it given back as it is shown: a warning for each issue.
 * @param schema of the write
 * @param shown the object in the words of the input
 */
export function* notWritable(schema: z.ZodType, shown: unknown): Iterable<Warning> {
  const { error } = parseWithin(schema, shown);
  for (const issue of error?.issues.slice(0, MAX_ISSUES) ?? []) {
    const { path, code, message } = toInputIssue(issue);
    if (code === 'PRIVATE_KEY')
      yield {
        code: 'PRIVATE_KEY_STORED',
        path,
        message: 'Holds a private key. Replace the text, and treat the key as disclosed.',
      };
    else
      yield {
        code: 'NOT_WRITABLE',
        path,
        message: `Is not accepted when it is written back as it is. ${message}`,
      };
  }
}

/** The error for faults that the gateway found by itself. */
export function invalidInput(...issues: readonly [InputIssue, ...InputIssue[]]): InvalidInputError {
  const fields = [...new Set(issues.map((issue) => issue.path.join('.')))].filter(
    (path) => path !== '',
  );
  const more = fields.length > MOST_NAMED ? ' and others' : '';
  const where = fields.length === 0 ? '' : ` See ${fields.slice(0, MOST_NAMED).join(', ')}${more}.`;
  const count =
    issues.length === 1
      ? 'a fault'
      : `${issues.length === MAX_ISSUES ? 'at least ' : ''}${issues.length} faults`;
  return new InvalidInputError(`The input has ${count}; nothing was sent.${where}`, issues);
}

function toInputIssue(issue: z.core.$ZodIssue): InputIssue {
  const path = issue.path.map(String);
  if (issue.code === 'custom') {
    const code =
      (issue.params as { readonly code?: InputIssueCode } | undefined)?.code ?? 'INVALID_FORMAT';
    return { path, code, message: issue.message, source: 'GATEWAY' };
  }
  // GraphQL has checked the types already: this is reached only where a scalar lets several through.
  if (issue.code === 'invalid_type')
    return {
      path,
      code: 'INVALID_FORMAT',
      message: `Must be of type ${issue.expected}.`,
      source: 'GATEWAY',
    };
  return {
    path,
    code: 'INVALID_FORMAT',
    message: 'Has a form that is not allowed.',
    source: 'GATEWAY',
  };
}
