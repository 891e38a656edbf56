import { describe, expect, it } from 'vitest';
import { readCallerToken } from './caller-credentials.ts';
import type { CallerCredentials } from './caller-credentials.ts';

const bearer: CallerCredentials = {
  kind: 'a library card',
  headers: [
    { name: 'X-Library-Authorization', scheme: 'Bearer' },
    { name: 'Authorization', scheme: 'Bearer' },
  ],
  toUpstream: (token) => ({ authorization: token.reveal() }),
};
const plain: CallerCredentials = { ...bearer, headers: [{ name: 'X-Library-Token' }] };

function headers(given: Readonly<Record<string, string>>): (name: string) => string | null {
  const byName = new Map(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  return (name) => byName.get(name.toLowerCase()) ?? null;
}

/** The token, or the issue in words. */
function read(
  credentials: CallerCredentials,
  given: Readonly<Record<string, string>>,
): { token: string } | { issue: string } {
  const found = readCallerToken(credentials, headers(given));
  return 'issue' in found ? found : { token: found.token.reveal() };
}

describe('readCallerToken', () => {
  it.each([
    ['after its scheme', { Authorization: 'Bearer abc.def-123_~+/=' }, 'abc.def-123_~+/='],
    ['after its scheme in capitals', { Authorization: 'BEARER abc' }, 'abc'],
    ['after its scheme in lower case', { Authorization: 'bearer abc' }, 'abc'],
    ['after several spaces', { Authorization: '  Bearer   abc  ' }, 'abc'],
    [
      'in the preferred header',
      { 'X-Library-Authorization': 'Bearer first', Authorization: 'Bearer second' },
      'first',
    ],
    [
      'in the next header where the preferred one is blank',
      { 'X-Library-Authorization': ' ', Authorization: 'Bearer second' },
      'second',
    ],
  ])('finds a token %s', (_where, given, token) => {
    expect(read(bearer, given)).toEqual({ token });
  });

  it('finds a token without a scheme', () => {
    expect(read(plain, { 'X-Library-Token': ' MIIFvg== ' })).toEqual({ token: 'MIIFvg==' });
  });

  it('keeps the token wrapped', () => {
    expect(JSON.stringify(readCallerToken(plain, () => 'canary-token'))).not.toContain(
      'canary-token',
    );
  });

  it.each([
    [
      'no header',
      bearer,
      {},
      'This requires a library card. Send it as "X-Library-Authorization: Bearer <token>".',
    ],
    [
      'blank headers',
      bearer,
      { 'X-Library-Authorization': '', Authorization: ' \t' },
      'This requires a library card. Send it as "X-Library-Authorization: Bearer <token>".',
    ],
    [
      'no header for a token without a scheme',
      plain,
      {},
      'This requires a library card. Send it as "X-Library-Token: <token>".',
    ],
  ])('says what to send: %s', (_what, credentials, given, issue) => {
    expect(read(credentials, given)).toEqual({ issue });
  });

  it.each([
    'Basic canary',
    'canary',
    'Bearer',
    'Bearer ',
    'Bearercanary',
    'Bearer\tcanary',
    'Bearer,canary',
  ])('refuses %j, which has not the scheme', (value) => {
    expect(read(bearer, { Authorization: value })).toEqual({
      issue: 'The header Authorization must begin with "Bearer ", followed by a library card.',
    });
  });

  it('does not try the next header if the first one is wrong', () => {
    expect(
      read(bearer, { 'X-Library-Authorization': 'Basic canary', Authorization: 'Bearer abc' }),
    ).toEqual({
      issue:
        'The header X-Library-Authorization must begin with "Bearer ", followed by a library card.',
    });
  });

  it.each([
    ['a space', 'canary canary'],
    ['two headers in one, as HTTP joins them', 'canary, Bearer canary'],
    ['a line break', 'canary\r\nX-Evil: 1'],
    ['a line feed', 'canary\ncanary'],
    ['a null', 'canary\0'],
    ['a letter that is not ASCII', 'canäry'],
    ['a delete', 'canary\u007F'],
    ['a scheme of its own', 'Bearer canary'],
  ])('refuses a token with %s', (_what, token) => {
    const issue = (name: string) =>
      `The token in the header ${name} has characters that are not allowed: use only visible ASCII without spaces.`;
    expect(read(bearer, { Authorization: `Bearer ${token}` })).toEqual({
      issue: issue('Authorization'),
    });
    expect(read(plain, { 'X-Library-Token': token })).toEqual({ issue: issue('X-Library-Token') });
  });
});
