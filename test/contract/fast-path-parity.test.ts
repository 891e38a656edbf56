import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExampleOperations } from '../../src/server/browser/graphiql/assets.ts';
import { exchange } from '../setup/fuzz.ts';
import type { HttpResponse, HttpRequest } from '../setup/fuzz.ts';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway } from '../setup/guarded-gateway.ts';

/*
 * Two gateways, one with the fast path for common requests and one without: they must give the same response to every
 * request. Requests are generated: good ones, bad ones and hostile ones.
 */

let fast: GuardedGateway;
let yoga: GuardedGateway;
beforeAll(async () => {
  const limits = { LIMIT_OPERATIONS_PER_MINUTE: '1000000', INTROSPECTION: 'true' };
  [fast, yoga] = await Promise.all([
    startGuardedGateway('credentials of callers', { ...limits, FAST_PATH: 'true' }),
    startGuardedGateway('credentials of callers', { ...limits, FAST_PATH: 'false' }),
  ]);
});
afterAll(() => Promise.all([fast.stop(), yoga.stop()]));

/** Headers of a response that depend on the time alone. */
const OF_THE_MOMENT = new Set(['date']);

/** Each gateway has its own upstream, whose port appears in redirect URIs. */
function told({ status, headers, body }: HttpResponse): object {
  return {
    status,
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => !OF_THE_MOMENT.has(name)),
    ),
    body: body.replaceAll(/127\.0\.0\.1:\d+/g, '<upstream>'),
  };
}

/** Sends a request to both. @returns the response of each */
async function both({ headers = {}, ...request }: HttpRequest): Promise<readonly [object, object]> {
  const ask = async (gateway: GuardedGateway) => {
    const own = {
      'x-request-id': 'the-same',
      'x-ordercloud-authorization': 'Bearer example-token',
      'x-auth-token': 'example-token',
      ...(await gateway.inbound.byToken(['oidc:write'])),
    };
    return told(await exchange(gateway.url, { ...request, headers: { ...own, ...headers } }));
  };
  return [await ask(fast), await ask(yoga)];
}

const operations = readExampleOperations().map(({ document, variables }) => ({
  query: document,
  variables: JSON.parse(variables) as unknown,
}));

const READ =
  'query One($id: ID!) { openIdConnect(id: $id) { __typename ... on OpenIdConnectSuccess { openIdConnect { id fingerprint } warnings { code } } ... on OidcError { code message requestId upstream { status details { code message data } } } } } query Other { __typename }';

const queries = fc.oneof(
  fc.constantFrom(...operations.map(({ query }) => query)),
  fc.constantFrom(
    READ,
    '{ __typename }',
    '{ a: __typename b: __schema { queryType { name } } }',
    'query ($on: Boolean!) { __typename @include(if: $on) openIdConnect(id: "a") { __typename } }',
    'query ($id: ID = "x") { openIdConnect(id: $id) { __typename } }',
    'mutation { deleteOpenIdConnect(input: { id: "a" }) { __typename ... on OidcError { code message } } }',
    'mutation { a: createOpenIdConnect(input: {}) { __typename } }',
    '{ _entities(representations: [{ __typename: "OpenIdConnect", id: "a" }, { __typename: "Nothing" }, {}]) { __typename } }',
    'subscription { a }',
    'query A { __typename } fragment F on Query { __typename }',
    'type Query { a: Int }',
    '{ nothing { of: this } }',
    '{ openIdConnect(id: {a: 1}) { __typename } }',
    `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: __typename`).join(' ')} }`,
    '{ "',
    '',
    '#',
  ),
  fc.string(),
);

/** Values as they stand in a document. */
const literals = fc.oneof(
  { weight: 3, arbitrary: fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)) },
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z0-9-]{1,20}$/).map((text) => `"${text}"`) },
  fc.constantFrom(
    '"caf\\u00e9 \\"x\\""',
    '"\\\\"',
    '"""block "quoted" \\""" text"""',
    '"""\n  two\n    lines\n  """',
    '"# no comment, "',
    '"😀"',
    '"',
    '"\\q"',
    '""',
    '7',
    '-3',
    '99999999999',
    '1.5',
    '01',
    'null',
    'true',
    'WORD',
    '["a", "b"]',
    '{a: "b"}',
    '$id',
  ),
);

/** Documents that differ in values alone, which the fast path reads once. */
const inline = fc
  .tuple(
    fc.constantFrom<(a: string, b: string, c: string) => string>(
      (a) => `{ openIdConnect(id: ${a}) { __typename ... on OidcError { code message } } }`,
      (a, b, c) =>
        `query One($id: ID = "x") { first: openIdConnect(id: ${a}) { __typename ... on OidcError { code message } }\n second: openIdConnect(id: $id) { __typename }\n third: openIdConnects(search: ${b}, page: ${c}) { __typename } }`,
      (a, b) =>
        `query One($id: ID = "x") { openIdConnect(id: ${a}) { __typename } openIdConnect(id: ${b}) { __typename } other: openIdConnect(id: $id) { __typename } }`,
      (a, b, c) =>
        `mutation { createOpenIdConnect(input: { id: ${a}, orderCloudApiClientId: "c", connectClientId: ${b}, connectClientSecret: "s3cret-s3cret", appStartUrl: "https://shop.example.com/{0}", authorizationEndpoint: ${c}, tokenEndpoint: "https://login.example.com/token", additionalIdpScopes: [${a}, "phone"], urlEncoded: false }) { __typename ... on OidcInvalidInputError { message issues { path code message } } ... on CreateOpenIdConnectSuccess { openIdConnect { id connectClientId authorizationEndpoint } } } } # "${b}"`,
      (a, b, c) =>
        `mutation ($id: ID) { createOidcConfig(input: { idpId: ${a}, accessMode: PROGRAM, idpUrl: ${b}, clientId: "client-1", signingKey: { keys: [{ kty: "RSA", kid: ${c}, n: "AQAB", e: "AQAB" }] } }) { __typename ... on OidcError { code message } } }`,
      (a, b) =>
        `query ($id: ID = "x") { ...F } fragment F on Query { a: openIdConnect(id: ${a}) { __typename } b: openIdConnect(id: $id) { __typename ... on OidcError { message } } c: __type(name: ${b}) { kind } }`,
      (a) =>
        `query One($id: ID = ${a}) { openIdConnect(id: $id) { __typename } } query Two { openIdConnect(id: ${a}) { __typename } }`,
    ),
    literals,
    literals,
    literals,
  )
  .map(([document, a, b, c]) => document(a, b, c));

const json = fc.jsonValue({ maxDepth: 3 });
const variables = fc.oneof(
  fc.constantFrom<unknown>(
    ...operations.map((operation) => operation.variables),
    { id: 'a' },
    { id: 1 },
    { id: null },
    { id: '../x' },
    { on: true },
    { input: null },
    {},
    null,
    [],
    'text',
    undefined,
  ),
  json,
);
const operationName = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  fc.constantFrom<unknown>(null, 'One', 'Other', 'A', '', 'Unknown', 7, {}),
);
const extensions = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  fc.constantFrom<unknown>(
    null,
    {},
    [],
    'x',
    { persistedQuery: { version: 1, sha256Hash: 'abc' } },
    { other: 1 },
  ),
);
const extra = fc.oneof(
  { weight: 9, arbitrary: fc.constant({}) },
  fc.constantFrom<object>(
    { documentId: 'sha256:abc' },
    { documentId: 4 },
    { unexpected: 'x' },
    { unexpected: null },
    JSON.parse('{"__proto__":{"a":1}}') as object,
  ),
);

/** What is in order but for the name of the operation, perhaps. */
const good = fc
  .tuple(fc.constantFrom(...operations, { query: READ, variables: { id: 'a' } }), operationName)
  .map(([operation, name]) =>
    JSON.stringify({
      ...operation,
      operationName: name ?? (operation.query === READ ? 'One' : name),
    }),
  );

const bodies = fc.oneof(
  { weight: 8, arbitrary: good },
  {
    weight: 12,
    arbitrary: fc
      .record({ query: queries, variables, operationName, extensions, extra })
      .map(({ extra: more, ...params }) => JSON.stringify({ ...params, ...more })),
  },
  {
    weight: 12,
    arbitrary: fc
      .record({
        query: inline,
        variables: fc.constantFrom<unknown>(
          undefined,
          {},
          { id: 'a' },
          { id: null },
          { id: 7, 'literal 0': 'stray' },
        ),
      })
      .map((params) => JSON.stringify(params)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'null',
      '[]',
      '"text"',
      '7',
      '{',
      '{}',
      '\uFEFF{"query":"{ __typename }"}',
      '[{"query":"{ __typename }"}]',
      '{"query":"{ __typename }"} ',
      '{"query":["{ __typename }"]}',
    ),
  },
  { weight: 1, arbitrary: json.map((value) => JSON.stringify(value)) },
);

const accepts = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.constantFrom(
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/graphql-response+json,application/json',
    'application/graphql-response+json, application/json',
    'application/graphql-response+json,application/json;q=0.9',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/*',
    'text/event-stream',
    'multipart/mixed',
    'text/html',
    'image/png',
    'application/json, application/graphql-response+json',
    '',
    ' application/json',
  ),
);
const types = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/json') },
  fc.constantFrom(
    'application/json; charset=utf-8',
    'application/json;charset=utf-8',
    'Application/JSON',
    'application/graphql+json',
    'application/graphql',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json, text/plain',
    '',
  ),
);
const methods = fc.oneof(
  { weight: 12, arbitrary: fc.constant('POST') },
  fc.constantFrom('GET', 'PUT', 'HEAD', 'OPTIONS', 'DELETE'),
);
const more = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  {},
  {},
  { authorization: 'Bearer wrong' },
  { 'x-ordercloud-authorization': 'Basic x' },
  { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  { 'x-graphql-yoga-csrf': '1' },
);

const requests = fc
  .record({ method: methods, body: bodies, accept: accepts, type: types, more })
  .map(({ method, body, accept, type, more: others }): HttpRequest => ({
    method,
    body,
    headers: {
      ...(type !== '' && { 'content-type': type }),
      ...(accept !== undefined && { accept }),
      ...others,
    },
  }));

/** Queries with fields that lead to other objects. */
const withEdges = fc.letrec<Record<'provider' | 'config' | 'connect' | 'query', string>>((tie) => ({
  provider: fc
    .subarray([
      'id',
      'protocol { ...E ... on HuaweiProtocolSuccess { requestId huaweiProtocol { mappingId } } }',
      'mapping { ...E ... on HuaweiMappingSuccess { warnings { code } huaweiMapping { id } } }',
      'again: mapping { __typename }',
    ])
    .chain((fields) =>
      fc.oneof(
        { maxDepth: 2 },
        fc.constant(fields.join(' ') || '__typename'),
        tie('config').map(
          (config) =>
            `oidcConfig { ... on OidcConfigSuccess { oidcConfig { ${config} } } } ${fields.join(' ')}`,
        ),
      ),
    ),
  config: fc.oneof(
    { maxDepth: 2 },
    fc.constant('idpUrl'),
    tie('provider').map(
      (provider) =>
        `identityProvider { ...E ... on HuaweiIdentityProviderSuccess { huaweiIdentityProvider { ${provider} } } }`,
    ),
  ),
  connect: fc
    .subarray(
      [
        'id',
        'apiClient { ...E ... on OpenIdConnectApiClientSuccess { openIdConnectApiClient { id active } } }',
        'integrationEvent { ...E }',
      ],
      { minLength: 1 },
    )
    .map((fields) => fields.join(' ')),
  query: fc.oneof(
    tie('connect').map(
      (connect) =>
        `openIdConnects { ... on OpenIdConnectsSuccess { openIdConnects { ${connect} } } }`,
    ),
    tie('connect').map(
      (connect) =>
        `openIdConnect(id: "a") { ... on OpenIdConnectSuccess { openIdConnect { ${connect} } } }`,
    ),
    tie('provider').map(
      (provider) =>
        `huaweiIdentityProviders { ... on HuaweiIdentityProvidersSuccess { huaweiIdentityProviders { ${provider} } } }`,
    ),
    tie('config').map(
      (config) =>
        `oidcConfig(idpId: "a") { ... on OidcConfigSuccess { oidcConfig { ${config} } } }`,
    ),
  ),
})).query;

/** Times that a text must come for a compiled query to be executed: the second one is kept, the third one compiled. */
const PLANNED = 3;

/** The document that a request asks for, and the operation of it. */
function operationOf({ body = '' }: HttpRequest): string {
  return [/"query":"(?:[^"\\]|\\.)*"/, /"operationName":"[^"]*"/]
    .map((part) => part.exec(body)?.[0] ?? '')
    .join();
}

const SEVERAL = `
  query One($id: ID! = "x") { a: openIdConnect(id: $id) { ...R } ...Q }
  query Two($search: String, $page: Int = 2) { openIdConnects(search: $search, page: $page) { __typename ... on OidcError { code message } } ...Q }
  mutation Three($input: DeleteOpenIdConnectInput!) { first: deleteOpenIdConnect(input: $input) { ...D } second: deleteOpenIdConnect(input: { id: "b" }) { ...D ...D } }
  fragment Q on Query { b: openIdConnect(id: "b") { ...R ... on OidcError { code } } }
  fragment R on OpenIdConnectResult { __typename ... on OpenIdConnectSuccess { openIdConnect { id fingerprint } } }
  fragment D on DeleteOpenIdConnectResult { __typename ... on OidcError { code message requestId } }`;

/** What comes again and again, with other variables each time, right and wrong. */
const REPEATED: readonly (readonly [string, object, readonly unknown[]])[] = [
  [
    'a query',
    { query: READ, operationName: 'One' },
    [
      { id: 'a' },
      { id: 7 },
      {},
      { id: null },
      { id: {} },
      { id: ['a'] },
      { id: '../x' },
      { id: 'b', other: 1 },
      null,
    ],
  ],
  [
    'one of several operations',
    { query: SEVERAL, operationName: 'One' },
    [{ id: 'a' }, {}, { id: null }, { id: 1.5 }, { id: 'b' }],
  ],
  [
    'another one of them',
    { query: SEVERAL, operationName: 'Two' },
    [{}, { search: 'x', page: 1 }, { page: null }, { page: '1' }, { page: 2 ** 40 }, { page: 3 }],
  ],
  [
    'a mutation among them',
    { query: SEVERAL, operationName: 'Three' },
    [
      { input: { id: 'a' } },
      { input: null },
      {},
      { input: [] },
      { input: { id: {} } },
      { input: { id: 'a', nothing: 1 } },
      { input: { id: 'a', expectedFingerprint: 'x' } },
    ],
  ],
  ['none of them', { query: SEVERAL, operationName: 'Four' }, [{}]],
  ['no name of one', { query: SEVERAL }, [{}]],
  [
    'directives',
    {
      query:
        'query ($on: Boolean!) { __typename a: openIdConnect(id: "a") @include(if: $on) { __typename } }',
    },
    [{ on: true }, { on: false }, { on: 'x' }, {}],
  ],
];

describe('the fast path', () => {
  // Thousands of requests wait for nothing, and take as long as they take.
  it('responds to every request like Yoga', { timeout: 3_600_000 }, async () => {
    let executed = 0;
    const times = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const [fromFastPath, fromYoga] = await both(request);
        expect(fromFastPath).toEqual(fromYoga);
        if (!('body' in fromFastPath) || !String(fromFastPath.body).includes('"data"')) return;
        executed += 1;
        const text = operationOf(request);
        times.set(text, (times.get(text) ?? 0) + 1);
      }),
      { numRuns: 1_500 },
    );
    expect(executed, 'many of them are executed').toBeGreaterThan(200);
    expect(
      [...times.values()].filter((count) => count >= PLANNED).length,
      'many of them so often that a compiled query is executed',
    ).toBeGreaterThan(operations.length);
    // Both have sent the platforms the same.
    const seen = ({ upstream }: GuardedGateway) =>
      upstream.seen.map(({ method, target, body }) => ({ method, target, body }));
    expect(seen(fast)).toEqual(seen(yoga));
  });

  it('responds to queries for objects and those that they lead to like Yoga', async () => {
    const seen = ({ upstream }: GuardedGateway) => upstream.seen.map(({ target }) => target).sort();
    let complete = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(withEdges, { minLength: 1, maxLength: 2 }), async (fields) => {
        fast.upstream.seen.length = 0;
        yoga.upstream.seen.length = 0;
        const query = `{ ${fields.map((field, index) => `r${index}: ${field}`).join(' ')} r: openIdConnect(id: "/") { ...E } } fragment E on OidcError { code message }`;
        for (let times = 0; times < PLANNED; times += 1) {
          const [fromFastPath, fromYoga] = await both({
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ query }),
          });
          expect(fromFastPath).toEqual(fromYoga);
          if (!JSON.stringify(fromFastPath).includes('errors')) complete += 1;
        }
        expect(seen(fast)).toEqual(seen(yoga));
      }),
      { numRuns: 60 },
    );
    expect(complete, 'most of them are executed').toBeGreaterThan(60);
  });

  it.each(REPEATED)(
    'responds to %s like Yoga, for any variables, if it is sent often',
    async (_what, operation, [first, ...others]) => {
      for (const values of [...Array.from({ length: PLANNED }, () => first), ...others, first]) {
        const [fromFastPath, fromYoga] = await both({
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ ...operation, variables: values }),
        });
        expect(fromFastPath, JSON.stringify(values)).toEqual(fromYoga);
      }
    },
  );

  it.each(
    operations.map(
      ({ query, variables: values }, index) => [index + 1, { query, variables: values }] as const,
    ),
  )('responds to example %i like Yoga, each time', async (_index, body) => {
    for (let times = 0; times < PLANNED; times += 1) {
      const [fromFastPath, fromYoga] = await both({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(fromFastPath).toEqual(fromYoga);
      expect(fromFastPath).toMatchObject({ status: 200 });
    }
  });
});
