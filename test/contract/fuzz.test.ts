import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { converse, exchange, heapInUse } from '../setup/fuzz.ts';
import type { HttpResponse, HttpRequest } from '../setup/fuzz.ts';
import { MODES, startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway } from '../setup/guarded-gateway.ts';

/*
 * Unexpected requests. For any input, the gateway returns a documented response, calls an upstream only with valid ids,
 * and serves the next caller. If a property fails, fast-check prints the seed and the smallest request. An unhandled
 * rejection fails the run automatically.
 */

const RUNS = { numRuns: 100 };
/** By how much a round may leave the heap larger than the round before: far less than one request's worth times their number. */
const SLACK_BYTES = 5_000_000;

let gateway: GuardedGateway;
let credentials: Readonly<Record<string, string>>;
beforeAll(async () => {
  gateway = await startGuardedGateway('credentials of callers', {
    LIMIT_OPERATIONS_PER_MINUTE: '1000000',
  });
  credentials = {
    'content-type': 'application/json',
    ...MODES['credentials of callers'].headers,
    ...gateway.inbound.byApiKey('oidc:admin'),
  };
});
afterAll(() => gateway.stop());
afterEach(async () => {
  const { status, body } = await exchange(gateway.url, {
    headers: credentials,
    body: '{"query":"{ openIdConnect(id: \\"google\\") { __typename } }"}',
  });
  expect([status, body]).toEqual([
    200,
    '{"data":{"openIdConnect":{"__typename":"OpenIdConnectSuccess"}}}',
  ]);
  gateway.upstream.seen.length = 0;
  gateway.logs.length = 0;
});

/** Checks any response: never a server error, never text of its code. */
function expectDocumented({ status, headers, body }: HttpResponse): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(body).not.toMatch(/Unexpected error|INTERNAL_SERVER_ERROR|node_modules|\bat .*:\d+:\d+/);
  expect(headers).not.toHaveProperty('retry-after');
}

const send = async (sent: HttpRequest) => {
  const response = await exchange(gateway.url, sent);
  expectDocumented(response);
  return response;
};
const check = <T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => Promise<void>) =>
  fc.assert(fc.asyncProperty(arbitrary, property), RUNS);

/** Text that a header can carry. */
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 200,
});
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
  fc.constantFrom(
    '..',
    '.',
    '%2e%2e',
    '../admin',
    'a/b',
    'a%2Fb',
    'a\\b',
    'a?b',
    'a#b',
    'a;b',
    'a\r\nX: y',
    '\u0000',
    '\ud800',
    '__proto__',
    'constructor',
  ),
);

describe('headers', () => {
  const names = [
    'accept',
    'accept-encoding',
    'accept-language',
    'content-type',
    'content-encoding',
    'cookie',
    'expect-ct',
    'forwarded',
    'if-none-match',
    'origin',
    'range',
    'referer',
    'traceparent',
    'user-agent',
    'x-auth-token',
    'x-forwarded-for',
    'x-graphql-yoga-csrf',
    'x-http-method-override',
    'x-ordercloud-authorization',
    'x-request-id',
  ];

  it('of any value are taken or refused', async () => {
    await check(fc.dictionary(fc.constantFrom(...names), headerText), async (headers) => {
      await send({
        headers: { ...credentials, ...headers },
        body: '{"query":"{ openIdConnect(id: \\"google\\") { __typename } }"}',
      });
    });
  });

  it('let in no caller with made-up credentials', async () => {
    const part = fc.stringMatching(/^[\w-]{0,80}$/);
    const json = fc.json({ maxDepth: 2 }).map((text) => Buffer.from(text).toString('base64url'));
    const bearer = fc.oneof(
      headerText,
      part,
      fc.tuple(fc.oneof(part, json), fc.oneof(part, json), part).map((parts) => parts.join('.')),
    );
    const headers = fc.oneof(
      fc.record({
        authorization: fc
          .tuple(fc.constantFrom('Bearer ', 'bearer  ', 'Bearer\t', 'Basic ', ''), bearer)
          .map((parts) => parts.join('')),
      }),
      fc.record({
        'x-api-key': fc.oneof(
          headerText,
          part.map((text) => `oidcgw_${text.padEnd(43, 'a').slice(0, 43)}`),
        ),
      }),
      fc.record({ authorization: bearer, 'x-api-key': headerText }),
    );
    await check(headers, async (made) => {
      const { status, body } = await send({
        headers: { 'content-type': 'application/json', ...made },
        body: '{"query":"{ openIdConnect(id: \\"google\\") { __typename } }"}',
      });
      expect([status, body]).toEqual([401, expect.stringContaining('"UNAUTHENTICATED"')]);
    });
    expect(gateway.upstream.seen).toEqual([]);
  });
});

describe('ids', () => {
  /** The paths that a caller can reach: one object, by an id that is one. OrderCloud may have stored what others made, which has more characters. */
  const PATHS =
    /^(\/v1\/openidconnects\/(?!\.{1,2}$)([\w.~!*'()-]|%(?!2F|5C|25|2E|[01]|7F)[0-9A-F]{2})+|\/v3\/OS-FEDERATION\/(identity_providers|mappings)\/[\w-]{1,64}(\/protocols\/oidc)?|\/v3\.0\/OS-FEDERATION\/identity-providers\/[\w-]{1,64}\/openid-connect-config)$/;
  const query =
    'query ($id: ID!, $r: [_Any!]!) { a: openIdConnect(id: $id) { __typename } b: oidcConfig(idpId: $id) { __typename } c: huaweiProtocol(idpId: $id) { __typename } d: huaweiMapping(id: $id) { __typename } e: _entities(representations: $r) { __typename } }';
  const mutation =
    'mutation ($id: ID!) { a: deleteOpenIdConnect(input: { id: $id }) { __typename } b: deleteHuaweiProtocol(input: { idpId: $id }) { __typename } c: updateOidcConfig(input: { idpId: $id, clientId: "new" }) { __typename } }';

  it('never lead an upstream call to another place', async () => {
    await check(
      fc.oneof(anyText, fc.stringMatching(/^[\w-]{1,110}$/), fc.integer()),
      async (id) => {
        const r = [
          { __typename: 'OpenIdConnect', id },
          { __typename: 'OidcConfig', idpId: id },
          { __typename: id },
          id,
        ];
        for (const body of [
          { query, variables: { id, r } },
          { query: mutation, variables: { id } },
        ])
          await send({ headers: credentials, body: JSON.stringify(body) });
      },
    );
    expect(gateway.upstream.seen.length).toBeGreaterThan(0);
    for (const { target } of gateway.upstream.seen) expect(target).toMatch(PATHS);
  });
});

describe('documents', () => {
  const field = fc.constantFrom(
    '__typename',
    'openIdConnect',
    'openIdConnects',
    'oidcConfig',
    '_entities',
    '__schema',
    'huaweiMappings',
    'nothing',
    'createOpenIdConnect',
  );
  const { selection } = fc.letrec<{ selection: string }>((tie) => ({
    selection: fc.oneof(
      { maxDepth: 12, depthSize: 'large' },
      field,
      fc
        .tuple(field, fc.array(tie('selection'), { minLength: 1, maxLength: 4 }))
        .map(([name, within]) => `${name} { ${within.join(' ')} }`),
      fc
        .tuple(
          fc.constantFrom('Query', 'Mutation', 'OpenIdConnect', 'OidcError', 'Nothing'),
          tie('selection'),
        )
        .map(([type, within]) => `... on ${type} { ${within} }`),
      fc.constantFrom(
        '...F',
        '...G',
        'a: b: c',
        'a: __typename @skip(if: true)',
        'openIdConnect(id: "a") { __typename }',
        'openIdConnect(id: {a: [$x]}) { __typename }',
      ),
    ),
  }));
  const shaped = fc
    .tuple(
      fc.constantFrom('', 'query ', 'mutation ', 'subscription ', 'query ($x: Int = {}) '),
      fc.array(selection, { minLength: 1, maxLength: 6 }),
    )
    .map(
      ([kind, selections]) =>
        `${kind}{ ${selections.join(' ')} } fragment F on Query { ...G ${selections[0] ?? ''} } fragment G on Query { ...F }`,
    );
  const tokens = fc
    .array(
      fc.constantFrom(
        '{',
        '}',
        '(',
        ')',
        '[',
        ']',
        '"',
        '"""',
        '\\',
        '$',
        '@',
        '!',
        ':',
        '=',
        '|',
        '&',
        '...',
        'on',
        'query',
        'mutation',
        'fragment',
        'a',
        '1',
        '-',
        '1e9',
        'null',
        '#',
        '\n',
        ',',
        '\ufeff',
        '\u0000',
      ),
      { maxLength: 80 },
    )
    .map((parts) => parts.join(' '));
  const monstrous = fc
    .tuple(
      fc.constantFrom(
        '{',
        'a{',
        '[',
        '... {',
        'a:a ',
        '@a ',
        '"',
        'a(a:',
        'a(a:[',
        'query($a:[',
        'fragment F on A{',
      ),
      fc.integer({ min: 1, max: 20_000 }),
    )
    .map(([piece, times]) => `{ ${piece.repeat(times)}`);

  it('of any shape are executed, or refused for what they are', async () => {
    await check(fc.oneof(shaped, tokens, monstrous, anyText), async (query) => {
      const { status, body } = await send({
        headers: credentials,
        body: JSON.stringify({ query }),
      });
      expect([200, 400, 405, 413]).toContain(status);
      expect(
        Object.keys(JSON.parse(body) as object).some(
          (name) => name === 'data' || name === 'errors',
        ),
      ).toBe(true);
    });
  });
});

describe('requests', () => {
  const params = fc.record(
    {
      query: fc.anything(),
      variables: fc.anything(),
      operationName: fc.anything(),
      extensions: fc.anything(),
      documentId: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const bodies = fc.oneof(
    fc.json(),
    params.map((value) => JSON.stringify(value)),
    fc.string({ unit: 'binary' }),
    fc.constant('['.repeat(50_000)),
    fc.constant(
      `{"query":"{ __typename }","variables":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
    ),
  );

  it('of any body and media type get a response', async () => {
    const types = fc.oneof(
      fc.constantFrom(
        'application/json',
        'application/graphql',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=a',
        'multipart/form-data',
        'text/plain',
        '',
      ),
      headerText,
    );
    await check(fc.tuple(types, bodies), async ([type, body]) => {
      await send({
        headers: { ...credentials, 'apollo-require-preflight': '1', 'content-type': type },
        body,
      });
    });
  });

  it('of any method and query string get a response', async () => {
    const methods = fc.constantFrom(
      'GET',
      'HEAD',
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'TRACE',
      'QUERY',
      'PROPFIND',
    );
    const pairs = fc.array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom(
            'query',
            'variables',
            'operationName',
            'extensions',
            'documentId',
            'query[]',
            '__proto__',
          ),
          anyText,
        ),
        fc.oneof(anyText, fc.json(), fc.constant('{ __typename }')),
      ),
      { maxLength: 6 },
    );
    const search = fc.oneof(
      pairs.map((list) => new URLSearchParams(list).toString()),
      fc.stringMatching(/^[!-~]{0,80}$/),
    );
    await check(fc.tuple(methods, search), async ([method, text]) => {
      await send({
        method,
        path: `?${text}`,
        headers: { ...credentials, 'apollo-require-preflight': '1' },
      });
    });
  });
});

describe('connections', () => {
  const whole = () => {
    const body =
      '{"query":"mutation { deleteOpenIdConnect(input: { id: \\"google\\" }) { __typename } }"}';
    return [
      `POST /graphql HTTP/1.1`,
      'Host: x',
      ...Object.entries(credentials).map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n');
  };
  const status = /^HTTP\/1\.1 (\d{3}) /;

  it('with arbitrary bytes are closed, or get an error that the bytes are not a request', async () => {
    await check(
      fc.tuple(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc
            .string({ unit: 'binary' })
            .map((text) => Buffer.from(`POST /graphql HTTP/1.1\r\n${text}\r\n\r\n`)),
        ),
        fc.boolean(),
      ),
      async ([bytes, reset]) => {
        const [, code] = status.exec(await converse(gateway.url, bytes, { reset })) ?? [];
        if (code !== undefined) expect(Number(code)).toBeLessThan(500);
      },
    );
  });

  it('that break off within a request have nothing executed', async () => {
    await check(
      fc.tuple(fc.nat({ max: whole().length - 1 }), fc.boolean()),
      async ([length, reset]) => {
        const [, code] =
          status.exec(
            await converse(gateway.url, Buffer.from(whole().slice(0, length)), { reset }),
          ) ?? [];
        if (code !== undefined) expect(Number(code)).toBeLessThan(500);
      },
    );
    expect(gateway.upstream.seen).toEqual([]);
  });
});

describe('memory', () => {
  it('does not grow from round to round of the same hostile requests', async () => {
    const cut = Buffer.from(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 200\r\n\r\n{"query":"${' '.repeat(100)}`,
    );
    const requests = fc.sample(
      fc.record({
        method: fc.constantFrom('POST', 'GET', 'DELETE'),
        body: fc.oneof(
          fc.json(),
          anyText.map((query) => JSON.stringify({ query })),
          anyText.map((id) =>
            JSON.stringify({
              query: 'query ($id: ID!) { openIdConnect(id: $id) { __typename } }',
              variables: { id },
            }),
          ),
        ),
        key: fc.option(headerText, { nil: null }),
      }),
      { numRuns: 500, seed: 1 },
    );
    const sizes: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (const { method, body, key } of requests)
        await send({
          method,
          body,
          headers: { ...credentials, ...(key !== null && { 'x-api-key': key }) },
        });
      for (let times = 0; times < 100; times += 1)
        await converse(gateway.url, cut.subarray(0, 50 + times), { reset: times % 2 === 0 });
      gateway.logs.length = 0;
      gateway.upstream.seen.length = 0;
      sizes.push(heapInUse());
    }
    const [, second = 0, third = 0] = sizes;
    expect(third - second).toBeLessThan(SLACK_BYTES);
  });
});
