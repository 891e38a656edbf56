import { afterAll, beforeEach, beforeAll, describe, expect, it } from 'vitest';
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
        fields: ['idToken'],
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
