import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startGateway } from '../setup/gateway.ts';
import type { GraphQLResponse, TestGateway } from '../setup/gateway.ts';
import { startScriptedUpstream } from '../setup/scripted-upstream.ts';
import type { ScriptedUpstream } from '../setup/scripted-upstream.ts';

/*
 * Variables whose types are right and whose contents are anything: the schema promises that they end in a success or in
 * a list of issues, and that only what was accepted reaches the upstream.
 */

const CANARY = 'canary-0b5e1d7c';
const RUNS = { numRuns: 150 };
const HEADERS = {
  'x-ordercloud-authorization': 'Bearer example-token',
  'x-auth-token': 'example-token',
};

const REFUSED =
  '__typename ... on OidcError { code message requestId } ... on OidcInvalidInputError { issues { path code message source } }';
const SUCCESS = '... on OidcSuccess { requestId warnings { code path message } }';
const OPEN_ID_CONNECT =
  'openIdConnect { id orderCloudApiClientId connectClientId connectClientSecret hasConnectClientSecret appStartUrl authorizationEndpoint tokenEndpoint urlEncoded ' +
  'integrationEventId callSyncUserIntegrationEvent integrationEventName additionalIdpScopes scopes customErrorUrl }';
const OIDC_CONFIG =
  'oidcConfig { idpId accessMode idpUrl clientId authorizationEndpoint scope scopes responseType responseMode signingKey jwks }';
const CREATE_OPEN_ID_CONNECT = `mutation ($input: CreateOpenIdConnectInput!) { result: createOpenIdConnect(input: $input) { ${REFUSED} ${SUCCESS} ... on CreateOpenIdConnectSuccess { ${OPEN_ID_CONNECT} } } }`;
const READ_OPEN_ID_CONNECT = `query ($id: ID!) { result: openIdConnect(id: $id) { ${REFUSED} ${SUCCESS} ... on OpenIdConnectSuccess { ${OPEN_ID_CONNECT} } } }`;
const CREATE_OIDC_CONFIG = `mutation ($input: CreateOidcConfigInput!) { result: createOidcConfig(input: $input) { ${REFUSED} ${SUCCESS} ... on CreateOidcConfigSuccess { ${OIDC_CONFIG} } } }`;
const READ_OIDC_CONFIG = `query ($id: ID!) { result: oidcConfig(idpId: $id) { ${REFUSED} ${SUCCESS} ... on OidcConfigSuccess { ${OIDC_CONFIG} } } }`;

const RSA = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };
const HUAWEI_STORED = {
  openid_connect_config: {
    access_mode: 'program_console',
    idp_url: 'https://accounts.example.com',
    client_id: 'client_id_example',
    authorization_endpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    signing_key: JSON.stringify({ keys: [RSA] }),
  },
};

let upstream: ScriptedUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  gateway = await startGateway({
    ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
    HUAWEI_IAM_URL: upstream.origin,
    // Some of these inputs hold more values than the default limit allows, which has tests of its own.
    LIMIT_VALUES: '100000',
  });
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});
beforeEach(clear);

function clear(): void {
  upstream.seen.length = 0;
  gateway.logs.length = 0;
}

const anyUnits = fc
  .array(fc.integer({ min: 0, max: 0xffff }))
  .map((units) => String.fromCharCode(...units));
const loneHalf = fc
  .tuple(fc.string(), fc.integer({ min: 0xd800, max: 0xdfff }), fc.string())
  .map(([before, half, after]) => before + String.fromCharCode(half) + after);
const url = fc
  .tuple(
    fc.constantFrom('https://', 'http://', 'HTTPS://', 'https:', 'ftp://', 'javascript:', ''),
    fc.oneof(
      fc.constantFrom(
        'idp.example.com',
        'localhost:8080',
        '[::1]',
        'user:password@a.example',
        'xn--',
        'ünï.example',
        'a.example:99999',
        '{tenant}.example.com',
      ),
      fc.string(),
    ),
    fc.oneof(
      fc.constantFrom('', '/', '/a?b=c#d', '{2}', '/\\..', '?x={0}'),
      fc.string({ unit: 'grapheme' }),
    ),
  )
  .map((parts) => parts.join(''));
const template = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{0}',
        '{1}',
        '{2}',
        '{3}',
        '{4}',
        '{token}',
        '{5}',
        '{',
        '}',
        '{{0}}',
        '{}',
        '/',
        '?',
        '#',
        '%7B',
        'ü',
        '@',
        ' ',
      ),
      fc.string(),
    ),
  )
  .map((parts) => `https://shop.example.com${parts.join('')}`);
/** Any text that a GraphQL String can hold, most of it no sensible value of any field. */
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  anyUnits,
  loneHalf,
  url,
  template,
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\u200b',
    '\u2028',
    '..',
    '__proto__',
    'constructor',
    'null',
    '********',
    '<redacted>',
    '-----BEGIN PRIVATE KEY-----',
  ),
  fc.integer({ min: 1, max: 40_000 }).map((length) => 'x'.repeat(length)),
);
const anyId = fc.oneof(
  anyText,
  fc.string({
    unit: fc.constantFrom('/', '\\', '%', '?', '#', '.', '~', '@', ':', 'é', '😀', ' '),
  }),
  fc.stringMatching(/^[A-Za-z0-9_-]{1,100}$/),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const scopeWord = fc.oneof(
  fc.constantFrom('openid', 'email', 'profile', 'offline_access'),
  fc.stringMatching(/^[A-Za-z0-9_]{1,20}$/),
  anyText,
);
const scopes = fc.oneof(
  fc.array(scopeWord),
  fc.array(scopeWord).map((words) => ['openid', ...words]),
  fc
    .tuple(scopeWord, fc.integer({ min: 0, max: 3_000 }))
    .map(([word, times]) => Array.from({ length: times }, () => word.slice(0, 20))),
  // GraphQL makes a list of what is none.
  scopeWord,
);

const nested = (levels: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
};
const wrap = fc.constantFrom<(inner: unknown) => unknown>(
  (inner) => [inner],
  (inner) => ({ keys: inner }),
  (inner) => ({ a: [inner] }),
);
const deep = fc
  .tuple(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2_000 })), wrap)
  .map(([levels, wrapping]) => nested(levels, wrapping));
const memberName = fc.oneof(
  fc.constantFrom(
    'kty',
    'n',
    'e',
    'crv',
    'x',
    'y',
    'use',
    'd',
    'k',
    'oth',
    'keys',
    '__proto__',
    'toJSON',
    'length',
  ),
  fc.string(),
);
const leaf = fc.oneof(
  fc.constantFrom('RSA', 'EC', 'sig', 'enc', null, true),
  fc.jsonValue(),
  deep,
  anyText,
);
const key = fc.oneof(
  fc.dictionary(memberName, leaf),
  fc
    .dictionary(memberName, leaf)
    .map((members) => ({ ...members, kty: 'EC', crv: 'P-256', x: 'example', y: 'example' })),
  fc.dictionary(fc.string(), fc.jsonValue()).map((members) => ({ ...RSA, ...members })),
  leaf,
);
const anySet = fc.oneof(
  fc.dictionary(memberName, leaf),
  fc.record({ keys: fc.oneof(fc.array(key), key) }),
  fc.array(key).map((keys) => ({ keys: [RSA, ...keys] })),
  deep.map((inner) => ({ keys: [{ ...RSA, inner }] })),
  fc
    .integer({ min: 0, max: 2_000 })
    .map((count) => ({ keys: Array.from({ length: count }, () => RSA) })),
  fc
    .integer({ min: 0, max: 20_000 })
    .map((count) => ({ keys: Array.from({ length: count }, () => null) })),
);
const anyJwks = fc.oneof(
  anySet,
  anySet.map((set) => JSON.stringify(set)),
  anySet.map((set) => `\uFEFF${JSON.stringify(set).slice(0, 2_000)}`),
  fc.json(),
  anyText,
  fc
    .integer({ min: 1, max: 100_000 })
    .map((levels) => `{"keys":${'['.repeat(levels)}${']'.repeat(levels)}}`),
);

type Fields = Readonly<Record<string, unknown>>;

/** A good input with none, one or two of its fields replaced. */
function nearly(
  good: fc.Arbitrary<Fields>,
  anything: Readonly<Record<string, fc.Arbitrary<unknown>>>,
): fc.Arbitrary<Fields> {
  const replaced = fc
    .subarray(Object.keys(anything), { maxLength: 2 })
    .chain((names) =>
      fc.record(
        Object.fromEntries(names.map((name) => [name, anything[name] ?? fc.constant(null)])),
      ),
    );
  return fc.tuple(good, replaced).map(([fields, others]) => ({ ...fields, ...others }));
}

const orNull = (values: fc.Arbitrary<unknown>) => fc.option(values, { freq: 4, nil: null });

const secretText = fc.oneof(
  fc.constant(CANARY),
  fc
    .tuple(anyText, anyText)
    .map(([before, after]) => before.slice(0, 200) + CANARY + after.slice(0, 200)),
  fc.integer({ min: 1, max: 500 }).map((times) => CANARY.repeat(times)),
);

const openIdConnectInput = nearly(
  fc.record(
    {
      id: fc.stringMatching(/^[A-Za-z0-9_-]{1,100}$/),
      orderCloudApiClientId: fc.uuid(),
      connectClientId: fc.constant('client'),
      connectClientSecret: fc.constantFrom(CANARY, `${CANARY}-ü`, `a"b\\${CANARY}`),
      appStartUrl: fc.constantFrom(
        'https://shop.example.com/login?token={0}',
        'https://shop.example.com{2}?t={0}&r={3}',
      ),
      authorizationEndpoint: fc.webUrl(),
      tokenEndpoint: fc.webUrl({ withQueryParameters: true }),
      urlEncoded: orNull(fc.boolean()),
      integrationEventId: orNull(fc.constant('event')),
      callSyncUserIntegrationEvent: orNull(fc.boolean()),
      additionalIdpScopes: orNull(
        fc.array(fc.constantFrom('offline_access', 'https://graph.example.com/.default')),
      ),
      customErrorUrl: orNull(fc.constant('https://shop.example.com/error?e={0}')),
    },
    {
      requiredKeys: [
        'orderCloudApiClientId',
        'connectClientId',
        'connectClientSecret',
        'appStartUrl',
        'authorizationEndpoint',
        'tokenEndpoint',
      ],
    },
  ),
  {
    id: orNull(anyId),
    orderCloudApiClientId: anyText,
    connectClientId: anyText,
    connectClientSecret: secretText,
    appStartUrl: anyText,
    authorizationEndpoint: anyText,
    tokenEndpoint: anyText,
    integrationEventId: orNull(anyText),
    additionalIdpScopes: orNull(scopes),
    customErrorUrl: orNull(anyText),
  },
);

const goodKeys = fc.constantFrom<unknown>(
  { keys: [RSA] },
  JSON.stringify({ keys: [RSA] }, null, 2),
  { keys: [{ kty: 'EC', crv: 'P-256', x: 'example', y: 'example' }, RSA] },
);
const program = fc.record({
  idpId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
  accessMode: fc.constant('PROGRAM'),
  idpUrl: fc.constantFrom('https://accounts.example.com', 'https://accounts.example.com/a/'),
  clientId: fc.constant('client_id_example'),
  signingKey: goodKeys,
});
const consoleOnly = fc.record({
  accessMode: fc.constant('PROGRAM_CONSOLE'),
  authorizationEndpoint: fc.constant('https://accounts.example.com/o/oauth2/v2/auth'),
  scope: fc.constantFrom(['openid'], ['openid', 'email', 'openid']),
  responseType: fc.constant('ID_TOKEN'),
  responseMode: fc.constantFrom('FRAGMENT', 'FORM_POST'),
});
const oidcConfigInput = nearly(
  fc.oneof(
    program,
    fc.tuple(program, consoleOnly).map(([one, other]) => ({ ...one, ...other })),
  ),
  {
    idpId: anyId,
    accessMode: fc.constantFrom('PROGRAM', 'PROGRAM_CONSOLE'),
    idpUrl: anyText,
    clientId: anyText,
    authorizationEndpoint: orNull(anyText),
    scope: orNull(scopes),
    responseType: orNull(fc.constant('ID_TOKEN')),
    responseMode: orNull(fc.constantFrom('FRAGMENT', 'FORM_POST')),
    signingKey: anyJwks,
  },
);

interface Result {
  readonly __typename: string;
  readonly issues?: readonly {
    readonly path: unknown;
    readonly message: unknown;
    readonly source: unknown;
  }[];
}

/** The result is the success, or a refusal with issues. Only for the success was one request sent. @returns whether it was accepted */
function expectSuccessOrIssues(
  { status, errors, data }: GraphQLResponse,
  success: string,
  method: string,
): boolean {
  expect(errors).toBeUndefined();
  expect(status).toBe(200);
  const { __typename: member, issues = [] } = data?.['result'] as Result;
  if (member === success) {
    expect(upstream.seen.map((request) => request.method)).toEqual([method]);
    return true;
  }
  expect(member).toBe('OidcInvalidInputError');
  expect(issues.length).toBeGreaterThan(0);
  for (const { path, message, source } of issues) {
    expect(Array.isArray(path) && path.every((part) => typeof part === 'string')).toBe(true);
    expect(message).toEqual(expect.stringMatching(/\S/));
    expect(source).toBe('GATEWAY');
  }
  expect(upstream.seen).toEqual([]);
  return false;
}

/** Sends arbitrary variables; of all of them, some must be accepted and some refused. */
async function sendMany<Variables extends object>(
  variables: fc.Arbitrary<Variables>,
  query: string,
  check: (response: GraphQLResponse, sent: Variables) => boolean,
): Promise<void> {
  const count = { accepted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(variables, async (one) => {
      clear();
      const accepted = check(await gateway.post(query, one, HEADERS), one);
      count[accepted ? 'accepted' : 'refused'] += 1;
    }),
    RUNS,
  );
  expect(count.accepted).toBeGreaterThan(0);
  expect(count.refused).toBeGreaterThan(0);
}

const bodySent = () => JSON.parse(upstream.seen[0]?.body ?? '') as Record<string, unknown>;

interface KeySet {
  readonly keys: readonly object[];
}

/** The members of an object that are not null, an empty text or an empty list: these count as left out of a key. */
function withoutEmpty(members: object): object {
  return Object.fromEntries(
    Object.entries(members).filter(
      ([, value]) =>
        !(value === null || value === '' || (Array.isArray(value) && value.length === 0)),
    ),
  );
}

/** What GraphQL makes of a list of texts. */
const asList = (value: unknown): unknown => (typeof value === 'string' ? [value] : value);

describe('for any variables', () => {
  it('createOpenIdConnect succeeds or reports the issues, and sends every text unchanged', async () => {
    upstream.respondWith(({ body }) => ({
      status: 201,
      body: JSON.stringify({ ID: (JSON.parse(body) as { readonly ID?: string }).ID ?? 'made' }),
    }));
    await sendMany(
      openIdConnectInput.map((input) => ({ input })),
      CREATE_OPEN_ID_CONNECT,
      (response, { input }) => {
        expect(response.text).not.toContain(CANARY);
        expect(JSON.stringify(gateway.logs)).not.toContain(CANARY);
        if (!expectSuccessOrIssues(response, 'CreateOpenIdConnectSuccess', 'POST')) return false;
        const expected = {
          ID: typeof input['id'] === 'number' ? String(input['id']) : input['id'],
          OrderCloudApiClientID: input['orderCloudApiClientId'],
          ConnectClientID: input['connectClientId'],
          ConnectClientSecret: input['connectClientSecret'],
          AppStartUrl: input['appStartUrl'],
          AuthorizationEndpoint: input['authorizationEndpoint'],
          TokenEndpoint: input['tokenEndpoint'],
          UrlEncoded: input['urlEncoded'],
          IntegrationEventID: input['integrationEventId'],
          CallSyncUserIntegrationEvent: input['callSyncUserIntegrationEvent'],
          AdditionalIdpScopes: asList(input['additionalIdpScopes']),
          CustomErrorUrl: input['customErrorUrl'],
        };
        expect(bodySent()).toStrictEqual(
          Object.fromEntries(
            Object.entries(expected).filter(([, value]) => value !== null && value !== undefined),
          ),
        );
        return true;
      },
    );
  });

  it('createOidcConfig succeeds or reports the issues, and sends the key set, without empty members', async () => {
    upstream.respondWith({ status: 201, body: JSON.stringify(HUAWEI_STORED) });
    await sendMany(
      oidcConfigInput.map((input) => ({ input })),
      CREATE_OIDC_CONFIG,
      (response, { input }) => {
        if (!expectSuccessOrIssues(response, 'CreateOidcConfigSuccess', 'POST')) return false;
        expect(upstream.seen[0]?.target).toBe(
          `/v3.0/OS-FEDERATION/identity-providers/${String(input['idpId'])}/openid-connect-config`,
        );
        const { openid_connect_config: sent } = bodySent() as {
          openid_connect_config: Record<string, unknown>;
        };
        const { signingKey } = input;
        const set = (
          typeof signingKey === 'string'
            ? JSON.parse(signingKey.replace(/^\uFEFF/, ''))
            : signingKey
        ) as KeySet;
        expect(sent).toMatchObject({
          idp_url: input['idpUrl'],
          client_id: input['clientId'],
          signing_key: JSON.stringify({ ...withoutEmpty(set), keys: set.keys.map(withoutEmpty) }),
        });
        const scope = asList(input['scope'] ?? null) as string[] | null;
        expect(sent['scope']).toBe(scope === null ? undefined : [...new Set(scope)].join(' '));
        return true;
      },
    );
  });

  it('openIdConnect succeeds or says what is wrong, and asks for this id', async () => {
    upstream.respondWith(({ target }) => ({
      status: 200,
      body: JSON.stringify({ ID: decodeURIComponent(target.split('/').at(-1) ?? '') }),
    }));
    await sendMany(fc.record({ id: anyId }), READ_OPEN_ID_CONNECT, (response, { id }) => {
      if (!expectSuccessOrIssues(response, 'OpenIdConnectSuccess', 'GET')) return false;
      const segments = (upstream.seen[0]?.target ?? '').split('/');
      expect(segments.map(decodeURIComponent)).toEqual(['', 'v1', 'openidconnects', String(id)]);
      return true;
    });
  });

  it('oidcConfig succeeds or says what is wrong, and asks for this id', async () => {
    upstream.respondWith({ status: 200, body: JSON.stringify(HUAWEI_STORED) });
    await sendMany(fc.record({ id: anyId }), READ_OIDC_CONFIG, (response, { id }) => {
      if (!expectSuccessOrIssues(response, 'OidcConfigSuccess', 'GET')) return false;
      expect(upstream.seen[0]?.target).toBe(
        `/v3.0/OS-FEDERATION/identity-providers/${String(id)}/openid-connect-config`,
      );
      return true;
    });
  });
});
