import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { textOf } from '../../src/server/metrics/exposition.ts';
import { makeInbound } from '../setup/inbound.ts';
import { startIssuer } from '../setup/issuer-server.ts';
import { ABSENT, permissiveUpstream, refusal, STORED } from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Responder } from '../setup/scripted-upstream.ts';

/* The mutation that checks sign-in to Huawei Cloud, over HTTP: its errors, what it sends, and what it does not say. */

const DOCUMENT = documentOf('checkOidcConfig', {
  CheckOidcConfigSuccess:
    'warnings { code } report { verdict checks { code status path message advice } }',
  OidcError: 'code message',
  OidcInvalidInputError: 'issues { path code }',
  OidcPermissionDeniedError: 'missing',
});
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const CANARY = 'canary-of-an-id-token';
const ID_TOKEN = `${part({ alg: 'RS256' })}.${part({ iss: 'x', sub: CANARY, aud: 'y' })}.${CANARY}`;
const { idpId } = STORED.oidcConfig;

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
  gateway.upstream.respondWith(permissiveUpstream);
});

const check = (input: object, headers?: Readonly<Record<string, string>>) =>
  gateway.run(DOCUMENT, { input: { idpId, ...input } }, headers);

/** Responds to requests whose target matches with a refusal, or not at all. */
const failing =
  (target: RegExp, status: 403 | 404 | null): Responder =>
  (request) => {
    if (!target.test(request.target)) return permissiveUpstream(request);
    if (status === null) return { destroy: true };
    return status === 404 ? ABSENT : refusal(request.target, status, 'IAM.0003', 'Refused.');
  };

/** Has a configuration for the console, with an endpoint that is not public. */
const forConsole: Responder = (request) => {
  const response = permissiveUpstream(request);
  if (!request.target.endsWith('openid-connect-config') || !('body' in response)) return response;
  const { openid_connect_config: stored } = JSON.parse(response.body) as Record<string, object>;
  const changes = {
    access_mode: 'program_console',
    authorization_endpoint: 'https://10.0.0.1/authorize',
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
  };
  const body = JSON.stringify({ openid_connect_config: { ...stored, ...changes } });
  return { ...response, body };
};

const statusOf = (result: Readonly<Record<string, unknown>>, code: string) =>
  (
    result['report'] as { checks: { code: string; status: string; advice: string | null }[] }
  ).checks.find((one) => one.code === code);

describe('checkOidcConfig', () => {
  it('only reads, and says what it could not decide', async () => {
    const result = await check({});
    expect(result).toMatchObject({ warnings: [], report: { verdict: 'UNDECIDED' } });
    expect(gateway.upstream.seen.map(({ method, target }) => `${method} ${target}`).sort()).toEqual(
      [
        'GET /v3.0/OS-FEDERATION/identity-providers/ACME/openid-connect-config',
        'GET /v3/OS-FEDERATION/identity_providers/ACME',
        'GET /v3/OS-FEDERATION/identity_providers/ACME/protocols/oidc',
        'GET /v3/OS-FEDERATION/mappings/map1',
      ],
    );
    expect(statusOf(result, 'ISSUER_READ')).toMatchObject({
      status: 'UNDECIDED',
      message: expect.stringContaining('ISSUER_DISCOVERY') as unknown,
    });
    expect(statusOf(result, 'MAPPING_RESULT')).toMatchObject({ status: 'PASSED' });
  });

  it('has one outcome in the audit trail, and no intent', async () => {
    await check({ idToken: ID_TOKEN });
    const audit = lines
      .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
      .filter(({ msg }) => msg === 'audit');
    expect(audit).toMatchObject([
      {
        event: 'outcome',
        operation: 'checkOidcConfig',
        object: idpId,
        intents: 0,
        fields: ['idToken', 'probe'],
      },
    ]);
  });

  it('reports all issues of its input at once, and sends nothing', async () => {
    const result = await gateway.run(DOCUMENT, {
      input: { idpId: 'A/B', issuer: 'idp.example', idToken: CANARY, claims: CANARY },
    });
    expect(result).toMatchObject({
      code: 'INVALID_INPUT',
      issues: [
        { path: ['idpId'] },
        { path: ['issuer'], code: 'INVALID_URL' },
        { path: ['idToken'], code: 'INVALID_FORMAT' },
        { path: ['claims'], code: 'INVALID_JSON' },
        { path: ['claims'], code: 'NOT_ALLOWED' },
      ],
    });
    expect(JSON.stringify(result)).not.toContain(CANARY);
    expect(gateway.upstream.seen).toEqual([]);
  });

  it('takes claims, and null for what is left out', async () => {
    const result = await check({ claims: { sub: 'a' }, issuer: null, idToken: null });
    expect(statusOf(result, 'MAPPING_RESULT')).toMatchObject({ status: 'PASSED' });
  });

  it('never shows an ID token, or sends it anywhere', async () => {
    const result = await check({ idToken: ID_TOKEN });
    expect(result).toMatchObject({ report: { verdict: 'UNDECIDED' } });
    expect(JSON.stringify(result)).not.toContain(CANARY);
    expect(lines.join('')).not.toContain(CANARY);
    expect(JSON.stringify(gateway.upstream.seen)).not.toContain(CANARY);
  });

  it('skips probes if the operator has not turned them on, and says what to do', async () => {
    gateway.upstream.respondWith(forConsole);
    const result = await check({ idToken: ID_TOKEN, probe: true });
    for (const code of ['CLIENT_ID', 'CLIENT_REGISTRATION', 'ID_TOKEN_EXCHANGE'])
      expect(statusOf(result, code)).toMatchObject({
        status: 'SKIPPED',
        advice: expect.stringContaining('SIGN_IN_PROBES=true') as unknown,
      });
    expect(gateway.upstream.seen.every(({ method }) => method === 'GET')).toBe(true);
  });

  it.each([
    ['OidcNotFoundError', 'openid-connect-config', 404],
    ['OidcPermissionDeniedError', 'openid-connect-config', 403],
    ['OidcUpstreamUnavailableError', 'mappings', null],
  ] as const)('gives %s if %s fails', async (member, target, status) => {
    gateway.upstream.respondWith(failing(new RegExp(target), status));
    expect(await check({})).toMatchObject({ __typename: member });
  });

  it.each([
    ['PROVIDER_ENABLED', /identity_providers\/ACME$/],
    ['PROTOCOL', /protocols/],
    ['MAPPING', /mappings/],
  ])('skips %s without the right to read it, and says which right', async (code, target) => {
    gateway.upstream.respondWith(failing(target, 403));
    const result = await check({});
    expect(result).toMatchObject({ report: { verdict: 'UNDECIDED' } });
    expect(statusOf(result, code)).toMatchObject({
      status: 'SKIPPED',
      advice: expect.stringMatching(/^Ask for .*(iam:|Security Administrator)/) as unknown,
    });
  });

  it('needs a token of the platform', async () => {
    expect(await check({}, {})).toMatchObject({ __typename: 'OidcUnauthenticatedError' });
  });

  it('can return these members', () => {
    expect(ROOT_FIELDS.get('checkOidcConfig')?.members.toSorted()).toEqual([
      'CheckOidcConfigSuccess',
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

it('reads the issuer again if its keys do not fit, and otherwise not', async () => {
  const issuer = await startIssuer();
  const own = await startScriptedGateway({
    ISSUER_DISCOVERY: 'true',
    ISSUER_ALLOWED_HOSTS: issuer.issuer,
  });
  onTestFinished(async () => {
    await own.stop();
  });
  const [before, after] = ['a', 'b'].map((kid) => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    return { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] };
  });
  const statusWith = async (stored: unknown, evidence: object = {}) => {
    own.upstream.respondWith((request) => {
      const response = permissiveUpstream(request);
      if (!request.target.endsWith('openid-connect-config') || !('body' in response))
        return response;
      const { openid_connect_config: config } = JSON.parse(response.body) as Record<string, object>;
      const changes = { idp_url: issuer.issuer, signing_key: JSON.stringify(stored) };
      const body = JSON.stringify({ openid_connect_config: { ...config, ...changes } });
      return { ...response, body };
    });
    const result = await own.run(DOCUMENT, { input: { idpId, ...evidence } });
    const { status } = statusOf(result, 'STORED_KEYS') ?? {};
    return [status, issuer.requests.length];
  };
  const signedWith = (kid: string) => ({
    idToken: `${part({ alg: 'RS256', kid })}.${part({ sub: 'x' })}.x`,
  });

  issuer.publish(issuer.metadata, before);
  expect(await statusWith(before)).toEqual(['PASSED', 2]);
  expect(await statusWith(before, signedWith('a'))).toEqual(['PASSED', 2]);
  // The platform has the new keys.
  issuer.publish(issuer.metadata, after);
  expect(await statusWith(after)).toEqual(['PASSED', 4]);
  // The ID token has a new key.
  issuer.publish(issuer.metadata, before);
  expect(await statusWith(after, signedWith('a'))).toEqual(['FAILED', 6]);
});

const LOGIN = '/v3/auth/tokens?nocatalog=true';
const OWN_TOKEN = 'own-token-of-the-gateway';

/** Starts a gateway that reads with credentials of its own, which the platform takes. It ends with the test. */
async function startWithOwnCredentials(respond: Responder) {
  const inbound = await makeInbound();
  const own = await startScriptedGateway(
    {
      ISSUER_DISCOVERY: 'true',
      SIGN_IN_PROBES: 'true',
      ISSUER_ALLOWED_HOSTS: 'http://127.0.0.1:1',
      HUAWEI_CREDENTIALS: 'gateway',
      HUAWEI_AUTH_METHOD: 'password',
      HUAWEI_DOMAIN_NAME: 'acme',
      HUAWEI_USER_NAME: 'gateway',
      HUAWEI_PASSWORD: 'own-password',
      ...inbound.environment,
    },
    { write: (line: string) => lines.push(line) },
  );
  onTestFinished(async () => {
    await own.stop();
    inbound.remove();
  });
  const times = {
    issued_at: '2026-01-01T00:00:00.000000Z',
    expires_at: '2126-01-01T00:00:00.000000Z',
  };
  own.upstream.respondWith((request) =>
    request.target === LOGIN
      ? {
          status: 201,
          headers: { 'x-subject-token': OWN_TOKEN },
          body: JSON.stringify({ token: times }),
        }
      : respond(request),
  );
  return { own, inbound };
}

it("skips what the gateway's own credentials may not read, without an alert", async () => {
  const { own, inbound } = await startWithOwnCredentials(
    failing(/identity_providers|mappings/, 403),
  );
  const result = await own.run(DOCUMENT, { input: { idpId } }, inbound.byApiKey('oidc:write'));
  for (const code of ['PROVIDER_ENABLED', 'PROTOCOL'])
    expect(statusOf(result, code)).toMatchObject({
      status: 'SKIPPED',
      advice: expect.stringContaining('iam:identityProviders:get') as unknown,
    });
  expect(JSON.stringify(own.upstream.seen)).toContain(OWN_TOKEN);
  expect(own.upstream.seen.filter(({ target }) => target === LOGIN)).toHaveLength(1);
  expect(lines.join('')).not.toContain("refused the gateway's own credentials");
});

it("is unavailable, with an alert, if the gateway's own credentials may not read the configuration itself", async () => {
  const { own, inbound } = await startWithOwnCredentials(failing(/openid-connect-config/, 403));
  const result = await own.run(DOCUMENT, { input: { idpId } }, inbound.byApiKey('oidc:write'));
  expect(result).toMatchObject({ __typename: 'OidcUpstreamUnavailableError' });
  expect(lines.join('')).toContain("refused the gateway's own credentials");
});

describe('probes of checkOidcConfig', () => {
  const EXCHANGE = '/v3.0/OS-AUTH/id-token/tokens';
  let probing: ScriptedGateway;
  beforeAll(async () => {
    probing = await startScriptedGateway(
      {
        ISSUER_DISCOVERY: 'true',
        SIGN_IN_PROBES: 'true',
        ISSUER_ALLOWED_HOSTS: 'http://127.0.0.1:1',
        METRICS_PORT: '0',
      },
      { write: (line: string) => lines.push(line) },
    );
  });
  afterAll(() => probing.stop());
  beforeEach(() => {
    probing.upstream.seen.length = 0;
  });
  const exchanging = (response: ReturnType<Responder>) => {
    probing.upstream.respondWith((request) =>
      request.target === EXCHANGE ? response : forConsole(request),
    );
    return probing.run(DOCUMENT, { input: { idpId, idToken: ID_TOKEN, probe: true } });
  };
  const token = (groups: unknown) => ({
    token: { user: { name: 'ada', 'OS-FEDERATION': { groups } } },
  });

  it('send the ID token to IAM once, without credentials, and drop the token that it makes', async () => {
    const result = await exchanging({
      status: 201,
      headers: { 'x-subject-token': 'canary-of-a-minted-token' },
      body: JSON.stringify({ ...token([{ name: 'admin' }]), ignored: 'canary-of-a-body' }),
    });
    expect(statusOf(result, 'ID_TOKEN_EXCHANGE')).toMatchObject({
      status: 'PASSED',
      message: 'Huawei Cloud IAM accepts it: it signs in "ada" in the groups "admin".',
    });
    const sent = probing.upstream.seen.filter(({ target }) => target === EXCHANGE);
    expect(sent).toMatchObject([
      { method: 'POST', body: JSON.stringify({ auth: { id_token: { id: ID_TOKEN } } }) },
    ]);
    expect(sent[0]?.headers).toMatchObject({ 'x-idp-id': idpId });
    expect(JSON.stringify(sent[0]?.headers)).not.toMatch(
      /example-token|x-auth-token|authorization/i,
    );
    for (const text of [JSON.stringify(result), lines.join('')])
      expect(text).not.toContain('canary');
  });

  it.each<[string, number | null, string]>([
    ['IAM refuses it', 401, '{"error_code":"IAM.0001","error_msg":"No."}'],
    ['what stands before IAM refuses it', 401, '{"error_code":"APIGW.0301","error_msg":"No."}'],
    ['something refuses it', 403, '<h1>Blocked</h1>'],
    ['IAM fails', 500, '{"error_code":"IAM.0006","error_msg":"Oops."}'],
    ['the response is not what it must be', 201, '{"token":{}}'],
    ['nothing responds', null, ''],
  ])('say nothing for certain of an ID token that anybody may have made, if %s', async (...row) => {
    const [, status, body] = row;
    const result = await exchanging(status === null ? { destroy: true } : { status, body });
    expect(statusOf(result, 'ID_TOKEN_EXCHANGE')).toMatchObject({ status: 'UNDECIDED' });
    expect(probing.upstream.seen.filter(({ target }) => target === EXCHANGE)).toHaveLength(1);
  });

  it("are refused without a refusal of the gateway's own credentials, which are not sent", async () => {
    const { own, inbound } = await startWithOwnCredentials((request) =>
      request.target === EXCHANGE
        ? { status: 401, body: '{"error_code":"IAM.0001","error_msg":"No."}' }
        : forConsole(request),
    );
    const input = { idpId, idToken: ID_TOKEN, probe: true };
    for (const attempt of [1, 2]) {
      const result = await own.run(DOCUMENT, { input }, inbound.byApiKey('oidc:write'));
      expect(statusOf(result, 'ID_TOKEN_EXCHANGE')).toMatchObject({ status: 'UNDECIDED' });
      const sent = own.upstream.seen.filter(({ target }) => target === EXCHANGE);
      expect(sent).toHaveLength(attempt);
      expect(JSON.stringify(sent)).not.toContain(OWN_TOKEN);
    }
    expect(JSON.stringify(own.upstream.seen)).toContain(OWN_TOKEN);
    expect(own.upstream.seen.filter(({ target }) => target === LOGIN)).toHaveLength(1);
    expect(lines.join('')).not.toContain("refused the gateway's own credentials");
  });

  it('are not sent to an endpoint that is not public', async () => {
    const result = await exchanging({ status: 201, body: JSON.stringify(token(null)) });
    const { metrics } = probing.gateway;
    const figures = metrics === null ? '' : textOf(metrics.families, metrics.collect());
    expect(figures).toMatch(
      /issuer_fetch_duration_seconds_count\{document="probe",outcome="not_allowed"\} \d/,
    );
    expect(figures).toMatch(
      /sign_in_checks_total\{field="checkOidcConfig",verdict="undecided"\} [1-9]/,
    );
    for (const code of ['CLIENT_ID', 'CLIENT_REGISTRATION'])
      expect(statusOf(result, code)).toMatchObject({
        status: 'UNDECIDED',
        message: expect.stringMatching(
          /^The gateway cannot use https:\/\/10\.0\.0\.1\/authorize\. Its address is not public\./,
        ) as unknown,
      });
    expect(statusOf(result, 'ID_TOKEN_EXCHANGE')).toMatchObject({
      message: 'Huawei Cloud IAM accepts it: it signs in "ada" in no group.',
    });
  });
});
