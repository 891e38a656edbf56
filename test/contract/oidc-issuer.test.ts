import { describe, expect, it, onTestFinished } from 'vitest';
import { textOf } from '../../src/server/metrics/exposition.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import type { GuardedGateway } from '../setup/guarded-gateway.ts';
import {
  KEYS_PATH,
  METADATA_PATH,
  RSA_KEY,
  RSA_THUMBPRINT,
  startIssuer,
} from '../setup/issuer-server.ts';
import type { TestIssuer } from '../setup/issuer-server.ts';
import { STORED } from '../setup/permissive-upstream.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';
import { HEADERS } from '../setup/scripted-gateway.ts';

/* The query for what an issuer publishes, over HTTP, against an issuer on loopback that the operator allows. */

const DOCUMENT = documentOf('oidcIssuer', {
  OidcIssuerSuccess: `warnings { code } oidcIssuer {
    issuer metadataUrl jwksUri authorizationEndpoint tokenEndpoint userinfoEndpoint endSessionEndpoint
    scopesSupported responseTypesSupported responseModesSupported grantTypesSupported
    idTokenSigningAlgValuesSupported tokenEndpointAuthMethodsSupported codeChallengeMethodsSupported claimsSupported
    keys { kid kty alg use thumbprint usable unusable }
    openIdConnect { authorizationEndpoint tokenEndpoint urlEncoded }
    oidcConfig { idpUrl authorizationEndpoint scope responseType responseMode signingKey }
    findings { code path message }
  }`,
  OidcError: 'code message requestId upstream { status }',
  OidcInvalidInputError: 'issues { path code source }',
  OidcPermissionDeniedError: 'missing',
  OidcRateLimitedError: 'retryAfterSeconds',
  OidcIssuerError: 'issuerReason url metadataIssuer',
});

type Result = Readonly<Record<string, unknown>> & { readonly __typename: string };

async function guarded(
  server: TestIssuer,
  environment: Readonly<Record<string, string>> = {},
): Promise<GuardedGateway> {
  const gateway = await startGuardedGateway('credentials of callers', {
    ISSUER_ALLOWED_HOSTS: server.issuer,
    ...environment,
  });
  onTestFinished(async () => {
    await gateway.stop();
  });
  return gateway;
}

async function ask(
  gateway: TestGateway,
  issuer: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result> {
  const { data, errors } = await gateway.post(DOCUMENT, { issuer }, headers);
  expect(errors).toBeUndefined();
  return data?.['result'] as Result;
}

describe('an issuer', () => {
  it('is shown with what both platforms need', async () => {
    const server = await startIssuer();
    const gateway = await guarded(server);
    const result = await ask(gateway, server.issuer, gateway.inbound.byApiKey('oidc:read'));
    const { issuer } = server;
    expect(result).toEqual({
      __typename: 'OidcIssuerSuccess',
      warnings: [],
      oidcIssuer: {
        issuer,
        metadataUrl: `${issuer}${METADATA_PATH}`,
        jwksUri: `${issuer}${KEYS_PATH}`,
        authorizationEndpoint: `${issuer}/authorize`,
        tokenEndpoint: `${issuer}/token`,
        userinfoEndpoint: null,
        endSessionEndpoint: null,
        scopesSupported: ['openid', 'email'],
        responseTypesSupported: ['code', 'id_token'],
        responseModesSupported: ['query', 'fragment', 'form_post'],
        grantTypesSupported: null,
        idTokenSigningAlgValuesSupported: ['RS256'],
        tokenEndpointAuthMethodsSupported: ['client_secret_post', 'client_secret_basic'],
        codeChallengeMethodsSupported: null,
        claimsSupported: null,
        keys: [
          {
            kid: 'rsa-1',
            kty: 'RSA',
            alg: 'RS256',
            use: 'sig',
            thumbprint: RSA_THUMBPRINT,
            usable: true,
            unusable: null,
          },
        ],
        openIdConnect: {
          authorizationEndpoint: `${issuer}/authorize`,
          tokenEndpoint: `${issuer}/token`,
          urlEncoded: true,
        },
        oidcConfig: {
          idpUrl: issuer,
          authorizationEndpoint: `${issuer}/authorize`,
          scope: ['openid', 'email'],
          responseType: 'ID_TOKEN',
          responseMode: 'FORM_POST',
          signingKey: { keys: [RSA_KEY] },
        },
        findings: [],
      },
    });
  });

  it('gives values that the inputs of both platforms take', async () => {
    const server = await startIssuer();
    const gateway = await guarded(server);
    const headers = { ...gateway.inbound.byApiKey('oidc:write'), ...HEADERS };
    const { oidcIssuer } = await ask(gateway, server.issuer, headers);
    const { openIdConnect, oidcConfig } = oidcIssuer as Record<string, object>;
    for (const [field, input] of [
      ['createOpenIdConnect', { ...STORED.openIdConnect, ...openIdConnect }],
      ['createOidcConfig', { ...STORED.oidcConfig, ...oidcConfig, accessMode: 'PROGRAM_CONSOLE' }],
    ] as const) {
      gateway.upstream.seen.length = 0;
      await gateway.post(documentOf(field), { input }, headers);
      expect(gateway.upstream.seen[0]).toMatchObject({
        method: 'POST',
        body: expect.stringContaining(`${server.issuer}/authorize`) as unknown,
      });
    }
  });

  it('never sees anything of the caller', async () => {
    const server = await startIssuer();
    const gateway = await guarded(server);
    const inbound = gateway.inbound.byApiKey('oidc:read');
    await ask(gateway, server.issuer, {
      ...inbound,
      'x-ordercloud-authorization': 'Bearer canary-of-ordercloud',
      'x-auth-token': 'canary-of-huawei',
      cookie: 'canary=cookie',
      'x-request-id': 'canary-request',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    expect(server.requests).toHaveLength(2);
    for (const request of server.requests) {
      expect(Object.keys(request.headers).sort()).toEqual([
        'accept',
        'accept-encoding',
        'connection',
        'host',
        'user-agent',
      ]);
      const sent = JSON.stringify(request);
      expect(sent).not.toMatch(/canary|0af7651916cd43dd/);
      for (const value of Object.values(inbound)) expect(sent).not.toContain(value);
    }
    expect(gateway.upstream.seen).toEqual([]);
  });
});

describe('the result union', () => {
  it('has what can happen, and nothing else', async () => {
    const server = await startIssuer();
    const gateway = await guarded(server, { LIMIT_ISSUER_FETCHES_PER_MINUTE: '1' });
    const reader = gateway.inbound.byApiKey('oidc:read');
    const results = [
      await ask(gateway, 'idp.example', reader),
      await ask(gateway, server.issuer, await gateway.inbound.byToken([])),
      await ask(gateway, server.issuer, reader),
      await ask(gateway, `${server.issuer}/other`, reader),
      await ask(gateway, `${server.issuer}/other`, gateway.inbound.byApiKey('oidc:write')),
    ];
    expect(results).toMatchObject([
      {
        __typename: 'OidcInvalidInputError',
        issues: [{ path: ['issuer'], code: 'INVALID_URL', source: 'GATEWAY' }],
      },
      { __typename: 'OidcPermissionDeniedError', missing: ['oidc:read'] },
      { __typename: 'OidcIssuerSuccess' },
      { __typename: 'OidcRateLimitedError', retryAfterSeconds: 60 },
      {
        __typename: 'OidcIssuerError',
        code: 'ISSUER_UNUSABLE',
        issuerReason: 'HTTP_STATUS',
        url: `${server.issuer}/other${METADATA_PATH}`,
        metadataIssuer: null,
        upstream: null,
        requestId: expect.stringMatching(/./) as unknown,
      },
    ]);
    expect([...new Set(results.map(({ __typename }) => __typename))].sort()).toEqual(
      [...(ROOT_FIELDS.get('oidcIssuer')?.members ?? [])].sort(),
    );
  });

  it('refuses the URL of the metadata in place of the issuer', async () => {
    const server = await startIssuer();
    const gateway = await guarded(server);
    const headers = gateway.inbound.byApiKey('oidc:read');
    expect(await ask(gateway, `${server.issuer}${METADATA_PATH}`, headers)).toMatchObject({
      __typename: 'OidcInvalidInputError',
      issues: [{ path: ['issuer'], code: 'INVALID_URL' }],
    });
    expect(server.connections()).toBe(0);
  });
});

describe('without inbound authentication', () => {
  const opened = async (environment: Record<string, string>) => {
    const gateway = await startGateway({
      ORDERCLOUD_API_URL: 'http://127.0.0.1:9/v1',
      ...environment,
    });
    onTestFinished(async () => {
      await gateway.stop();
    });
    return gateway;
  };

  it('no issuer is read, so that the gateway is no proxy for everybody', async () => {
    const server = await startIssuer();
    const gateway = await opened({ ISSUER_ALLOWED_HOSTS: server.issuer });
    expect(await ask(gateway, server.issuer)).toMatchObject({
      issuerReason: 'NOT_ALLOWED',
      message: expect.stringContaining('ISSUER_DISCOVERY=true') as unknown,
    });
    expect(server.connections()).toBe(0);
  });

  it('the operator can allow it', async () => {
    const server = await startIssuer();
    const gateway = await opened({
      ISSUER_ALLOWED_HOSTS: server.issuer,
      ISSUER_DISCOVERY: 'true',
      METRICS_PORT: '0',
    });
    expect(await ask(gateway, server.issuer)).toMatchObject({ __typename: 'OidcIssuerSuccess' });
    await ask(gateway, `${server.issuer}/other`);
    const { metrics } = gateway.gateway;
    const figures = metrics === null ? '' : textOf(metrics.families, metrics.collect());
    for (const labels of [
      'document="metadata",outcome="succeeded"',
      'document="keys",outcome="succeeded"',
      'document="metadata",outcome="http_status"',
    ])
      expect(figures).toContain(`oidc_gateway_issuer_fetch_duration_seconds_count{${labels}} 1`);
  });
});
