import { describe, expect, it } from 'vitest';
import { parseInput } from '../../../domain/parse.ts';
import { openIdConnectDraft } from './input.ts';
import { FIELD_NAMES } from './fields.ts';
import { fromWire, toWire } from './translate.ts';

const REQUIRED = {
  orderCloudApiClientId: 'API-CLIENT',
  connectClientId: 'client_id_example',
  connectClientSecret: 'secret_example',
  appStartUrl: 'https://host.com{2}?t={0}',
  authorizationEndpoint: 'https://Accounts.Example.com:443/auth',
  tokenEndpoint: 'https://accounts.example.com/token',
};
const REQUIRED_ON_WIRE = {
  OrderCloudApiClientID: 'API-CLIENT',
  ConnectClientID: 'client_id_example',
  ConnectClientSecret: 'secret_example',
  AppStartUrl: 'https://host.com{2}?t={0}',
  AuthorizationEndpoint: 'https://Accounts.Example.com:443/auth',
  TokenEndpoint: 'https://accounts.example.com/token',
};
const OPTIONAL = {
  id: 'acme',
  urlEncoded: true,
  integrationEventId: 'event',
  callSyncUserIntegrationEvent: true,
  additionalIdpScopes: ['a', 'b'],
  customErrorUrl: 'https://host.com/error?e={0}',
};
const OPTIONAL_ON_WIRE = {
  ID: 'acme',
  UrlEncoded: true,
  IntegrationEventID: 'event',
  CallSyncUserIntegrationEvent: true,
  AdditionalIdpScopes: ['a', 'b'],
  CustomErrorUrl: 'https://host.com/error?e={0}',
};

const wireOf = (input: object) => {
  const draft = parseInput(openIdConnectDraft, input);
  return toWire(draft, draft.id);
};

describe('toWire', () => {
  it('sends every field under the name that OrderCloud has for it', () => {
    expect(wireOf({ ...REQUIRED, ...OPTIONAL })).toEqual({
      ...REQUIRED_ON_WIRE,
      ...OPTIONAL_ON_WIRE,
    });
  });

  it('does not send what was not given', () => {
    expect(JSON.parse(JSON.stringify(wireOf(REQUIRED)))).toStrictEqual(REQUIRED_ON_WIRE);
  });

  it('sends what was given, even if it is false or empty', () => {
    const given = {
      urlEncoded: false,
      callSyncUserIntegrationEvent: false,
      additionalIdpScopes: [],
    };
    expect(wireOf({ ...REQUIRED, ...given })).toEqual({
      ...REQUIRED_ON_WIRE,
      UrlEncoded: false,
      CallSyncUserIntegrationEvent: false,
      AdditionalIdpScopes: [],
    });
  });
});

describe('fromWire', () => {
  it('reads every field', () => {
    const { connectClientSecret, ...others } = fromWire({
      ...REQUIRED_ON_WIRE,
      ...OPTIONAL_ON_WIRE,
      IntegrationEventName: 'Event',
    });
    expect(connectClientSecret?.reveal()).toBe('secret_example');
    expect(others).toEqual({
      id: 'acme',
      orderCloudApiClientId: 'API-CLIENT',
      connectClientId: 'client_id_example',
      clientId: 'client_id_example',
      appStartUrl: 'https://host.com{2}?t={0}',
      authorizationEndpoint: 'https://Accounts.Example.com:443/auth',
      tokenEndpoint: 'https://accounts.example.com/token',
      urlEncoded: true,
      integrationEventId: 'event',
      callSyncUserIntegrationEvent: true,
      integrationEventName: 'Event',
      additionalIdpScopes: ['a', 'b'],
      scopes: ['a', 'b'],
      customErrorUrl: 'https://host.com/error?e={0}',
    });
  });

  it.each([
    ['absent', {}],
    [
      'null',
      Object.fromEntries(
        Object.keys({ ...REQUIRED_ON_WIRE, ...OPTIONAL_ON_WIRE, IntegrationEventName: '' }).map(
          (name) => [name, null],
        ),
      ),
    ],
  ])('sets a field that is %s to its documented default', (_how, members) => {
    expect(fromWire({ ...members, ID: 'acme' })).toEqual({
      id: 'acme',
      orderCloudApiClientId: null,
      connectClientId: null,
      clientId: null,
      connectClientSecret: null,
      appStartUrl: null,
      authorizationEndpoint: null,
      tokenEndpoint: null,
      urlEncoded: false,
      integrationEventId: null,
      callSyncUserIntegrationEvent: false,
      integrationEventName: null,
      additionalIdpScopes: [],
      scopes: [],
      customErrorUrl: null,
    });
  });

  it('takes an empty secret for none', () => {
    expect(fromWire({ ID: 'acme', ConnectClientSecret: '' }).connectClientSecret).toBeNull();
  });
});

describe('FIELD_NAMES', () => {
  it('names every field of the input once', () => {
    expect(Object.values(FIELD_NAMES).toSorted()).toEqual(
      Object.keys(openIdConnectDraft.shape).toSorted(),
    );
  });
});
