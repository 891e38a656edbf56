import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { authenticationEnvironment, authenticationSettings } from './authentication-settings.ts';

const jwk = (pair: { readonly publicKey: { export: (options: { format: 'jwk' }) => object } }) =>
  pair.publicKey.export({ format: 'jwk' });
const RSA = { ...jwk(generateKeyPairSync('rsa', { modulusLength: 2048 })), kid: 'rsa', use: 'sig' };
const EC = { ...jwk(generateKeyPairSync('ec', { namedCurve: 'P-256' })), kid: 'ec' };
const ED25519 = { ...jwk(generateKeyPairSync('ed25519')), alg: 'EdDSA' };
const P384 = jwk(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
const SHORT = jwk(generateKeyPairSync('rsa', { modulusLength: 1024 }));
const PRIVATE = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'jwk',
});

const CLAIMS = { AUTH_ISSUER: 'https://idp.example.com', AUTH_AUDIENCE: 'gateway' };
const URL_SET = { AUTH_JWKS_URL: 'https://idp.example.com/jwks?p=1', ...CLAIMS };
const FILE_SET = { AUTH_JWKS_FILE: '/keys/jwks.json', ...CLAIMS };
const KEYS_SET = { AUTH_API_KEYS_FILE: '/keys/api-keys.json' };

const entry = { id: 'ci', sha256: 'a'.repeat(64), scopes: ['oidc:read'] };
const other = {
  id: 'app.1_x-y',
  sha256: 'b'.repeat(64),
  scopes: ['oidc:read', 'oidc:admin'],
  expires: '2027-01-01T00:00:00Z',
};

/** Reads from files whose content is text, or JSON of anything else. */
function read(set: Readonly<Record<string, string>>, content: unknown = {}) {
  return authenticationSettings(set, () =>
    typeof content === 'string' ? content : JSON.stringify(content),
  );
}

/** The issues; fails if there are none. */
function issuesOf(set: Readonly<Record<string, string>>, content?: unknown): readonly string[] {
  const result = read(set, content);
  if ('issues' in result) return result.issues;
  throw new Error('nothing was wrong');
}

describe('the settings', () => {
  it('are null if nothing is set', () => {
    expect(read({ PORT: '4000' })).toEqual({ settings: null });
  });

  it('may be a URL of keys, with the defaults', () => {
    expect(read(URL_SET)).toEqual({
      settings: {
        jwt: {
          keys: new URL('https://idp.example.com/jwks?p=1'),
          issuer: 'https://idp.example.com',
          audience: 'gateway',
          algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
          clockToleranceS: 30,
        },
        apiKeys: null,
      },
    });
  });

  it('use the values that are set instead of the defaults', () => {
    expect(
      read({ ...URL_SET, AUTH_ALGORITHMS: 'ES512, RS256,ES512', AUTH_CLOCK_TOLERANCE_S: '0' }),
    ).toMatchObject({ settings: { jwt: { algorithms: ['RS256', 'ES512'], clockToleranceS: 0 } } });
  });

  it.each([
    'http://127.0.0.1:4003/jwks',
    'http://localhost/jwks',
    'https://idp.example.com:8443/a/b?c=d',
  ])('is %s', (url) => {
    expect(read({ ...URL_SET, AUTH_JWKS_URL: url })).toMatchObject({
      settings: { jwt: { keys: new URL(url) } },
    });
  });

  it.each<[string, object[]]>([
    ['an RSA key', [RSA]],
    ['an EC key', [EC]],
    ['an Ed25519 key', [ED25519]],
    ['keys beside that nobody uses', [RSA, { ...RSA, use: 'enc' }, P384, { kty: 'future' }]],
  ])('is a file with %s', (_what, keys) => {
    expect(read(FILE_SET, { keys })).toMatchObject({
      settings: { jwt: { keys: { keys } }, apiKeys: null },
    });
  });

  it('may be a file of API keys', () => {
    expect(read(KEYS_SET, { keys: [entry, other] })).toEqual({
      settings: { jwt: null, apiKeys: [entry, other] },
    });
  });

  it('may be both keys and API keys', () => {
    const result = read({ ...URL_SET, ...KEYS_SET }, { keys: [entry] });
    expect(result).toMatchObject({ settings: { jwt: { audience: 'gateway' }, apiKeys: [entry] } });
  });

  it('come from the file that is named', () => {
    const paths: string[] = [];
    authenticationSettings({ ...FILE_SET, ...KEYS_SET }, (path) => {
      paths.push(path);
      return '{}';
    });
    expect(paths).toEqual(['/keys/jwks.json', '/keys/api-keys.json']);
  });
});

describe('issues of variables', () => {
  const ALGORITHMS =
    'AUTH_ALGORITHMS must be a comma-separated list of some of these: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA';

  it.each<[string, string, string]>([
    ['AUTH_JWKS_URL', 'idp', 'AUTH_JWKS_URL must be a URL, e.g. https://idp.example.com/jwks'],
    [
      'AUTH_JWKS_URL',
      'http://idp.example.com/jwks',
      'AUTH_JWKS_URL must begin with https:// (http:// is allowed only for this machine)',
    ],
    [
      'AUTH_JWKS_URL',
      'file:///etc/passwd',
      'AUTH_JWKS_URL must begin with https:// (http:// is allowed only for this machine)',
    ],
    [
      'AUTH_JWKS_URL',
      'https://canary@idp.example.com/',
      'AUTH_JWKS_URL must not have a user name, password or fragment',
    ],
    [
      'AUTH_JWKS_URL',
      'https://:canary@idp.example.com/',
      'AUTH_JWKS_URL must not have a user name, password or fragment',
    ],
    [
      'AUTH_JWKS_URL',
      'https://idp.example.com/#canary',
      'AUTH_JWKS_URL must not have a user name, password or fragment',
    ],
    [
      'AUTH_ISSUER',
      'https://idp.example.com ',
      'AUTH_ISSUER must match the claim of the tokens exactly, without spaces',
    ],
    [
      'AUTH_ISSUER',
      'https://idp.example.com\u200B',
      'AUTH_ISSUER must not contain U+200B (a zero width space) at its end',
    ],
    [
      'AUTH_AUDIENCE',
      '\u2060gateway',
      'AUTH_AUDIENCE must not contain U+2060 (a word joiner) at its start',
    ],
    [
      'AUTH_AUDIENCE',
      'a b',
      'AUTH_AUDIENCE must match the claim of the tokens exactly, without spaces',
    ],
    ['AUTH_ALGORITHMS', 'HS256', ALGORITHMS],
    ['AUTH_ALGORITHMS', 'RS256,none', ALGORITHMS],
    ['AUTH_ALGORITHMS', 'RS256,', ALGORITHMS],
    ['AUTH_ALGORITHMS', 'rs256', ALGORITHMS],
    [
      'AUTH_CLOCK_TOLERANCE_S',
      '301',
      'AUTH_CLOCK_TOLERANCE_S must be a whole number from 0 to 300',
    ],
  ])('%s=%s', (name, value, issue) => {
    expect(issuesOf({ ...URL_SET, [name]: value })).toEqual([issue]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      'both sources of keys',
      { ...URL_SET, ...FILE_SET },
      ['AUTH_JWKS_FILE must not be set together with AUTH_JWKS_URL'],
    ],
    [
      'a URL alone',
      { AUTH_JWKS_URL: URL_SET.AUTH_JWKS_URL },
      [
        'AUTH_ISSUER must be set with AUTH_JWKS_URL',
        'AUTH_AUDIENCE must be set with AUTH_JWKS_URL',
      ],
    ],
    [
      'a file without an audience',
      { AUTH_JWKS_FILE: 'x', AUTH_ISSUER: 'x' },
      ['AUTH_AUDIENCE must be set with AUTH_JWKS_FILE'],
    ],
    [
      'what belongs to tokens without keys',
      { ...CLAIMS, AUTH_ALGORITHMS: 'RS256', AUTH_CLOCK_TOLERANCE_S: '30' },
      ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_ALGORITHMS', 'AUTH_CLOCK_TOLERANCE_S'].map(
        (name) => `${name} must not be set without AUTH_JWKS_URL or AUTH_JWKS_FILE`,
      ),
    ],
  ])('%s', (_what, set, issues) => {
    expect(issuesOf(set, { keys: [RSA] })).toEqual(issues);
  });

  it('remain if API keys are set as well', () => {
    expect(issuesOf({ ...KEYS_SET, AUTH_ISSUER: 'x' }, { keys: [entry] })).toEqual([
      'AUTH_ISSUER must not be set without AUTH_JWKS_URL or AUTH_JWKS_FILE',
    ]);
  });

  it('are all named at once, those of files too, without a value', () => {
    const canary = 'canary';
    const set = {
      AUTH_JWKS_URL: `http://${canary}@${canary}/`,
      AUTH_JWKS_FILE: canary,
      AUTH_ISSUER: `${canary} `,
      AUTH_ALGORITHMS: canary,
      AUTH_CLOCK_TOLERANCE_S: canary,
      AUTH_API_KEYS_FILE: canary,
    };
    const issues = issuesOf(set, `{"keys":"${canary}"}`);
    expect(issues.map((issue) => issue.split(' ')[0])).toEqual([
      'AUTH_JWKS_URL',
      'AUTH_JWKS_URL',
      'AUTH_ISSUER',
      'AUTH_ALGORITHMS',
      'AUTH_CLOCK_TOLERANCE_S',
      'AUTH_JWKS_FILE',
      'AUTH_AUDIENCE',
      'AUTH_JWKS_FILE',
      'AUTH_API_KEYS_FILE',
    ]);
    expect(issues.join()).not.toContain(canary);
  });
});

describe('issues of files', () => {
  it('say why one cannot be read', () => {
    const result = authenticationSettings({
      ...FILE_SET,
      ...KEYS_SET,
      AUTH_JWKS_FILE: '/nowhere/canary.json',
    });
    expect(result).toEqual({
      issues: [
        'AUTH_JWKS_FILE names a file that does not exist',
        'AUTH_API_KEYS_FILE names a file that does not exist',
      ],
    });
  });

  it('report the error even if it has no code', () => {
    const failing = () => {
      throw new Error('canary');
    };
    expect(authenticationSettings(KEYS_SET, failing)).toEqual({
      issues: ['AUTH_API_KEYS_FILE names a file that cannot be read'],
    });
  });

  const MATERIAL =
    'AUTH_JWKS_FILE keys.0 holds private or symmetric key material: give public keys alone, and replace this one if it was in use';
  const UNUSABLE =
    'AUTH_JWKS_FILE keys must have at least one public signing key for AUTH_ALGORITHMS';

  it.each<[string, unknown, string[]]>([
    ['no JSON', 'canary', ['AUTH_JWKS_FILE names a file that is not JSON']],
    [
      'a member twice',
      JSON.stringify({ keys: [EC, RSA] }).replace('"kid":"rsa"', '"kid":"rsa","kid":"canary"'),
      ['AUTH_JWKS_FILE keys.1.kid is given more than once: only the last would count'],
    ],
    [
      'two lists of keys',
      `{"keys":[],"keys":${JSON.stringify([RSA])}}`,
      ['AUTH_JWKS_FILE keys is given more than once: only the last would count'],
    ],
    ['PEM', '-----BEGIN PUBLIC KEY-----', ['AUTH_JWKS_FILE names a file that is not JSON']],
    ['a list', [RSA], ['AUTH_JWKS_FILE must contain a JSON Web Key Set, {"keys":[…]}']],
    ['a single key', RSA, ['AUTH_JWKS_FILE keys must be a list of keys']],
    ['no key', { keys: [] }, [UNUSABLE]],
    [
      'something else than keys',
      { keys: ['canary', { kid: 'canary' }] },
      [
        'AUTH_JWKS_FILE keys.0 must be a JSON Web Key',
        'AUTH_JWKS_FILE keys.1.kty must name the type of the key',
      ],
    ],
    ['a private key', { keys: [PRIVATE, RSA] }, [MATERIAL]],
    ['a part of a private key', { keys: [{ ...RSA, qi: 'canary' }, RSA] }, [MATERIAL]],
    ['a symmetric key', { keys: [{ kty: 'oct', k: 'canary' }, RSA] }, [MATERIAL]],
    ['a symmetric key without its value', { keys: [{ kty: 'oct' }, RSA] }, [MATERIAL]],
    ['keys for encryption alone', { keys: [{ ...RSA, use: 'enc' }] }, [UNUSABLE]],
    ['keys for other algorithms alone', { keys: [P384, { ...RSA, alg: 'RS512' }] }, [UNUSABLE]],
    [
      'a short key',
      { keys: [RSA, SHORT] },
      ['AUTH_JWKS_FILE keys.1 must have a modulus of at least 2048 bits'],
    ],
    [
      'a damaged key',
      { keys: [{ ...EC, x: 'canary' }] },
      ['AUTH_JWKS_FILE keys.0 is not a public key: a member is missing or damaged'],
    ],
    [
      'a key without its members',
      { keys: [{ kty: 'RSA' }] },
      ['AUTH_JWKS_FILE keys.0 is not a public key: a member is missing or damaged'],
    ],
  ])('of the key set: %s', (_what, content, issues) => {
    expect(issuesOf(FILE_SET, content)).toEqual(issues);
  });

  it('check the key set against the chosen algorithms', () => {
    expect(issuesOf({ ...FILE_SET, AUTH_ALGORITHMS: 'ES256' }, { keys: [RSA] })).toEqual([
      UNUSABLE,
    ]);
    expect(issuesOf({ ...FILE_SET, AUTH_ALGORITHMS: 'canary' }, { keys: [RSA] })).toHaveLength(1);
    expect(read({ ...FILE_SET, AUTH_ALGORITHMS: 'ES384' }, { keys: [P384] })).toHaveProperty(
      'settings.jwt',
    );
  });

  const MEMBERS =
    'AUTH_API_KEYS_FILE keys.0 must have the members id, sha256, scopes and, optionally, expires, and no others';
  const ID =
    'AUTH_API_KEYS_FILE keys.0.id must have 1 to 64 characters: letters, digits, dot, underscore, hyphen';
  const DIGEST = 'AUTH_API_KEYS_FILE keys.0.sha256 must be 64 digits 0 to 9 and a to f';
  const EXPIRES =
    'AUTH_API_KEYS_FILE keys.0.expires must be a time with its zone, e.g. 2027-01-01T00:00:00Z';

  it.each<[string, unknown, string[]]>([
    ['no JSON', '{', ['AUTH_API_KEYS_FILE names a file that is not JSON']],
    ['a list', [entry], ['AUTH_API_KEYS_FILE must contain {"keys":[…]}']],
    ['no list of keys', { keys: entry }, ['AUTH_API_KEYS_FILE keys must be a list of keys']],
    ['no key', { keys: [] }, ['AUTH_API_KEYS_FILE keys must have at least one key']],
    ['a key itself', { keys: ['canary'] }, [MEMBERS]],
    ['a key beside its digest', { keys: [{ ...entry, canary: 'canary' }] }, [MEMBERS]],
    [
      'nothing in an entry',
      { keys: [{}] },
      ['id must be a string', 'sha256 must be a string', 'scopes must be a list'].map(
        (issue) => `AUTH_API_KEYS_FILE keys.0.${issue}`,
      ),
    ],
    ['an id with a space', { keys: [{ ...entry, id: 'can ary' }] }, [ID]],
    ['an empty id', { keys: [{ ...entry, id: '' }] }, [ID]],
    ['a long id', { keys: [{ ...entry, id: 'x'.repeat(65) }] }, [ID]],
    ['a short digest', { keys: [{ ...entry, sha256: 'a'.repeat(63) }] }, [DIGEST]],
    ['a digest in capitals', { keys: [{ ...entry, sha256: 'A'.repeat(64) }] }, [DIGEST]],
    [
      'no scope',
      { keys: [{ ...entry, scopes: [] }] },
      ['AUTH_API_KEYS_FILE keys.0.scopes must have at least one scope'],
    ],
    [
      'a scope that does not exist',
      { keys: [{ ...entry, scopes: ['oidc:read', 'canary'] }] },
      ['AUTH_API_KEYS_FILE keys.0.scopes.1 must be one of oidc:read, oidc:write, oidc:admin'],
    ],
    ['a day as its end', { keys: [{ ...entry, expires: '2027-01-01' }] }, [EXPIRES]],
    ['a time without a zone', { keys: [{ ...entry, expires: '2027-01-01T00:00:00' }] }, [EXPIRES]],
    [
      'a day that does not exist',
      { keys: [{ ...entry, expires: '2027-02-30T00:00:00Z' }] },
      [EXPIRES],
    ],
    ['a number as its end', { keys: [{ ...entry, expires: 1_800_000_000 }] }, [EXPIRES]],
    [
      'ids that differ in case alone',
      { keys: [{ ...entry, id: 'k' }, other, { ...entry, id: 'K', sha256: 'c'.repeat(64) }] },
      ['AUTH_API_KEYS_FILE keys.2.id differs from keys.0.id only in upper and lower case'],
    ],
    [
      'three spellings of an id',
      {
        keys: ['ci-Deploy', 'CI-deploy', 'ci-deploy'].map((id, index) => ({
          ...entry,
          id,
          sha256: String(index).repeat(64),
        })),
      },
      [1, 2].map(
        (index) =>
          `AUTH_API_KEYS_FILE keys.${index}.id differs from keys.0.id only in upper and lower case`,
      ),
    ],
    [
      'a member twice in an entry',
      JSON.stringify({ keys: [entry] }).replace('"scopes"', '"scopes":["oidc:admin"],"scopes"'),
      ['AUTH_API_KEYS_FILE keys.0.scopes is given more than once: only the last would count'],
    ],
    [
      'a member twice, one of them escaped',
      JSON.stringify({ keys: [other, entry] }).replace('"id":"ci"', '"id":"admin","\\u0069d":"ci"'),
      ['AUTH_API_KEYS_FILE keys.1.id is given more than once: only the last would count'],
    ],
    [
      'two lists of keys',
      `{"keys":${JSON.stringify([entry])},"keys":${JSON.stringify([other])}}`,
      ['AUTH_API_KEYS_FILE keys is given more than once: only the last would count'],
    ],
    [
      'the same id twice',
      { keys: [entry, { ...other, id: 'ci' }] },
      ['AUTH_API_KEYS_FILE keys.1.id is already used by an earlier key'],
    ],
    [
      'the same digest twice',
      { keys: [entry, { ...entry, id: 'x' }] },
      ['AUTH_API_KEYS_FILE keys.1.sha256 is already used by an earlier key'],
    ],
  ])('of the API keys: %s', (_what, content, issues) => {
    expect(issuesOf(KEYS_SET, content)).toEqual(issues);
  });
});

describe('authenticationEnvironment', () => {
  it('describes each variable', () => {
    const descriptions = Object.values(authenticationEnvironment.shape).map(
      (schema) => z.globalRegistry.get(schema)?.description ?? '',
    );
    expect(descriptions.filter((description) => !/^[A-Z].{10,}\.$/.test(description))).toEqual([]);
  });
});
