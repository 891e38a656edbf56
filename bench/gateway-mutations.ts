import { CLIENT_ID, idFor } from './scenarios.ts';
import type { Mutation, Outcome } from './scenarios.ts';
import { OPEN_ID_CONNECT_CONFIG, openIdConnect } from './upstream-bodies.ts';

/** A mutation in terms of the gateway's schema. */
export interface GatewayMutation {
  readonly inputType: string;
  readonly input: (outcome: Outcome) => Readonly<Record<string, unknown>>;
  /** The object in a success, and the six fields of it that are selected. */
  readonly object: string;
  readonly fields: string;
  /** The correct values of these fields. */
  readonly result: Readonly<Record<string, unknown>>;
  /** The type and code of the error that the gateway returns for a refusal. */
  readonly error: { readonly __typename: string; readonly code: string };
}

const config = OPEN_ID_CONNECT_CONFIG.openid_connect_config;
const order = openIdConnect('success');

/** The two mutations. */
export const MUTATIONS: Readonly<Record<Mutation, GatewayMutation>> = {
  createOpenIdConnect: {
    inputType: 'CreateOpenIdConnectInput',
    input: (outcome) => ({
      id: idFor(outcome),
      orderCloudApiClientId: order.OrderCloudApiClientID,
      connectClientId: order.ConnectClientID,
      connectClientSecret: order.ConnectClientSecret,
      appStartUrl: order.AppStartUrl,
      authorizationEndpoint: order.AuthorizationEndpoint,
      tokenEndpoint: order.TokenEndpoint,
      urlEncoded: order.UrlEncoded,
      integrationEventId: order.IntegrationEventID,
      callSyncUserIntegrationEvent: order.CallSyncUserIntegrationEvent,
      additionalIdpScopes: order.AdditionalIdpScopes,
      customErrorUrl: order.CustomErrorUrl,
    }),
    object: 'openIdConnect',
    fields: 'id connectClientId appStartUrl authorizationEndpoint tokenEndpoint urlEncoded',
    result: {
      id: idFor('success'),
      connectClientId: order.ConnectClientID,
      appStartUrl: order.AppStartUrl,
      authorizationEndpoint: order.AuthorizationEndpoint,
      tokenEndpoint: order.TokenEndpoint,
      urlEncoded: order.UrlEncoded,
    },
    error: { __typename: 'OidcAlreadyExistsError', code: 'ALREADY_EXISTS' },
  },
  createOidcConfig: {
    inputType: 'CreateOidcConfigInput',
    input: (outcome) => ({
      idpId: idFor(outcome),
      accessMode: 'PROGRAM_CONSOLE',
      idpUrl: config.idp_url,
      clientId: CLIENT_ID,
      authorizationEndpoint: config.authorization_endpoint,
      scope: config.scope.split(' '),
      responseType: 'ID_TOKEN',
      responseMode: 'FORM_POST',
      signingKey: config.signing_key,
    }),
    object: 'oidcConfig',
    fields: 'idpId accessMode idpUrl clientId scope responseMode',
    result: {
      idpId: idFor('success'),
      accessMode: 'PROGRAM_CONSOLE',
      idpUrl: config.idp_url,
      clientId: CLIENT_ID,
      scope: config.scope.split(' '),
      responseMode: 'FORM_POST',
    },
    error: { __typename: 'OidcInvalidInputError', code: 'INVALID_INPUT' },
  },
};
