import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ABSENT,
  permissiveUpstream,
  refusal,
  STORED,
  WIRE_OPEN_ID_CONNECT,
} from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Responder, ScriptedResponse } from '../setup/scripted-upstream.ts';

/* The mutation that checks sign-in to OrderCloud, over HTTP: its errors, what it sends, and what it does not say. */

const DOCUMENT = documentOf('checkOpenIdConnect', {
  CheckOpenIdConnectSuccess:
    'warnings { code } report { verdict checks { code status path message advice } }',
  OidcError: 'code message upstream { details { code message data } }',
  OidcInvalidInputError: 'issues { path code }',
});
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const CANARY = 'canary-of-an-id-token';
const tokenOf = (claims: object) =>
  `${part({ alg: 'RS256' })}.${part({ sub: CANARY, aud: 'y', ...claims })}.${CANARY}`;
const ID_TOKEN = tokenOf({ iss: 'https://idp.example' });
const { id } = STORED.openIdConnect;

const SECRETS = {
  HashKey: 'canary-of-the-hash-key',
  CustomAuthHeaderValue: 'canary-of-the-header',
  ClientSecret: 'canary-of-the-api-client',
};

const lines: string[] = [];
let gateway: ScriptedGateway;
beforeAll(async () => {
  gateway = await startScriptedGateway(
    { ISSUER_DISCOVERY: 'false' },
    { write: (line: string) => lines.push(line) },
  );
});
afterAll(() => gateway.stop());
beforeEach(() => {
  lines.length = 0;
  gateway.upstream.seen.length = 0;
  gateway.upstream.respondWith(storing({}));
});

type Fields = Readonly<Record<string, unknown>>;

interface Stored {
  readonly config?: Fields;
  readonly client?: Fields;
  readonly event?: Fields;
  readonly assignments?: readonly Fields[];
}

/** Responds with these objects, of which everything else is right; and with the secrets that OrderCloud has in them. */
function storing({ config, client, event, assignments }: Stored): Responder {
  const parts: readonly (readonly [RegExp, Fields])[] = [
    [/^\/v1\/openidconnects\//, { IntegrationEventID: 'sync', ...config }],
    [/^\/v1\/apiclients\/assignments/, { Items: assignments ?? [] }],
    [/^\/v1\/apiclients\//, { ClientSecret: SECRETS.ClientSecret, ...client }],
    [/^\/v1\/integrationEvents\//, { ...SECRETS, ...event }],
  ];
  return (request) => {
    const found = permissiveUpstream(request);
    const [, changes] = parts.find(([target]) => target.test(request.target)) ?? [];
    if (!('body' in found)) return found;
    const body = { ...(JSON.parse(found.body) as Fields), ...changes };
    return { ...found, body: JSON.stringify(body) };
  };
}

/** Responds to requests whose target matches with something else, or not at all. */
const failing =
  (target: RegExp, response: ScriptedResponse, stored: Stored = {}): Responder =>
  (request) =>
    target.test(request.target) ? response : storing(stored)(request);

const denied = (target: string, roles?: readonly string[]): ScriptedResponse => {
  const Data = roles && { SufficientRoles: roles, AssignedRoles: [] };
  const error = { ErrorCode: 'Auth.InsufficientRoles', Message: 'Refused.', Data };
  return { ...refusal(target, 403, '', ''), body: JSON.stringify({ Errors: [error] }) };
};

const check = (input: object = {}, headers?: Readonly<Record<string, string>>) =>
  gateway.run(DOCUMENT, { input: { id, ...input } }, headers);

interface Shown {
  readonly code: string;
  readonly status: string;
  readonly message: string;
  readonly advice: string | null;
}

const checksOf = (result: Fields) => (result['report'] as { checks: readonly Shown[] }).checks;
const found = (result: Fields, code: string) => checksOf(result).find((one) => one.code === code);
const targets = () => gateway.upstream.seen.map(({ method, target }) => `${method} ${target}`);

describe('checkOpenIdConnect', () => {
  it('only reads, and says what it could not decide', async () => {
    const result = await check({ issuer: 'https://idp.example', idToken: null });
    expect(result).toMatchObject({ warnings: [], report: { verdict: 'UNDECIDED' } });
    expect(targets().sort()).toEqual([
      'GET /v1/apiclients/CID',
      'GET /v1/integrationEvents/sync',
      'GET /v1/openidconnects/google',
    ]);
    expect(checksOf(result).map(({ code, status }) => `${code} ${status}`)).toEqual([
      'ISSUER_READ UNDECIDED',
      'AUTHORIZATION_ENDPOINT UNDECIDED',
      'TOKEN_ENDPOINT UNDECIDED',
      'CLIENT_ID UNDECIDED',
      'CLIENT_REGISTRATION UNDECIDED',
      'CLIENT_SECRET UNDECIDED',
      'API_CLIENT PASSED',
      'API_CLIENT_ACCESS PASSED',
      'APP_START_URL PASSED',
      'INTEGRATION_EVENT PASSED',
      'INTEGRATION_EVENT_URL PASSED',
      'INTEGRATION_EVENT_KEY PASSED',
      'ELEVATED_ROLES PASSED',
      'MIDDLEWARE SKIPPED',
    ]);
    expect(found(result, 'CLIENT_REGISTRATION')?.advice).toContain(
      `${gateway.upstream.origin}/ocrpcode `,
    );
  });

  it.each<[string, string, Stored]>([
    ['API_CLIENT FAILED', 'is not active', { client: { Active: false } }],
    ['API_CLIENT UNDECIDED', 'does not say', { client: { Active: null } }],
    ['API_CLIENT FAILED', 'None is stored', { config: { OrderCloudApiClientID: null } }],
    [
      'API_CLIENT_ACCESS FAILED',
      'Nobody may use',
      { client: { AllowAnyBuyer: false, AllowAnySupplier: false, AllowSeller: false } },
    ],
    [
      'API_CLIENT_ACCESS UNDECIDED',
      'does not say who',
      { client: { AllowAnyBuyer: false, AllowSeller: null } },
    ],
    [
      'API_CLIENT_ACCESS UNDECIDED',
      'does not say who',
      {
        client: { AllowAnyBuyer: false, AllowAnySupplier: false, AllowSeller: false },
        assignments: [{ ApiClientID: 'of-others', BuyerID: 'b' }],
      },
    ],
    [
      'API_CLIENT_ACCESS PASSED',
      'buyers, sellers|sellers, buyers',
      { client: { AllowAnyBuyer: false }, assignments: [{ ApiClientID: 'CID', BuyerID: 'b' }] },
    ],
    ['API_CLIENT_ACCESS UNDECIDED', 'Only sellers', { client: { AllowAnyBuyer: false } }],
    [
      'API_CLIENT_ACCESS PASSED',
      'sellers',
      { client: { AllowAnyBuyer: false }, event: { ElevatedRoles: ['AdminUserAdmin'] } },
    ],
    ['APP_START_URL UNDECIDED', 'not an http', { config: { AppStartUrl: 'localhost:3000/{0}' } }],
    ['APP_START_URL FAILED', 'None is stored', { config: { AppStartUrl: null } }],
    ['APP_START_URL FAILED', 'not an absolute URL', { config: { AppStartUrl: '/start?t={0}' } }],
    [
      'APP_START_URL PASSED',
      'absolute URL',
      { config: { AppStartUrl: 'http://a.example{2}?t={0}' } },
    ],
    [
      'REFRESH_TOKEN UNDECIDED',
      'has no refresh tokens',
      { config: { AppStartUrl: 'https://a.example/{3}' }, client: { RefreshTokenDuration: 0 } },
    ],
    [
      'REFRESH_TOKEN UNDECIDED',
      'does not say',
      { config: { AppStartUrl: 'https://a.example/{3}' } },
    ],
    [
      'REFRESH_TOKEN PASSED',
      'does not live longer',
      {
        config: { AppStartUrl: 'https://a.example/{3}' },
        client: { RefreshTokenDuration: 60, AccessTokenDuration: 60 },
      },
    ],
    [
      'REFRESH_TOKEN PASSED',
      '[{]3[}][.]$',
      {
        config: { AppStartUrl: 'https://a.example/{3}' },
        client: { RefreshTokenDuration: 61, AccessTokenDuration: 60 },
      },
    ],
    ['INTEGRATION_EVENT UNDECIDED', 'users who exist', { config: { IntegrationEventID: null } }],
    ['INTEGRATION_EVENT UNDECIDED', 'not of type', { event: { EventType: 'OrderCheckout' } }],
    ['INTEGRATION_EVENT UNDECIDED', 'does not say', { event: { EventType: null } }],
    [
      'INTEGRATION_EVENT FAILED',
      'not of type.*nobody can sign in',
      {
        config: { CallSyncUserIntegrationEvent: true },
        event: { EventType: 'OrderCheckout' },
      },
    ],
    [
      'INTEGRATION_EVENT_URL UNDECIDED',
      'for the first time',
      { event: { CustomImplementationUrl: null } },
    ],
    [
      'INTEGRATION_EVENT_URL FAILED',
      'not an absolute',
      {
        config: { CallSyncUserIntegrationEvent: true },
        event: { CustomImplementationUrl: 'middleware' },
      },
    ],
    ['INTEGRATION_EVENT_KEY UNDECIDED', 'X-oc-hash', { event: { HashKey: '' } }],
    ['ELEVATED_ROLES PASSED', 'credentials of its own', { event: { ElevatedRoles: null } }],
    ['ELEVATED_ROLES PASSED', 'cannot create buyer', { event: { ElevatedRoles: ['MeAdmin'] } }],
    ['ELEVATED_ROLES PASSED', 'can create buyer', { client: { AllowSeller: false } }],
    ['AUTHORIZATION_ENDPOINT FAILED', 'missing', { config: { AuthorizationEndpoint: null } }],
    ['TOKEN_ENDPOINT FAILED', 'not an absolute', { config: { TokenEndpoint: 'idp/token' } }],
    ['CLIENT_ID FAILED', 'None is stored', { config: { ConnectClientID: null } }],
    ['CLIENT_SECRET UNDECIDED', 'does not show', { config: { ConnectClientSecret: null } }],
  ])('has %s, which says: %s', async (expected, message, stored) => {
    gateway.upstream.respondWith(storing(stored));
    const result = await check();
    const [code = '', status] = expected.split(' ');
    expect(found(result, code)).toMatchObject({
      status,
      message: expect.stringMatching(message) as unknown,
    });
    const verdict = status === 'FAILED' ? 'BROKEN' : 'UNDECIDED';
    expect(result).toMatchObject({ report: { verdict } });
  });

  it('says with advice what keeps nobody from signing in', async () => {
    gateway.upstream.respondWith(
      storing({
        config: { AppStartUrl: 'http://a.example/{0}' },
        client: { AllowSeller: false },
        event: { CustomImplementationUrl: 'http://middleware.example' },
      }),
    );
    const result = await check();
    for (const [code, advice] of [
      ['APP_START_URL', 'use https'],
      ['INTEGRATION_EVENT_URL', 'use https'],
      ['ELEVATED_ROLES', 'AllowSeller = true'],
    ] as const)
      expect(found(result, code)).toMatchObject({
        status: 'PASSED',
        advice: expect.stringContaining(advice) as unknown,
      });
  });

  it.each([
    ['API_CLIENT FAILED', /apiclients/, {}],
    ['INTEGRATION_EVENT UNDECIDED', /integrationEvents/, {}],
    [
      'INTEGRATION_EVENT FAILED',
      /integrationEvents/,
      { config: { CallSyncUserIntegrationEvent: true } },
    ],
    [
      'API_CLIENT_ACCESS UNDECIDED',
      /assignments/,
      { client: { AllowAnyBuyer: false, AllowSeller: false } },
    ],
  ] as const)('has %s if it does not exist', async (expected, target, stored) => {
    gateway.upstream.respondWith(failing(target, ABSENT, stored));
    const [code = '', status] = expected.split(' ');
    expect(found(await check(), code)).toMatchObject({ status });
  });

  it.each([
    [
      'API_CLIENT',
      /apiclients\/CID/,
      ['ApiClientReader', 'FullAccess'],
      'ApiClientReader, FullAccess',
    ],
    ['API_CLIENT', /apiclients\/CID/, undefined, 'ApiClientReader, ApiClientAdmin, FullAccess'],
    ['API_CLIENT_ACCESS', /assignments/, undefined, 'ApiClientReader, ApiClientAdmin, FullAccess'],
    [
      'INTEGRATION_EVENT',
      /integrationEvents/,
      undefined,
      'IntegrationEventReader, IntegrationEventAdmin, FullAccess',
    ],
  ])(
    'skips %s without the right to read it, and says which role',
    async (code, target, sent, roles) => {
      const stored = { client: { AllowAnyBuyer: false, AllowSeller: false } };
      gateway.upstream.respondWith(failing(target, denied('/v1/', sent), stored));
      const result = await check();
      expect(result).toMatchObject({ report: { verdict: 'UNDECIDED' } });
      expect(found(result, code)).toMatchObject({
        status: 'SKIPPED',
        advice: expect.stringContaining(`these roles: ${roles}.`) as unknown,
      });
    },
  );

  it.each([
    '../openidconnects/other',
    'a/b',
    'a?search=*',
    '..',
    '%2e%2e',
    'a#b',
    'assignments',
    'ASSIGNMENTS',
    'a\nb',
    'x'.repeat(101),
    '\ud800',
  ])('never makes a path of a stored text that is not an ID: %j', async (text) => {
    // An event may be called like the list of API clients.
    const isList = /^assignments$/i.test(text);
    const config = { OrderCloudApiClientID: text, IntegrationEventID: isList ? null : text };
    gateway.upstream.respondWith(storing({ config }));
    const result = await check();
    expect(targets()).toEqual(['GET /v1/openidconnects/google']);
    expect(found(result, 'API_CLIENT')).toMatchObject({ status: 'UNDECIDED' });
    expect(found(result, 'INTEGRATION_EVENT')).toMatchObject({ status: 'UNDECIDED' });
  });

  it('never shows a secret of what it reads, even if OrderCloud repeats it', async () => {
    const secrets = [...Object.values(SECRETS), WIRE_OPEN_ID_CONNECT.ConnectClientSecret];
    const stored = { client: { AllowAnyBuyer: false, AllowSeller: false } };
    const reports = [await check({ idToken: ID_TOKEN })];
    for (const status of [400, 403, 404]) {
      const echo = refusal('/v1/', status, secrets.join(' '), `No: ${secrets.join(' ')}`);
      gateway.upstream.respondWith(failing(/assignments/, echo, stored));
      reports.push(await check());
    }
    expect(reports.map(({ __typename }) => __typename)).toEqual([
      'CheckOpenIdConnectSuccess',
      'OidcUpstreamRejectedError',
      'CheckOpenIdConnectSuccess',
      'OidcNotFoundError',
    ]);
    for (const secret of secrets) {
      expect(JSON.stringify(reports)).not.toContain(secret);
      expect(lines.join('')).not.toContain(secret);
    }
  });

  it('never shows an ID token, or sends it anywhere', async () => {
    const result = await check({ idToken: ID_TOKEN });
    expect(found(result, 'ISSUER_READ')).toMatchObject({
      status: 'UNDECIDED',
      message: expect.stringContaining('ISSUER_DISCOVERY') as unknown,
    });
    const seen = JSON.stringify([result, gateway.upstream.seen, lines]);
    expect(seen).not.toContain(CANARY);
  });

  it.each([
    {},
    { iss: 7 },
    { iss: 'not a URL' },
    { iss: `https://idp.example/${'a'.repeat(4_000)}` },
  ])('takes an ID token with any issuer: %j', async (claims) => {
    const result = await check({ idToken: tokenOf(claims) });
    expect(found(result, 'ISSUER_READ')).toMatchObject({ status: 'UNDECIDED' });
  });

  it('has one outcome in the audit trail, and no intent', async () => {
    await check({ idToken: ID_TOKEN });
    const audit = lines
      .map((line) => JSON.parse(line) as Fields)
      .filter(({ msg }) => msg === 'audit');
    expect(audit).toMatchObject([
      { event: 'outcome', operation: 'checkOpenIdConnect', object: id, intents: 0 },
    ]);
  });

  it('reports all issues of its input at once, and sends nothing', async () => {
    const result = await gateway.run(DOCUMENT, {
      input: { id: 'A/B', issuer: 'idp.example', idToken: CANARY },
    });
    expect(result).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        { path: ['id'] },
        { path: ['issuer'], code: 'INVALID_URL' },
        { path: ['idToken'], code: 'INVALID_FORMAT' },
      ],
    });
    expect(JSON.stringify(result)).not.toContain(CANARY);
    expect(gateway.upstream.seen).toEqual([]);
  });

  it.each([
    ['OidcNotFoundError', /openidconnects/, ABSENT],
    ['OidcPermissionDeniedError', /openidconnects/, denied('/v1/')],
    ['OidcUpstreamUnavailableError', /apiclients/, { destroy: true }],
    ['OidcUpstreamContractError', /apiclients/, { status: 200, body: '{"ID":"another"}' }],
    ['OidcUpstreamContractError', /integrationEvents/, { status: 200, body: '{"ID":7}' }],
  ] as const)('gives %s if %s fails', async (member, target, response) => {
    gateway.upstream.respondWith(failing(target, response));
    expect(await check()).toMatchObject({ __typename: member });
  });

  it('needs a token of the platform', async () => {
    expect(await check({}, {})).toMatchObject({ __typename: 'OidcUnauthenticatedError' });
  });

  it('can return these members', () => {
    expect(ROOT_FIELDS.get('checkOpenIdConnect')?.members.toSorted()).toEqual([
      'CheckOpenIdConnectSuccess',
      'OidcInvalidInputError',
      'OidcNotFoundError',
      'OidcPermissionDeniedError',
      'OidcRateLimitedError',
      'OidcUnauthenticatedError',
      'OidcUpstreamContractError',
      'OidcUpstreamRejectedError',
      'OidcUpstreamUnavailableError',
    ]);
  });
});
