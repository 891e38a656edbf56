import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { limitsEnvironment } from '../../src/config/limit-settings.ts';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import { permissiveUpstream, STORED } from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* What one request and one caller may ask for, over HTTP: each limit at its default, lowered and raised. */

const READ = 'openIdConnect(id: "google") { __typename }';
const repeated = (times: number, field: (index: number) => string) =>
  Array.from({ length: times }, (_, index) => field(index)).join(' ');
const COST_OF_READ = 151;

/** By variable: a document that has so much of what it limits, its default, and another setting. */
const DOCUMENT_LIMITS: Readonly<
  Record<
    string,
    {
      readonly fallback: number;
      readonly lower: number;
      readonly higher: number;
      readonly asking: (much: number) => string;
    }
  >
> = {
  LIMIT_DEPTH: {
    fallback: 10,
    lower: 1,
    higher: 30,
    asking: (much) => `{ ${'a { '.repeat(much - 1)}a${' }'.repeat(much - 1)} }`,
  },
  LIMIT_ALIASES: {
    fallback: 20,
    lower: 0,
    higher: 200,
    asking: (much) => `{ __typename ${repeated(much, (index) => `a${index}: __typename`)} }`,
  },
  LIMIT_TOKENS: {
    fallback: 1_000,
    lower: 3,
    higher: 5_000,
    asking: (much) => `{ ${repeated(much - 2, () => '__typename')} }`,
  },
  LIMIT_DIRECTIVES: {
    fallback: 50,
    lower: 0,
    higher: 100,
    asking: (much) => `{ __typename ${repeated(much, () => '__typename @include(if: true)')} }`,
  },
  LIMIT_COST: {
    fallback: 5_000,
    lower: 160,
    higher: 5_300,
    asking: (much) =>
      `{ ${repeated(Math.floor(much / COST_OF_READ), () => READ)} ${repeated(much % COST_OF_READ, () => '__typename')} }`,
  },
  LIMIT_REPEATED_WRITES: {
    fallback: 5,
    lower: 1,
    higher: 10,
    asking: (much) =>
      `mutation ($input: CreateOpenIdConnectInput!) { ${repeated(much, (index) => `a${index}: createOpenIdConnect(input: $input) { __typename }`)} }`,
  },
};

async function start(environment: Readonly<Record<string, string>> = {}): Promise<ScriptedGateway> {
  const gateway = await startScriptedGateway(environment);
  onTestFinished(async () => {
    await gateway.stop();
  });
  gateway.upstream.respondWith(permissiveUpstream);
  return gateway;
}

it('every variable of a limit is tested here, with the load, or with issuers', () => {
  const load = ['LIMIT_IN_FLIGHT', 'LIMIT_HEADERS_MS', 'LIMIT_REQUEST_MS'];
  const issuers = ['LIMIT_ISSUER_FETCHES_PER_MINUTE'];
  expect(
    [
      ...Object.keys(DOCUMENT_LIMITS),
      'LIMIT_BODY_BYTES',
      'LIMIT_VALUES',
      'LIMIT_OPERATIONS_PER_MINUTE',
      ...load,
      ...issuers,
    ].sort(),
  ).toEqual(Object.keys(limitsEnvironment.shape).sort());
});

describe.each(Object.entries(DOCUMENT_LIMITS))(
  '%s',
  (variable, { fallback, lower, higher, asking }) => {
    it.each<[string, number, Readonly<Record<string, string>>]>([
      ['by default', fallback, {}],
      ['lowered', lower, { [variable]: String(lower) }],
      ['raised', higher, { [variable]: String(higher) }],
    ])(
      '%s lets as much through as it says, and of more nothing reaches an upstream',
      async (_what, most, environment) => {
        const gateway = await start(environment);
        const ask = async (much: number) => {
          gateway.upstream.seen.length = 0;
          const { errors, data } = await gateway.post(
            asking(much),
            { input: STORED.openIdConnect },
            { ...HEADERS },
          );
          return {
            data,
            refused: errors?.find(({ extensions }) => extensions?.['code'] === 'LIMIT_EXCEEDED')
              ?.message,
          };
        };
        const within = await ask(most);
        expect(within.refused).toBeUndefined();
        // What is as deep, or as long, is no document that is executed: only the limit has nothing against it.
        if (!['LIMIT_DEPTH', 'LIMIT_TOKENS'].includes(variable))
          expect(within.data).not.toBeUndefined();
        if (variable === 'LIMIT_REPEATED_WRITES') expect(gateway.upstream.seen).toHaveLength(most);

        const beyond = await ask(most + 1);
        expect(beyond).toEqual({
          data: undefined,
          refused: expect.stringContaining(
            `ask the operator of the gateway to raise ${variable}.`,
          ) as unknown,
        });
        expect(gateway.upstream.seen).toEqual([]);
      },
    );
  },
);

describe('LIMIT_VALUES', () => {
  it.each<[string, number, Readonly<Record<string, string>>]>([
    ['by default', 10_000, {}],
    ['lowered', 100, { LIMIT_VALUES: '100' }],
    ['raised', 20_000, { LIMIT_VALUES: '20000' }],
  ])(
    '%s lets as many through as it says, however they are sent and nested',
    async (_what, most, environment) => {
      const { url } = await start(environment);
      // Beside its items, the list is a value, and so is what holds the variables.
      const variables = (much: number) =>
        JSON.stringify({ v: Array.from({ length: much - 2 }, () => 1) });
      const nested = (much: number) =>
        `{"v":${'[{"a":'.repeat((much - 2) / 2)}1${'}]'.repeat((much - 2) / 2)}}`;
      const query = '{ __typename }';
      const codesOf = async (sent: string, type: string) => {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': type, 'apollo-require-preflight': '1' },
          body: sent,
        });
        const { data, errors } = (await response.json()) as {
          readonly data?: unknown;
          readonly errors?: readonly { readonly message: string }[];
        };
        return { status: response.status, data, message: errors?.[0]?.message };
      };
      const refused = {
        status: 400,
        data: undefined,
        message: `The variables contain more than ${most} values. Send fewer, or ask the operator of the gateway to raise LIMIT_VALUES.`,
      };
      const taken = { status: 200, data: { __typename: 'Query' }, message: undefined };
      const json = (text: string) =>
        codesOf(`{"query":"${query}","variables":${text}}`, 'application/json');
      const form = (text: string) =>
        codesOf(
          new URLSearchParams({ query, variables: text }).toString(),
          'application/x-www-form-urlencoded',
        );
      expect(await json(variables(most))).toEqual(taken);
      expect(await form(variables(most))).toEqual(taken);
      expect(await json(variables(most + 1))).toEqual(refused);
      expect(await form(variables(most + 1))).toEqual(refused);
      if (most > 100) return;
      expect(await json(nested(most))).toEqual(taken);
      expect(await json(nested(most + 2))).toEqual(refused);
    },
  );
});

describe('LIMIT_BODY_BYTES', () => {
  it.each([
    ['by default', 262_144, {}],
    ['lowered', 1_024, { LIMIT_BODY_BYTES: '1024' }],
    ['raised', 300_000, { LIMIT_BODY_BYTES: '300000' }],
  ])('%s lets so many bytes through, and not one more', async (_what, most, environment) => {
    const { url } = await start(environment);
    const send = async (bytes: number) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ __typename }"}'.padEnd(bytes),
      });
      return [response.status, await response.json()] as const;
    };
    expect(await send(most)).toEqual([200, { data: { __typename: 'Query' } }]);
    expect(await send(most + 1)).toEqual([
      413,
      {
        errors: [
          {
            message: `Request body too large: at most ${most} bytes are read. Send less, or ask the operator of the gateway to raise LIMIT_BODY_BYTES.`,
            extensions: {
              code: 'REQUEST_ENTITY_TOO_LARGE',
              requestId: expect.any(String) as string,
            },
          },
        ],
      },
    ]);
  });
});

describe('LIMIT_OPERATIONS_PER_MINUTE', () => {
  const RATE_LIMITED = '... on OidcRateLimitedError { code message retryAfterSeconds }';
  const QUERY = `{ a: openIdConnect(id: "google") { __typename ${RATE_LIMITED} } b: oidcConfig(idpId: "ACME") { __typename ${RATE_LIMITED} } }`;
  const MUTATION = `mutation { a: deleteOpenIdConnect(input: { id: "google" }) { __typename ${RATE_LIMITED} } }`;
  const ENTITIES =
    '{ _entities(representations: [{ __typename: "OpenIdConnect", id: "google" }, { __typename: "OidcConfig", idpId: "ACME" }]) { __typename } }';
  const LIMIT = { LIMIT_OPERATIONS_PER_MINUTE: '2' };
  /** Half a minute, less what has passed. */
  const soon = expect.toSatisfy(
    (seconds: number) => Number.isInteger(seconds) && seconds >= 1 && seconds <= 30,
  ) as unknown;
  const limited = {
    __typename: 'OidcRateLimitedError',
    code: 'RATE_LIMITED',
    message: expect.stringMatching(
      /^Too many operations from this caller within a minute\. Nothing was sent\. Send it again in \d+ s, or /,
    ) as unknown,
    retryAfterSeconds: soon,
  };

  it('gives an operation too many the error as data, in every field, and sends nothing', async () => {
    const { post, upstream } = await start(LIMIT);
    for (const document of [QUERY, MUTATION])
      expect(JSON.stringify((await post(document, {}, { ...HEADERS })).data)).not.toContain(
        'OidcRateLimitedError',
      );
    upstream.seen.length = 0;
    expect(await post(QUERY, {}, { ...HEADERS })).toMatchObject({
      status: 200,
      data: { a: limited, b: limited },
      errors: undefined,
    });
    const { status, data, headers } = await post(MUTATION, {}, { ...HEADERS });
    expect([status, data, headers.has('retry-after')]).toEqual([200, { a: limited }, false]);
    const entities = await post(ENTITIES, {}, { ...HEADERS });
    expect(entities.data).toBeNull();
    expect(entities.errors?.map(({ extensions }) => extensions)).toEqual([
      { code: 'RATE_LIMITED', requestId: expect.any(String) as string },
    ]);
    expect(upstream.seen).toEqual([]);
  });

  it('counts what is refused, and then reads nothing more of a caller', async () => {
    const { post, url } = await start(LIMIT);
    const other = () =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'text/xml', ...HEADERS },
        body: '<a/>',
      });
    for (let times = 0; times < 200; times += 1)
      expect(
        (await post('{ nothing }', {}, { ...HEADERS })).errors?.[0]?.extensions?.['code'],
      ).toBe('GRAPHQL_VALIDATION_FAILED');
    for (let times = 0; times < 200; times += 1)
      expect((await post('{', {}, { ...HEADERS })).errors?.[0]?.extensions?.['code']).toBe(
        'GRAPHQL_PARSE_FAILED',
      );
    // On a slow machine, some of the minute's share comes back meanwhile.
    let refused = 400;
    for (let last = 0; last !== 429; refused += 1) {
      const response = await other();
      last = response.status;
      await response.text();
    }
    expect(refused).toBeGreaterThanOrEqual(600);
    let query = await post(QUERY, {}, { ...HEADERS });
    // Every tenth of a second one request may be refused with a reason again, and until then one more be read.
    for (let tries = 0; query.status !== 429 && tries < 100; tries += 1) {
      for (let last = 0; last !== 429;) {
        const response = await other();
        last = response.status;
        await response.text();
      }
      query = await post(QUERY, {}, { ...HEADERS });
    }
    const { status, errors, headers } = query;
    expect([status, errors?.[0]?.extensions?.['code'], headers.has('retry-after')]).toEqual([
      429,
      'RATE_LIMITED',
      false,
    ]);
    expect(errors?.[0]?.message).toMatch(
      /^Too many requests from this caller were refused within a minute\. Nothing was read\. Send the next one in \d+ s/,
    );
  });

  it('allows 6000 by default: an emergency brake, and no quota', async () => {
    const { post } = await start();
    for (let times = 0; times < 20; times += 1)
      expect((await post('{ __typename }')).data).toEqual({ __typename: 'Query' });
    expect(limitsEnvironment.parse({}).LIMIT_OPERATIONS_PER_MINUTE).toBe(6_000);
  });

  it('counts every token subject and every API key separately', async () => {
    const gateway = await startGuardedGateway('credentials of callers', LIMIT);
    onTestFinished(async () => {
      await gateway.stop();
    });
    const { byToken, byApiKey } = gateway.inbound;
    const isLimited = async (headers: Readonly<Record<string, string>>) =>
      (await gateway.post(QUERY, {}, { ...HEADERS, ...headers })).text.includes(
        'OidcRateLimitedError',
      );
    // Two tokens of one subject are one caller; an API key of the same name is another one.
    expect([
      await isLimited(await byToken(['oidc:read'], 'ci-read')),
      await isLimited(await byToken(['oidc:admin'], 'ci-read')),
    ]).toEqual([false, false]);
    expect(await isLimited(await byToken(['oidc:write'], 'ci-read'))).toBe(true);
    expect([
      await isLimited(await byToken(['oidc:read'], 'other')),
      await isLimited(byApiKey('oidc:read')),
      await isLimited(byApiKey('oidc:read')),
    ]).toEqual([false, false, false]);
    expect([
      await isLimited(byApiKey('oidc:read')),
      await isLimited(byApiKey('oidc:write')),
      await isLimited(await byToken(['oidc:read'], 'other')),
    ]).toEqual([true, false, false]);
  });

  it('counts addresses if the gateway does not authenticate, and trusts no header about them', async () => {
    const { url } = await start(LIMIT);
    const from = (localAddress: string) =>
      new Promise<boolean>((resolve, reject) => {
        const call = request(
          url,
          {
            method: 'POST',
            localAddress,
            headers: {
              'content-type': 'application/json',
              'x-forwarded-for': `192.0.2.${Math.ceil(Math.random() * 200)}`,
              forwarded: 'for=192.0.2.1',
              ...HEADERS,
            },
          },
          (response) => {
            const chunks: Buffer[] = [];
            response
              .on('data', (chunk: Buffer) => chunks.push(chunk))
              .on('end', () => {
                resolve(Buffer.concat(chunks).includes('OidcRateLimitedError'));
              });
          },
        );
        call.on('error', reject).end(JSON.stringify({ query: QUERY }));
      });
    expect([await from('127.0.0.1'), await from('127.0.0.1'), await from('127.0.0.1')]).toEqual([
      false,
      false,
      true,
    ]);
    expect([await from('127.0.0.2'), await from('127.0.0.1')]).toEqual([false, true]);
  });
});
