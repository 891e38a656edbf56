import { expect, it } from 'vitest';
import type { Json } from '../../../../domain/json/json.ts';
import { fromWire } from '../translate.ts';
import { storedRules } from './stored-rules.ts';

const remote = [{ type: 'sub' }];
const rulesOf = (...rules: Json[]) => storedRules(fromWire({ id: 'map1', rules }));

it('shows rules as they are, and groups of the form that the schema does not show', () => {
  expect(
    rulesOf(
      { local: [{ user: { name: 'u' } }], remote },
      { local: [{ groups: { name: 'a' } }, { groups: { name: 'b' } }, { groups: 'c' }], remote },
    ),
  ).toMatchObject([
    { local: [{ user: { name: 'u' } }] },
    { local: [{ groups: { name: 'a' } }, { groups: { name: 'b' } }, { groups: 'c' }] },
  ]);
});

it.each<[string, Json]>([
  ['a group by id', { local: [{ group: { id: 'x' } }], remote }],
  ['groups with a domain', { local: [{ groups: { name: 'a', domain: { id: 'x' } } }], remote }],
  ['groups that are a number', { local: [{ groups: 1 }], remote }],
  [
    'named groups and more',
    { local: [{ groups: { name: 'a' } }], remote: [{ type: 'a', whitelist: ['b'] }] },
  ],
  ['parts that are no list', { local: { groups: { name: 'a' } }, remote }],
  ['no rule', 'rule'],
])('marks a rule that has more: %s', (_what, rule) => {
  expect(rulesOf(rule)).toMatchObject([{ isWhole: false }]);
});
