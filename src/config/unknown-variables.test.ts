import { describe, expect, it } from 'vitest';
import { hintAt, unknownAmong } from './unknown-variables.ts';

const KNOWN = [
  'HOST',
  'PORT',
  'WORKERS',
  'GRAPHIQL',
  'LOG_LEVEL',
  'CORS_ORIGINS',
  'UPSTREAM_TIMEOUT_MS',
  'AUTH_JWKS_URL',
  'AUTH_JWKS_FILE',
  'AUTH_API_KEYS_FILE',
  'AUTH_ISSUER',
];

describe('a name in the environment', () => {
  it.each([
    ['AUTH_JWKS_URI', 'AUTH_JWKS_URL'],
    ['AUTH_API_KEY_FILE', 'AUTH_API_KEYS_FILE'],
    ['AUTH_JKWS_FILE', 'AUTH_JWKS_FILE'],
    ['CORS_ORIGIN', 'CORS_ORIGINS'],
    ['UPSTREAM_TIMEOUT', 'UPSTREAM_TIMEOUT_MS'],
    ['LOG_LVL', 'LOG_LEVEL'],
    ['WORKER', 'WORKERS'],
    ['GRAPHQL', 'GRAPHIQL'],
    // Far from all of them, but it begins like several.
    ['AUTH_SERVICE_HOST', null],
  ])('is unknown, and may be meant for another one: %s, %s', (name, meant) => {
    expect(unknownAmong([name], KNOWN)).toEqual([{ name, meant }]);
  });

  it.each([
    ...KNOWN,
    'HOSTNAME',
    'HOME',
    'PATH',
    'POST',
    'PWD',
    'NODE_VERSION',
    'LOG_LEVELS_OF_ANOTHER_PROGRAM',
    'CORS_ALLOWED_ORIGINS',
    '',
  ])('is none of that kind: %s', (name) => {
    expect(unknownAmong([name], KNOWN)).toEqual([]);
  });

  it('has the nearest variable beside it', () => {
    expect(unknownAmong(['AUTH_JWKS_FIL', 'AUTH_ISUER'], KNOWN).map(hintAt)).toEqual([
      'AUTH_ISUER (is AUTH_ISSUER meant?)',
      'AUTH_JWKS_FIL (is AUTH_JWKS_FILE meant?)',
    ]);
    expect(unknownAmong(['AUTH_OTHER'], KNOWN).map(hintAt)).toEqual(['AUTH_OTHER']);
  });
});
