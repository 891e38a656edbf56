import { describedValues } from '../../../graph/builder.ts';
import type { Graph } from '../../../graph/graph.ts';
import { CONDITION_REASONS, OUTCOME_REASONS, RULE_REASONS, VERDICTS } from './evaluation/model.ts';
import type {
  ConditionEvaluation,
  Evaluation,
  NearestMiss,
  RuleEvaluation,
} from './evaluation/model.ts';

const ABOUT = {
  index: 'Index in the list, from 0.',
  reason: 'Why, as a stable code.',
  message: 'Why, in human-readable form.',
} as const;

/** Adds the types of an evaluation. */
export function addEvaluationTypes({ builder }: Graph) {
  const verdict = builder.enumType('HuaweiMappingVerdict', {
    description: 'Whether something is so.',
    values: describedValues(VERDICTS),
  });
  const conditionReason = builder.enumType('HuaweiMappingConditionReason', {
    description: 'Why a condition of a mapping rule holds or not.',
    values: describedValues(CONDITION_REASONS),
  });
  const ruleReason = builder.enumType('HuaweiMappingRuleReason', {
    description: 'Why a mapping rule applies or not.',
    values: describedValues(RULE_REASONS),
  });
  const outcomeReason = builder.enumType('HuaweiMappingOutcomeReason', {
    description: 'Why someone is signed in by a mapping or not.',
    values: describedValues(OUTCOME_REASONS),
  });

  const condition = builder
    .objectRef<ConditionEvaluation>('HuaweiMappingConditionEvaluation')
    .implement({
      description: 'Whether a condition of a mapping rule holds for the claims.',
      fields: (t) => ({
        index: t.exposeInt('index', { description: ABOUT.index }),
        claim: t.exposeString('claim', { description: 'The claim that the condition is about.' }),
        holds: t.field({
          type: verdict,
          description: 'Whether the condition holds.',
          resolve: ({ holds }) => holds,
        }),
        reason: t.field({
          type: conditionReason,
          description: ABOUT.reason,
          resolve: ({ reason }) => reason,
        }),
        message: t.string({
          description: ABOUT.message,
          resolve: ({ reason }) => CONDITION_REASONS[reason],
        }),
        similarClaim: t.exposeString('similarClaim', {
          nullable: true,
          description:
            'If the claim is missing: the name of another claim that may have been meant, because it differs only in letter case, or because it is an object that has the claim. Null if there is none.',
        }),
      }),
    });
  const rule = builder.objectRef<RuleEvaluation>('HuaweiMappingRuleEvaluation').implement({
    description: 'Whether a mapping rule applies to the claims, and what it assigns.',
    fields: (t) => ({
      index: t.exposeInt('index', { description: ABOUT.index }),
      applies: t.field({
        type: verdict,
        description: 'Whether the rule applies, which it does if all its conditions hold.',
        resolve: ({ applies }) => applies,
      }),
      reason: t.field({
        type: ruleReason,
        description: ABOUT.reason,
        resolve: ({ reason }) => reason,
      }),
      message: t.string({
        description: ABOUT.message,
        resolve: ({ reason }) => RULE_REASONS[reason],
      }),
      user: t.exposeString('user', {
        nullable: true,
        description:
          'The user name that the rule assigns. Null if it assigns none, does not apply, or the name is unknown. The first rule that assigns one wins.',
      }),
      groups: t.stringList({
        description: 'Names of the groups that the rule assigns, if it applies.',
        resolve: ({ groups }) => [...groups],
      }),
      conditions: t.field({
        type: [condition],
        description: 'All conditions of the rule, in order.',
        resolve: ({ conditions }) => [...conditions],
      }),
    }),
  });
  const miss = builder.objectRef<NearestMiss>('HuaweiMappingNearestMiss').implement({
    description: 'The rule that came closest to signing the person in.',
    fields: (t) => ({
      rule: t.exposeInt('rule', { description: 'Index of the rule, from 0.' }),
      conditions: t.intList({
        description: 'Indexes of its conditions that would have to hold, but do not.',
        resolve: ({ conditions }) => [...conditions],
      }),
    }),
  });
  return builder.objectRef<Evaluation>('HuaweiMappingEvaluation').implement({
    description: 'What a mapping makes of the claims of an ID token.',
    fields: (t) => ({
      signsIn: t.field({
        type: verdict,
        description:
          'Whether a person with these claims is signed in. UNDECIDED if that, or the user name, depends on something that the gateway cannot know.',
        resolve: ({ signsIn }) => signsIn,
      }),
      reason: t.field({
        type: outcomeReason,
        description: ABOUT.reason,
        resolve: ({ reason }) => reason,
      }),
      message: t.string({
        description: ABOUT.message,
        resolve: ({ reason }) => OUTCOME_REASONS[reason],
      }),
      user: t.exposeString('user', {
        nullable: true,
        description:
          'The federated user that the person is signed in as; null unless `signsIn` is YES.',
      }),
      groups: t.stringList({
        nullable: true,
        description:
          'Names of the groups of that user. Whether groups of these names exist is not checked. Null if `signsIn` is NO.',
        resolve: ({ groups }) => groups && [...groups],
      }),
      groupsComplete: t.exposeBoolean('groupsComplete', {
        description:
          'Whether `groups` has all groups. False if a rule with groups is undecided, if the text of `groups` cannot be read, or if `groups` is null.',
      }),
      rules: t.field({
        type: [rule],
        description:
          'All rules, in order. All of them are evaluated; it does not stop at the first.',
        resolve: ({ rules }) => [...rules],
      }),
      nearestMiss: t.field({
        type: miss,
        nullable: true,
        description:
          'If nobody is signed in because no rule with a user name applies: the one that the fewest conditions keep from it. Null otherwise.',
        resolve: ({ nearestMiss }) => nearestMiss,
      }),
    }),
  });
}
