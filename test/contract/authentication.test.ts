import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAuthentication } from '../../src/server/auth/authentication.ts';
import { stopClock } from '../setup/clock.ts';
import type { StoppedClock } from '../setup/clock.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import type { ScriptedResponse, ScriptedUpstream } from '../setup/scripted-upstream.ts';

/* Keys that are fetched from the issuer, over loopback: how often, how long they are used, and what happens without them. */

const MINUTE = 60_000;
const TOO_SOON = 9_999;
const COOLDOWN = 10_000;

interface Signer {
  readonly key: CryptoKey;
  readonly jwk: JWK;
}

async function makeSigner(kid: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), kid } };
}

let old: Signer;
let young: Signer;
let issuer: ScriptedUpstream;
let clock: number;
beforeAll(async () => {
  [old, young, issuer] = await Promise.all([
    makeSigner('old'),
    makeSigner('young'),
    startScriptedUpstream(),
  ]);
});
afterAll(() => issuer.close());
beforeEach(() => {
  clock = 1_800_000_000_000;
  issuer.seen.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

const publish = (...signers: Signer[]): ScriptedResponse => ({
  status: 200,
  body: JSON.stringify({ keys: signers.map(({ jwk }) => jwk) }),
});
const publishes = (...signers: Signer[]) => {
  issuer.respondWith(publish(...signers));
};
const fails = (response: ScriptedResponse = { destroy: true }) => {
  issuer.respondWith(response);
};

const sign = ({ key, jwk: { kid = '' } }: Signer, header: { readonly kid?: string } = {}) =>
  new SignJWT({
    iss: 'https://idp.example.com',
    aud: 'gateway',
    sub: 'app',
    exp: 1_900_000_000,
    scope: 'oidc:read',
  })
    .setProtectedHeader({ alg: 'ES256', kid, ...header })
    .sign(key);

/** Checks tokens: "good", or the reason and the detail of the fault. */
function startChecking(url = `${issuer.origin}/jwks?p=policy`, maxWaiting = Infinity) {
  const jwt = {
    keys: new URL(url),
    issuer: 'https://idp.example.com',
    audience: 'gateway',
    algorithms: ['ES256'],
    clockToleranceS: 0,
  };
  const authentication = createAuthentication(
    { jwt, apiKeys: null },
    { now: () => clock, maxWaiting },
  );
  return async (token: string): Promise<string> => {
    const result = await authentication.authenticate(`Bearer ${token}`, null);
    return 'reason' in result ? `${result.reason} ${result.detail}` : 'good';
  };
}

const UNKNOWN = 'INVALID no key with this kid for this algorithm';
const unavailable = (why: string) => `UNAVAILABLE the keys of the issuer cannot be fetched: ${why}`;
const LOST = unavailable('CONNECTION_LOST (ECONNRESET)');

describe('keys', () => {
  it('are fetched with the first token, once for all that come together', async () => {
    publishes(old);
    const check = startChecking();
    expect(issuer.seen).toHaveLength(0);
    const tokens = await Promise.all([sign(old), sign(old), sign(old)]);
    expect(await Promise.all(tokens.map(check))).toEqual(['good', 'good', 'good']);
    expect(issuer.seen).toEqual([
      expect.objectContaining({
        method: 'GET',
        target: '/jwks?p=policy',
        body: '',
        headers: expect.objectContaining({
          accept: 'application/jwk-set+json, application/json',
          'user-agent': 'oidc-config-gateway',
        }) as unknown,
      }),
    ]);
  });

  it('are not fetched for a value that is not a token', async () => {
    publishes(old);
    const check = startChecking();
    expect(await check('canary')).toBe('MALFORMED does not have three parts');
    expect(issuer.seen).toHaveLength(0);
  });

  it('are fetched again after five minutes', async () => {
    publishes(old);
    const check = startChecking();
    const token = await sign(old);
    await check(token);
    clock += 5 * MINUTE - 1;
    await check(token);
    expect(issuer.seen).toHaveLength(1);
    clock += 1;
    expect(await check(token)).toBe('good');
    expect(issuer.seen).toHaveLength(2);
  });

  it('are fetched again when the clock was set back', async () => {
    publishes(old);
    const check = startChecking();
    const token = await sign(old);
    await check(token);
    clock -= MINUTE;
    expect(await check(token)).toBe('good');
    expect(issuer.seen).toHaveLength(2);
  });

  it('that stay the same need no signature verified again', async () => {
    publishes(old);
    const verify = vi.spyOn(crypto.subtle, 'verify');
    const check = startChecking();
    const token = await sign(old);
    for (let times = 0; times < 3; times += 1, clock += 5 * MINUTE)
      expect(await check(token)).toBe('good');
    expect(issuer.seen).toHaveLength(3);
    expect(verify).toHaveBeenCalledTimes(1);
  });

  it('that are not public are not used', async () => {
    issuer.respondWith({
      status: 200,
      body: JSON.stringify({
        keys: [
          { ...(await exportJWK(old.key)), kid: 'old' },
          { kty: 'oct', k: 'c2VjcmV0', kid: 'young' },
          young.jwk,
        ],
      }),
    });
    const check = startChecking();
    expect(await check(await sign(old))).toBe('INVALID the key cannot be used');
    expect(await check(await sign(young))).toBe('good');
  });
});

describe('a rotation', () => {
  it('is noticed by the first token with the new key', async () => {
    publishes(old);
    const check = startChecking();
    await check(await sign(old));
    publishes(old, young);
    clock += COOLDOWN;
    expect(await check(await sign(young))).toBe('good');
    expect(await check(await sign(old))).toBe('good');
    expect(issuer.seen).toHaveLength(2);
  });

  it('is noticed by many such tokens at once with one request', async () => {
    publishes(old);
    const check = startChecking();
    await check(await sign(old));
    publishes(old, young);
    clock += COOLDOWN;
    const tokens = await Promise.all(Array.from({ length: 20 }, () => sign(young)));
    expect(new Set(await Promise.all(tokens.map(check)))).toEqual(new Set(['good']));
    expect(issuer.seen).toHaveLength(2);
  });

  it('ends tokens of the key that was taken back within five minutes, also those that are remembered', async () => {
    publishes(old, young);
    const check = startChecking();
    const token = await sign(old);
    expect(await check(token)).toBe('good');
    publishes(young);
    clock += 5 * MINUTE - 1;
    expect(await check(token)).toBe('good');
    clock += 1;
    expect(await check(token)).toBe(UNKNOWN);
    expect(await check(await sign(young))).toBe('good');
  });

  it('to no key at all ends every token', async () => {
    publishes(old);
    const check = startChecking();
    const token = await sign(old);
    await check(token);
    publishes();
    clock += 5 * MINUTE;
    expect(await check(token)).toBe(UNKNOWN);
  });
});

describe('tokens with made-up key ids', () => {
  it('become no more than one request to the issuer in ten seconds', async () => {
    publishes(old);
    const check = startChecking();
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, index) => sign(young, { kid: `made-up-${index}` })),
    );
    await check(await sign(old));
    clock += TOO_SOON;
    expect(new Set(await Promise.all(tokens.map(check)))).toEqual(new Set([UNKNOWN]));
    expect(issuer.seen).toHaveLength(1);
    for (let times = 2; times <= 4; times += 1) {
      clock += COOLDOWN;
      for (const token of tokens) expect(await check(token)).toBe(UNKNOWN);
      expect(issuer.seen).toHaveLength(times);
    }
  });

  it('do so neither while the issuer is down', async () => {
    publishes(old);
    const check = startChecking();
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, index) => sign(young, { kid: `made-up-${index}` })),
    );
    await check(await sign(old));
    fails();
    clock += COOLDOWN;
    // Whether these keys exist is unknown.
    expect(new Set(await Promise.all(tokens.map(check)))).toEqual(new Set([LOST]));
    for (const token of tokens) await check(token);
    expect(issuer.seen).toHaveLength(2);
    publishes(old);
    clock += COOLDOWN;
    for (const token of tokens) expect(await check(token)).toBe(UNKNOWN);
    expect(issuer.seen).toHaveLength(3);
  });
});

describe('an issuer that does not respond', () => {
  let clockOfWaits: StoppedClock;
  // No caller waits for longer than two seconds.
  beforeEach(() => {
    clockOfWaits = stopClock();
  });
  afterEach(() => {
    clockOfWaits.restore();
  });

  /** It responds when the test says so. */
  const hang = () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    issuer.respondWith(() => released.then(() => publish(old)));
    return release;
  };

  it('makes no more callers wait than may', async () => {
    const release = hang();
    const check = startChecking(undefined, 2);
    const token = await sign(old);
    const waiting = [check(token), check(token)];
    expect(await check(token)).toBe(
      unavailable('too many requests wait for a response from the issuer (LIMIT_IN_FLIGHT)'),
    );
    release();
    expect(await Promise.all(waiting)).toEqual(['good', 'good']);
    expect(issuer.seen).toHaveLength(1);
  });

  it('does not delay callers with a known key, however many others wait', async () => {
    publishes(old);
    const check = startChecking(undefined, 2);
    const [token, another, unknown] = [await sign(old), await sign(old), await sign(young)];
    await check(token);
    clock += COOLDOWN;
    const release = hang();
    const waiting = [check(unknown), check(unknown)];
    await vi.waitFor(() => {
      expect(issuer.seen).toHaveLength(2);
    });
    for (const known of [token, another]) expect(await check(known)).toBe('good');
    // With keys that are not fresh any more.
    clock += 5 * MINUTE;
    for (const known of [token, another]) expect(await check(known)).toBe('good');
    release();
    expect(await Promise.all(waiting)).toEqual([UNKNOWN, UNKNOWN]);
  });

  it('delays callers with a known key only once', async () => {
    publishes(old);
    const check = startChecking();
    const token = await sign(old);
    await check(token);
    fails();
    clock += 5 * MINUTE;
    expect(await check(token)).toBe('good');
    expect(issuer.seen).toHaveLength(2);
    const release = hang();
    clock += COOLDOWN;
    expect(await check(token)).toBe('good');
    await vi.waitFor(() => {
      expect(issuer.seen).toHaveLength(3);
    });
    release();
  });
});

describe('an issuer that is down', () => {
  it('lets tokens of known keys pass, for an hour', async () => {
    publishes(old);
    const check = startChecking();
    const token = await sign(old);
    await check(token);
    fails();
    clock += 60 * MINUTE - 1;
    expect(await check(token)).toBe('good');
    expect(await check(await sign(old))).toBe('good');
    expect(issuer.seen).toHaveLength(2);
    clock += 1;
    expect(await check(token)).toBe(LOST);
    publishes(old);
    clock += COOLDOWN;
    expect(await check(token)).toBe('good');
  });

  it('is distinguished from an invalid token, and is called again after ten seconds', async () => {
    fails();
    const check = startChecking();
    const token = await sign(old);
    expect(await check(token)).toBe(LOST);
    publishes(old);
    clock += TOO_SOON;
    expect(await check(token)).toBe(LOST);
    expect(issuer.seen).toHaveLength(1);
    clock += 1;
    expect(await check(token)).toBe('good');
    expect(issuer.seen).toHaveLength(2);
  });

  it('is explained to the caller', async () => {
    fails();
    const jwt = {
      keys: new URL(issuer.origin),
      issuer: 'https://idp.example.com',
      audience: 'gateway',
      algorithms: ['ES256'],
      clockToleranceS: 0,
    };
    expect(
      await createAuthentication({ jwt, apiKeys: null }).authenticate(
        `Bearer ${await sign(old)}`,
        null,
      ),
    ).toMatchObject({
      reason: 'UNAVAILABLE',
      message:
        'Tokens cannot be checked at the moment. Nothing was executed: it is safe to send the request again.',
    });
  });

  it.each<[string, ScriptedResponse, string]>([
    ['an error', { status: 500, body: '{"keys":[]}' }, 'status 500'],
    [
      'a redirect',
      { status: 302, headers: { location: '/elsewhere' }, body: '' },
      'status 302: redirects are not followed',
    ],
    ['no body', { status: 200, body: '' }, 'the response is not a key set'],
    ['a page', { status: 200, body: '<html></html>' }, 'the response is not a key set'],
    [
      'another document',
      { status: 200, body: '{"issuer":"https://idp.example.com"}' },
      'the response is not a key set',
    ],
    [
      'keys that are none',
      { status: 200, body: '{"keys":["canary"]}' },
      'the response is not a key set',
    ],
    [
      'far too many',
      { status: 200, body: JSON.stringify({ keys: Array.from({ length: 201 }, () => ({})) }) },
      'the response has more than 200 keys',
    ],
    [
      'far too much',
      { status: 200, body: JSON.stringify({ keys: [], padding: 'x'.repeat(256 * 1024) }) },
      'TOO_LARGE: the response has more than 256 KiB',
    ],
  ])('may respond with %s', async (_what, response, why) => {
    fails(response);
    const check = startChecking();
    expect(await check(await sign(old))).toBe(unavailable(why));
    expect(issuer.seen).toHaveLength(1);
    publishes(old);
    clock += COOLDOWN;
    const token = await sign(old);
    expect(await check(token)).toBe('good');
    // What is not a key set does not displace one.
    fails(response);
    clock += 5 * MINUTE;
    expect(await check(token)).toBe('good');
    expect(issuer.seen).toHaveLength(3);
  });

  it('may not be there', async () => {
    const gone = await startScriptedUpstream();
    await gone.close();
    expect(await startChecking(gone.origin)(await sign(old))).toBe(
      unavailable('CONNECTION_LOST (ECONNREFUSED)'),
    );
  });

  it('may never respond: all callers get an error soon', async () => {
    issuer.respondWith(() => new Promise<never>(() => undefined));
    const check = startChecking();
    const token = await sign(old);
    expect(await Promise.all([check(token), check(token)])).toEqual([
      unavailable('TIMEOUT: there was no complete response within 2 seconds'),
      unavailable('TIMEOUT: there was no complete response within 2 seconds'),
    ]);
    expect(await check(token)).toBe(
      unavailable('TIMEOUT: there was no complete response within 2 seconds'),
    );
    expect(issuer.seen).toHaveLength(1);
  });
});
