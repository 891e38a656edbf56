import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway, Mode } from '../setup/guarded-gateway.ts';
import { METADATA_PATH, RSA_KEY, RSA_THUMBPRINT, startIssuer } from '../setup/issuer-server.ts';
import type { TestIssuer } from '../setup/issuer-server.ts';
import { STORED } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import { HEADERS, resultOf } from '../setup/scripted-gateway.ts';
import type { Result } from '../setup/scripted-gateway.ts';
import type { SeenRequest } from '../setup/scripted-upstream.ts';

/* Mutations whose input names an issuer, over HTTP, against an issuer on loopback that the operator allows. */

type Fields = Readonly<Record<string, unknown>>;

interface Case {
  /** The input without what an issuer fills in. */
  readonly given: Fields;
  /** What is filled in, in the words of the upstream. */
  readonly filled: (server: TestIssuer) => Fields;
  /** Other values for what would be filled in. */
  readonly other: Fields;
  /** The fields that are required without an issuer. */
  readonly required: readonly string[];
  readonly endpoint: string;
}

const { authorizationEndpoint: _a, tokenEndpoint: _t, ...connect } = STORED.openIdConnect;
const OTHER_KEY = { ...RSA_KEY, kid: 'other', n: `1${RSA_KEY.n.slice(1)}` };

const ORDERCLOUD: Case = {
  given: connect,
  filled: ({ issuer }) => ({
    AuthorizationEndpoint: `${issuer}/authorize`,
    TokenEndpoint: `${issuer}/token`,
    UrlEncoded: true,
  }),
  other: {
    authorizationEndpoint: 'https://else.example/authorize',
    tokenEndpoint: 'https://else.example/token',
    urlEncoded: false,
  },
  required: ['authorizationEndpoint', 'tokenEndpoint'],
  endpoint: 'authorizationEndpoint',
};
const HUAWEI: Case = {
  given: { idpId: 'ACME', accessMode: 'PROGRAM_CONSOLE', clientId: 'idp-app' },
  filled: ({ issuer }) => ({
    idp_url: issuer,
    authorization_endpoint: `${issuer}/authorize`,
    scope: 'openid email',
    response_type: 'id_token',
    response_mode: 'form_post',
    signing_key: { keys: [RSA_KEY] },
  }),
  other: {
    idpUrl: 'https://else.example',
    authorizationEndpoint: 'https://else.example/authorize',
    scope: ['openid', 'groups'],
    responseMode: 'FRAGMENT',
    signingKey: { keys: [OTHER_KEY] },
  },
  required: [
    'authorizationEndpoint',
    'idpUrl',
    'responseMode',
    'responseType',
    'scope',
    'signingKey',
  ],
  endpoint: 'authorizationEndpoint',
};
const CASES: Readonly<Record<string, Case>> = {
  createOpenIdConnect: ORDERCLOUD,
  saveOpenIdConnect: ORDERCLOUD,
  createOidcConfig: HUAWEI,
  provisionOidcConfig: HUAWEI,
};
/** Endpoints in metadata, and why they are refused. */
const HOSTILE_ENDPOINTS = [
  ['https://user:canary@idp.example/a', 'INVALID_URL'],
  ['https://idp.example/canary#a', 'INVALID_URL'],
  ['https://idp.example/{canary}', 'INVALID_PLACEHOLDER'],
  ['https://idp.example/canary\u200B', 'INVALID_CHARACTER'],
  ['javascript:canary', 'REQUIRED'],
  [undefined, 'REQUIRED'],
] as const;

const each = describe.each(Object.entries(CASES));

async function start(server: TestIssuer, environment: Fields = {}, mode?: Mode) {
  const gateway = await startGuardedGateway(mode, {
    ISSUER_ALLOWED_HOSTS: server.issuer,
    ...environment,
  });
  onTestFinished(async () => {
    await gateway.stop();
  });
  return gateway;
}

function send(gateway: GuardedGateway, field: string, input: Fields, headers = HEADERS) {
  const document = documentOf(field, {
    OidcSuccess: 'warnings { code path message }',
    OidcConfigProvision: 'steps { target action }',
    OidcInvalidInputError: 'message issues { path code message source }',
    OidcIssuerError: 'issuerReason url metadataIssuer message upstream { status }',
    OidcRateLimitedError: 'retryAfterSeconds',
  });
  const inbound = gateway.inbound.byApiKey('oidc:write');
  return resultOf(gateway, document, { input }, { ...inbound, ...headers });
}

/** The last write, with a key set as JSON. */
function written(seen: readonly SeenRequest[]): Fields {
  const last = seen.findLast(({ method }) => method !== 'GET');
  const body = JSON.parse(last?.body ?? '{}') as Fields;
  const sent = (body['openid_connect_config'] ?? body) as Fields;
  const { signing_key: keys } = sent;
  return typeof keys === 'string' ? { ...sent, signing_key: JSON.parse(keys) as unknown } : sent;
}

const differing = (result: Result) =>
  (result['warnings'] as { code: string; path: string[]; message: string }[]).filter(
    ({ code }) => code === 'DIFFERS_FROM_ISSUER',
  );
const issuesOf = (result: Result) =>
  result['issues'] as readonly { path: string[]; code: string; message: string }[];
const pathsOf = (result: Result) =>
  issuesOf(result).map(({ path, code }) => `${path.join('.')} ${code}`);

each('%s with an issuer', (field, { given, filled, other, required, endpoint }) => {
  it('gets what is left out', async () => {
    const server = await startIssuer();
    const gateway = await start(server);
    const result = await send(gateway, field, { ...given, issuer: server.issuer });
    expect(result.__typename).toMatch(/Success$/);
    expect(differing(result)).toEqual([]);
    expect(written(gateway.upstream.seen)).toMatchObject(filled(server));
    expect(server.requests).toHaveLength(2);
    expect(gateway.upstream.seen.map(({ body }) => body).join()).not.toContain('"issuer"');
  });

  it('keeps what is given, with a warning for each value that differs', async () => {
    const server = await startIssuer();
    server.publish({
      ...server.metadata,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      response_modes_supported: ['form_post'],
    });
    const gateway = await start(server);
    const input = { ...given, ...other };
    const result = await send(gateway, field, { ...input, issuer: server.issuer });
    const warnings = differing(result);
    expect(warnings.map(({ path }) => path.join('.')).sort()).toEqual(Object.keys(other).sort());
    const about = Object.fromEntries(
      warnings.map(({ path: [name = ''], message }) => [name, message]),
    );
    expect(about[endpoint]).toContain(
      `https://else.example/authorize. The issuer: ${server.issuer}/authorize`,
    );
    if ('signingKey' in other) expect(about['signingKey']).toContain(RSA_THUMBPRINT);
    const sent = JSON.stringify(written(gateway.upstream.seen));
    expect(sent).toContain('https://else.example/authorize');
    expect(sent).not.toContain(`${server.issuer}/authorize`);
  });

  it('has no warning for what the issuer says or offers too', async () => {
    const server = await startIssuer();
    const gateway = await start(server);
    const { issuer } = server;
    const same =
      'connectClientId' in given
        ? {
            authorizationEndpoint: `${issuer}/authorize`,
            tokenEndpoint: `${issuer}/token`,
            urlEncoded: false,
          }
        : {
            idpUrl: issuer,
            authorizationEndpoint: `${issuer}/authorize`,
            scope: ['email', 'openid'],
            responseMode: 'FRAGMENT',
            signingKey: JSON.stringify({ keys: [{ ...RSA_KEY, kid: 'renamed', x5t: 'x' }] }),
          };
    expect(differing(await send(gateway, field, { ...given, ...same, issuer }))).toEqual([]);
  });

  it('is refused without an issuer, with all issues at once', async () => {
    const server = await startIssuer();
    const gateway = await start(server);
    const blank = 'connectClientId' in given ? 'connectClientId' : 'clientId';
    for (const issuer of [undefined, null]) {
      const result = await send(gateway, field, { ...given, issuer, [blank]: '     ' });
      expect(pathsOf(result).sort()).toEqual(
        [...required.map((name) => `${name} REQUIRED`), `${blank} BLANK`].sort(),
      );
      for (const { code, message } of issuesOf(result))
        if (code === 'REQUIRED') expect(message).toContain('give issuer to have it filled in.');
    }
    expect(gateway.upstream.seen).toEqual([]);
    expect(server.connections()).toBe(0);
  });

  it('is not read if something else is wrong, and nothing is sent', async () => {
    const server = await startIssuer();
    const gateway = await start(server);
    const wrong = { ...given, issuer: 'idp.example', [endpoint]: 'authorization' };
    expect(pathsOf(await send(gateway, field, wrong))).toEqual([
      'issuer INVALID_URL',
      `${endpoint} INVALID_URL`,
    ]);
    const also = { ...wrong, issuer: server.issuer };
    expect(pathsOf(await send(gateway, field, also))).toEqual([`${endpoint} INVALID_URL`]);
    expect((await send(gateway, field, { ...given, issuer: server.issuer }, {})).__typename).toBe(
      'OidcUnauthenticatedError',
    );
    expect(gateway.upstream.seen).toEqual([]);
    expect(server.connections()).toBe(0);
  });

  it('never stores what the metadata should not have', async () => {
    const servers = await Promise.all(HOSTILE_ENDPOINTS.map(() => startIssuer()));
    const [first] = servers;
    if (first === undefined) throw new Error('There is nothing to try.');
    const allowed = servers.map(({ issuer }) => issuer).join();
    const gateway = await start(first, { ISSUER_ALLOWED_HOSTS: allowed });
    for (const [index, [hostile, code]] of HOSTILE_ENDPOINTS.entries()) {
      const { issuer, metadata, publish } = servers[index] ?? first;
      publish({ ...metadata, authorization_endpoint: hostile });
      const result = await send(gateway, field, { ...given, issuer });
      expect(pathsOf(result), hostile).toContain(`${endpoint} ${code}`);
      for (const { path, message } of issuesOf(result)) {
        expect(path).toEqual([endpoint]);
        expect(message).toMatch(/issuer/);
        expect(message).not.toContain('canary');
      }
    }
    expect(gateway.upstream.seen).toEqual([]);
  });

  it.each<Mode>(['credentials of callers', 'credentials of the gateway'])(
    'ends before anything is sent if the issuer cannot be used, with the %s',
    async (mode) => {
      const server = await startIssuer();
      const other = await startIssuer();
      other.publish({ ...other.metadata, issuer: `${other.issuer}/` });
      const allowed = `${server.issuer},${other.issuer},http://127.0.0.1:9`;
      const gateway = await start(server, { ISSUER_ALLOWED_HOSTS: allowed }, mode);
      // The gateway may log in when it starts.
      gateway.upstream.seen.length = 0;
      const failures = {
        [`${server.issuer}/other`]: 'HTTP_STATUS',
        [other.issuer]: 'ISSUER_MISMATCH',
        'http://127.0.0.1:9': 'UNREACHABLE',
        'https://127.0.0.1:8443': 'NOT_ALLOWED',
      };
      for (const [issuer, issuerReason] of Object.entries(failures)) {
        const result = await send(gateway, field, { ...given, issuer });
        expect(result).toMatchObject({
          __typename: 'OidcIssuerError',
          issuerReason,
          metadataIssuer: issuer === other.issuer ? `${issuer}/` : null,
          upstream: null,
        });
      }
      expect(gateway.upstream.seen).toEqual([]);
    },
  );

  it('needs reading issuers to be on, and counts on its limit', async () => {
    const server = await startIssuer();
    const off = await start(server, { ISSUER_DISCOVERY: 'false' });
    const input = { ...given, issuer: server.issuer };
    expect(await send(off, field, input)).toMatchObject({
      issuerReason: 'NOT_ALLOWED',
      message: expect.stringContaining('ISSUER_DISCOVERY=true') as unknown,
    });
    expect(off.upstream.seen).toEqual([]);
    const limited = await start(server, { LIMIT_ISSUER_FETCHES_PER_MINUTE: '1' });
    await send(limited, field, { ...input, issuer: `${server.issuer}/other` });
    expect(await send(limited, field, input)).toMatchObject({
      __typename: 'OidcRateLimitedError',
      retryAfterSeconds: 60,
    });
    expect(limited.upstream.seen).toEqual([]);
  });
});

it('the example of the page works', async () => {
  const page = readFileSync(new URL('../../docs/sign-in.md', import.meta.url), 'utf8');
  const [, document = '', json = ''] =
    /```graphql\n(mutation CreateFromIssuer[^`]*)```\n\n```json\n([^`]*)```/.exec(page) ?? [];
  const { input } = JSON.parse(json) as { readonly input: Fields };
  const server = await startIssuer();
  const gateway = await start(server);
  const headers = { ...HEADERS, ...gateway.inbound.byApiKey('oidc:write') };
  const variables = { input: { ...input, issuer: server.issuer } };
  const { data, errors } = await gateway.post(document, variables, headers);
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({
    createOidcConfig: {
      warnings: expect.arrayContaining([
        expect.objectContaining({ code: 'DIFFERS_FROM_ISSUER', path: ['scope'] }),
      ]) as unknown,
    },
  });
});

describe('values of an issuer', () => {
  it('that Huawei Cloud IAM does not store are refused', async () => {
    const server = await startIssuer();
    const long = `${server.issuer}/${'a'.repeat(255)}`;
    server.publish({ ...server.metadata, authorization_endpoint: long }, { keys: [] });
    const gateway = await start(server);
    const { given } = HUAWEI;
    const result = await send(gateway, 'createOidcConfig', { ...given, issuer: server.issuer });
    expect(pathsOf(result).sort()).toEqual([
      'authorizationEndpoint TOO_LONG',
      'signingKey REQUIRED',
    ]);
    expect(gateway.upstream.seen).toEqual([]);
  });

  it('for the console stay out of a configuration without it', async () => {
    const server = await startIssuer();
    const gateway = await start(server);
    const input = { ...HUAWEI.given, accessMode: 'PROGRAM', issuer: server.issuer };
    const result = await send(gateway, 'createOidcConfig', input);
    expect(result.__typename).toBe('CreateOidcConfigSuccess');
    expect(written(gateway.upstream.seen)).toEqual({
      access_mode: 'program',
      idp_url: server.issuer,
      client_id: 'idp-app',
      signing_key: { keys: [RSA_KEY] },
    });
  });

  it('are shown by a dry run, and nothing is written', async () => {
    const server = await startIssuer();
    const gateway = await start(server);
    const input = { ...HUAWEI.given, issuer: server.issuer, dryRun: true };
    expect(await send(gateway, 'provisionOidcConfig', input)).toMatchObject({
      __typename: 'ProvisionOidcConfigSuccess',
      steps: expect.arrayContaining([{ target: 'OIDC_CONFIG', action: 'WOULD_UPDATE' }]) as unknown,
    });
    expect(gateway.upstream.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(server.requests.map(({ target }) => target)).toContain(METADATA_PATH);
  });

  it('are not shown beside a secret that was pasted into the wrong field', async () => {
    const server = await startIssuer();
    const gateway = await start(server);
    const secret = STORED.openIdConnect.connectClientSecret;
    const result = await send(gateway, 'createOpenIdConnect', {
      ...ORDERCLOUD.given,
      tokenEndpoint: `https://idp.example/token?secret=${secret}`,
      issuer: server.issuer,
    });
    expect(differing(result)).toMatchObject([{ path: ['tokenEndpoint'] }]);
    expect(JSON.stringify(result)).not.toContain(secret);
  });
});
