import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { digestOf, recordedCases } from '../../../../../test/keystone/cases.ts';
import type { KeystoneCase } from '../../../../../test/keystone/cases.ts';
import { fromWire } from '../translate.ts';
import { SUBJECT } from './claims.ts';
import { evaluate } from './evaluate.ts';
import type { Evaluation } from './model.ts';
import { storedRules } from './stored-rules.ts';

/** The user name and the groups, or the name of the exception. */
type Outcome = string | readonly [user: string | null, ...groups: unknown[]];

const [header = '', ...lines] = readFileSync(
  new URL('../../../../../test/vectors/huawei-iam-keystone.jsonl', import.meta.url),
  'utf8',
)
  .trimEnd()
  .split('\n');
const { digest } = JSON.parse(header) as { readonly digest: string };
const outcomes = lines.map((line) => JSON.parse(line) as Outcome);
const cases = recordedCases();

/**
 * Where the evaluator says something else than Keystone's engine, on purpose. The first one that fits is the reason.
 * docs/sign-in.md explains each.
 */
const DIFFERENCES: Readonly<
  Record<string, (evaluation: Evaluation, outcome: Outcome, one: KeystoneCase) => boolean>
> = {
  'IAM supplies __NAMEID__, whose value is unknown': (_evaluation, _outcome, { rules, claims }) =>
    !Object.hasOwn(claims, SUBJECT) && JSON.stringify(rules).includes(`"type":"${SUBJECT}"`),
  'IAM refuses a user without a name': ({ reason }, outcome) =>
    reason === 'NO_USER_NAME' && typeof outcome === 'object' && outcome[0] === null,
  'a pattern that engines read in different ways is undecided': ({ signsIn, rules }) =>
    signsIn === 'UNDECIDED' &&
    rules.some(({ conditions }) =>
      conditions.some(
        ({ reason }) =>
          reason === 'PATTERN_NOT_SUPPORTED' || reason === 'PATTERN_DEPENDS_ON_ENGINE',
      ),
    ),
  'braces with more than a number are undecided': ({ reason }) => reason === 'TEMPLATE_UNKNOWN',
  'an empty user name is undecided': ({ reason }) => reason === 'USER_NAME_EMPTY',
  'groups that contain the word name are undecided': ({ reason }) => reason === 'GROUPS_UNDECIDED',
  'groups from an unusual list are unknown': ({ signsIn, user, groups, groupsComplete }, outcome) =>
    signsIn === 'YES' &&
    !groupsComplete &&
    typeof outcome === 'object' &&
    outcome[0] === user &&
    (groups ?? []).every((group) => outcome.slice(1).includes(group)),
};

function isEqual({ signsIn, user, groups, groupsComplete }: Evaluation, outcome: Outcome): boolean {
  if (typeof outcome === 'string') return signsIn === 'NO';
  const [name, ...names] = outcome;
  return (
    signsIn === 'YES' &&
    user === name &&
    groupsComplete &&
    JSON.stringify([...(groups ?? [])].sort()) === JSON.stringify([...names].sort())
  );
}

it('evaluates like the engine of Keystone, with the listed differences', () => {
  expect(digestOf(cases), 'other cases than the recorded ones: npm run keystone-vectors').toBe(
    digest,
  );
  expect(outcomes).toHaveLength(cases.length);
  const found = Object.fromEntries(Object.keys(DIFFERENCES).map((name) => [name, 0]));
  const unexplained: object[] = [];
  for (const [index, one] of cases.entries()) {
    const { evaluation } = evaluate(
      storedRules(fromWire({ id: 'keystone', rules: one.rules })),
      one.claims,
    );
    const outcome = outcomes[index] ?? '';
    if (isEqual(evaluation, outcome)) continue;
    const [name] =
      Object.entries(DIFFERENCES).find(([, fits]) => fits(evaluation, outcome, one)) ?? [];
    if (name === undefined) unexplained.push({ index, ...one, evaluation, outcome });
    else found[name] = (found[name] ?? 0) + 1;
  }
  if (process.env['SHOW']) console.log(found, unexplained.length);
  expect(unexplained.slice(0, 3)).toEqual([]);
  for (const [name, count] of Object.entries(found)) expect(count, name).toBeGreaterThan(0);
});
