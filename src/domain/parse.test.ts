import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { InvalidInputError } from './errors.ts';
import { fieldsRule, invalidInput, parseInput, rule, withoutNulls } from './parse.ts';

const word = z.string().check(
  rule(function* (value: string) {
    if (value.includes(' ')) yield { code: 'INVALID_CHARACTER', message: 'Must not have spaces.' };
    if (value.length > 5) yield { code: 'TOO_LONG', message: 'At most 5 characters.' };
  }),
);

const form = z
  .object({
    name: word,
    tags: z.array(word).optional(),
    count: z.number().optional(),
    kind: z.enum(['A', 'B']).optional(),
    own: z
      .string()
      .refine((value) => value === 'x')
      .optional(),
  })
  .check(
    fieldsRule(function* (fields) {
      if (fields.kind !== undefined && fields.name === fields.kind)
        yield { path: ['kind'], code: 'NOT_ALLOWED', message: 'Must not be the name.' };
    }),
  );

function refused(schema: z.ZodType, input: unknown): InvalidInputError {
  try {
    parseInput(schema, input);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parseInput', () => {
  it('looks no further than a hundred issues', () => {
    let looks = 0;
    const counting = z.string().check(
      rule(function* () {
        looks += 1;
        yield { code: 'INVALID_FORMAT', message: 'Never right.' };
      }),
    );
    expect(
      refused(
        z.array(counting),
        Array.from({ length: 1_000 }, () => 'x'),
      ).issues,
    ).toHaveLength(100);
    expect(looks).toBe(100);
    expect(refused(z.array(counting), ['x']).issues).toHaveLength(1);
  });

  it('leaves no check out because an alternative had a hundred issues', () => {
    const schema = z.object({ either: z.union([z.array(word), z.array(z.string())]), name: word });
    const either = Array.from({ length: 200 }, () => 'a b');
    expect(refused(schema, { either, name: 'a b' }).issues).toMatchObject([
      { path: ['name'], code: 'INVALID_CHARACTER' },
    ]);
    expect(parseInput(schema, { either, name: 'a' })).toEqual({ either, name: 'a' });
  });

  it('returns what the schema makes of good input', () => {
    expect(
      parseInput(
        form.transform(({ name }) => name.length),
        { name: 'abc', other: 1 },
      ),
    ).toBe(3);
  });

  it.each<[string, object, object[]]>([
    [
      'a rule',
      { name: 'a b' },
      [{ path: ['name'], code: 'INVALID_CHARACTER', message: 'Must not have spaces.' }],
    ],
    [
      'two rules of one field',
      { name: 'abc def' },
      [
        { path: ['name'], code: 'INVALID_CHARACTER', message: 'Must not have spaces.' },
        { path: ['name'], code: 'TOO_LONG', message: 'At most 5 characters.' },
      ],
    ],
    [
      'an item of a list, its index as text',
      { name: 'a', tags: ['b', 'c d'] },
      [{ path: ['tags', '1'], code: 'INVALID_CHARACTER', message: 'Must not have spaces.' }],
    ],
    [
      'a wrong type',
      { name: 'a', count: 'canary' },
      [{ path: ['count'], code: 'INVALID_FORMAT', message: 'Must be of type number.' }],
    ],
    [
      'a field that is left out',
      {},
      [{ path: ['name'], code: 'INVALID_FORMAT', message: 'Must be of type string.' }],
    ],
    [
      'a value outside of a list',
      { name: 'a', kind: 'canary' },
      [{ path: ['kind'], code: 'INVALID_FORMAT', message: 'Has a format that is not allowed.' }],
    ],
    [
      'a check without a code',
      { name: 'a', own: 'canary' },
      [{ path: ['own'], code: 'INVALID_FORMAT', message: 'Invalid input' }],
    ],
  ])('names %s', (_what, input, issues) => {
    expect(refused(form, input).issues).toEqual(
      issues.map((issue) => ({ ...issue, source: 'GATEWAY' })),
    );
  });

  it('names every issue at once, those between fields too, and their fields once', () => {
    const error = refused(form, {
      name: 'B B',
      kind: 'B B',
      tags: ['x y', 'x y z 1'],
      count: null,
    });
    expect(error.issues.map(({ path, code }) => `${path.join('.')} ${code}`)).toEqual([
      'name INVALID_CHARACTER',
      'tags.0 INVALID_CHARACTER',
      'tags.1 INVALID_CHARACTER',
      'tags.1 TOO_LONG',
      'count INVALID_FORMAT',
      'kind INVALID_FORMAT',
      'kind NOT_ALLOWED',
    ]);
    expect(error.message).toBe(
      'The input has 7 errors; nothing was sent. See name, tags.0, tags.1, count, kind.',
    );
  });

  it.each([undefined, null, 'text', 1, []])('refuses %j for an object', (input) => {
    expect(refused(form, input)).toMatchObject({
      message: 'The input has an error; nothing was sent.',
      issues: [{ path: [], code: 'INVALID_FORMAT' }],
    });
  });
});

describe('invalidInput', () => {
  it('says where', () => {
    const issue = {
      path: ['signingKey', 'keys', '0'],
      code: 'INVALID_KEY',
      message: 'Must be an object.',
      source: 'GATEWAY',
    } as const;
    expect(invalidInput(issue)).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [issue],
      message: 'The input has an error; nothing was sent. See signingKey.keys.0.',
    });
  });
});

describe('withoutNulls', () => {
  it('drops members that are null, and nothing else', () => {
    expect(
      withoutNulls({ a: null, b: undefined, c: false, d: 0, e: '', f: [null], g: { h: null } }),
    ).toEqual({ b: undefined, c: false, d: 0, e: '', f: [null], g: { h: null } });
    expect(withoutNulls({ a: null })).not.toHaveProperty('a');
  });

  it('reads objects without a prototype, as GraphQL makes them', () => {
    expect(withoutNulls(Object.assign(Object.create(null) as object, { a: 1, b: null }))).toEqual({
      a: 1,
    });
  });
});
