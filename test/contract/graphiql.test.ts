import { request as ask } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { createGateway } from '../../src/server/gateway.ts';
import { createLog } from '../../src/server/log/log.ts';
import { serve } from '../../src/server/http/serve.ts';
import type { Serving } from '../../src/server/http/serve.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* GraphiQL's page, the files that it loads, and what is at `/`, as they come over HTTP. */

interface Reply {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Like `fetch`, but without its decoding and its added headers. */
function get(
  url: string | URL,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    ask(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks),
        });
      });
    })
      .on('error', reject)
      .end();
  });
}

const HTML = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const filesOf = (page: Reply, url: string) =>
  [...page.body.toString().matchAll(/(?:src|href)="(graphql\/[^"]+)"/g)].map(
    ([, file = '']) => new URL(file, url).href,
  );
const settingsOf = (page: Reply) =>
  JSON.parse(
    /<script type="application\/json" id="settings">(.*?)<\/script>/s.exec(
      page.body.toString(),
    )?.[1] ?? '',
  ) as {
    readonly examples: readonly { readonly query: string; readonly variables: string }[];
    readonly defaultHeaders: string;
  };
const namesIn = (page: Reply) =>
  settingsOf(page).examples.map(({ query }) => /^(?:query|mutation) (\w+)/m.exec(query)?.[1]);

let gateway: ScriptedGateway;
let page: Reply;
let files: string[];
let script = '';
beforeAll(async () => {
  gateway = await startScriptedGateway({ GRAPHIQL: 'true' });
  page = await get(gateway.url, HTML);
  files = filesOf(page, gateway.url);
  script = files.find((file) => file.endsWith('.js')) ?? '';
}, 30_000);
afterAll(async () => {
  await gateway.stop();
});

describe('the page', () => {
  it('is small, is not cached, and varies by the headers that it depends on', () => {
    expect([
      page.status,
      page.headers['content-type'],
      page.headers['cache-control'],
      page.headers['vary'],
    ]).toEqual([200, 'text/html; charset=utf-8', 'no-store', 'Accept, Accept-Encoding']);
    expect(page.body.length).toBeLessThan(60_000);
    expect(page.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    expect(page.headers['etag']).toBeUndefined();
  });

  it('loads only what is beside it, by names that change with the content', () => {
    expect(files).toHaveLength(3);
    for (const file of files)
      expect(file).toMatch(new RegExp(`^${gateway.url}/assets/[0-9a-f]{64}\\.(?:js|css)$`));
  });

  it('offers what reads and what is a dry run, if the upstreams are real', () => {
    expect(namesIn(page)).toEqual([
      'OpenIdConnects',
      'OpenIdConnect',
      'PlanOidcConfig',
      'OidcConfig',
      'EvaluateHuaweiMapping',
      'OidcIssuer',
      'OidcConfigKeys',
      'SyncOidcConfigKeys',
      'OidcWatches',
      'IdentityProvidersWithParts',
    ]);
    for (const { query, variables } of settingsOf(page).examples)
      expect(
        /^mutation/m.test(query) ? JSON.parse(variables) : { input: { dryRun: true } },
      ).toMatchObject({ input: { dryRun: true } });
    expect(settingsOf(page).examples[0]?.query).toContain('These tabs change nothing');
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['text/html', { accept: 'text/html' }],
    ['TEXT/HTML', { accept: 'TEXT/HTML' }],
    ['text/html of little weight', { accept: 'application/json, text/html;q=0.001' }],
    ['text/html with a query', { accept: 'text/html', 'apollo-require-preflight': '1' }],
  ])('is returned for Accept: %s', async (_what, headers) => {
    for (const path of ['', '?query=%7B__typename%7D']) {
      const { status, body } = await get(gateway.url + path, headers);
      expect([status, body.toString().startsWith('<!doctype html>')]).toEqual([200, true]);
    }
    expect(gateway.logs.filter(({ msg }) => msg === 'operation')).toEqual([]);
  });

  it.each([
    'application/json',
    'application/json, text/html;q=0',
    'text/html; q=0.000, application/json',
    'application/json;x="text/html"',
    'application/json;x=",text/html,"',
    '*/*',
  ])('is not returned for Accept: %s, which gets the response of the API', async (accept) => {
    const { status, headers, body } = await get(`${gateway.url}?query=%7B__typename%7D`, {
      accept,
      'apollo-require-preflight': '1',
    });
    expect([status, headers['content-type']?.split(';')[0], body.toString()]).toEqual([
      200,
      expect.stringMatching(/json$/),
      '{"data":{"__typename":"Query"}}',
    ]);
  });

  it('is not returned if Accept refuses it: only text/html, with weight 0', async () => {
    const { status, body } = await get(`${gateway.url}?query=%7B__typename%7D`, {
      accept: 'text/html;q=0',
      'apollo-require-preflight': '1',
    });
    expect([status, body.toString().includes('<html')]).toEqual([406, false]);
  });

  it('is not returned for a POST', async () => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { accept: 'text/html, application/json', 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect([response.status, await response.text()]).toEqual([
      200,
      '{"data":{"__typename":"Query"}}',
    ]);
  });

  it('says to proxies that it depends on the origin too, if other origins may call', async () => {
    const open = await startScriptedGateway({
      GRAPHIQL: 'true',
      CORS_ORIGINS: 'https://admin.example.com',
    });
    const { headers } = await get(open.url, HTML);
    await open.stop();
    expect(headers['vary']).toBe('Origin, Accept, Accept-Encoding');
  });
});

describe('the page and its files', () => {
  const all = (): readonly (readonly [string, Readonly<Record<string, string>>])[] => [
    [gateway.url, HTML],
    ...files.map((file) => [file, {}] as const),
  ];

  it.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, deflate', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 'gzip'],
    ['br;q=0, gzip;q=0', undefined],
    ['*', 'br'],
    ['*;q=0.5, br;q=0', 'gzip'],
    ['identity, gzip;q=0.5', undefined],
    ['identity;q=0, *;q=0.1', 'br'],
    ['zstd', undefined],
    ['', undefined],
    [undefined, undefined],
  ])(
    'come for Accept-Encoding: %s in the coding %s, with the same content',
    async (accepted, coding) => {
      for (const [url, headers] of all()) {
        const plain = await get(url, headers);
        const coded = await get(url, {
          ...headers,
          ...(accepted !== undefined && { 'accept-encoding': accepted }),
        });
        expect([
          coded.status,
          coded.headers['content-encoding'],
          coded.headers['content-length'],
        ]).toEqual([200, coding, String(coded.body.length)]);
        expect(coded.headers['vary']).toContain('Accept-Encoding');
        const content =
          coding === 'br'
            ? brotliDecompressSync(coded.body)
            : coding === 'gzip'
              ? gunzipSync(coded.body)
              : coded.body;
        expect(content.equals(plain.body)).toBe(true);
      }
    },
    30_000,
  );

  it('have for HEAD the headers that they have for GET, and no body', async () => {
    for (const [url, headers] of all()) {
      for (const coding of ['br', 'identity']) {
        const [got, head] = await Promise.all([
          get(url, { ...headers, 'accept-encoding': coding }),
          get(url, { ...headers, 'accept-encoding': coding }, 'HEAD'),
        ]);
        const told = ({ 'x-request-id': _id, date: _date, ...others }: IncomingHttpHeaders) =>
          others;
        expect([head.status, head.body.length, told(head.headers)]).toEqual([
          200,
          0,
          told(got.headers),
        ]);
      }
    }
  });
});

describe('a file of the page', () => {
  it('may be kept by everybody for good, and is not sent to who has it', async () => {
    for (const file of files) {
      const { headers, body } = await get(file);
      expect([headers['cache-control'], headers['content-type'], body.length > 0]).toEqual([
        'public, max-age=31536000, immutable',
        file.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
        true,
      ]);
      const etag = headers['etag'] ?? '';
      expect(etag).toMatch(/^W\/"[0-9a-f]{64}"$/);
      for (const known of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
        for (const method of ['GET', 'HEAD']) {
          const again = await get(
            file,
            { 'if-none-match': known, 'accept-encoding': 'br' },
            method,
          );
          expect([
            again.status,
            again.body.length,
            again.headers['etag'],
            again.headers['cache-control'],
            again.headers['vary'],
          ]).toEqual([304, 0, etag, headers['cache-control'], 'Accept-Encoding']);
        }
      }
      expect((await get(file, { 'if-none-match': '"other"' })).status).toBe(200);
    }
  });

  it('is the same for all who ask first at the same time, on a gateway that has just started', async () => {
    const fresh = await startScriptedGateway({ GRAPHIQL: 'true' });
    const path = new URL(script).pathname;
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => get(new URL(path, fresh.url), { 'accept-encoding': 'gzip' })),
    );
    await fresh.stop();
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
    for (const { body } of replies)
      expect(body.equals(replies[0]?.body ?? Buffer.alloc(0))).toBe(true);
  }, 30_000);

  it.each([
    '/graphql/assets/',
    '/graphql/assets/0.js',
    '/graphql/assets',
    '/graphql/assets/../../package.json',
    '/graphql/assets/__proto__',
  ])('is not what is at %s', async (path) => {
    // As it is written: URL parsers take dots away.
    const reply = await new Promise<number | undefined>((resolve, reject) => {
      ask(
        { host: '127.0.0.1', port: new URL(gateway.url).port, path, agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on('error', reject)
        .end();
    });
    expect(reply).toBe(404);
  });

  it('is there for GET and HEAD alone, and only if GraphiQL is on', async () => {
    const posted = await get(script, {}, 'POST');
    expect([posted.status, posted.body.toString()]).toEqual([
      404,
      'Not here: the API is at /graphql.\n',
    ]);
    const off = await startScriptedGateway();
    const reply = await get(new URL(new URL(script).pathname, off.url));
    await off.stop();
    expect([reply.status, reply.headers['cache-control']]).toEqual([404, 'no-store']);
  });
});

describe('GraphiQL for very many', () => {
  it('is refused in few bytes beyond some hundreds a minute, while the API goes on', async () => {
    const fresh = await startScriptedGateway({ GRAPHIQL: 'true' });
    const statuses: number[] = [];
    let refused = '';
    for (let times = 0; times < 700; times += 1) {
      const { status, body } = await get(fresh.url, HTML, 'HEAD');
      statuses.push(status ?? 0);
      if (status === 429) refused = body.toString();
    }
    expect([new Set(statuses), statuses.indexOf(429) >= 600, refused.length < 300]).toEqual([
      new Set([200, 429]),
      true,
      true,
    ]);
    const api = await fetch(fresh.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
    });
    expect(await api.json()).toEqual({ data: { __typename: 'Query' } });
    await fresh.stop();
  });
});

describe('/', () => {
  const root = (url: string) => new URL('/', url);

  it('says in production what runs here, without a version, and leads to GraphiQL if that is on', async () => {
    const off = await startScriptedGateway();
    for (const { url, graphiql } of [
      { url: gateway.url, graphiql: true },
      { url: off.url, graphiql: false },
    ]) {
      const text = await get(root(url));
      expect([
        text.status,
        text.headers['content-type'],
        text.headers['vary'],
        text.headers['cache-control'],
      ]).toEqual([200, 'text/plain; charset=utf-8', 'Accept', 'no-store']);
      expect(text.body.toString()).toBe(
        `OpenID Connect configuration gateway\n\nThe API is at /graphql: send GraphQL requests with POST.\n${graphiql ? 'GraphiQL: open /graphql in a browser.\n' : ''}Health: /livez and /readyz.\n`,
      );
      const html = await get(root(url), HTML);
      expect([html.status, html.headers['content-type']]).toEqual([
        200,
        'text/html; charset=utf-8',
      ]);
      expect(html.body.toString()).toContain('The API is at /graphql');
      expect(html.body.toString().includes('<a href="graphql">')).toBe(graphiql);
      for (const { body } of [text, html]) expect(body.toString()).not.toMatch(/\d\.\d+\.\d/);
    }
    await off.stop();
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a browser', HTML],
    ['others', {}],
  ])('has for HEAD the headers of GET: %s', async (_who, headers) => {
    const [got, head] = await Promise.all([
      get(root(gateway.url), headers),
      get(root(gateway.url), headers, 'HEAD'),
    ]);
    expect([
      head.status,
      head.body.length,
      head.headers['content-length'],
      head.headers['content-type'],
    ]).toEqual([got.status, 0, String(got.body.length), got.headers['content-type']]);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('is not there for %s', async (method) => {
    const { status, body } = await get(root(gateway.url), HTML, method);
    expect([status, body.toString()]).toEqual([404, 'Not here: the API is at /graphql.\n']);
  });

  it('needs no credentials and takes any query', async () => {
    expect((await get(new URL('/?utm=1', gateway.url), HTML)).status).toBe(200);
  });
});

describe('in development', () => {
  const HEADERS = { 'X-OrderCloud-Authorization': 'Bearer example-token' };
  const start = async (environment: Readonly<Record<string, string>>): Promise<Serving> => {
    const config = readConfig(
      'development',
      upstreams,
      { HOST: '127.0.0.1', PORT: '0', ...environment },
      { ORDERCLOUD_API_URL: 'http://127.0.0.1:9/v1' },
    );
    return serve(
      createGateway(config, {
        upstreams,
        log: createLog('silent', { write: () => undefined }),
        exampleHeaders: HEADERS,
      }),
      config,
    );
  };

  it('a browser is redirected from / to GraphiQL, and other clients get a list of the paths', async () => {
    const serving = await start({});
    for (const method of ['GET', 'HEAD']) {
      const sent = await get(`${serving.url}/`, HTML, method);
      expect([sent.status, sent.headers['location'], sent.headers['cache-control']]).toEqual([
        302,
        '/graphql',
        'no-store',
      ]);
    }
    const text = await get(`${serving.url}/`);
    expect([text.status, text.body.toString()]).toEqual([
      200,
      expect.stringContaining('open /graphql in a browser'),
    ]);
    await serving.stop();
  });

  it('no redirect is sent if GraphiQL is off', async () => {
    const serving = await start({ GRAPHIQL: 'false' });
    expect((await get(`${serving.url}/`, HTML)).status).toBe(200);
    await serving.stop();
  });

  it('every example is present, with the headers of the emulators, which no cache may keep', async () => {
    const serving = await start({});
    const shown = await get(`${serving.url}/graphql`, HTML);
    expect(namesIn(shown)).toHaveLength(23);
    expect(namesIn(shown)).toEqual(
      expect.arrayContaining([
        'CreateOpenIdConnect',
        'DeleteOpenIdConnect',
        'PlanOidcConfig',
        'Conflict',
      ]),
    );
    expect(JSON.parse(settingsOf(shown).defaultHeaders)).toEqual(HEADERS);
    expect(shown.headers['cache-control']).toBe('no-store');
    // What everybody may keep has none of it.
    for (const file of filesOf(shown, `${serving.url}/graphql`))
      expect((await get(file)).body.includes('example-token')).toBe(false);
    await serving.stop();
  });
});
