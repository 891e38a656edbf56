import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stopClock } from '../../test/setup/clock.ts';
import {
  KEYS_PATH,
  METADATA_PATH,
  RSA_KEY,
  RSA_THUMBPRINT,
  startIssuer,
} from '../../test/setup/issuer-server.ts';
import type { IssuerResponse, TestIssuer } from '../../test/setup/issuer-server.ts';
import { IssuerError, RateLimitedError } from '../domain/errors.ts';
import { Issuers } from './issuers.ts';
import type { IssuerFetch } from './issuers.ts';

const CALLER = 'JWT alice';

interface Opened {
  readonly issuers: Issuers;
  readonly fetches: IssuerFetch[];
  readonly clock: { ms: number };
}

function open(server: TestIssuer, takeFetch: (key: string) => number | null = () => null): Opened {
  const fetches: IssuerFetch[] = [];
  const clock = { ms: 0 };
  const issuers = new Issuers({
    allowedHosts: server.allowedHosts,
    takeFetch,
    onFetch: (fetch) => fetches.push(fetch),
    now: () => clock.ms,
  });
  return { issuers, fetches, clock };
}

async function failureOf(read: Promise<unknown>): Promise<IssuerError> {
  const error: unknown = await read.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof IssuerError) return error;
  throw new Error(`This is not an IssuerError: ${String(error)}`);
}

describe('an issuer', () => {
  it('is read with its keys', async () => {
    const server = await startIssuer();
    const { issuers, fetches } = open(server);
    expect(await issuers.read(server.issuer, CALLER)).toEqual({
      metadata: {
        issuer: server.issuer,
        authorizationResponseIssParameterSupported: false,
        metadataUrl: `${server.issuer}${METADATA_PATH}`,
        jwksUri: `${server.issuer}${KEYS_PATH}`,
        authorizationEndpoint: `${server.issuer}/authorize`,
        tokenEndpoint: `${server.issuer}/token`,
        userinfoEndpoint: null,
        endSessionEndpoint: null,
        scopesSupported: ['openid', 'email'],
        responseTypesSupported: ['code', 'id_token'],
        responseModesSupported: ['query', 'fragment', 'form_post'],
        grantTypesSupported: null,
        idTokenSigningAlgValuesSupported: ['RS256'],
        tokenEndpointAuthMethodsSupported: ['client_secret_post', 'client_secret_basic'],
        codeChallengeMethodsSupported: null,
        claimsSupported: null,
      },
      keys: [
        {
          kid: 'rsa-1',
          kty: 'RSA',
          alg: 'RS256',
          use: 'sig',
          thumbprint: RSA_THUMBPRINT,
          unusable: null,
          isPrivate: false,
          jwk: RSA_KEY,
        },
      ],
    });
    expect(fetches).toMatchObject([
      { document: 'metadata', reason: null },
      { document: 'keys', reason: null },
    ]);
  });

  it.each([
    [true, true],
    [false, false],
    ['true', false],
    [1, false],
    [null, false],
  ])('promises to name itself in responses with %j: %s', async (value, isPromised) => {
    const server = await startIssuer();
    server.publish({
      ...server.metadata,
      authorization_response_iss_parameter_supported: value,
    });
    expect((await open(server).issuers.read(server.issuer, CALLER)).metadata).toMatchObject({
      authorizationResponseIssParameterSupported: isPromised,
    });
  });

  it('is asked without anything but what a GET needs', async () => {
    const server = await startIssuer();
    await open(server).issuers.read(server.issuer, CALLER);
    for (const { method, headers, body } of server.requests) {
      expect({ method, body }).toEqual({ method: 'GET', body: '' });
      expect(headers).toEqual({
        host: server.origin.replace('http://', ''),
        connection: 'keep-alive',
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'oidc-config-gateway',
      });
    }
  });

  it('may have a path, and a slash at its end that counts', async () => {
    const server = await startIssuer();
    const { issuers } = open(server);
    const issuer = `${server.issuer}/realms/a`;
    server.responses.set(`/realms/a${METADATA_PATH}`, {
      body: JSON.stringify({ ...server.metadata, issuer }),
    });
    expect((await issuers.read(issuer, CALLER)).metadata.issuer).toBe(issuer);
    expect(await failureOf(issuers.read(`${issuer}/`, CALLER))).toMatchObject({
      issuerReason: 'ISSUER_MISMATCH',
      metadataIssuer: issuer,
      message: `The metadata at ${issuer}${METADATA_PATH} is about the issuer "${issuer}", not "${issuer}/". ID tokens contain the former, and it is compared exactly. They differ only in the slash at the end, which counts.`,
    });
  });

  it('is not read where that is turned off', async () => {
    const issuers = new Issuers({ allowedHosts: null, takeFetch: () => null });
    expect(await failureOf(issuers.read('https://idp.example', CALLER))).toMatchObject({
      issuerReason: 'NOT_ALLOWED',
      message: expect.stringContaining('ISSUER_DISCOVERY') as unknown,
    });
  });
});

describe('the cache', () => {
  it.each<[string, Record<string, string>, number]>([
    ['a minute, if the response does not say', {}, 60],
    ['as long as max-age says', { 'cache-control': 'public, max-age=600' }, 600],
    ['without the time in other caches', { 'cache-control': 'max-age=600', age: '100' }, 500],
    ['by s-maxage first', { 'cache-control': 'max-age=600, s-maxage=120' }, 120],
    ['at least a minute', { 'cache-control': 'no-store, max-age=900' }, 60],
    ['at most an hour', { 'cache-control': 'max-age=86400' }, 3_600],
    ['a minute, if the header makes no sense', { 'cache-control': 'max-age=soon, max-age=-1' }, 60],
  ])('keeps an issuer %s', async (_how, headers, seconds) => {
    const server = await startIssuer();
    const { issuers, fetches, clock } = open(server);
    server.publish(server.metadata, undefined, headers);
    const read = await issuers.read(server.issuer, CALLER);
    clock.ms = seconds * 1_000 - 1;
    expect(await issuers.read(server.issuer, 'JWT bob')).toBe(read);
    clock.ms += 1;
    expect(await issuers.read(server.issuer, CALLER)).toEqual(read);
    expect(fetches).toHaveLength(4);
  });

  it('keeps a failure for 30 seconds', async () => {
    const server = await startIssuer();
    const { issuers, fetches, clock } = open(server);
    server.responses.clear();
    const failure = await failureOf(issuers.read(server.issuer, CALLER));
    server.publish(server.metadata);
    clock.ms = 29_999;
    expect(await failureOf(issuers.read(server.issuer, CALLER))).toBe(failure);
    clock.ms = 30_000;
    expect(await issuers.read(server.issuer, CALLER)).toMatchObject({ keys: [{ kid: 'rsa-1' }] });
    expect(fetches).toHaveLength(3);
  });

  it('lets callers share a read that is under way', async () => {
    const server = await startIssuer();
    const { issuers, fetches } = open(server);
    const reads = await Promise.all(
      Array.from({ length: 20 }, (_, index) => issuers.read(server.issuer, `JWT ${index}`)),
    );
    expect(new Set(reads).size).toBe(1);
    expect(fetches).toHaveLength(2);
  });

  it('keeps the 100 issuers that were asked for last', async () => {
    const server = await startIssuer();
    const { issuers } = open(server);
    const names = Array.from({ length: 101 }, (_, index) => `${server.issuer}/${index}`);
    for (const issuer of names) {
      const path = issuer.slice(server.issuer.length);
      server.responses.set(`${path}${METADATA_PATH}`, {
        body: JSON.stringify({ ...server.metadata, issuer }),
      });
      await issuers.read(issuer, CALLER);
    }
    const before = server.requests.length;
    await issuers.read(names[100] ?? '', CALLER);
    await issuers.read(names[1] ?? '', CALLER);
    expect(server.requests.length).toBe(before);
    await issuers.read(names[0] ?? '', CALLER);
    expect(server.requests.length).toBe(before + 2);
  });
});

describe('the limits', () => {
  it('count what is not in the cache, for each caller', async () => {
    const server = await startIssuer();
    const taken: string[] = [];
    const { issuers } = open(server, (key) => {
      taken.push(key);
      return key === 'JWT mallory' ? 7 : null;
    });
    await expect(issuers.read(server.issuer, 'JWT mallory')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterSeconds: 7,
    });
    expect(server.connections()).toBe(0);
    await issuers.read(server.issuer, CALLER);
    await issuers.read(server.issuer, 'JWT mallory');
    expect(taken).toEqual(['JWT mallory', CALLER]);
  });

  it('let 16 issuers be read at once', async () => {
    const server = await startIssuer();
    const { issuers, fetches } = open(server);
    const clock = stopClock();
    onTestFinished(clock.restore);
    const names = Array.from({ length: 17 }, (_, index) => `${server.issuer}/${index}`);
    for (let index = 0; index < 17; index += 1)
      server.responses.set(`/${index}${METADATA_PATH}`, { hangs: 'AT_ONCE' });
    const reads = Promise.allSettled(names.map((issuer) => issuers.read(issuer, CALLER)));
    await server.received(16);
    clock.pass(5_000);
    const reasons = (await reads).map((read) =>
      read.status === 'rejected' ? (read.reason as unknown) : null,
    );
    expect(reasons.slice(0, 16)).toEqual(
      Array.from({ length: 16 }, () => expect.any(IssuerError) as unknown),
    );
    expect(reasons[16]).toBeInstanceOf(RateLimitedError);
    expect(server.requests).toHaveLength(16);
    expect(fetches).toHaveLength(16);
    // It is not a failure of the issuer.
    server.responses.set(`/16${METADATA_PATH}`, { status: 410 });
    expect(await failureOf(issuers.read(names[16] ?? '', CALLER))).toMatchObject({
      issuerReason: 'HTTP_STATUS',
    });
  });

  it.each<[string, string, IssuerResponse]>([
    ['an issuer that does not respond', METADATA_PATH, { hangs: 'AT_ONCE' }],
    ['a body that does not end', METADATA_PATH, { hangs: 'IN_THE_BODY', body: '{}' }],
    ['keys that do not come', KEYS_PATH, { hangs: 'AT_ONCE' }],
  ])('give %s 5 seconds in all', async (_what, path, response) => {
    const server = await startIssuer();
    server.responses.set(path, response);
    const clock = stopClock();
    onTestFinished(clock.restore);
    const read = failureOf(open(server).issuers.read(server.issuer, CALLER));
    await server.received(path === KEYS_PATH ? 2 : 1);
    clock.pass(4_999);
    expect(await Promise.race([read, Promise.resolve('waits')])).toBe('waits');
    clock.pass(1);
    expect(await read).toMatchObject({
      issuerReason: 'UNREACHABLE',
      url: `${server.issuer}${path}`,
      message: expect.stringMatching(/within 5 seconds/) as unknown,
    });
  });
});

describe('what cannot be used', () => {
  const big = (kib: number) => JSON.stringify({ padding: 'x'.repeat(kib * 1024) });
  const METADATA: readonly (readonly [
    string,
    IssuerResponse | ((server: TestIssuer) => IssuerResponse),
    string,
    RegExp,
  ])[] = [
    ['no metadata', { status: 404 }, 'HTTP_STATUS', /status 404\. Check/],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://idp.example/' } },
      'HTTP_STATUS',
      /status 302\. Redirects are not followed/,
    ],
    ['a success that is not 200', { status: 204 }, 'HTTP_STATUS', /204/],
    ['an empty body', {}, 'NOT_JSON', /not JSON/],
    ['a page', { body: '<!doctype html>' }, 'NOT_JSON', /not JSON/],
    ['a list', { body: '[]' }, 'NOT_JSON', /not a JSON object/],
    ['null', { body: 'null' }, 'NOT_JSON', /not a JSON object/],
    ['text after the JSON', { body: '{} x' }, 'NOT_JSON', /not JSON/],
    [
      'a member twice',
      { body: '{"issuer":"a","\\u0069ssuer":"b"}' },
      'NOT_JSON',
      /issuer more than/,
    ],
    [
      'deep JSON',
      { body: `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}` },
      'NOT_JSON',
      /16 lev/,
    ],
    [
      'deep JSON that is short',
      { body: `{"a":${'['.repeat(99)}${']'.repeat(99)}}` },
      'NOT_JSON',
      /16/,
    ],
    ['a number beyond doubles', { body: '{"a":9007199254740993}' }, 'NOT_JSON', /exactly/],
    ['bytes that are not UTF-8', { body: Buffer.from([0x7b, 0xff, 0x7d]) }, 'NOT_JSON', /UTF-8/],
    [
      'an unknown charset',
      { headers: { 'content-type': 'application/json; charset=x-none' }, body: '{}' },
      'NOT_JSON',
      /charset "x-none"/,
    ],
    [
      'a compressed body',
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync('{}') },
      'NOT_JSON',
      /compressed, which was not requested/,
    ],
    [
      'a bomb',
      { headers: { 'content-encoding': 'gzip' }, body: gzipSync('x'.repeat(10_000_000)) },
      'NOT_JSON',
      /compressed/,
    ],
    ['more than 64 KiB', { body: big(64) }, 'TOO_LARGE', /more than 64 KiB/],
    ['no issuer', { body: '{}' }, 'INVALID_METADATA', /no member issuer/],
    [
      'an issuer that is not text',
      { body: '{"issuer":["a"]}' },
      'INVALID_METADATA',
      /no member issuer/,
    ],
    [
      'another issuer',
      { body: '{"issuer":"https://other.example"}' },
      'ISSUER_MISMATCH',
      /"https:\/\/other\.example", not "http:.*Use the issuer that the metadata names/,
    ],
    [
      'an issuer of many tenants',
      { body: '{"issuer":"https://login.example/{tenantid}/v2.0"}' },
      'ISSUER_MISMATCH',
      /stands for many tenants/,
    ],
    [
      'members of wrong types',
      ({ metadata }) => ({
        body: JSON.stringify({
          ...metadata,
          jwks_uri: 7,
          token_endpoint: {},
          scopes_supported: 'openid',
          response_types_supported: [['code']],
          claims_supported: Array.from({ length: 501 }, () => 'a'),
        }),
      }),
      'INVALID_METADATA',
      /token_endpoint must be a string.*scopes_supported must be a list.*response_types_supported.*claims_supported.*jwks_uri must be a URL/,
    ],
  ];

  it.each(METADATA)('metadata: %s', async (_what, response, issuerReason, message) => {
    const server = await startIssuer();
    const { issuers, fetches } = open(server);
    const given = typeof response === 'function' ? response(server) : response;
    server.responses.set(METADATA_PATH, given);
    expect(await failureOf(issuers.read(server.issuer, CALLER))).toMatchObject({
      issuerReason,
      url: `${server.issuer}${METADATA_PATH}`,
      message: expect.stringMatching(message) as unknown,
    });
    expect(fetches).toMatchObject([{ document: 'metadata', reason: issuerReason }]);
  });

  it.each<[string, IssuerResponse, string, RegExp]>([
    ['no key set', { status: 500 }, 'HTTP_STATUS', /500/],
    ['more than 256 KiB', { body: big(256) }, 'TOO_LARGE', /256 KiB/],
    ['no list', { body: '{"keys":{}}' }, 'INVALID_METADATA', /no list "keys"/],
    ['a key alone', { body: JSON.stringify(RSA_KEY) }, 'INVALID_METADATA', /no list "keys"/],
    [
      'thousands of keys',
      { body: JSON.stringify({ keys: Array.from({ length: 5_000 }, () => ({ kty: 'RSA' })) }) },
      'TOO_LARGE',
      /more than 200 keys/,
    ],
  ])('keys: %s', async (_what, response, issuerReason, message) => {
    const server = await startIssuer();
    const { issuers, fetches } = open(server);
    server.responses.set(KEYS_PATH, response);
    expect(await failureOf(issuers.read(server.issuer, CALLER))).toMatchObject({
      issuerReason,
      url: `${server.issuer}${KEYS_PATH}`,
      message: expect.stringMatching(message) as unknown,
    });
    expect(fetches).toMatchObject([
      { document: 'metadata', reason: null },
      { document: 'keys', reason: issuerReason },
    ]);
  });

  it('an address that refuses connections', async () => {
    const server = await startIssuer();
    await server.close();
    expect(await failureOf(open(server).issuers.read(server.issuer, CALLER))).toMatchObject({
      issuerReason: 'UNREACHABLE',
      message: expect.stringMatching(/ECONNREFUSED/) as unknown,
    });
  });

  it('keys elsewhere that are not public', async () => {
    const server = await startIssuer();
    const { issuers } = open(server);
    server.publish({ ...server.metadata, jwks_uri: 'https://user:secret@169.254.169.254/keys' });
    const { issuerReason, url, message } = await failureOf(issuers.read(server.issuer, CALLER));
    expect({ issuerReason, url }).toEqual({
      issuerReason: 'NOT_ALLOWED',
      url: 'https://169.254.169.254/keys',
    });
    expect(message).not.toContain('secret');
  });
});

describe('an issuer that was read before', () => {
  it('is read again if that is too long ago', async () => {
    const server = await startIssuer();
    const { issuers, fetches, clock } = open(server);
    await issuers.read(server.issuer, CALLER);
    clock.ms = 1_000;
    await issuers.read(server.issuer, CALLER, 1_000);
    expect(fetches).toHaveLength(2);
    await issuers.read(server.issuer, CALLER, 999);
    expect(fetches).toHaveLength(4);
    await issuers.read(server.issuer, CALLER, 0);
    expect(fetches).toHaveLength(4);
  });

  it('is tried again if that failed too long ago', async () => {
    const server = await startIssuer();
    const { issuers, clock } = open(server);
    server.responses.clear();
    await failureOf(issuers.read(server.issuer, CALLER));
    server.publish(server.metadata);
    clock.ms = 1_000;
    await failureOf(issuers.read(server.issuer, CALLER));
    expect(await issuers.read(server.issuer, CALLER, 500)).toMatchObject({
      metadata: { issuer: server.issuer },
    });
  });
});

describe('a probe', () => {
  const PATH = '/authorize?tenant=a&state=canary';
  const request = (server: TestIssuer) => ({
    method: 'GET' as const,
    url: `${server.issuer}/authorize?tenant=a`,
    query: 'state=canary',
    headers: { accept: 'text/html' },
  });
  const probing = (server: TestIssuer, takeFetch: (key: string) => number | null = () => null) =>
    new Issuers({ allowedHosts: server.allowedHosts, probes: true, takeFetch }).probe;

  it.each([200, 302, 400, 500])('gives the response, whatever its status: %s', async (status) => {
    const server = await startIssuer();
    const headers = { location: 'https://elsewhere.example/' };
    server.responses.set(PATH, { status, headers, body: 'a page' });
    const response = await probing(server)?.(request(server), CALLER);
    expect(response).toMatchObject({ status, body: 'a page' });
    expect(response?.header('Location')).toBe('https://elsewhere.example/');
    expect(server.requests).toMatchObject([{ method: 'GET', target: PATH }]);
  });

  it('sends a body, and nothing of the caller', async () => {
    const server = await startIssuer();
    const body = 'code=made-up';
    await probing(server)?.({ ...request(server), method: 'POST', body }, CALLER);
    const [sent] = server.requests;
    expect(sent).toMatchObject({ method: 'POST', body });
    expect(JSON.stringify(sent)).not.toContain(CALLER);
  });

  it('counts on the limit of the caller, and says nothing of what was added to the query', async () => {
    const server = await startIssuer();
    await expect(probing(server, () => 7)?.(request(server), CALLER)).rejects.toBeInstanceOf(
      RateLimitedError,
    );
    expect(server.requests).toEqual([]);
    server.responses.set(PATH, { body: 'x'.repeat(65_537) });
    const error = await failureOf(probing(server)?.(request(server), CALLER) ?? Promise.resolve());
    expect(error).toMatchObject({ issuerReason: 'TOO_LARGE', url: request(server).url });
    expect(error.message).not.toContain('canary');
  });

  it('is sent only if the operator allows it', async () => {
    const server = await startIssuer();
    const { allowedHosts } = server;
    const takeFetch = () => null;
    expect(new Issuers({ allowedHosts, takeFetch }).probe).toBeNull();
    expect(new Issuers({ allowedHosts: null, probes: true, takeFetch }).probe).toBeNull();
  });
});
