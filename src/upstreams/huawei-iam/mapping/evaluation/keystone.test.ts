import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { digestOf, recordedCases } from '../../../../../test/keystone/cases.ts';
import type { KeystoneCase } from '../../../../../test/keystone/cases.ts';
import type { Json } from '../../../../domain/json/json.ts';
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

type Fits = (evaluation: Evaluation, outcome: Outcome) => boolean;

/** The difference that changes the rules instead of the outcome. */
const SUBJECT_UNKNOWN = 'IAM supplies __NAMEID__, whose value is unknown';

/** Where the evaluator says something else than Keystone's engine, on purpose. docs/sign-in.md explains each. */
const DIFFERENCES: Readonly<Record<string, Fits>> = {
  'IAM refuses a user without a name': ({ signsIn, reason }, outcome) =>
    signsIn === 'NO' &&
    reason === 'NO_USER_NAME' &&
    typeof outcome === 'object' &&
    outcome[0] === null,
  'a pattern that engines read in different ways is undecided': ({ signsIn, rules }) =>
    signsIn === 'UNDECIDED' &&
    rules.some(({ conditions }) =>
      conditions.some(
        ({ reason }) =>
          reason === 'PATTERN_NOT_SUPPORTED' || reason === 'PATTERN_DEPENDS_ON_ENGINE',
      ),
    ),
  'braces with more than a number are undecided': ({ signsIn, reason }) =>
    signsIn === 'UNDECIDED' && reason === 'TEMPLATE_UNKNOWN',
  'an empty user name is undecided': ({ signsIn, reason }) =>
    signsIn === 'UNDECIDED' && reason === 'USER_NAME_EMPTY',
  'groups that contain the word name are undecided': ({ signsIn, reason }, outcome) =>
    signsIn === 'UNDECIDED' &&
    reason === 'GROUPS_UNDECIDED' &&
    (typeof outcome === 'string' || outcome.includes('domain')),
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

const evaluationOf = (rules: readonly Json[], { claims }: KeystoneCase) =>
  evaluate(storedRules(fromWire({ id: 'keystone', rules: [...rules] })), claims).evaluation;

/** For Keystone, a rule about a claim that only IAM supplies does not apply. */
function withoutSubject({ rules, claims }: KeystoneCase): readonly Json[] {
  return Object.hasOwn(claims, SUBJECT)
    ? rules
    : rules.filter((rule) => !JSON.stringify(rule).includes(`"type":"${SUBJECT}"`));
}

it('is about the recorded cases', () => {
  expect(digestOf(cases), 'npm run keystone-vectors').toBe(digest);
  expect(outcomes).toHaveLength(cases.length);
});

it('evaluates like the engine of Keystone, with the listed differences', () => {
  const found: Record<string, number> = {};
  const unexplained: object[] = [];
  let undecided = 0;
  for (const [index, one] of cases.entries()) {
    const outcome = outcomes[index] ?? '';
    const rules = withoutSubject(one);
    const evaluation = evaluationOf(rules, one);
    const names = Object.keys(DIFFERENCES).filter((name) =>
      DIFFERENCES[name]?.(evaluation, outcome),
    );
    if (rules.length < one.rules.length && !isEqual(evaluationOf(one.rules, one), outcome))
      names.push(SUBJECT_UNKNOWN);
    if (evaluation.signsIn === 'UNDECIDED') undecided += 1;
    if (isEqual(evaluation, outcome)) {
      if (names.at(-1) === SUBJECT_UNKNOWN)
        found[SUBJECT_UNKNOWN] = (found[SUBJECT_UNKNOWN] ?? 0) + 1;
      continue;
    }
    for (const name of names) found[name] = (found[name] ?? 0) + 1;
    if (names.every((name) => name === SUBJECT_UNKNOWN))
      unexplained.push({ index, ...one, evaluation, outcome });
  }
  expect(unexplained.slice(0, 3)).toEqual([]);
  expect(Object.keys(found).sort()).toEqual([SUBJECT_UNKNOWN, ...Object.keys(DIFFERENCES)].sort());
  expect(undecided).toBeLessThan(cases.length / 5);
});

it('covers what it should: those who are signed in, those who are not, and every way of failing', () => {
  const kinds = new Set(outcomes.map((one) => (typeof one === 'string' ? one : one[0] !== null)));
  expect([...kinds].map(String).sort()).toEqual(
    [
      'true',
      'false',
      'DirectMappingError',
      'KeyError',
      'ValidationError',
      'ValueError',
      'error',
    ].sort(),
  );
  const signedIn = outcomes.filter((one) => typeof one === 'object' && one[0] !== null);
  expect(signedIn.length).toBeGreaterThan(cases.length / 5);
});

it('the page explains every difference', () => {
  const page = readFileSync(new URL('../../../../../docs/sign-in.md', import.meta.url), 'utf8');
  const [, section = ''] = /\n### Compared with Keystone\n(.*?)\n## /s.exec(page) ?? [];
  const rows = [...section.matchAll(/^\| (.+?) +\|/gm)].map(([, name = '']) =>
    name.replaceAll('`', ''),
  );
  expect(rows.slice(2).sort()).toEqual([SUBJECT_UNKNOWN, ...Object.keys(DIFFERENCES)].sort());
});
