import { describe, expect, it } from 'vitest';
import { parseInput } from '../../../domain/parse.ts';
import { Secret } from '../../../domain/scrub/secret.ts';
import type { OrderCloudWarning } from '../warning-codes.ts';
import { openIdConnectDraft } from './input.ts';
import { openIdConnectWarnings } from './warnings.ts';
import type { OpenIdConnectFacts } from './warnings.ts';

const COMPLETE = {
  orderCloudApiClientId: '6B5A5F1E-0000-4000-8000-1F6C3E2D4B5A',
  connectClientId: 'client_id_example',
  connectClientSecret: 'correct horse battery',
  appStartUrl: 'https://host.com{2}?t={0}',
  authorizationEndpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
  tokenEndpoint: 'https://accounts.example.com/token',
  id: 'acme_OIDC-1',
  urlEncoded: false,
  integrationEventId: 'openidconnect',
  callSyncUserIntegrationEvent: true,
  additionalIdpScopes: ['api://client-id/.default', 'offline_access'],
  customErrorUrl: 'https://host.com/error?text={0}',
};

describe('openIdConnectWarnings', () => {
  const good = parseInput(openIdConnectDraft, COMPLETE);
  const warningsOf = (changes: Partial<OpenIdConnectFacts>) =>
    openIdConnectWarnings({ ...good, ...changes }).map(
      ({ code, path }) => `${path.join('.')} ${code}`,
    );

  it('has none for a good draft, before and after it is stored', () => {
    expect(warningsOf({})).toEqual([]);
    expect(
      openIdConnectWarnings({
        ...COMPLETE,
        connectClientSecret: new Secret(COMPLETE.connectClientSecret),
      }),
    ).toEqual([]);
  });

  it.each<[string, Partial<OpenIdConnectFacts>, `${string} ${OrderCloudWarning['code']}`[]]>([
    [
      'no integration event in a draft',
      { integrationEventId: undefined },
      ['integrationEventId INTEGRATION_EVENT_MISSING'],
    ],
    [
      'no integration event in what is stored',
      { integrationEventId: null },
      ['integrationEventId INTEGRATION_EVENT_MISSING'],
    ],
    [
      'a start URL over plain http',
      { appStartUrl: 'http://host.com{2}?t={0}' },
      ['appStartUrl APP_START_URL_CLEARTEXT'],
    ],
    [
      'the placeholder of older documentation',
      { appStartUrl: 'https://host.com/{token}?t={0}' },
      ['appStartUrl STALE_TOKEN_PLACEHOLDER'],
    ],
    [
      'the placeholder of older documentation alone',
      { appStartUrl: 'https://host.com/{token}' },
      ['appStartUrl STALE_TOKEN_PLACEHOLDER', 'appStartUrl ACCESS_TOKEN_PLACEHOLDER_MISSING'],
    ],
    [
      'no placeholder for the token',
      { appStartUrl: 'https://host.com/{2}?i={1}' },
      ['appStartUrl ACCESS_TOKEN_PLACEHOLDER_MISSING'],
    ],
    [
      'a start URL over plain http without tokens',
      { appStartUrl: 'http://host.com{2}' },
      ['appStartUrl APP_START_URL_CLEARTEXT', 'appStartUrl ACCESS_TOKEN_PLACEHOLDER_MISSING'],
    ],
    [
      'a page for errors over plain http',
      { customErrorUrl: 'http://host.com/?e={0}' },
      ['customErrorUrl ENDPOINT_CLEARTEXT'],
    ],
    [
      'endpoints of many tenants',
      {
        authorizationEndpoint: 'https://login.microsoftonline.com/common/oauth2/v2.0/authorize',
        tokenEndpoint: 'https://login.microsoftonline.com/Organizations/oauth2/v2.0/token',
      },
      ['authorizationEndpoint MULTI_TENANT_ISSUER', 'tokenEndpoint MULTI_TENANT_ISSUER'],
    ],
    [
      'an authorization endpoint over plain http',
      { authorizationEndpoint: 'http://accounts.example.com' },
      ['authorizationEndpoint ENDPOINT_CLEARTEXT'],
    ],
    [
      'a token endpoint over plain http',
      { tokenEndpoint: 'http://accounts.example.com' },
      ['tokenEndpoint ENDPOINT_CLEARTEXT'],
    ],
    [
      'plain http on this machine',
      {
        appStartUrl: 'http://localhost:3000/?t={0}',
        authorizationEndpoint: 'http://127.0.0.1/a',
        tokenEndpoint: 'http://[::1]/t',
      },
      [],
    ],
    [
      'spaces around an API client id',
      { orderCloudApiClientId: ' a' },
      ['orderCloudApiClientId SURROUNDING_SPACE'],
    ],
    ['spaces around a client id', { connectClientId: 'a ' }, ['connectClientId SURROUNDING_SPACE']],
    [
      'spaces around a secret',
      { connectClientSecret: new Secret(' canary ') },
      ['connectClientSecret SURROUNDING_SPACE'],
    ],
  ])('sees %s', (_what, changes, warnings) => {
    expect(warningsOf(changes)).toEqual(warnings);
  });

  it('repeats no value, and accepts a sparse response', () => {
    const sparse = {
      orderCloudApiClientId: null,
      connectClientId: null,
      connectClientSecret: null,
      appStartUrl: null,
      authorizationEndpoint: null,
      tokenEndpoint: null,
      integrationEventId: null,
    };
    expect(warningsOf(sparse)).toContain('integrationEventId INTEGRATION_EVENT_MISSING');
    const spaced = {
      ...sparse,
      appStartUrl: 'http://canary.example',
      tokenEndpoint: 'http://canary.example',
      connectClientId: ' canary',
      connectClientSecret: new Secret(' canary'),
    };
    expect(JSON.stringify(openIdConnectWarnings(spaced))).not.toContain('canary');
  });
});
