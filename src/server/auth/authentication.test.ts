import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { CompactEncrypt, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { digestOf } from './api-keys.ts';
import { createAuthentication } from './authentication.ts';
import type { AuthenticationError } from './authentication-errors.ts';
import type { Authentication } from './authentication.ts';
import type { ApiKeyEntry } from '../../config/files/api-keys-file.ts';

const ISSUER = 'https://idp.example.com/canary';
const AUDIENCE = 'canary-gateway';
/** The clock of the tests, in seconds. */
const NOW = 1_800_000_000;
const TOLERANCE = 30;

interface Signer {
  readonly alg: string;
  readonly key: CryptoKey;
  readonly jwk: JWK;
}

async function makeSigner(alg: string, kid?: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    alg,
    key: privateKey,
    jwk: { ...(await exportJWK(publicKey)), ...(kid !== undefined && { kid }) },
  };
}

let rsa: Signer;
let ec: Signer;
let ed: Signer;
let stranger: Signer;
beforeAll(async () => {
  [rsa, ec, ed, stranger] = await Promise.all([
    makeSigner('RS256', 'canary-rsa'),
    makeSigner('ES256', 'canary-ec'),
    makeSigner('EdDSA', 'canary-ed'),
    makeSigner('ES256', 'canary-ec'),
  ]);
});

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'app-1', exp: NOW + 300, scope: 'oidc:read' };

/** A token; claims and header parameters that are undefined are left out. */
function sign(
  { alg, key, jwk }: Signer,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg, ...(jwk.kid !== undefined && { kid: jwk.kid }), ...header })
    .sign(key);
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

interface Options {
  readonly keys?: readonly JWK[];
  readonly algorithms?: readonly string[];
  readonly apiKeys?: readonly ApiKeyEntry[];
  readonly clock?: { now: number };
}

/** Authentication by tokens of the keys above. */
function byToken({
  keys = [rsa.jwk, ec.jwk, ed.jwk],
  algorithms = ['RS256', 'ES256', 'EdDSA'],
  apiKeys,
  clock = { now: NOW * 1_000 },
}: Options = {}): Authentication {
  const jwt = {
    keys: { keys: [...keys] },
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms,
    clockToleranceS: TOLERANCE,
  };
  return createAuthentication({ jwt, apiKeys: apiKeys ?? null }, { now: () => clock.now });
}

/** Who a token stands for, or the reason and the detail of the error. */
async function check(token: string, authentication = byToken()): Promise<unknown> {
  const result = await authentication.authenticate(`Bearer ${token}`, null);
  if ('reason' in result) return `${result.reason} ${result.detail}`;
  return { ...result, scopes: [...result.scopes] };
}

const APP = { kind: 'JWT', id: 'app-1', scopes: ['oidc:read'] };

describe('a token', () => {
  it.each<[string, () => Signer]>([
    ['RS256', () => rsa],
    ['ES256', () => ec],
    ['EdDSA', () => ed],
  ])('is good with %s', async (_alg, signer) => {
    expect(await check(await sign(signer()))).toEqual(APP);
  });

  it.each([['Bearer'], ['bearer'], ['BEARER  '], [' Bearer ']])(
    'comes after %j',
    async (scheme) => {
      expect(await byToken().authenticate(`${scheme} ${await sign(ec)} `, ' ')).toMatchObject({
        id: 'app-1',
      });
    },
  );

  it.each<[string, Record<string, unknown>]>([
    ['several audiences', { aud: ['other', AUDIENCE] }],
    ['an expiry within the tolerance', { exp: NOW - TOLERANCE + 1 }],
    ['a begin within the tolerance', { nbf: NOW + TOLERANCE }],
    ['an expiry that is no whole number', { exp: NOW - TOLERANCE + 0.5 }],
  ])('may have %s', async (_what, claims) => {
    expect(await check(await sign(ec, claims))).toEqual(APP);
  });

  it.each([[undefined], ['JWT'], ['jwt'], ['at+jwt'], ['application/at+jwt']])(
    'may have the typ %j',
    async (typ) => {
      expect(await check(await sign(ec, {}, { typ }))).toEqual(APP);
    },
  );

  it('needs no kid if one key fits its algorithm, or the right one is among several', async () => {
    const [first, second] = await Promise.all([makeSigner('ES256'), makeSigner('ES256')]);
    const authentication = byToken({ keys: [rsa.jwk, first.jwk, second.jwk] });
    expect(await check(await sign(rsa, {}, { kid: undefined }), authentication)).toEqual(APP);
    expect(await check(await sign(second), authentication)).toEqual(APP);
    expect(await check(await sign(stranger, {}, { kid: undefined }), authentication)).toBe(
      'INVALID signature does not match',
    );
    expect(await check(await sign(second, { exp: NOW - 60 }), authentication)).toBe(
      'EXPIRED exp has passed',
    );
  });

  it('needs a kid if more than eight keys fit: each that is tried takes time', async () => {
    const signers = await Promise.all(Array.from({ length: 9 }, () => makeSigner('ES256')));
    const authentication = byToken({ keys: signers.map(({ jwk }) => jwk) });
    const checked = async (index: number) =>
      check(await sign(signers[index] ?? stranger, {}, { kid: undefined }), authentication);
    for (const index of [0, 7]) expect(await checked(index)).toEqual(APP);
    for (const index of [8, 9])
      expect(await checked(index)).toBe('INVALID has no kid, and more than 8 keys may be meant');
  });

  it.each<[string, Record<string, unknown>, string[]]>([
    ['words of scope', { scope: 'openid oidc:write other oidc:read' }, ['oidc:read', 'oidc:write']],
    [
      'words of scp as a list',
      { scope: undefined, scp: ['oidc:admin', 'oidc:admin', 7] },
      ['oidc:admin'],
    ],
    ['words of scp as text', { scope: undefined, scp: 'oidc:write' }, ['oidc:write']],
    ['both', { scope: 'oidc:read', scp: ['oidc:write'] }, ['oidc:read', 'oidc:write']],
    ['nothing that is known', { scope: 'oidc:READ oidc: read oidc:read,oidc:write' }, []],
    ['nothing', { scope: undefined }, []],
    ['something else', { scope: { 'oidc:read': true }, scp: 1 }, []],
  ])('gives the scopes of %s', async (_what, claims, scopes) => {
    expect(await check(await sign(ec, claims))).toEqual({ ...APP, scopes });
  });
});

describe('a token is refused', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['of another issuer', { iss: 'https://idp.example.com/canary/' }, 'INVALID wrong issuer'],
    ['of no issuer', { iss: undefined }, 'INVALID iss is missing'],
    ['for another audience', { aud: ['canary'] }, 'INVALID wrong audience'],
    ['for no audience', { aud: undefined }, 'INVALID aud is missing'],
    ['that has expired', { exp: NOW - TOLERANCE }, 'EXPIRED exp has passed'],
    ['that never expires', { exp: undefined }, 'INVALID exp is missing'],
    ['whose expiry is text', { exp: '2000000000' }, 'INVALID exp is invalid'],
    ['that is not valid yet', { nbf: NOW + TOLERANCE + 1 }, 'INVALID not valid yet'],
    ['of nobody', { sub: undefined }, 'INVALID sub is missing'],
    ['of a blank subject', { sub: ' ' }, 'INVALID sub is empty, too long or not a string'],
    ['of a subject that is a number', { sub: 1 }, 'INVALID sub is empty, too long or not a string'],
    [
      'of a long subject',
      { sub: 'x'.repeat(256) },
      'INVALID sub is empty, too long or not a string',
    ],
  ])('%s', async (_what, claims, error) => {
    expect(await check(await sign(ec, claims))).toBe(error);
  });

  it.each([['logout+jwt'], ['dpop+jwt'], ['JOSE'], ['']])('of the typ %j', async (typ) => {
    expect(await check(await sign(ec, {}, { typ }))).toBe('INVALID typ is not at+jwt or JWT');
  });

  it("with another party's key under the same kid", async () => {
    expect(await check(await sign(stranger))).toBe('INVALID signature does not match');
  });

  it('with a kid that is not known', async () => {
    expect(await check(await sign(ec, {}, { kid: 'canary' }))).toBe(
      'INVALID no key with this kid for this algorithm',
    );
  });

  it('with the kid of a key of another type', async () => {
    expect(await check(await sign(ec, {}, { kid: 'canary-rsa' }))).toBe(
      'INVALID no key with this kid for this algorithm',
    );
  });

  it('with an algorithm that is not allowed', async () => {
    expect(await check(await sign(rsa), byToken({ algorithms: ['PS256'] }))).toBe(
      'INVALID algorithm is not one of AUTH_ALGORITHMS',
    );
  });

  it.each(['none', 'None', 'NONE', 'HS256'])('with the algorithm %s', async (alg) => {
    const content = `${base64url({ alg, kid: 'canary-rsa' })}.${base64url(CLAIMS)}`;
    expect(await check(`${content}.`)).toBe('INVALID algorithm is not one of AUTH_ALGORITHMS');
  });

  it('with the public key as the secret of HS256', async () => {
    const secret = await exportSPKI(
      await crypto.subtle.importKey(
        'jwk',
        rsa.jwk,
        { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
        true,
        ['verify'],
      ),
    );
    const content = `${base64url({ alg: 'HS256', kid: 'canary-rsa' })}.${base64url(CLAIMS)}`;
    const token = `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
    expect(await check(token)).toBe('INVALID algorithm is not one of AUTH_ALGORITHMS');
  });

  it('whose claims were changed', async () => {
    const [header = '', , signature = ''] = (await sign(ec)).split('.');
    expect(
      await check(`${header}.${base64url({ ...CLAIMS, scope: 'oidc:admin' })}.${signature}`),
    ).toBe('INVALID signature does not match');
  });

  it('whose signature was taken off', async () => {
    const [header = '', claims = ''] = (await sign(ec)).split('.');
    expect(await check(`${header}.${claims}.`)).toBe('INVALID signature does not match');
  });

  it('with an unknown critical header', async () => {
    const header = base64url({ alg: 'ES256', kid: 'canary-ec', crit: ['canary'], canary: true });
    const [, claims = '', signature = ''] = (await sign(ec)).split('.');
    expect(await check(`${header}.${claims}.${signature}`)).toBe(
      'INVALID a critical header parameter is not known',
    );
  });

  it('whose claims are not an object', async () => {
    const content = `${base64url({ alg: 'ES256', kid: 'canary-ec' })}.${base64url(['canary'])}`;
    const signature = await crypto.subtle.sign(
      { name: 'ECDSA', hash: 'SHA-256' },
      ec.key,
      Buffer.from(content),
    );
    expect(await check(`${content}.${Buffer.from(signature).toString('base64url')}`)).toBe(
      'INVALID claims are not a JSON object',
    );
  });

  it('if its key turns out not to be a public one', async () => {
    const authentication = byToken({ keys: [{ ...(await exportJWK(ec.key)), kid: 'canary-ec' }] });
    expect(await check(await sign(ec), authentication)).toBe('INVALID the key cannot be used');
  });

  it.each<[string, string]>([
    ['of one part', 'canary'],
    ['of two parts', 'canary.canary'],
    ['of four parts', 'a.b.c.d'],
    ['of two dots', '..'],
    ['of padded base64', 'YQ==.YQ==.YQ=='],
    ['of two headers in one', 'a.b.c,Bearer'],
  ])('%s', async (_what, token) => {
    expect(await check(token)).toBe('MALFORMED does not have three parts');
  });

  it.each<[string, string]>([
    ['a header that is not JSON', `${Buffer.from('canary').toString('base64url')}.YQ.YQ`],
    ['a header that is no object', `${base64url(['canary'])}.YQ.YQ`],
    ['no algorithm', `${base64url({ kid: 'canary' })}.YQ.YQ`],
    ['a length that no base64 has', 'canar.canar.canar'],
  ])('with %s', async (_what, token) => {
    expect(await check(token)).toBe('MALFORMED header or signature cannot be read');
  });

  it('that is encrypted', async () => {
    const { publicKey } = await generateKeyPair('RSA-OAEP-256');
    const token = await new CompactEncrypt(Buffer.from(await sign(ec)))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT' })
      .encrypt(publicKey);
    expect(await check(token)).toBe('MALFORMED does not have three parts');
  });

  it('that is too long', async () => {
    const token = await sign(ec, { padding: 'x'.repeat(16 * 1024) });
    expect(await check(token)).toBe('MALFORMED too long');
    expect(await check(await sign(ec, { padding: 'x'.repeat(11 * 1024) }))).toEqual(APP);
  });
});

describe('a verified token is remembered', () => {
  const countVerifications = () => {
    const spy = vi.spyOn(crypto.subtle, 'verify');
    onTestFinished(() => {
      spy.mockRestore();
    });
    return spy;
  };

  it('so that its signature is verified once', async () => {
    const verify = countVerifications();
    const authentication = byToken();
    const token = await sign(ec);
    for (let times = 0; times < 3; times += 1)
      expect(await check(token, authentication)).toEqual(APP);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it.each([[300], [300.5], [0]])(
    'until exactly its expiry %d s from now, with the tolerance',
    async (seconds) => {
      const end = Math.ceil(NOW + seconds + TOLERANCE) * 1_000;
      const verify = countVerifications();
      const clock = { now: NOW * 1_000 };
      const authentication = byToken({ clock });
      const token = await sign(ec, { exp: NOW + seconds });
      expect(await check(token, authentication)).toEqual(APP);
      clock.now = end - 1;
      expect(await check(token, authentication)).toEqual(APP);
      expect(verify).toHaveBeenCalledTimes(1);
      // One that was never seen before ends at the same moment.
      expect(await check(token, byToken({ clock }))).toEqual(APP);
      clock.now = end;
      expect(await check(token, authentication)).toBe('EXPIRED exp has passed');
      expect(await check(token, byToken({ clock }))).toBe('EXPIRED exp has passed');
    },
  );

  it('alone: one that was refused, or another with the same claims, is verified anew', async () => {
    const authentication = byToken();
    const token = await sign(ec);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${Buffer.alloc(64, 1).toString('base64url')}`;
    expect(await check(token, authentication)).toEqual(APP);
    for (let times = 0; times < 2; times += 1)
      expect(await check(forged, authentication)).toBe('INVALID signature does not match');
  });

  it('among 1,000; the least recently used one is evicted', async () => {
    const authentication = byToken();
    const tokens = await Promise.all(
      Array.from({ length: 1_001 }, (_, index) => sign(ed, { sub: `app-${index}` })),
    );
    const [first = '', second = '', ...others] = tokens;
    const [last = ''] = others.splice(-1);
    for (const token of [first, second, ...others, first, last]) await check(token, authentication);
    const verify = countVerifications();
    await check(first, authentication);
    await check(last, authentication);
    expect(verify).toHaveBeenCalledTimes(0);
    await check(second, authentication);
    expect(verify).toHaveBeenCalledTimes(1);
  });
});

describe('an API key', () => {
  const key = `oidcgw_${randomBytes(32).toString('base64url')}`;
  const entry = {
    id: 'ci',
    sha256: digestOf(key),
    scopes: ['oidc:read', 'oidc:write'],
  } satisfies ApiKeyEntry;
  const ended = `oidcgw_${randomBytes(32).toString('base64url')}`;
  const endedEntry = {
    id: 'old',
    sha256: digestOf(ended),
    scopes: ['oidc:admin'],
    expires: '2027-01-15T10:00:00+02:00',
  } satisfies ApiKeyEntry;
  const authentication = createAuthentication(
    { jwt: null, apiKeys: [entry, endedEntry] },
    { now: () => Date.UTC(2027, 0, 15, 8) },
  );

  it('identifies the caller', async () => {
    expect(await authentication.authenticate(null, ` ${key} `)).toEqual({
      kind: 'API_KEY',
      id: 'ci',
      scopes: new Set(['oidc:read', 'oidc:write']),
    });
  });

  it('is taken beside tokens', async () => {
    const both = byToken({ apiKeys: [entry] });
    expect(await both.authenticate(null, key)).toMatchObject({ kind: 'API_KEY' });
    expect(await both.authenticate(`Bearer ${await sign(ec)}`, null)).toMatchObject({
      kind: 'JWT',
    });
  });

  it('ends exactly at its expiry', async () => {
    const before = createAuthentication(
      { jwt: null, apiKeys: [endedEntry] },
      { now: () => Date.UTC(2027, 0, 15, 8) - 1 },
    );
    expect(await before.authenticate(null, ended)).toMatchObject({ id: 'old' });
    expect(await authentication.authenticate(null, ended)).toEqual({
      reason: 'EXPIRED',
      message: 'The API key has expired: get a new one.',
      detail: 'the expiry date of old has passed',
    });
  });

  it('is refused if it is not in the file', async () => {
    const unknown = `oidcgw_${'A'.repeat(43)}`;
    expect(await authentication.authenticate(null, unknown)).toEqual({
      reason: 'INVALID',
      message: 'The API key is not valid here.',
      detail: 'no key with this digest',
    });
  });

  it.each([
    ['canary'],
    [`oidcgw_${'A'.repeat(42)}`],
    [`oidcgw_${'A'.repeat(44)}`],
    [`OIDCGW_${'A'.repeat(43)}`],
    [`${key}, ${key}`],
    [`Bearer ${key}`],
    [entry.sha256],
    ['x'.repeat(20_000)],
  ])('is refused in another form: %.60s', async (value) => {
    expect(await authentication.authenticate(null, value)).toEqual({
      reason: 'MALFORMED',
      message: 'The header X-Api-Key does not contain an API key for this gateway.',
      detail: 'not in the format of an API key',
    });
  });
});

describe('the headers', () => {
  const apiKeysOnly = createAuthentication({
    jwt: null,
    apiKeys: [{ id: 'ci', sha256: '0'.repeat(64), scopes: ['oidc:read'] }],
  });
  const errorOf = async (
    authentication: Authentication,
    ...headers: [string | null, string | null]
  ) => {
    const result = await authentication.authenticate(...headers);
    return 'reason' in result ? result : null;
  };

  it.each<[string | null, string | null]>([
    [null, null],
    ['', ''],
    [' ', null],
    [null, '\t'],
  ])('without credentials: %j, %j', async (authorization, apiKey) => {
    expect(await errorOf(byToken(), authorization, apiKey)).toEqual({
      reason: 'MISSING',
      message: 'This requires authentication: send "Authorization: Bearer <token>".',
      detail: 'no credentials',
    });
  });

  it.each<[string, () => Authentication, string]>([
    ['API keys', () => apiKeysOnly, '"X-Api-Key: <key>"'],
    [
      'both',
      () => byToken({ apiKeys: [] }),
      '"Authorization: Bearer <token>" or "X-Api-Key: <key>"',
    ],
  ])('without credentials, if %s are accepted', async (_what, authentication, ways) => {
    expect((await errorOf(authentication(), null, null))?.message).toBe(
      `This requires authentication: send ${ways}.`,
    );
  });

  it('with two credentials, even if one of them is valid', async () => {
    const token = `Bearer ${await sign(ec)}`;
    for (const authentication of [byToken(), byToken({ apiKeys: [] }), apiKeysOnly]) {
      expect(await errorOf(authentication, token, 'canary')).toEqual({
        reason: 'MALFORMED',
        message: 'Send either Authorization or X-Api-Key, not both.',
        detail: 'a token together with an API key',
      });
    }
  });

  it.each([
    'Basic canary',
    'Bearer',
    'canary',
    'Bearercanary',
    'Bearer\tcanary',
    'DPoP a.b.c',
    'Bearer a.b.c, Bearer a.b.c',
    'Bearer a.b.c Bearer',
    'Token Bearer a.b.c',
  ])('with Authorization: %s', async (value) => {
    expect(await errorOf(byToken(), value, null)).toEqual({
      reason: 'MALFORMED',
      message: 'The header Authorization must be "Bearer <token>", once.',
      detail: 'another scheme, or several headers',
    });
  });

  it('with credentials that are not taken', async () => {
    expect(await errorOf(apiKeysOnly, `Bearer ${await sign(ec)}`, null)).toEqual({
      reason: 'INVALID',
      message: 'Bearer tokens are not accepted here: send "X-Api-Key: <key>".',
      detail: 'bearer tokens are not configured',
    });
    expect(await errorOf(byToken(), null, `oidcgw_${'A'.repeat(43)}`)).toEqual({
      reason: 'INVALID',
      message: 'API keys are not accepted here: send "Authorization: Bearer <token>".',
      detail: 'API keys are not configured',
    });
  });

  it('are asked for in the challenge', () => {
    expect([
      byToken().challenge,
      apiKeysOnly.challenge,
      byToken({ apiKeys: [] }).challenge,
    ]).toEqual([
      'Bearer realm="oidc-config-gateway"',
      'ApiKey realm="oidc-config-gateway"',
      'Bearer realm="oidc-config-gateway", ApiKey realm="oidc-config-gateway"',
    ]);
  });
});

describe('for any input', () => {
  /** Mostly as it should be. */
  const member = (good: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 5, arbitrary: good }, { weight: 1, arbitrary: fc.jsonValue() });
  const header = fc.record(
    {
      alg: member(fc.constantFrom('RS256', 'ES256', 'EdDSA', 'none', 'HS256')),
      kid: member(fc.constantFrom('canary-rsa', 'canary-ec', 'canary-ed')),
      typ: member(fc.constant('JWT')),
      crit: member(fc.constant(['b64'])),
      b64: member(fc.boolean()),
    },
    { requiredKeys: [] },
  );
  const time = fc.integer({ min: NOW - 60, max: NOW + 300 });
  const claims = fc.record(
    {
      iss: member(fc.constant(ISSUER)),
      aud: member(fc.constant([AUDIENCE])),
      sub: member(fc.string({ minLength: 1 })),
      exp: member(time),
      nbf: member(time),
      scope: member(fc.string()),
      scp: member(fc.array(fc.string())),
    },
    { requiredKeys: [] },
  );
  const unsigned = fc
    .tuple(header, claims, fc.uint8Array())
    .map(
      ([head, body, signature]) =>
        `Bearer ${base64url(head)}.${base64url(body)}.${Buffer.from(signature).toString('base64url')}`,
    );
  const value = fc.option(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `Bearer ${text}`),
      unsigned,
    ),
    { nil: null },
  );

  const isError = (result: object): result is AuthenticationError => 'reason' in result;

  it('is refused without an exception, and without a word of it', async () => {
    const authentication = byToken({ apiKeys: [] });
    await fc.assert(
      fc.asyncProperty(value, value, async (authorization, apiKey) => {
        const result = await authentication.authenticate(authorization, apiKey);
        expect(isError(result)).toBe(true);
        expect(JSON.stringify(result)).not.toContain('canary');
      }),
      { numRuns: 500 },
    );
  });

  it('is accepted if and only if its claims are good and it is signed', async () => {
    const authentication = byToken();
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(claims, async (given) => {
        const { iss, aud, sub, exp, nbf }: Record<string, unknown> = { ...CLAIMS, ...given };
        const named = typeof sub === 'string' && sub.trim() !== '' && sub.length <= 255;
        const meant = iss === ISSUER && [aud].flat().includes(AUDIENCE);
        const timely =
          typeof exp === 'number' &&
          exp > NOW - TOLERANCE &&
          (nbf === undefined || (typeof nbf === 'number' && nbf <= NOW + TOLERANCE));
        const result = await authentication.authenticate(`Bearer ${await sign(ec, given)}`, null);
        expect(isError(result) ? null : result.id).toBe(named && meant && timely ? sub : null);
        if (!isError(result)) taken += 1;
      }),
      { numRuns: 300 },
    );
    expect(taken).toBeGreaterThan(10);
  });
});
