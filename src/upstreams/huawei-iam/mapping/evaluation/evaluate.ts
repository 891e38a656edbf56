import type { Json } from '../../../../domain/json/json.ts';
import type { HuaweiWarning } from '../../warning-codes.ts';
import { Claims } from './claims.ts';
import { evaluateCondition, fillingOf, fillsPlaceholder } from './condition.ts';
import { Identities } from './identity.ts';
import type { Identity } from './identity.ts';
import type {
  EvaluableRule,
  Evaluation,
  NearestMiss,
  OutcomeReason,
  RuleEvaluation,
  RuleReason,
  Verdict,
} from './model.ts';
import { Patterns } from './patterns.ts';
import { claimWarnings } from './warnings.ts';

/** A rule with what follows from it. */
interface Evaluated {
  readonly rule: RuleEvaluation;
  readonly identity: Identity;
  /** Whether it has a pattern that IAM might not understand, which would make the whole sign-in fail. */
  readonly mayBreak: boolean;
}

type Outcome = Pick<Evaluation, 'signsIn' | 'reason' | 'user'>;

/** An evaluation, warnings about it, and how much work it took. */
export interface EvaluatedMapping {
  readonly evaluation: Evaluation;
  readonly warnings: readonly HuaweiWarning[];
  /** The units of `MAX_PATTERN_WORK`, and the characters of `MAX_TEXTS`. */
  readonly work: { readonly patterns: number; readonly texts: number };
}

/**
 * Whether a person with these claims is signed in, and as whom, by the rules of a mapping, as Keystone evaluates them: all
 * rules are evaluated, the conditions of a rule must all hold, the first user name wins, and groups add up. Unlike in
 * Keystone, nobody is signed in without a user name. It never throws, and takes bounded work.
 */
export function evaluate(
  rules: readonly EvaluableRule[],
  json: Readonly<Record<string, Json>>,
): EvaluatedMapping {
  const claims = new Claims(json);
  const patterns = new Patterns();
  const identities = new Identities();
  const all = rules.map((rule, index) => evaluateRule(rule, index, claims, patterns, identities));
  const outcome = outcomeOf(all);
  const applying = all.filter(({ rule }) => rule.applies !== 'NO');
  const named = applying.find(({ identity }) => identity.hasUser);
  return {
    evaluation: {
      ...outcome,
      groups: outcome.signsIn === 'NO' ? null : groupsOf(all),
      groupsComplete:
        outcome.signsIn !== 'NO' &&
        applying.every(
          ({ rule, identity }) =>
            identity.groupsComplete && (rule.applies === 'YES' || !mayAssignGroups(rule, identity)),
        ),
      rules: all.map(({ rule }) => rule),
      nearestMiss: outcome.signsIn === 'NO' ? nearestMiss(all, outcome.reason) : null,
    },
    warnings: [
      ...claimWarnings(rules, json),
      ...(named?.identity.userWarnings ?? []),
      ...applying.flatMap(({ identity }) => identity.warnings),
    ],
    work: { patterns: patterns.work, texts: identities.made },
  };
}

function evaluateRule(
  { local, remote, isWhole = true }: EvaluableRule,
  index: number,
  claims: Claims,
  patterns: Patterns,
  identities: Identities,
): Evaluated {
  const conditions = remote.map((condition, at) =>
    evaluateCondition(condition, at, claims, patterns),
  );
  const [applies, reason] = verdictOf(
    conditions.map(({ holds }) => holds),
    isWhole,
  );
  const values = remote
    .filter((condition) => fillsPlaceholder(condition))
    .map((condition) => fillingOf(condition, claims));
  const identity = identities.of(applies === 'NO' ? [] : local, values, ['rules', String(index)]);
  const { user, groups } = identity;
  const open = conditions.find(({ holds }) => holds !== 'YES');
  return {
    rule: { index, applies, reason, user, groups, conditions },
    identity:
      applies === 'NO' ? { ...identity, hasUser: local.some((part) => part.user) } : identity,
    mayBreak: open?.reason === 'PATTERN_NOT_SUPPORTED',
  };
}

function verdictOf(holds: readonly Verdict[], isWhole: boolean): [Verdict, RuleReason] {
  if (!isWhole) return ['UNDECIDED', 'RULE_NOT_SHOWN_WHOLE'];
  if (holds.includes('NO')) return ['NO', 'CONDITION_DOES_NOT_HOLD'];
  return holds.includes('UNDECIDED')
    ? ['UNDECIDED', 'CONDITION_UNDECIDED']
    : ['YES', 'ALL_CONDITIONS_HOLD'];
}

function outcomeOf(all: readonly Evaluated[]): Outcome {
  const nobody = (reason: OutcomeReason): Outcome => ({ signsIn: 'NO', reason, user: null });
  const undecided = (reason: OutcomeReason): Outcome => ({
    signsIn: 'UNDECIDED',
    reason,
    user: null,
  });
  const applying = all.filter(({ rule }) => rule.applies === 'YES');
  const possible = all.filter(({ rule }) => rule.applies !== 'NO');
  for (const { identity } of applying)
    if (identity.failure !== null) return nobody(identity.failure);
  if (possible.length === 0) return nobody('NO_RULE_APPLIES');
  const first = possible.find(
    ({ rule, identity }) => identity.hasUser || rule.reason === 'RULE_NOT_SHOWN_WHOLE',
  );
  if (first === undefined) return nobody('NO_USER_NAME');
  if (first.rule.applies === 'UNDECIDED') return undecided('RULE_UNDECIDED');
  const doubt =
    first.identity.userDoubt ?? applying.map(({ identity }) => identity.doubt).find(Boolean);
  if (doubt) return undecided(doubt);
  const mayFail = possible.some(
    ({ rule, identity }) =>
      rule.applies === 'UNDECIDED' && (identity.failure ?? identity.doubt) !== null,
  );
  if (mayFail || all.some(({ mayBreak }) => mayBreak)) return undecided('RULE_UNDECIDED');
  return { signsIn: 'YES', reason: 'USER_ASSIGNED', user: first.identity.user };
}

function groupsOf(all: readonly Evaluated[]): string[] {
  const applying = all.filter(({ rule }) => rule.applies === 'YES');
  return [...new Set(applying.flatMap(({ identity }) => identity.groups))];
}

function mayAssignGroups({ reason }: RuleEvaluation, { groups }: Identity): boolean {
  return reason === 'RULE_NOT_SHOWN_WHOLE' || groups.length > 0;
}

/** The rule with a user name, if any has one, that the fewest conditions keep from applying. */
function nearestMiss(all: readonly Evaluated[], reason: OutcomeReason): NearestMiss | null {
  if (reason !== 'NO_RULE_APPLIES' && reason !== 'NO_USER_NAME') return null;
  const failed = all.filter(({ rule }) => rule.applies === 'NO');
  const naming = failed.filter(({ identity }) => identity.hasUser);
  const misses = (naming.length > 0 || reason === 'NO_USER_NAME' ? naming : failed).map(
    ({ rule }) => ({
      rule: rule.index,
      conditions: rule.conditions.filter(({ holds }) => holds !== 'YES').map(({ index }) => index),
    }),
  );
  return misses.reduce<NearestMiss | null>(
    (best, one) => (best === null || one.conditions.length < best.conditions.length ? one : best),
    null,
  );
}
