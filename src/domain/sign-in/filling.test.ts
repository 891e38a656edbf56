import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { anIssuer } from '../../../test/setup/an-issuer.ts';
import { InvalidInputError, IssuerError } from '../errors.ts';
import type { InputIssue } from '../input-issue.ts';
import { rule } from '../parse.ts';
import { httpUrl, text } from '../primitives.ts';
import { parseFilled } from './filling.ts';
import type { Filling } from './filling.ts';

const ISSUER = 'https://idp.example';

const schema = z.object({
  name: text(),
  endpoint: httpUrl({ max: 40 }),
  /** With two issues if it is missing, one of which says when it is required. */
  mode: z
    .unknown()
    .check(
      rule(function* (value) {
        if (value !== undefined) return;
        yield { code: 'REQUIRED', message: 'Required if it is needed.' };
        yield { code: 'BLANK', message: 'Must not be blank.' };
      }),
    )
    .pipe(z.enum(['A', 'B'])),
  extra: text().optional(),
});
type Draft = z.output<typeof schema>;

function filling(values: Readonly<Record<string, unknown>>): Filling<Draft> {
  return {
    fields: ['endpoint', 'mode', 'extra'],
    valuesOf: () => values,
    *differences(draft) {
      for (const field of ['endpoint', 'mode'] as const)
        yield { field, given: draft[field], published: 'an\u202Eother' };
    },
  };
}
const VALUES = { endpoint: `${ISSUER}/a`, mode: 'A', extra: 'more', name: 'not filled in' };

async function issuesOf(input: object, values: object = VALUES) {
  const read = vi.fn(() => Promise.resolve(anIssuer()));
  const error: unknown = await parseFilled(
    schema,
    filling({ ...values }),
    { ...input },
    read,
  ).catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidInputError)) throw new Error('The input is not refused.');
  return {
    issues: error.issues.map(({ path, code }: InputIssue) => `${path.join('.')} ${code}`),
    messages: error.issues.map(({ message }) => message),
    read,
  };
}

describe('an input without an issuer', () => {
  it('is checked as it is', async () => {
    const read = vi.fn();
    const given = { name: 'n', endpoint: ISSUER, mode: 'B' };
    expect(await parseFilled(schema, filling(VALUES), given, read)).toEqual({
      value: given,
      warnings: [],
    });
    expect(read).not.toHaveBeenCalled();
  });

  it('has one issue for each field that is missing, which names the issuer as the alternative', async () => {
    const { issues, messages } = await issuesOf({ name: ' ' });
    expect(issues).toEqual(['name BLANK', 'endpoint REQUIRED', 'mode REQUIRED']);
    expect(messages.slice(1)).toEqual([
      'Required. Give it, or give issuer to have it filled in.',
      'Required if it is needed. Give it, or give issuer to have it filled in.',
    ]);
  });
});

describe('an input with an issuer', () => {
  it('gets what is missing, and keeps what is given with a warning if it differs', async () => {
    const read = vi.fn(() => Promise.resolve(anIssuer()));
    const given = { issuer: ISSUER, name: 'n', endpoint: 'https://else.example' };
    expect(await parseFilled(schema, filling(VALUES), given, read)).toEqual({
      value: { name: 'n', endpoint: 'https://else.example', mode: 'A', extra: 'more' },
      warnings: [
        {
          code: 'DIFFERS_FROM_ISSUER',
          path: ['endpoint'],
          message:
            'Was kept as given, but differs from the issuer. Given: https://else.example. The issuer: an\\u{202e}other.',
        },
      ],
    });
    expect(read.mock.calls).toEqual([[ISSUER]]);
  });

  it('is not read if anything else is wrong, and all of it is reported at once', async () => {
    const { issues, read } = await issuesOf({ issuer: 'idp', name: ' ', endpoint: 'urn:a' });
    expect(issues).toEqual(['issuer INVALID_URL', 'name BLANK', 'endpoint INVALID_URL']);
    expect((await issuesOf({ issuer: ISSUER, name: ' ' })).read).not.toHaveBeenCalled();
    expect(read).not.toHaveBeenCalled();
  });

  it.each([
    '',
    'idp.example',
    'https://idp.example?a=b',
    `https://idp.example/${'a'.repeat(2_048)}`,
  ])('must name one: %s', async (issuer) => {
    const { issues, read } = await issuesOf({ issuer, name: 'n' });
    expect(issues).toEqual([expect.stringMatching(/^issuer /)]);
    expect(read).not.toHaveBeenCalled();
  });

  it('is refused if the issuer has no usable value', async () => {
    const { issues, messages } = await issuesOf(
      { issuer: ISSUER, name: 'n' },
      { endpoint: null, extra: null },
    );
    expect(issues).toEqual(['endpoint REQUIRED', 'mode REQUIRED']);
    expect(messages[0]).toBe('Required. The issuer has no usable value: give one.');
  });

  it("is refused if the issuer's value breaks a rule, without the value", async () => {
    const { issues, messages } = await issuesOf(
      { issuer: ISSUER, name: 'n', mode: 'A' },
      { endpoint: `https://user:canary@idp.example/${'a'.repeat(40)}` },
    );
    expect(issues).toEqual(['endpoint TOO_LONG', 'endpoint INVALID_URL']);
    for (const message of messages)
      expect(message).toMatch(/^Filled in from the issuer, whose value cannot be used: /);
    expect(messages.join()).not.toContain('canary');
  });

  it('fails as the read fails', async () => {
    const failure = new IssuerError('No.', 'UNREACHABLE', ISSUER);
    await expect(
      parseFilled(schema, filling(VALUES), { issuer: ISSUER, name: 'n' }, () =>
        Promise.reject(failure),
      ),
    ).rejects.toBe(failure);
  });
});
