import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../../domain/errors.ts';
import { parseInput } from '../../../../domain/parse.ts';
import { mappingEvaluation } from './input.ts';

const rules: unknown[] = [{ local: [{ user: { name: '{0}' } }], remote: [{ type: 'sub' }] }];

function issuesOf(input: unknown): string[] {
  try {
    parseInput(mappingEvaluation, input);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    expect(JSON.stringify(error.issues), 'no value is repeated').not.toContain('SECRET');
    return error.issues.map(({ path, code }) => `${path.join('.')} ${code}`);
  }
}

describe('the input of an evaluation', () => {
  it.each([
    { rules, claims: { email: 'x' } },
    { rules, claims: '{"sub": "x"}' },
    { mappingId: 'map1', claims: {} },
    { rules, claims: { deep: JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown } },
  ])('%# is accepted', (input) => {
    expect(issuesOf(input)).toEqual([]);
  });

  it('reads claims from text, as own members', () => {
    const { claims } = parseInput(mappingEvaluation, { rules, claims: '{"__proto__": "x"}' });
    expect(Object.entries(claims)).toEqual([['__proto__', 'x']]);
  });

  it.each<[string, unknown, string[]]>([
    ['neither', { claims: {} }, ['rules REQUIRED']],
    ['both', { rules, mappingId: 'map1', claims: {} }, ['mappingId NOT_ALLOWED']],
    ['text that is not JSON', { rules, claims: 'SECRET' }, ['claims INVALID_JSON']],
    ['text of a list', { rules, claims: '["SECRET"]' }, ['claims INVALID_JSON']],
    ['too long a text', { rules, claims: `{"a":"${'x'.repeat(65_536)}"}` }, ['claims TOO_LONG']],
    [
      'too long claims',
      { rules, claims: { a: 'x'.repeat(40_000), b: ['x'.repeat(30_000)] } },
      ['claims TOO_LONG'],
    ],
    [
      'too many claims',
      {
        rules,
        claims: Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`c${index}`, 1])),
      },
      ['claims TOO_LONG'],
    ],
    [
      'too many values',
      { rules, claims: { a: Array.from({ length: 10_001 }, () => 'x') } },
      ['claims TOO_LONG'],
    ],
    [
      'everything at once',
      { rules: [{ local: [], remote: [{ type: '' }] }], mappingId: 'a b', claims: '' },
      [
        'rules.0.local TOO_SHORT',
        'rules.0.remote.0.type BLANK',
        'mappingId INVALID_FORMAT',
        'claims INVALID_JSON',
        'mappingId NOT_ALLOWED',
      ],
    ],
  ])('%s', (_what, input, expected) => {
    expect(issuesOf(input)).toEqual(expected);
  });
});
