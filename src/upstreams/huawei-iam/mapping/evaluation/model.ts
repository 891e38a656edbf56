import type { MappingRemote } from '../translate.ts';

/** Three values: where the documentation or a pattern leaves something open, nothing is guessed. */
export const VERDICTS = {
  YES: 'Yes.',
  NO: 'No.',
  UNDECIDED: 'The gateway cannot tell; the reason says why.',
} as const;
export type Verdict = keyof typeof VERDICTS;

/** Why a condition holds, does not hold, or is undecided. */
export const CONDITION_REASONS = {
  CLAIM_PRESENT: 'Holds: the claim is present, and the condition has no list of values.',
  VALUE_LISTED: 'Holds: a value of the claim equals one in `anyOneOf`.',
  PATTERN_MATCHED: 'Holds: a value of the claim matches a regular expression in `anyOneOf`.',
  NO_VALUE_EXCLUDED: 'Holds: no value of the claim equals one in `notAnyOf`.',
  NO_PATTERN_EXCLUDED: 'Holds: no value of the claim matches a regular expression in `notAnyOf`.',
  CLAIM_MISSING:
    'Does not hold: the ID token has no such claim. That also fails a condition with `notAnyOf`. Names of claims are case-sensitive.',
  CLAIM_EMPTY_LIST:
    'Does not hold: the claim is an empty list, which counts as missing. An empty string is present.',
  CLAIM_NOT_TEXT:
    'Does not hold: the claim is neither a string nor a list with strings, so it is ignored.',
  LIST_EMPTY: 'Does not hold: `anyOneOf` is empty, so nothing can be in it.',
  VALUE_NOT_LISTED: 'Does not hold: no value of the claim equals one in `anyOneOf`.',
  VALUE_DIFFERS_IN_CASE_OR_SPACE:
    'Does not hold: a value of the claim differs from one in `anyOneOf` only in letter case or surrounding space, which both count.',
  PATTERN_NOT_MATCHED:
    'Does not hold: no value of the claim matches a regular expression in `anyOneOf`.',
  VALUE_EXCLUDED: 'Does not hold: a value of the claim equals one in `notAnyOf`.',
  PATTERN_EXCLUDED:
    'Does not hold: a value of the claim matches a regular expression in `notAnyOf`.',
  SUBJECT_UNKNOWN:
    'Undecided: IAM supplies `__NAMEID__`, and the documentation does not say which value it has for OpenID Connect. To evaluate with a value that you assume, add it to the claims.',
  PATTERN_NOT_SUPPORTED:
    'Undecided: a regular expression has a construct that is not understood alike by all engines, is not valid, or is too large.',
  PATTERN_DEPENDS_ON_ENGINE:
    'Undecided: for a value with such characters, engines interpret a regular expression in different ways.',
  TOO_MUCH_WORK:
    'Undecided: the regular expressions and values are too many for one evaluation. Evaluate fewer at once.',
} as const;
export type ConditionReason = keyof typeof CONDITION_REASONS;

/** Why a rule applies, does not apply, or is undecided. */
export const RULE_REASONS = {
  ALL_CONDITIONS_HOLD: 'Applies: all conditions hold.',
  CONDITION_DOES_NOT_HOLD: 'Does not apply: at least one condition does not hold.',
  CONDITION_UNDECIDED: 'Undecided: a condition is undecided, and no other one fails.',
  RULE_NOT_SHOWN_WHOLE:
    'Undecided: the stored rule contains more than this schema knows, which may change its meaning.',
} as const;
export type RuleReason = keyof typeof RULE_REASONS;

/** Why the person is signed in, is not signed in, or it is undecided. */
export const OUTCOME_REASONS = {
  USER_ASSIGNED: 'Signed in: a rule that applies assigns a user name.',
  NO_RULE_APPLIES: 'Not signed in: no rule applies.',
  NO_USER_NAME: 'Not signed in: none of the rules that apply, or may apply, assigns a user name.',
  PLACEHOLDER_NOT_FILLED:
    'Not signed in: a placeholder in a rule that applies has no condition that fills it. That makes the whole sign-in fail. Only conditions without a list of values are counted.',
  TEMPLATE_NOT_VALID:
    'Not signed in: a name in a rule that applies has an unpaired brace, or `{}` beside numbers. That makes the whole sign-in fail.',
  RULE_UNDECIDED:
    'Undecided: whether someone is signed in, or as whom, depends on an undecided rule.',
  USER_NAME_UNKNOWN:
    'Undecided: the user name contains the value of `__NAMEID__`, which is unknown. To evaluate with a value that you assume, add it to the claims.',
  USER_NAME_EMPTY: 'Undecided: the user name is empty or only white space.',
  TEMPLATE_UNKNOWN:
    'Undecided: a name in a rule that applies has braces with more than a number, which IAM may or may not accept.',
  GROUPS_UNDECIDED:
    'Undecided: `groups` contains the word `name`. The engine that IAM is derived from then expects another form, and fails.',
  TOO_MUCH_WORK:
    'Undecided: the rules would make too much text of the claims. Evaluate fewer at once.',
} as const;
export type OutcomeReason = keyof typeof OUTCOME_REASONS;

/** A part of an identity. The documentation has three forms of `groups`; this is the string or the object. */
export interface Part {
  readonly user?: { readonly name: string } | null | undefined;
  readonly group?: { readonly name: string } | null | undefined;
  readonly groups?: string | { readonly name: string } | null | undefined;
}

/** A rule to evaluate. */
export interface EvaluableRule {
  readonly local: readonly Part[];
  readonly remote: readonly MappingRemote[];
  /** False if the stored rule contains more than these. */
  readonly isWhole?: boolean;
}

export interface ConditionEvaluation {
  readonly index: number;
  readonly claim: string;
  readonly holds: Verdict;
  readonly reason: ConditionReason;
  /** If the claim is missing, the name of one that may have been meant. */
  readonly similarClaim: string | null;
}

export interface RuleEvaluation {
  readonly index: number;
  readonly applies: Verdict;
  readonly reason: RuleReason;
  /** What the rule assigns if it applies; null if it assigns none, or it cannot be known. */
  readonly user: string | null;
  readonly groups: readonly string[];
  readonly conditions: readonly ConditionEvaluation[];
}

/** The rule that lacks the least. */
export interface NearestMiss {
  readonly rule: number;
  /** Indexes of the conditions that do not hold. */
  readonly conditions: readonly number[];
}

export interface Evaluation {
  readonly signsIn: Verdict;
  readonly reason: OutcomeReason;
  readonly user: string | null;
  /** Null if nobody is signed in. */
  readonly groups: readonly string[] | null;
  /** Whether `groups` has all of them. */
  readonly groupsComplete: boolean;
  readonly rules: readonly RuleEvaluation[];
  readonly nearestMiss: NearestMiss | null;
}
