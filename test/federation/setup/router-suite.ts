import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../../src/transport/emulator/emulator.ts';
import { addFault, startBuiltGateway } from '../../setup/built-gateway.ts';
import { GATEWAY_SDL } from './subgraphs.ts';
import { membersOf, wholeOf } from './whole.ts';
import { ENVIRONMENT, send, startWorld } from './world.ts';
import type { GraphQLResponse, StartRouter, World } from './world.ts';

type Variables = Readonly<Record<string, unknown>>;

const CREATE_OPEN_ID_CONNECT = `mutation ($input: CreateOpenIdConnectInput!) { result: createOpenIdConnect(input: $input) ${wholeOf('CreateOpenIdConnectResult')} }`;
const CREATE_OIDC_CONFIG = `mutation ($input: CreateOidcConfigInput!) { result: createOidcConfig(input: $input) ${wholeOf('CreateOidcConfigResult')} }`;

/** The input of an example operation, by the name of its file without the number. */
function example(name: string): Variables {
  const operations = new URL('../../../schema/operations/', import.meta.url);
  const file = readdirSync(operations).find(
    (one) => one.replace(/^\d+-/, '') === `${name}.variables.json`,
  );
  return (
    JSON.parse(readFileSync(new URL(file ?? name, operations), 'utf8')) as {
      readonly input: Variables;
    }
  ).input;
}
const OPEN_ID_CONNECT = example('create-open-id-connect');
const OIDC_CONFIG = example('create-oidc-config');

/** Stand in every secret and token of the last tests. */
const SECRET = 'Canary "secret" \\ <é> & 1+1=2';
const WORD = 'canarySecretWithoutQuotes';
const TOKENS = {
  'x-ordercloud-authorization': 'Bearer canaryOrderCloudToken.abc/def+ghi=',
  'x-auth-token': 'canaryHuaweiToken_0123456789==',
  authorization: 'Bearer canaryOfTheRouter',
};
const CANARIES = [
  SECRET,
  WORD,
  ...Object.values(TOKENS).map((token) => token.replace('Bearer ', '')),
];
const FORMS = CANARIES.flatMap((canary) => {
  const json = JSON.stringify(canary).slice(1, -1);
  return [
    canary,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(canary),
    Buffer.from(canary).toString('base64'),
  ];
});

/** What a router must do with the gateway behind it. */
export function describeRouter(startRouter: StartRouter): void {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(startRouter);
  });
  afterAll(async () => {
    await world.stop();
  });
  beforeEach(async () => {
    await Promise.all(
      [world.orderCloud, world.huawei].map(({ url }) =>
        fetch(`${url}/__emulator/faults`, { method: 'DELETE' }),
      ),
    );
  });

  const note = (emulator: RunningEmulator, label: string) =>
    emulator.notes.find((one) => one.label === label)?.value ?? '';
  let made = 0;
  const openIdConnect = (changes: Variables = {}): Variables => {
    made += 1;
    return { input: { ...OPEN_ID_CONNECT, id: `made-${made}`, ...changes } };
  };
  const oidcConfig = (changes: Variables = {}): Variables => ({
    input: { ...OIDC_CONFIG, ...changes },
  });
  const posts = (emulator: RunningEmulator) =>
    emulator.requests.filter(({ method }) => method === 'POST').length;

  it('has the schema that is committed', async () => {
    const { data } = await send(world.gateway.url, { query: '{ _service { sdl } }' }, {});
    expect(data).toEqual({ _service: { sdl: GATEWAY_SDL } });
  });

  interface Situation {
    readonly variables?: Variables;
    readonly headers?: Record<string, string>;
    readonly fault?: object;
    /** Variables of a request that is sent before, with the same headers. */
    readonly earlier?: Variables;
    /** Over a gateway whose upstreams are down. */
    readonly closed?: boolean;
  }
  /** It takes a platform that holds one request until another one has been refused: for a router it is an error like others. */
  const NOT_TRIED = ['OidcIdempotencyInFlightError'];
  const withKey = () => ({ ...world.headers, 'Idempotency-Key': randomUUID() });
  const status = (code: number, headers: object = {}, body?: unknown) => ({
    kind: 'status',
    status: code,
    headers,
    ...(body !== undefined && { body }),
  });

  describe.each([
    {
      field: 'createOpenIdConnect',
      document: CREATE_OPEN_ID_CONNECT,
      union: 'CreateOpenIdConnectResult',
      situations: {
        CreateOpenIdConnectSuccess: () => ({ variables: openIdConnect() }),
        OidcAlreadyExistsError: () => ({ variables: openIdConnect({ id: 'example-existing' }) }),
        OidcInvalidInputError: () => ({
          variables: openIdConnect({ appStartUrl: 'nowhere', connectClientId: ' ' }),
        }),
        // The gateway authenticates nobody, so it reads no issuer.
        OidcIssuerError: () => ({ variables: openIdConnect({ issuer: 'https://idp.example' }) }),
        OidcIdempotencyMismatchError: () => ({ headers: withKey(), earlier: openIdConnect() }),
        OidcNotFoundError: () => ({ variables: openIdConnect({ integrationEventId: 'nobody' }) }),
        OidcOutcomeUnknownError: () => ({ fault: { kind: 'hang' } }),
        OidcPermissionDeniedError: () => ({
          headers: {
            'x-ordercloud-authorization': `Bearer ${note(world.orderCloud, 'token (reader)')}`,
          },
        }),
        OidcRateLimitedError: () => ({ fault: status(429, { 'retry-after': '1' }) }),
        OidcUnauthenticatedError: () => ({
          headers: {
            'x-ordercloud-authorization': `Bearer ${note(world.orderCloud, 'token (expired)')}`,
          },
        }),
        OidcUpstreamRejectedError: () => ({ fault: { kind: 'echo', status: 410 } }),
        OidcUpstreamUnavailableError: () => ({
          fault: status(
            503,
            { 'retry-after': '1' },
            { Errors: [{ ErrorCode: 'Api.Offline', Message: 'Down', Data: null }] },
          ),
        }),
      },
      emulator: () => world.orderCloud,
      variables: openIdConnect,
    },
    {
      field: 'createOidcConfig',
      document: CREATE_OIDC_CONFIG,
      union: 'CreateOidcConfigResult',
      situations: {
        CreateOidcConfigSuccess: () => ({ variables: oidcConfig() }),
        OidcAlreadyExistsError: () => ({ variables: oidcConfig({ idpId: 'ACME-CONFIGURED' }) }),
        OidcInvalidInputError: () => ({
          variables: oidcConfig({ scope: ['email'], signingKey: { keys: [] } }),
        }),
        OidcIssuerError: () => ({ variables: oidcConfig({ issuer: 'https://idp.example' }) }),
        OidcIdempotencyMismatchError: () => ({
          headers: withKey(),
          // Of a refused request, such as one for what exists already, the key would be free again.
          fault: status(500),
          earlier: oidcConfig(),
          variables: oidcConfig({ clientId: 'another-client' }),
        }),
        OidcNotFoundError: () => ({ variables: oidcConfig({ idpId: 'NOBODY' }) }),
        // Another one is stored by now: it is no confirmation.
        OidcOutcomeUnknownError: () => ({
          variables: oidcConfig({ clientId: 'another-client' }),
          fault: status(500),
        }),
        OidcPermissionDeniedError: () => ({
          headers: { 'x-auth-token': note(world.huawei, 'token (reader)') },
        }),
        OidcRateLimitedError: () => ({ fault: status(429, { 'retry-after': '1' }) }),
        OidcUnauthenticatedError: () => ({ headers: {} }),
        OidcUpstreamRejectedError: () => ({ fault: { kind: 'echo', status: 410 } }),
        OidcUpstreamUnavailableError: () => ({ closed: true }),
      },
      emulator: () => world.huawei,
      variables: oidcConfig,
    },
  ] as readonly {
    readonly field: string;
    readonly document: string;
    readonly union: string;
    readonly situations: Readonly<Record<string, () => Situation>>;
    readonly emulator: () => RunningEmulator;
    readonly variables: () => Variables;
  }[])('$field', ({ document, union, situations, emulator, variables: valid }) => {
    it('is tried in a situation for every member of its union', () => {
      expect([...Object.keys(situations), ...NOT_TRIED].sort()).toEqual(membersOf(union));
    });

    it.each(Object.keys(situations))('gives %s, whole', async (member) => {
      const {
        variables = valid(),
        headers = world.headers,
        fault,
        earlier,
        closed = false,
      } = situations[member]?.() ?? {};
      if (fault !== undefined) await addFault(emulator().url, { method: 'POST', fault });
      if (earlier !== undefined) await world.ask(document, earlier, headers);
      const before = world.recorder.exchanges.length;
      const {
        status: httpStatus,
        data,
        errors,
      } = await throughGateway(closed, () => world.ask(document, variables, headers));
      expect(errors).toBeUndefined();
      expect(httpStatus).toBe(200);
      expect(data?.['result']).toMatchObject({ __typename: member });
      const [exchange, ...more] = world.recorder.exchanges.slice(before);
      expect(more, 'the gateway is asked once').toEqual([]);
      expect(exchange?.response.headers).not.toHaveProperty('retry-after');
      const parsed = JSON.parse(exchange?.response.body ?? '') as { readonly data: object };
      expect(Object.keys(parsed)).toEqual(['data']);
      expect(Object.values(parsed.data)).toEqual([data?.['result']]);
    });

    it.each([
      ['500', { kind: 'status', status: 500, headers: { 'retry-after': '1' } }],
      ['429', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }],
      ['503', { kind: 'html', status: 503 }],
      ['a response that never comes', { kind: 'hang' }],
      ['a lost connection', { kind: 'reset' }],
      ['a response that is cut off', { kind: 'applyThenReset' }],
    ])('is sent to the upstream exactly once, whatever comes back: %s', async (_what, fault) => {
      await addFault(emulator().url, { method: 'POST', times: 'always', fault });
      const before = { posts: posts(emulator()), exchanges: world.recorder.exchanges.length };
      const { data, errors } = await world.ask(document, valid());
      expect(errors).toBeUndefined();
      expect(data?.['result']).toMatchObject({
        __typename: expect.stringMatching(/Error$|Success$/) as unknown,
      });
      expect(posts(emulator()) - before.posts).toBe(1);
      expect(world.recorder.exchanges.length - before.exchanges).toBe(1);
    });
  });

  async function throughGateway<Result>(
    closed: boolean,
    action: () => Promise<Result>,
  ): Promise<Result> {
    if (!closed) return action();
    // Nothing listens on the discard port.
    const gateway = await startBuiltGateway({
      ORDERCLOUD_API_URL: 'http://127.0.0.1:9/v1',
      HUAWEI_IAM_URL: 'http://127.0.0.1:9',
      ...ENVIRONMENT,
    });
    world.recorder.forwardTo(gateway.url);
    try {
      return await action();
    } finally {
      world.recorder.forwardTo(world.gateway.url);
      await gateway.stop();
    }
  }

  describe('joins', () => {
    it('give a shop what the gateway knows of its sign-ins', async () => {
      const query =
        '{ storefront(id: "books") { name signIn { id connectClientId redirectUri } staffSignIn { idpId accessMode jwks } staffIdentityProvider { id enabled fingerprint } } }';
      const { data, errors } = await world.ask(query);
      expect(errors).toBeUndefined();
      expect(data?.['storefront']).toEqual({
        name: 'Books',
        signIn: {
          id: 'example-existing',
          connectClientId: 'existing-app',
          redirectUri: `${world.orderCloud.url}/ocrpcode`,
        },
        staffSignIn: {
          idpId: 'ACME-CONFIGURED',
          accessMode: 'PROGRAM_CONSOLE',
          jwks: { keys: [expect.objectContaining({ kty: 'RSA' })] },
        },
        staffIdentityProvider: {
          id: 'ACME-CONFIGURED',
          enabled: true,
          fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        },
      });
    });

    it('give the objects of the gateway the shops that use them, and these their sign-ins again', async () => {
      const { data, errors } = await world.ask(`{
        openIdConnect(id: "example-existing") { ... on OpenIdConnectSuccess { openIdConnect { connectClientId storefronts { id signIn { customErrorUrl appStartUrl } } } } }
        huaweiIdentityProviders { ... on HuaweiIdentityProvidersSuccess { huaweiIdentityProviders { id storefronts { name } } } }
      }`);
      const signIn = {
        customErrorUrl: null,
        appStartUrl: 'https://shop.example.com/start?token={0}&path={2}',
      };
      expect(errors).toBeUndefined();
      expect(data).toEqual({
        openIdConnect: {
          openIdConnect: {
            connectClientId: 'existing-app',
            storefronts: [
              { id: 'books', signIn },
              { id: 'toys', signIn },
            ],
          },
        },
        huaweiIdentityProviders: {
          huaweiIdentityProviders: expect.arrayContaining([
            { id: 'ACME-CONFIGURED', storefronts: [{ name: 'Books' }] },
            { id: 'ACME', storefronts: [] },
          ]) as unknown,
        },
      });
    });

    it('work on what a mutation has just made', async () => {
      const variables = openIdConnect();
      const { id } = variables['input'] as { readonly id: string };
      await world.ask(
        'mutation ($input: AddStorefrontInput!) { addStorefront(input: $input) { __typename } }',
        { input: { id: `shop-${id}`, name: 'New', signInId: id } },
      );
      const { data, errors } = await world.ask(
        'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { ... on CreateOpenIdConnectSuccess { openIdConnect { id storefronts { name } } } } }',
        variables,
      );
      expect(errors).toBeUndefined();
      expect(data).toEqual({
        createOpenIdConnect: { openIdConnect: { id, storefronts: [{ name: 'New' }] } },
      });
    });

    it('give null for what the gateway does not have', async () => {
      const { data, errors } = await world.ask(
        '{ closed: storefront(id: "closed") { name signIn { id connectClientId } staffSignIn { idpUrl } } books: storefront(id: "books") { signIn { connectClientId } } }',
      );
      expect(data).toEqual({
        closed: {
          name: 'Closed long ago',
          signIn: { id: 'deleted-long-ago', connectClientId: null },
          staffSignIn: null,
        },
        books: { signIn: { connectClientId: 'existing-app' } },
      });
      // Some routers say nothing of a field that cannot be null and has no object; no other error is there.
      expect(
        (errors ?? [])
          .map(({ path }) => path?.join('.'))
          .filter((path) => path !== 'closed.staffSignIn.idpUrl'),
      ).toEqual([]);
    });

    it.each<[string, object, string]>([
      ['an upstream that fails', { kind: 'status', status: 500 }, 'UPSTREAM_UNAVAILABLE'],
      [
        'a rate limit',
        { kind: 'status', status: 429, headers: { 'retry-after': '60' } },
        'RATE_LIMITED',
      ],
      ['a token that is refused', { kind: 'status', status: 401 }, 'UNAUTHENTICATED'],
      ['a response that breaks the contract', { kind: 'html', status: 200 }, 'UPSTREAM_CONTRACT'],
    ])('report %s by its code, and leave everything else unchanged', async (_what, fault, code) => {
      await addFault(world.orderCloud.url, {
        method: 'GET',
        path: '/v1/openidconnects/example-existing',
        times: 'always',
        fault,
      });
      const { data, errors } = await world.ask(
        '{ storefront(id: "books") { name signIn { id connectClientId } staffSignIn { idpUrl } } }',
      );
      expect(data).toEqual({
        storefront: {
          name: 'Books',
          signIn: { id: 'example-existing', connectClientId: null },
          staffSignIn: { idpUrl: 'https://accounts.example.com' },
        },
      });
      expect(errors).toEqual([
        expect.objectContaining({
          message: expect.stringMatching(/\.$/) as unknown,
          extensions: { code },
        }),
      ]);
      expect(errors?.[0]?.path?.slice(0, 2)).toEqual(['storefront', 'signIn']);
    });

    it('of 50 references to 10 objects are 10 calls to the upstream', async () => {
      const ids = Array.from({ length: 10 }, (_, index) => `many-${index}`);
      for (const id of ids)
        await world.ask(
          CREATE_OPEN_ID_CONNECT,
          openIdConnect({ id, connectClientId: `client-of-${id}` }),
        );
      const inputs = Array.from({ length: 50 }, (_, index) => ({
        id: `many-${index}`,
        name: `Many ${index}`,
        signInId: `many-${index % 10}`,
      }));
      for (const input of inputs)
        await world.ask(
          'mutation ($input: AddStorefrontInput!) { addStorefront(input: $input) { __typename } }',
          { input },
        );

      const before = world.orderCloud.requests.length;
      const { data, errors } = await world.ask('{ storefronts { id signIn { connectClientId } } }');
      expect(errors).toBeUndefined();
      const many = (data?.['storefronts'] as { readonly id: string }[]).filter(({ id }) =>
        id.startsWith('many-'),
      );
      expect(many).toEqual(
        inputs.map(({ id, signInId }) => ({
          id,
          signIn: { connectClientId: `client-of-${signInId}` },
        })),
      );
      const targets = world.orderCloud.requests
        .slice(before)
        .map(({ method, target }) => `${method} ${target}`);
      expect(targets.filter((target) => target.includes('/many-')).sort()).toEqual(
        ids.map((id) => `GET /v1/openidconnects/${id}`),
      );

      // Routers may have made them 10 already: the gateway does it by itself, too.
      const direct = world.orderCloud.requests.length;
      const representations = inputs.map(({ signInId }) => ({
        __typename: 'OpenIdConnect',
        id: signInId,
      }));
      const query =
        'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on OpenIdConnect { connectClientId } } }';
      const response = await send(
        world.gateway.url,
        { query, variables: { representations } },
        world.headers,
      );
      expect(response.data?.['_entities']).toEqual(
        many.map(({ id: _id, ...shop }) => (shop as { readonly signIn?: unknown }).signIn),
      );
      expect(world.orderCloud.requests.slice(direct)).toHaveLength(10);
    });
  });

  it('hands on the tokens and ids of the caller, to the gateway alone, and no Authorization', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const sent = {
      ...world.headers,
      'X-Request-Id': 'request-of-the-caller',
      'Idempotency-Key': 'key-of-the-caller',
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      authorization: 'Bearer for-the-router',
    };
    const { data } = await world.ask(
      '{ storefront(id: "books") { signIn { connectClientId } } }',
      {},
      sent,
    );
    expect(data?.['storefront']).toEqual({ signIn: { connectClientId: 'existing-app' } });

    const { headers } = world.recorder.exchanges.at(-1)?.request ?? {};
    expect(headers).toMatchObject({
      'x-ordercloud-authorization': world.headers['X-OrderCloud-Authorization'],
      'x-auth-token': world.headers['X-Auth-Token'],
      'x-request-id': 'request-of-the-caller',
      'idempotency-key': 'key-of-the-caller',
      traceparent: expect.stringContaining(traceId) as unknown,
    });
    expect(headers).not.toHaveProperty('authorization');
    const toStorefront = world.storefrontRecorder.exchanges.at(-1)?.request.headers;
    for (const name of ['x-ordercloud-authorization', 'x-auth-token', 'authorization'])
      expect(toStorefront).not.toHaveProperty(name);

    expect(world.orderCloud.requests.at(-1)?.headers).toMatchObject({
      traceparent: expect.stringContaining(traceId) as unknown,
    });
    await expect
      .poll(() => world.gateway.logs())
      .toContainEqual(
        expect.objectContaining({ msg: 'operation', requestId: 'request-of-the-caller', traceId }),
      );
  });

  it('keeps callers apart who ask the same at the same time', async () => {
    await addFault(world.orderCloud.url, {
      method: 'GET',
      times: 'always',
      fault: { kind: 'delay', ms: 200 },
    });
    const query = '{ storefront(id: "books") { signIn { connectClientId } } }';
    const expired = {
      'x-ordercloud-authorization': `Bearer ${note(world.orderCloud, 'token (expired)')}`,
    };
    const responses = await Promise.all(
      [world.headers, expired, world.headers, {}].map((credentials) =>
        world.ask(query, {}, credentials),
      ),
    );
    expect(responses.map(({ data }) => data?.['storefront'])).toEqual(
      ['existing-app', null, 'existing-app', null].map((connectClientId) => ({
        signIn: { connectClientId },
      })),
    );
    expect(responses.map(({ errors }) => errors?.map(({ extensions }) => extensions))).toEqual([
      undefined,
      [{ code: 'UNAUTHENTICATED' }],
      undefined,
      [{ code: 'UNAUTHENTICATED' }],
    ]);
  });

  it('does not pass its own Authorization around the gateway', async () => {
    const { data } = await world.ask(CREATE_OPEN_ID_CONNECT, openIdConnect(), {
      authorization: world.headers['X-OrderCloud-Authorization'] ?? '',
    });
    expect(data?.['result']).toMatchObject({ __typename: 'OidcUnauthenticatedError' });
  });

  describe('canaries', () => {
    const responses: string[] = [];
    const expectNoCanary = (text: string) => {
      for (const form of FORMS) expect(text.includes(form), `found ${form}`).toBe(false);
    };
    const ask = async (body: unknown): Promise<GraphQLResponse> => {
      const response = await send(world.router.url, body, TOKENS);
      responses.push(response.text);
      return response;
    };
    const secret = { ...OPEN_ID_CONNECT, id: 'canary', connectClientSecret: SECRET };
    const create =
      'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename ... on OidcError { message upstream { details { message data } } } } }';

    it.each([400, 401, 410, 429, 500])(
      'are in no response when status %i echoes them',
      async (code) => {
        for (const emulator of [world.orderCloud, world.huawei])
          await addFault(emulator.url, { times: 'always', fault: { kind: 'echo', status: code } });
        const { data, text } = await ask({ query: create, variables: { input: secret } });
        expect(data?.['createOpenIdConnect']).toMatchObject({
          __typename: expect.stringMatching(/^Oidc.*Error$/) as unknown,
        });
        expectNoCanary(text);
        const joined = await ask({
          query:
            '{ storefront(id: "books") { name signIn { connectClientId } staffSignIn { idpUrl } } }',
        });
        expect(joined.errors).toHaveLength(2);
        expectNoCanary(joined.text);
      },
    );

    const literal = JSON.stringify(SECRET);
    it.each<[string, unknown]>([
      [
        'variables of wrong types',
        {
          query: create,
          variables: {
            input: {
              ...secret,
              connectClientSecret: { nested: SECRET },
              appStartUrl: [SECRET],
              urlEncoded: SECRET,
            },
          },
        },
      ],
      [
        'a variable that is missing a field',
        { query: create, variables: { input: { connectClientSecret: SECRET } } },
      ],
      [
        'a field that does not exist',
        { query: create, variables: { input: { ...secret, [WORD]: SECRET } } },
      ],
      [
        'an enum that does not exist',
        {
          query:
            'mutation ($input: CreateOidcConfigInput!) { createOidcConfig(input: $input) { __typename } }',
          variables: { input: { ...OIDC_CONFIG, accessMode: WORD } },
        },
      ],
      [
        'a scalar that is refused',
        {
          query:
            'mutation ($input: CreateOidcConfigInput!) { createOidcConfig(input: $input) { __typename ... on OidcError { message } } }',
          variables: { input: { ...OIDC_CONFIG, signingKey: [SECRET] } },
        },
      ],
      ['variables that are no object', { query: create, variables: SECRET }],
      [
        'a literal of a wrong type',
        {
          query: `mutation { createOpenIdConnect(input: { connectClientSecret: [${literal}] appStartUrl: { a: ${literal} } }) { __typename } }`,
        },
      ],
      [
        'a literal without its quotes',
        {
          query: `mutation { createOpenIdConnect(input: { connectClientSecret: ${WORD} }) { __typename } }`,
        },
      ],
      [
        'a syntax error',
        {
          query: `mutation { createOpenIdConnect(input: { connectClientSecret ${literal} }) { __typename } }`,
        },
      ],
      ['a field that is asked for and not there', { query: `{ ${WORD} }` }],
      ['bad JSON', `{"variables": {"input": {"connectClientSecret": ${WORD}}}}`],
      ['a body that is a string', literal],
      ['a query that is no string', { query: [SECRET] }],
      [
        'an operation that does not exist',
        { query: 'query A { __typename } query B { __typename }', operationName: WORD },
      ],
    ])('are in no response to %s', async (_what, body) => {
      const { text } = await ask(body);
      expect(text).toMatch(/"errors"|OidcInvalidInputError|OidcUnauthenticatedError/);
      expectNoCanary(text);
    });

    it('are in nothing that the gateway sent to the router, and in no output', async () => {
      expect(responses.length).toBeGreaterThan(20);
      const received = world.recorder.exchanges
        .map(({ request }) => JSON.stringify(request))
        .join('\n');
      for (const token of [TOKENS['x-ordercloud-authorization'], TOKENS['x-auth-token']])
        expect(received).toContain(token);
      for (const { response } of world.recorder.exchanges)
        expectNoCanary(JSON.stringify(response.headers) + response.body);
      for (const { request } of world.storefrontRecorder.exchanges)
        expectNoCanary(JSON.stringify(request.headers));
      // What was printed has time to arrive.
      await new Promise((resolve) => setTimeout(resolve, 200));
      expectNoCanary(world.gateway.output());
      expectNoCanary(world.router.output());
    });
  });
}

/** The test of the tests about masking: there is something to mask. */
export function describeUnmaskedRouter(startRouter: StartRouter): void {
  it('repeats values of the request, if nothing masks them', async () => {
    const world = await startWorld(startRouter);
    const query =
      'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename } }';
    const { text } = await world.ask(query, {
      input: { ...OPEN_ID_CONNECT, connectClientSecret: [WORD] },
    });
    expect(text).toContain(WORD);
    await world.stop();
  });
}
