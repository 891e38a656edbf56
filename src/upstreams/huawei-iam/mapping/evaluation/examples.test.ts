import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../../domain/json/json.ts';
import { parseInput } from '../../../../domain/parse.ts';
import { InvalidInputError } from '../../../../domain/errors.ts';
import { mappingRules } from '../input.ts';
import { fromWire } from '../translate.ts';
import { evaluate } from './evaluate.ts';
import { storedRules } from './stored-rules.ts';

/** Examples of the vendors' pages, and of people who use the products. */
const EXAMPLES = JSON.parse(
  readFileSync(
    new URL('../../../../../test/vectors/huawei-iam-mapping.json', import.meta.url),
    'utf8',
  ),
) as {
  readonly mapping: readonly {
    readonly name: string;
    readonly rules: Json[];
    readonly claims: Readonly<Record<string, Json>>;
    readonly expect: {
      readonly signsIn: boolean | null;
      readonly user: string | null;
      readonly groups: readonly string[] | null;
    };
  }[];
  readonly mappingInvalid: readonly { readonly name: string; readonly rule: Json }[];
  readonly userNames: {
    readonly huaweiCloud: { readonly good: readonly string[]; readonly bad: readonly string[] };
  };
};

it.each(EXAMPLES.mapping)('evaluates the documented example "$name"', (example) => {
  const { evaluation } = evaluate(
    storedRules(fromWire({ id: 'example', rules: example.rules })),
    example.claims,
  );
  const { signsIn, user, groups } = example.expect;
  const expected = signsIn === null ? 'UNDECIDED' : signsIn ? 'YES' : 'NO';
  expect(evaluation).toMatchObject({ signsIn: expected, user });
  if (expected !== 'UNDECIDED') expect(evaluation).toMatchObject({ groups });
});

describe('the names of the user guide', () => {
  const rules = [{ local: [{ user: { name: '{0}' } }], remote: [{ type: 'sub' }] }];
  const codesFor = (name: string) =>
    evaluate(rules, { sub: [name] }).warnings.map(({ code }) => code);

  it.each(EXAMPLES.userNames.huaweiCloud.good)('%s is allowed', (name) => {
    expect(codesFor(name)).toEqual([]);
  });

  it.each(EXAMPLES.userNames.huaweiCloud.bad)('"%s" is warned of', (name) => {
    expect(codesFor(name)).toEqual(['USER_NAME_NOT_ALLOWED']);
  });
});

it.each(EXAMPLES.mappingInvalid.filter(({ name }) => name !== 'both conditions in one element'))(
  'refuses what the documentation does not allow: $name',
  ({ rule }) => {
    const given = rule as { local?: unknown; remote?: unknown };
    expect(() => parseInput(mappingRules, [given])).toThrow(InvalidInputError);
  },
);

it('refuses both lists in one condition', () => {
  const rule = {
    local: [{ user: { name: '{0}' } }],
    remote: [{ type: 'a', anyOneOf: ['x'], notAnyOf: ['y'] }],
  };
  expect(() => parseInput(mappingRules, [rule])).toThrow(InvalidInputError);
});
