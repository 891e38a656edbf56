import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { baseUrl, flag, integer } from './env-schema.ts';

const versioned = baseUrl({ pattern: /\/v\d+$/, message: 'must end with a version' });
const bare = baseUrl({ pattern: /^$/, message: 'must not have a path' });

/** What the setting becomes, or the messages of its issues. */
function read(schema: z.ZodType, value: unknown): unknown {
  const { success, data, error } = schema.safeParse(value);
  return success ? data : error.issues.map(({ message }) => message);
}

const NOT_HTTPS = 'must begin with https:// (http:// is allowed only for this machine)';
const EXTRAS = 'must not have a user name, password, query or fragment';

describe('baseUrl', () => {
  it.each([
    ['https://api.example.com/v1', 'https://api.example.com/v1'],
    ['https://api.example.com/v1/', 'https://api.example.com/v1'],
    ['https://api.example.com:8443/shop/v2', 'https://api.example.com:8443/shop/v2'],
    ['http://localhost:4001/v1', 'http://localhost:4001/v1'],
    ['http://127.0.0.1:4001/v1/', 'http://127.0.0.1:4001/v1'],
    ['http://[::1]/v1', 'http://[::1]/v1'],
  ])('takes %s', (value, expected) => {
    expect(read(versioned, value)).toBe(expected);
  });

  it.each([
    ['https://iam.example.com', 'https://iam.example.com'],
    ['https://iam.example.com/', 'https://iam.example.com'],
  ])('accepts %s if no path is allowed', (value, expected) => {
    expect(read(bare, value)).toBe(expected);
  });

  it.each<[string, string, string[]]>([
    ['no URL', 'api.example.com/v1', ['must be a URL, e.g. https://api.example.com']],
    ['a host and port alone', 'api.example.com:443/v1', [NOT_HTTPS]],
    ['plain http', 'http://api.example.com/v1', [NOT_HTTPS]],
    ['plain http to a name like loopback', 'http://localhost.example.com/v1', [NOT_HTTPS]],
    ['plain http to every address', 'http://0.0.0.0/v1', [NOT_HTTPS]],
    ['another scheme', 'ftp://api.example.com/v1', [NOT_HTTPS]],
    ['a user name', 'https://canary@api.example.com/v1', [EXTRAS]],
    ['a password', 'https://:canary@api.example.com/v1', [EXTRAS]],
    ['a query', 'https://api.example.com/v1?canary', [EXTRAS]],
    ['a fragment', 'https://api.example.com/v1#canary', [EXTRAS]],
    ['an empty query', 'https://api.example.com/v1?', [EXTRAS]],
    ['an empty fragment', 'https://api.example.com/v1#', [EXTRAS]],
    ['no path', 'https://api.example.com', ['must end with a version']],
    ['another path', 'https://api.example.com/v1/canary', ['must end with a version']],
    ['two slashes at the end', 'https://api.example.com/v1//', ['must end with a version']],
    [
      'several issues',
      'http://canary@api.example.com/canary',
      [NOT_HTTPS, EXTRAS, 'must end with a version'],
    ],
  ])('refuses %s', (_what, value, messages) => {
    expect(read(versioned, value)).toEqual(messages);
  });

  it.each(['https://iam.example.com/v3', 'https://iam.example.com//'])(
    'refuses the path of %s if none is allowed',
    (value) => {
      expect(read(bare, value)).toEqual(['must not have a path']);
    },
  );
});

describe('flag', () => {
  it.each([
    ['true', true],
    ['false', false],
    [undefined, true],
  ])('%s: %s', (value, expected) => {
    expect(read(flag(true), value)).toBe(expected);
  });

  it('has the given default', () => {
    expect(read(flag(false), undefined)).toBe(false);
  });

  it.each(['', 'TRUE', 'yes', '1', '0', ' true', 'null'])('refuses %j', (value) => {
    expect(read(flag(true), value)).toEqual(['must be true or false']);
  });
});

describe('integer', () => {
  const port = integer({ min: 10, max: 65_535, fallback: 4000 });

  it.each([
    ['10', 10],
    ['65535', 65_535],
    ['0080', 80],
    [undefined, 4000],
  ])('%s: %i', (value, expected) => {
    expect(read(port, value)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    '9',
    '65536',
    '-1',
    '+80',
    '80.0',
    '8e1',
    '0x50',
    ' 80',
    '80 ',
    '80\n',
    '٨٠',
    'NaN',
    '9'.repeat(400),
  ])('refuses %j', (value) => {
    expect(read(port, value)).toEqual(['must be a whole number from 10 to 65535']);
  });
});
