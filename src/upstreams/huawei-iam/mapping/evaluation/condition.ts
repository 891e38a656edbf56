import type { MappingRemote } from '../translate.ts';
import type { Claim, Claims } from './claims.ts';
import type { ConditionEvaluation, ConditionReason, Verdict } from './model.ts';
import type { NoMatchReason, Patterns } from './patterns.ts';
import type { Filling } from './template.ts';

type Found = readonly [Verdict, ConditionReason];

/** Why a condition on a claim without values does not hold, whatever its lists are. */
const WITHOUT_VALUES = {
  MISSING: 'CLAIM_MISSING',
  EMPTY_LIST: 'CLAIM_EMPTY_LIST',
  NOT_TEXT: 'CLAIM_NOT_TEXT',
} as const;

/** Whether a condition only asks for the claim: then it fills a placeholder. */
export function fillsPlaceholder({ anyOneOf, notAnyOf }: MappingRemote): boolean {
  return !anyOneOf && !notAnyOf;
}

/** What such a condition fills a placeholder with. */
export function fillingOf({ type }: MappingRemote, claims: Claims): Filling {
  const claim = claims.get(type);
  return claim.kind === 'VALUES' ? claim.values : null;
}

/** Whether a condition holds for claims, and why. */
export function evaluateCondition(
  condition: MappingRemote,
  index: number,
  claims: Claims,
  patterns: Patterns,
): ConditionEvaluation {
  const { type } = condition;
  const claim = claims.get(type);
  const [holds, reason] = found(condition, claim, claims, patterns);
  const similarClaim = claim.kind === 'MISSING' ? claims.similarTo(type) : null;
  return { index, claim: type, holds, reason, similarClaim };
}

function found(condition: MappingRemote, claim: Claim, claims: Claims, patterns: Patterns): Found {
  const { type, anyOneOf, notAnyOf, regex } = condition;
  const listed = anyOneOf ?? notAnyOf ?? null;
  if (claim.kind !== 'VALUES' && claim.kind !== 'UNKNOWN')
    return ['NO', WITHOUT_VALUES[claim.kind]];
  if (listed === null) return ['YES', 'CLAIM_PRESENT'];
  if (listed.length === 0) return anyOneOf ? ['NO', 'LIST_EMPTY'] : ['YES', 'NO_VALUE_EXCLUDED'];
  if (claim.kind === 'UNKNOWN') return ['UNDECIDED', 'SUBJECT_UNKNOWN'];
  if (regex === true) {
    const matched = anyMatch(listed, claim.distinct, patterns);
    if (typeof matched === 'string') return ['UNDECIDED', matched];
    if (anyOneOf) return matched ? ['YES', 'PATTERN_MATCHED'] : ['NO', 'PATTERN_NOT_MATCHED'];
    return matched ? ['NO', 'PATTERN_EXCLUDED'] : ['YES', 'NO_PATTERN_EXCLUDED'];
  }
  const isListed = listed.some((value) => claim.distinct.has(value));
  if (!anyOneOf) return isListed ? ['NO', 'VALUE_EXCLUDED'] : ['YES', 'NO_VALUE_EXCLUDED'];
  if (isListed) return ['YES', 'VALUE_LISTED'];
  return listed.some((value) => claims.hasLoosely(type, value))
    ? ['NO', 'VALUE_DIFFERS_IN_CASE_OR_SPACE']
    : ['NO', 'VALUE_NOT_LISTED'];
}

/** Whether any pattern matches any value. A pattern that is not understood might be an error for IAM, whatever the others do. */
function anyMatch(
  listed: readonly string[],
  values: ReadonlySet<string>,
  patterns: Patterns,
): boolean | NoMatchReason {
  let unknown: NoMatchReason | null = null;
  for (const pattern of listed) {
    const compiled = patterns.compile(pattern);
    if (typeof compiled === 'string') return compiled;
  }
  for (const value of values) {
    for (const pattern of listed) {
      const matched = patterns.matches(pattern, value);
      if (matched === true) return true;
      if (matched === 'TOO_MUCH_WORK') return matched;
      if (typeof matched === 'string') unknown = matched;
    }
  }
  return unknown ?? false;
}
