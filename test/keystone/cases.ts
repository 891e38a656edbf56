import { createHash } from 'node:crypto';
import type { Json } from '../../src/domain/json/json.ts';

/*
 * Rules and claims for comparing the evaluator with Keystone's own engine. A case is made from a number of draws, of which 0
 * is always the plainest choice, so that a property test shrinks a case by shrinking its draws.
 */

/** Rules in the form of IAM's API, and claims. */
export interface KeystoneCase {
  readonly rules: Json[];
  readonly claims: { readonly [name: string]: Json };
}

/** A whole number from 0 to less than the bound. */
export type Draw = (bound: number) => number;

/** Draws that follow from a seed: mulberry32. */
function seeded(seed: number): Draw {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** Draws from a list, and then only 0. */
export function listed(numbers: readonly number[]): Draw {
  let at = 0;
  return (bound) => (numbers[at++] ?? 0) % bound;
}

const CLAIMS = ['sub', 'groups', 'email', 'dept', 'Groups', '__NAMEID__', 'toString'];
const VALUES = [
  'admin',
  'user',
  'a@mail.com',
  'a@mail.com.evil',
  'idp_admin',
  '',
  'Admin',
  ' admin',
  'admin;user',
  'admin; user;',
  ';',
  '110169484474386276334',
  'Ünal',
  'x😀y',
  'two\nlines',
  'ends\n',
  "it's",
  'say "hi"',
  `both ' and "`,
  'back\\slash\ttab',
  '\u00a0\u200b\u0007',
  "['admin', 'user']",
  '["admin","user"]',
  '[admin, user]',
  ' ["admin"]',
  '[]',
  '(["admin"])',
  '[1, 2]',
  '123',
  '{0}',
  'tenant_name',
  '__proto__',
];
const OTHERS: readonly Json[] = [null, 1, true, { a: 'admin' }, 1.5];
const TEMPLATES = [
  '{0}',
  'admin',
  '{1}',
  '{0} {1}',
  'fidp-{0}',
  '{{0}}',
  '{{{0}}}',
  '{2}',
  '{0}{0}',
  '{}',
  '{} {}',
  '{0} {}',
  '{3}',
  '{',
  '}}',
  '}',
  '{0!r}',
  '{a}',
  '{00}',
];
const LISTS = [
  '{1}',
  '{0}',
  '["admin","manager"]',
  "['admin', '{0}']",
  '["{1}"]',
  'admin',
  '[]',
  '["it\'s", "\\u00e9", "a\\n"]',
  '["\\x41"]',
  '["a" "b"]',
  '[admin]',
  ' [ "admin" , "user" , ] ',
  '["domain", "name"]',
  '{0},{1}',
];
const ATOMS = [
  'a',
  'admin',
  '.',
  '@',
  '[a-z]',
  '[^ad]',
  '\\.',
  '\\w',
  '\\d',
  '\\s',
  '(?:ad|us)',
  '(m)',
  '[\\w.-]',
  ' ',
  'ü',
  '[]a]',
  '\\b',
];
const REPEATS = ['', '', '', '+', '*', '?', '{2}', '{1,3}', '{0,}', '+?', '{,2}', '{x'];
const WHOLE_PATTERNS = [
  '.*@mail.com$',
  '^admin$',
  '@mail\\.com',
  '^(?:admin|user)$',
  '(?i)ADMIN',
  '(?s)two.lines',
  '(?m)^lines$',
  '(?i:AD)min',
  '(?=admin)',
  '(a)\\1',
  '(',
  'a**',
  'a++',
  '[z-a]',
  '^*',
  '\\Z',
  '\\z',
  '[[:alpha:]]',
  '(?P<n>ad)min',
  '$',
  '',
  '|',
  'a{2,1}',
  'a|',
  '[a-\\d]',
];

/** Makes a case from draws. */
export function caseOf(draw: Draw): KeystoneCase {
  const pick = <Item>(items: readonly Item[]): Item => items[draw(items.length)] as Item;
  const some = <Item>(min: number, max: number, make: () => Item): Item[] =>
    Array.from({ length: min + draw(max - min + 1) }, make);
  /** One of the first few in three of four draws, so that conditions hold often enough. */
  const mostly = <Item>(items: readonly Item[], few: number): Item =>
    draw(4) === 3 ? pick(items) : pick(items.slice(0, few));

  const claimValue = (): Json => {
    const kind = draw(8);
    if (kind < 4) return mostly(VALUES, 5);
    if (kind < 7) return some(0, 3, () => mostly(VALUES, 5));
    return draw(2) === 0 ? pick(OTHERS) : [pick(OTHERS), ...some(0, 2, () => pick(VALUES))];
  };
  const pattern = () =>
    draw(2) === 0
      ? mostly(WHOLE_PATTERNS, 8)
      : [pick(['', '^']), ...some(1, 4, () => pick(ATOMS) + pick(REPEATS)), pick(['', '$'])].join(
          '',
        );
  const condition = (): Json => {
    const type = mostly(CLAIMS, 3);
    const kind = draw(6);
    if (kind < 3) return { type };
    const regex = draw(2) === 1;
    const values = some(draw(8) === 7 ? 0 : 1, 4, () => (regex ? pattern() : mostly(VALUES, 5)));
    return {
      type,
      [kind === 5 ? 'not_any_of' : 'any_one_of']: values,
      ...(regex ? { regex } : draw(4) === 3 && { regex }),
    };
  };
  const part = (): Json => {
    const kind = draw(8);
    const name = mostly(TEMPLATES, 2);
    if (kind < 3) return { user: { name } };
    if (kind === 3) return { user: { name }, group: { name: mostly(TEMPLATES, 2) } };
    if (kind === 4) return { group: { name } };
    if (kind === 5) return { groups: { name } };
    return { groups: mostly(LISTS.slice(draw(2)), 3) };
  };
  return {
    rules: some(1, 4, () => ({ local: some(1, 2, part), remote: some(1, 3, condition) })),
    claims: Object.fromEntries(
      CLAIMS.filter(() => draw(8) !== 7).map((name) => [name, claimValue()]),
    ),
  };
}

/** How many cases are recorded, and from which seed. */
export const RECORDED = { seed: 20_261_130, cases: 10_000 } as const;

/** The recorded cases. */
export function recordedCases(): KeystoneCase[] {
  const draw = seeded(RECORDED.seed);
  return Array.from({ length: RECORDED.cases }, () => caseOf(draw));
}

/** Digest of cases, which shows that outcomes are about the same ones. */
export function digestOf(cases: readonly KeystoneCase[]): string {
  return createHash('sha256').update(JSON.stringify(cases)).digest('hex');
}
