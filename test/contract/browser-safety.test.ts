import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exchange } from '../setup/fuzz.ts';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* What pages of other origins can do in a user's browser, what they may read, and how browsers must treat responses. */

const ORIGIN = 'https://admin.example.com';
const QUERY = '{ __typename }';
const BODY = JSON.stringify({ query: QUERY });
const SEARCH = `?query=${encodeURIComponent(QUERY)}`;

async function start(environment: Readonly<Record<string, string>> = {}): Promise<ScriptedGateway> {
  const gateway = await startScriptedGateway(environment);
  onTestFinished(async () => {
    await gateway.stop();
  });
  gateway.upstream.respondWith(permissiveUpstream);
  return gateway;
}

const form = (fields: Readonly<Record<string, string>>) => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
};

describe('a request that a page can send without asking first', () => {
  const simple: readonly (readonly [string, string, RequestInit])[] = [
    ['GET', SEARCH, {}],
    ['a GET for an event stream', SEARCH, { headers: { accept: 'text/event-stream' } }],
    ['a form', '', { method: 'POST', body: new URLSearchParams({ query: QUERY }) }],
    ['a form with files', '', { method: 'POST', body: form({ query: QUERY }) }],
    [
      'a form with files, by the specification of uploads',
      '',
      { method: 'POST', body: form({ operations: BODY, map: '{}' }) },
    ],
    ['plain text', '', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: BODY }],
    [
      'plain text that says it is JSON',
      '',
      { method: 'POST', headers: { 'content-type': 'text/plain; application/json' }, body: BODY },
    ],
    [
      'plain text, shouted',
      '',
      { method: 'POST', headers: { 'content-type': 'TEXT/Plain' }, body: BODY },
    ],
    ['no media type', '', { method: 'POST', body: new Blob([BODY]) }],
  ];

  it.each(simple)('is refused: %s', async (_what, path, init) => {
    const { url, upstream } = await start();
    const response = await fetch(url + path, init);
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining(
        '{"errors":[{"message":"Send the header \\"Content-Type: application/json\\". With other kinds of requests, send \\"Apollo-Require-Preflight: 1\\"',
      ),
    ]);
    expect(upstream.seen).toEqual([]);
  });

  it.each(['x-graphql-yoga-csrf', 'apollo-require-preflight'])(
    'is served with the header %s, if it is a GraphQL request',
    async (name) => {
      const { url } = await start();
      const statuses: Record<string, number> = {};
      for (const [what, path, init] of simple)
        statuses[what] = (
          await fetch(url + path, {
            ...init,
            headers: { ...(init.headers as Record<string, string>), [name]: '1' },
          })
        ).status;
      expect(statuses).toEqual({
        GET: 200,
        'a GET for an event stream': 200,
        'a form': 200,
        'a form with files': 415,
        'a form with files, by the specification of uploads': 415,
        'plain text': 415,
        'plain text that says it is JSON': 415,
        'plain text, shouted': 415,
        'no media type': 415,
      });
    },
  );

  /** Requests that would be executed, if it were not for that. */
  const executable = simple.filter(([what]) =>
    ['GET', 'a GET for an event stream', 'a form'].includes(what),
  );

  it.each<[string, Readonly<Record<string, string>>]>([
    ["a token in an upstream's own header", { 'x-auth-token': 'example-token' }],
    ["a token in another upstream's", { 'X-OrderCloud-Authorization': 'Bearer example-token' }],
    ['whatever is in such a header', { 'x-ordercloud-authorization': 'Basic x' }],
    ['an API key', { 'x-api-key': 'oidcgw_x' }],
    ['a bearer token', { authorization: 'Bearer example-token' }],
    ['a bearer token, shouted', { authorization: 'BEARER example-token' }],
    ['a bearer token and cookies', { authorization: 'Bearer example-token', cookie: 'a=b' }],
  ])(
    'needs no further header if it has one that browsers do not add on their own: %s',
    async (_what, headers) => {
      const { url } = await start();
      for (const [, path, init] of executable) {
        const response = await fetch(url + path, {
          ...init,
          headers: { ...(init.headers as Record<string, string>), ...headers },
        });
        expect([response.status, await response.text()]).toEqual([
          200,
          expect.stringContaining('{"data":{"__typename":"Query"}}'),
        ]);
      }
    },
  );

  it.each<[string, Readonly<Record<string, string>>]>([
    ['Basic', { authorization: 'Basic eDp5' }],
    ['Negotiate', { authorization: 'Negotiate YII' }],
    ['NTLM', { authorization: 'NTLM TlRM' }],
    ['Digest', { authorization: 'Digest username="Bearer x"' }],
    ['a bearer without a token', { authorization: 'Bearer' }],
    ['a bearer without a token, with a space', { authorization: 'Bearer ' }],
    ['a scheme that begins like it', { authorization: 'Bearerx token' }],
    ['a bearer in the middle', { authorization: 'Basic Bearer token' }],
    ['cookies', { cookie: 'x-auth-token=example-token; authorization=Bearer x' }],
    [
      'empty headers',
      { 'x-auth-token': '', 'x-ordercloud-authorization': '', 'x-api-key': '', authorization: '' },
    ],
    [
      'headers that browsers send',
      {
        'accept-language': 'en',
        'content-language': 'en',
        origin: ORIGIN,
        referer: ORIGIN,
        'sec-fetch-site': 'same-origin',
      },
    ],
    [
      'other headers',
      { 'x-requested-with': 'XMLHttpRequest', 'x-token': 'x', 'x-subject-token': 'x' },
    ],
  ])('is one with %s', async (_what, headers) => {
    const { url, upstream } = await start();
    for (const [, path, init] of executable) {
      const response = await exchange(url, {
        method: init.method ?? 'GET',
        path,
        headers: {
          ...(init.headers as Record<string, string>),
          ...(init.method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
        },
        ...(init.body instanceof URLSearchParams && { body: init.body.toString() }),
      });
      expect([response.status, response.body]).toEqual([
        403,
        expect.stringContaining(
          'or a token (Authorization: Bearer …, X-Ordercloud-Authorization, X-Auth-Token, X-Api-Key): a page of any origin could have sent this request (CSRF). Nothing was executed.',
        ),
      ]);
    }
    expect(upstream.seen).toEqual([]);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON'])(
    'is none with %s, which needs no header',
    async (type) => {
      const { url } = await start();
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': type },
        body: BODY,
      });
      expect([response.status, await response.json()]).toEqual([
        200,
        { data: { __typename: 'Query' } },
      ]);
    },
  );
});

describe('pages of other origins', () => {
  const QUESTION = {
    method: 'OPTIONS',
    headers: {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-auth-token,authorization',
    },
  };
  const ask = (url: string, origin: string | undefined, { headers, ...init }: RequestInit) =>
    fetch(url, {
      ...init,
      headers: { ...(headers as Record<string, string>), ...(origin !== undefined && { origin }) },
    });
  const corsOf = ({ headers }: Response) =>
    Object.fromEntries(
      [...headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-')),
    );
  const CALL = { method: 'POST', headers: { 'content-type': 'application/json' }, body: BODY };

  it('get to read nothing by default', async () => {
    const { url } = await start();
    for (const init of [CALL, QUESTION]) expect(corsOf(await ask(url, ORIGIN, init))).toEqual({});
  });

  it('on the list may send the requested headers, and read the response', async () => {
    const { url } = await start({ CORS_ORIGINS: `https://other.example.com, ${ORIGIN}` });
    const question = await ask(url, ORIGIN, QUESTION);
    expect([question.status, corsOf(question)]).toEqual([
      204,
      {
        'access-control-allow-headers': 'content-type,x-auth-token,authorization',
        'access-control-allow-methods': 'GET,POST',
        'access-control-allow-origin': ORIGIN,
        'access-control-expose-headers': 'X-Request-Id',
        'access-control-max-age': '600',
        vary: 'Origin, Access-Control-Request-Headers',
      },
    ]);
    const response = await ask(url, ORIGIN, CALL);
    expect([response.status, corsOf(response)]).toEqual([
      200,
      {
        'access-control-allow-origin': ORIGIN,
        'access-control-expose-headers': 'X-Request-Id',
        vary: 'Origin',
      },
    ]);
  });

  it.each([
    'https://elsewhere.example.com',
    'http://admin.example.com',
    'https://admin.example.com:8443',
    'https://admin.example.com.evil.example',
    'https://evil.example/https://admin.example.com',
    'null',
    undefined,
  ])(
    'of %s get no permission, and caches learn that this depends on the origin',
    async (origin) => {
      const { url } = await start({ CORS_ORIGINS: ORIGIN });
      for (const init of [CALL, QUESTION]) {
        const { 'access-control-allow-origin': allowed, vary } = corsOf(
          await ask(url, origin, init),
        );
        expect(allowed).toBeUndefined();
        // Without an origin, it is not a preflight request.
        if (init === CALL || origin !== undefined) expect(vary).toMatch(/^Origin\b/);
      }
    },
  );

  it('may read refusals too, and so can report them', async () => {
    const { url } = await start({ CORS_ORIGINS: ORIGIN, LIMIT_BODY_BYTES: '1024' });
    const response = await ask(url, ORIGIN, { ...CALL, body: BODY.padEnd(2_000) });
    expect([response.status, corsOf(response)['access-control-allow-origin']]).toEqual([
      413,
      ORIGIN,
    ]);
  });

  it('are never allowed to send credentials of the browser', async () => {
    const { url } = await start({ CORS_ORIGINS: ORIGIN });
    for (const init of [CALL, QUESTION])
      expect((await ask(url, ORIGIN, init)).headers.has('access-control-allow-credentials')).toBe(
        false,
      );
  });
});

describe('instructions to a browser in responses', () => {
  const EXPECTED = {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
  const told = ({ headers }: Response) =>
    Object.fromEntries(Object.keys(EXPECTED).map((name) => [name, headers.get(name)]));

  it.each<[string, string, number, RequestInit, Readonly<Record<string, string>>]>([
    [
      'an answer',
      '/graphql',
      200,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: BODY },
      {},
    ],
    [
      'an event stream',
      '/graphql',
      200,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        body: BODY,
      },
      {},
    ],
    [
      'a document that is refused',
      '/graphql',
      400,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/graphql-response+json',
        },
        body: '{"query":"{ nothing }"}',
      },
      {},
    ],
    [
      'a body that is refused',
      '/graphql',
      413,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: BODY.padEnd(2_000) },
      { LIMIT_BODY_BYTES: '1024' },
    ],
    [
      'a media type that is refused',
      '/graphql',
      415,
      { method: 'POST', headers: { 'content-type': 'application/xml' }, body: '<a/>' },
      {},
    ],
    [
      'an Accept that is refused',
      '/graphql',
      406,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'image/png' },
        body: BODY,
      },
      {},
    ],
    [
      'a method that is refused',
      '/graphql',
      405,
      { method: 'DELETE', headers: { 'content-type': 'application/json' } },
      {},
    ],
    ['a request without the CSRF header', `/graphql${SEARCH}`, 403, {}, {}],
    [
      'a question of a browser',
      '/graphql',
      204,
      { method: 'OPTIONS', headers: { origin: ORIGIN, 'access-control-request-method': 'POST' } },
      { CORS_ORIGINS: ORIGIN },
    ],
    ['a path that is none', '/elsewhere', 404, {}, {}],
    ['/livez', '/livez', 200, {}, {}],
    ['/readyz', '/readyz', 200, {}, {}],
  ])('is the same for %s', async (_what, path, status, init, environment) => {
    const { url } = await start(environment);
    const response = await fetch(new URL(path, url), init);
    expect([response.status, told(response)]).toEqual([status, EXPECTED]);
  });

  it("is, for GraphiQL's page, to run the scripts of this gateway and nothing else", async () => {
    const { url } = await start({ GRAPHIQL: 'true' });
    const response = await fetch(url, { headers: { accept: 'text/html' } });
    const html = await response.text();
    const { 'content-security-policy': policy, ...others } = told(response);
    const { 'content-security-policy': _api, ...expected } = EXPECTED;
    expect([response.status, others]).toEqual([200, expected]);
    expect((policy ?? '').split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      'font-src data:',
      'worker-src blob: data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);

    // What it loads is what it was made with, and what is in the page itself is data.
    const elements = [...html.matchAll(/<(script|link)\b([^>]*)>/gi)].map(
      ([, name = '', attributes = '']) => {
        const { src, href, integrity, type } = Object.fromEntries(
          [...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
        ) as Record<string, string | undefined>;
        return { name, type, integrity, file: src ?? href };
      },
    );
    const loaded = elements.filter(({ file }) => file !== undefined && !file.startsWith('data:'));
    expect(loaded.map(({ name }) => name)).toEqual(['link', 'script', 'script']);
    for (const { file = '', integrity } of loaded) {
      const content = await fetch(new URL(file, url));
      expect(integrity).toBe(
        `sha256-${createHash('sha256')
          .update(Buffer.from(await content.arrayBuffer()))
          .digest('base64')}`,
      );
      expect(told(content)).toEqual({
        ...EXPECTED,
        'cache-control': 'public, max-age=31536000, immutable',
      });
    }
    expect(elements.filter(({ file }) => file === undefined)).toEqual([
      expect.objectContaining({ name: 'script', type: 'application/json' }),
    ]);
  });

  it.each([{}, { GRAPHIQL: 'true' }])(
    'is, for the page at / with %j, to run nothing',
    async (environment) => {
      const { url } = await start(environment);
      const response = await fetch(new URL('/', url), { headers: { accept: 'text/html' } });
      expect([response.status, told(response)]).toEqual([
        200,
        {
          ...EXPECTED,
          'content-security-policy':
            "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        },
      ]);
      expect(await response.text()).not.toMatch(/<(script|style)/i);
    },
  );
});
