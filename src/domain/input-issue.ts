/** The stable codes of input issues, each with its meaning. */
export const INPUT_ISSUE_CODES = {
  REQUIRED: 'A field that is required here is missing.',
  NOT_ALLOWED: 'The field is not allowed here.',
  BLANK: 'The string is empty or contains only white space.',
  TOO_SHORT: 'The string or list is shorter than allowed.',
  TOO_LONG: 'The string, list or whole request is longer than allowed.',
  OUT_OF_RANGE: 'The number is smaller or larger than allowed.',
  INVALID_CHARACTER:
    'The string contains a control or invisible character, or one that its format does not allow.',
  INVALID_FORMAT: 'The value does not have the required format.',
  INVALID_URL:
    'The string is not an absolute http or https URL, or it is a URL that this field does not accept.',
  INVALID_PLACEHOLDER:
    'The string contains a placeholder that this field does not support, or sample text that you were meant to replace.',
  INVALID_SCOPE: 'The scopes break a rule; for example, `openid` is missing.',
  INVALID_JSON: 'The string is not valid JSON.',
  INVALID_KEY:
    'The JSON Web Key Set has no usable public signing key, or a key in it is incomplete or wrongly encoded.',
  PRIVATE_KEY: 'Private or symmetric key material was given where only public keys are allowed.',
  MASKED_SECRET: 'A mask such as ******** was given instead of the secret itself.',
  REFUSED_BY_UPSTREAM:
    'The upstream refused the field; its own code and message are in `upstream.details`.',
} as const;

export type InputIssueCode = keyof typeof INPUT_ISSUE_CODES;

/** Maximum number of issues that are reported for one input. */
export const MAX_ISSUES = 100;

/** One issue of an input. */
export interface InputIssue {
  /** Path to the value, relative to `input`. List indexes are decimal strings. */
  readonly path: readonly string[];
  readonly code: InputIssueCode;
  /** What is allowed. Never contains the value. */
  readonly message: string;
  readonly source: 'GATEWAY' | 'UPSTREAM';
}

/** An issue that a rule reports; `path` is relative to the value that the rule checks. */
export interface RuleIssue {
  readonly path?: readonly string[];
  readonly code: InputIssueCode;
  readonly message: string;
}
