import type { OidcConfiguration } from '../../domain/oidc-configuration.ts';
import { Secret } from '../../domain/secret.ts';
import type { OpenIdConnectDraft } from './input.ts';
import type { CreateOpenIdConnectBody, WireOpenIdConnect } from './wire.ts';

/** A stored configuration. `clientId` is the `ConnectClientID`, `scopes` are the `AdditionalIdpScopes`. */
export interface OpenIdConnect extends OidcConfiguration {
  readonly id: string;
  readonly orderCloudApiClientId: string | null;
  readonly connectClientId: string | null;
  readonly connectClientSecret: Secret | null;
  readonly appStartUrl: string | null;
  readonly tokenEndpoint: string | null;
  readonly urlEncoded: boolean;
  readonly integrationEventId: string | null;
  readonly callSyncUserIntegrationEvent: boolean;
  readonly integrationEventName: string | null;
  readonly customErrorUrl: string | null;
}

/** Wire names of the fields and the input's words for them. */
export const FIELD_NAMES = {
  ID: 'id',
  OrderCloudApiClientID: 'orderCloudApiClientId',
  ConnectClientID: 'connectClientId',
  ConnectClientSecret: 'connectClientSecret',
  AppStartUrl: 'appStartUrl',
  AuthorizationEndpoint: 'authorizationEndpoint',
  TokenEndpoint: 'tokenEndpoint',
  UrlEncoded: 'urlEncoded',
  IntegrationEventID: 'integrationEventId',
  CallSyncUserIntegrationEvent: 'callSyncUserIntegrationEvent',
  AdditionalIdpScopes: 'additionalIdpScopes',
  CustomErrorUrl: 'customErrorUrl',
} as const satisfies Record<keyof CreateOpenIdConnectBody, keyof OpenIdConnectDraft>;

/** The body of a create. What was not given is not sent, so that OrderCloud's own defaults apply. */
export function toWire(draft: OpenIdConnectDraft): CreateOpenIdConnectBody {
  const { id, urlEncoded, integrationEventId, callSyncUserIntegrationEvent, additionalIdpScopes, customErrorUrl } = draft;
  return {
    ...(id !== undefined && { ID: id }),
    OrderCloudApiClientID: draft.orderCloudApiClientId,
    ConnectClientID: draft.connectClientId,
    ConnectClientSecret: draft.connectClientSecret.reveal(),
    AppStartUrl: draft.appStartUrl,
    AuthorizationEndpoint: draft.authorizationEndpoint,
    TokenEndpoint: draft.tokenEndpoint,
    ...(urlEncoded !== undefined && { UrlEncoded: urlEncoded }),
    ...(integrationEventId !== undefined && { IntegrationEventID: integrationEventId }),
    ...(callSyncUserIntegrationEvent !== undefined && { CallSyncUserIntegrationEvent: callSyncUserIntegrationEvent }),
    ...(additionalIdpScopes !== undefined && { AdditionalIdpScopes: additionalIdpScopes }),
    ...(customErrorUrl !== undefined && { CustomErrorUrl: customErrorUrl }),
  };
}

/** A stored configuration from an answer; absent booleans have their documented default, false. */
export function fromWire(wire: WireOpenIdConnect): OpenIdConnect {
  const secret = wire.ConnectClientSecret ?? '';
  return {
    id: wire.ID,
    orderCloudApiClientId: wire.OrderCloudApiClientID ?? null,
    connectClientId: wire.ConnectClientID ?? null,
    clientId: wire.ConnectClientID ?? null,
    connectClientSecret: secret === '' ? null : new Secret(secret),
    appStartUrl: wire.AppStartUrl ?? null,
    authorizationEndpoint: wire.AuthorizationEndpoint ?? null,
    tokenEndpoint: wire.TokenEndpoint ?? null,
    urlEncoded: wire.UrlEncoded ?? false,
    integrationEventId: wire.IntegrationEventID ?? null,
    callSyncUserIntegrationEvent: wire.CallSyncUserIntegrationEvent ?? false,
    integrationEventName: wire.IntegrationEventName ?? null,
    scopes: wire.AdditionalIdpScopes ?? [],
    customErrorUrl: wire.CustomErrorUrl ?? null,
  };
}

/** Fields of a draft that a stored configuration has otherwise. What was not sent does not count. */
export function differences(draft: OpenIdConnectDraft, stored: OpenIdConnect): string[] {
  const { connectClientSecret, additionalIdpScopes, ...plain } = draft;
  const different = Object.entries(plain).filter(([name, value]) => value !== undefined && value !== stored[name as keyof typeof plain]).map(([name]) => name);
  if (stored.connectClientSecret?.reveal() !== connectClientSecret.reveal()) different.push('connectClientSecret');
  if (additionalIdpScopes !== undefined && additionalIdpScopes.join(' ') !== stored.scopes.join(' ')) different.push('additionalIdpScopes');
  return different;
}
