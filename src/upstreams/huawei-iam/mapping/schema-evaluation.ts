import { parseInput, withoutNulls } from '../../../domain/parse.ts';
import type { Graph } from '../../../graph/graph.ts';
import { costs } from '../../../graph/root-fields/cost.ts';
import { optionsOf } from '../../../graph/root-fields/options.ts';
import type { Success } from '../../../graph/root-fields/success.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { needs } from '../federation.ts';
import type { HuaweiIamSettings } from '../settings.ts';
import type { RuleInputRef } from './schema-rule.ts';
import { ruleWarnings, storedWarnings } from './warnings.ts';
import { mappingEvaluation } from './evaluation/input.ts';
import type { Evaluation } from './evaluation/model.ts';
import { addEvaluationTypes } from './schema-evaluation-types.ts';
import { getEvaluatedMapping, storedRules } from './evaluation/stored-rules.ts';

interface EvaluationSuccess extends Success {
  readonly evaluation: Evaluation;
}

/** `MAX_PATTERN_WORK` takes at most about 4 ms, usually a tenth of that. The call for a stored mapping is included. */
const COSTS_OF_EVALUATION = costs(3_400);

/** Adds the query `evaluateHuaweiMapping`. */
export function addMappingEvaluation(
  graph: Graph,
  ruleInput: RuleInputRef,
  open: OpenSession<HuaweiIamSettings>,
): void {
  const { builder, OidcSuccess } = graph;
  const name = 'evaluateHuaweiMapping';
  const type = addEvaluationTypes(graph);
  const success = builder.objectRef<EvaluationSuccess>('EvaluateHuaweiMappingSuccess').implement({
    description: 'The rules were evaluated, whatever came of it.',
    interfaces: [OidcSuccess],
    fields: (t) => ({
      evaluation: t.field({
        type,
        description: 'What the mapping makes of the claims.',
        resolve: ({ evaluation }) => evaluation,
      }),
    }),
  });
  const input = builder.inputType('EvaluateHuaweiMappingInput', {
    description: 'Rules, given or stored, and the claims to evaluate them with.',
    fields: (t) => ({
      rules: t.field({
        type: [ruleInput],
        description: 'The rules to evaluate (1 to 10 of them). Omit them to evaluate stored ones.',
      }),
      mappingId: t.id({
        description: 'Id of the stored mapping to evaluate, if no rules are given.',
      }),
      claims: t.field({
        type: 'OidcClaims',
        required: true,
        description:
          'The claims of an ID token: at most 1,000 claims, 10,000 values and 65,536 characters. The gateway neither stores nor logs them. `__NAMEID__` may be added as a claim.',
      }),
    }),
  });
  const { extensions, ...options } = optionsOf(name, getEvaluatedMapping, 'mappingId');
  builder.queryField(name, (t) =>
    t.field({
      ...options,
      extensions: { ...extensions, ...COSTS_OF_EVALUATION },
      type: success,
      description: `Evaluates the rules of a mapping of Huawei Cloud IAM with the claims of an ID token: whether the person is signed in, as which user and in which groups, and for every rule and condition whether and why it holds. Nothing is sent if the rules are given; for a stored mapping, it is read. ${needs('getMapping')}`,
      args: {
        input: t.arg({ type: input, required: true, description: 'The rules and the claims.' }),
      },
      resolve: async (_root, args, context) => {
        const { rules, mappingId, claims } = parseInput(
          mappingEvaluation,
          withoutNulls(args.input),
        );
        // The engine for regular expressions is only loaded if it is needed.
        const { evaluate } = await import('./evaluation/evaluate.ts');
        if (rules !== undefined) {
          const { evaluation, warnings } = evaluate(rules, claims);
          return { evaluation, warnings: [...ruleWarnings(rules), ...warnings] };
        }
        const { value } = await open(context).call(getEvaluatedMapping, {
          // The input has one of both.
          id: mappingId ?? '',
        });
        const { evaluation, warnings } = evaluate(storedRules(value), claims);
        return { evaluation, warnings: [...storedWarnings(value), ...warnings] };
      },
    }),
  );
}
