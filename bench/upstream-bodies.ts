import { CLIENT_ID, idFor } from './scenarios.ts';
import type { Outcome } from './scenarios.ts';

/** A configuration as OrderCloud's API accepts it. */
export function openIdConnect(outcome: Outcome) {
  return {
    ID: idFor(outcome),
    OrderCloudApiClientID: '11111111-2222-3333-4444-555555555555',
    ConnectClientID: 'example-app.apps.googleusercontent.com',
    ConnectClientSecret: 'example-client-secret',
    AppStartUrl: 'https://shop.example.com/login?token={0}&path={2}',
    AuthorizationEndpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
    TokenEndpoint: 'https://oauth2.example.com/token',
    UrlEncoded: true,
    IntegrationEventID: 'oidc-sync',
    CallSyncUserIntegrationEvent: true,
    AdditionalIdpScopes: ['offline_access'],
    CustomErrorUrl: 'https://shop.example.com/login?error={0}',
  };
}

const KEY = {
  kty: 'RSA',
  use: 'sig',
  alg: 'RS256',
  kid: 'example-key',
  n: 'sl-5Nk6oO9EE1BU0233aUGw6H9HW5jv2rOPqLUqGgrya8QBUua6w2ahvvinEvOLG4cjURE3D5oG8T3yNmf0F30J-sjO6MEHuVgiQg4u-GLY5X-JynZcnHeBHqzIxGL4jjDzNio8VdfMExY9EG5p5NhljBrX6vPg7DxSmCHAvfgNemgZnNO7nZwPbhHBkSsbtNn4coGwLZ-j-pDGNfb23B8Y-lYu4LwqBsrc3-0N_CYqmtzWxC6vD9ENk_e9pgrJhn5pP12cBt-cqbMCWIq-jgKgEo9OAMm-n33VmIZGXEeTWn5ZgJxpxU_-f8koAg1lKGVXT6yEhurIrb_P9UwvzSw',
  e: 'AQAB',
};

/** A configuration as the API of Huawei Cloud IAM accepts and returns it. */
export const OPEN_ID_CONNECT_CONFIG = {
  openid_connect_config: {
    access_mode: 'program_console',
    idp_url: 'https://accounts.example.com',
    client_id: CLIENT_ID,
    authorization_endpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
    scope: 'openid email',
    response_type: 'id_token',
    response_mode: 'form_post',
    signing_key: JSON.stringify({ keys: [KEY] }),
  },
};

/** Response bodies of the upstreams. */
export const RESPONSES = {
  openIdConnect: { ...openIdConnect('success'), IntegrationEventName: 'OpenID Connect user sync' },
  openIdConnectExists: {
    Errors: [
      {
        ErrorCode: 'IdExists',
        Message: 'Object already exists.',
        Data: { ObjectType: 'OpenIdConnect', ObjectID: idFor('error') },
      },
    ],
  },
  openIdConnectAbsent: {
    Errors: [
      {
        ErrorCode: 'NotFound',
        Message: 'Object not found.',
        Data: { ObjectType: 'OpenIdConnect', ObjectID: idFor('success') },
      },
    ],
  },
  configInvalid: {
    error_msg: `Invalid input for field 'client_id'. The value is '${CLIENT_ID}'.`,
    error_code: 'IAM.0073',
  },
  configAbsent: {
    error_msg: `Could not find openid_connect_config: ${idFor('success')}.`,
    error_code: 'IAM.0004',
  },
};

/** Path of OrderCloud's create. */
export const OPEN_ID_CONNECT_PATH = '/v1/openidconnects';

/** Path of the create of Huawei Cloud IAM. */
export function configPath(outcome: Outcome): string {
  return `/v3.0/OS-FEDERATION/identity-providers/${idFor(outcome)}/openid-connect-config`;
}
