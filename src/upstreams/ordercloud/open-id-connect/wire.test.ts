import { describe, expect, it } from 'vitest';
import { openIdConnect } from './wire.ts';

const STORED = {
  ID: 'acme',
  OrderCloudApiClientID: 'API-CLIENT',
  ConnectClientID: 'client_id_example',
  ConnectClientSecret: 'secret_example',
  AppStartUrl: 'https://host.com{2}?t={0}',
  AuthorizationEndpoint: 'https://accounts.example.com/auth',
  TokenEndpoint: 'https://accounts.example.com/token',
  UrlEncoded: false,
  IntegrationEventID: 'event',
  CallSyncUserIntegrationEvent: true,
  IntegrationEventName: 'Event',
  AdditionalIdpScopes: ['a'],
  CustomErrorUrl: 'https://host.com/error',
};

describe('openIdConnect', () => {
  it.each<[string, object]>([
    ['every member', STORED],
    ['an ID alone', { ID: 'acme' }],
    [
      'null wherever there may be nothing',
      { ...Object.fromEntries(Object.keys(STORED).map((name) => [name, null])), ID: 'acme' },
    ],
    ['the list of scopes as the specification shows it', { ID: 'acme', AdditionalIdpScopes: [''] }],
  ])('takes %s', (_what, body) => {
    expect(openIdConnect.parse(body)).toEqual(body);
  });

  it('leaves out members that it does not know', () => {
    expect(openIdConnect.parse({ ...STORED, xp: {} })).toEqual(STORED);
  });

  it.each<[string, unknown]>([
    ['no ID', { ...STORED, ID: undefined }],
    ['an ID that is null', { ...STORED, ID: null }],
    ['an empty ID', { ...STORED, ID: '' }],
    ['an ID that is not text', { ...STORED, ID: 1 }],
    ['a text for a boolean', { ...STORED, UrlEncoded: 'false' }],
    ['a number for a text', { ...STORED, AppStartUrl: 1 }],
    ['a text for a list', { ...STORED, AdditionalIdpScopes: 'a b' }],
    ['far too many scopes', { ...STORED, AdditionalIdpScopes: Array(10_001).fill('a') }],
    ['an item that is not text', { ...STORED, AdditionalIdpScopes: [null] }],
    ['a list of configurations', { Meta: {}, Items: [STORED] }],
    ['an error', { Errors: [{ ErrorCode: 'NotFound', Message: 'Not found.', Data: null }] }],
    ['a list', [STORED]],
    ['nothing', undefined],
  ])('refuses %s', (_what, body) => {
    expect(openIdConnect.safeParse(body).success).toBe(false);
  });
});
