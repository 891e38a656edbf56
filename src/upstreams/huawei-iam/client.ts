import type { Operation } from '../../transport/answer.ts';
import type { OidcConfigDraft, OidcConfigKey } from './input.ts';
import { differences, FIELD_NAMES, fromWire, toWire } from './mapping.ts';
import type { OidcConfig } from './mapping.ts';
import { openIdConnectConfig } from './wire.ts';
import type { WireOpenIdConnectConfig } from './wire.ts';

const RESOURCE = 'openid_connect_config';

/** `POST …/openid-connect-config`. Not repeatable: a second one conflicts with the first. */
export const createOidcConfig: Operation<OidcConfigDraft, WireOpenIdConnectConfig, OidcConfig> = {
  name: 'createOidcConfig',
  purpose: 'create the OpenID Connect configuration',
  effect: 'write',
  repeatable: false,
  fields: Object.values(FIELD_NAMES),
  request: (draft) => ({ method: 'POST', path: configPath(draft), body: { ...toWire(draft) } }),
  response: openIdConnectConfig,
  result: (wire, { idpId }) => fromWire(wire, idpId),
  readBack: (draft, read) => read(getOidcConfig, { idpId: draft.idpId }).then((found) => ({ found, differences: differences(draft, found) })),
  subject: ({ idpId }) => ({ resource: RESOURCE, id: idpId }),
  needs: ({ idpId }) => ({
    resource: 'identity_provider or protocol',
    id: idpId,
    advice: 'The identity provider must exist and have the protocol "oidc" before its configuration can be created.',
  }),
  verifyWith: ({ idpId }) =>
    `query { oidcConfig(idpId: ${JSON.stringify(idpId)}) { __typename ... on OidcConfigSuccess { oidcConfig { idpId accessMode idpUrl clientId authorizationEndpoint scope responseType responseMode signingKey } } ... on OidcError { code message } } }`,
};

/** `GET …/openid-connect-config`. */
export const getOidcConfig: Operation<OidcConfigKey, WireOpenIdConnectConfig, OidcConfig> = {
  name: 'getOidcConfig',
  purpose: 'read the OpenID Connect configuration',
  effect: 'read',
  repeatable: true,
  fields: ['idpId'],
  request: (key) => ({ method: 'GET', path: configPath(key) }),
  response: openIdConnectConfig,
  result: (wire, { idpId }) => fromWire(wire, idpId),
  subject: ({ idpId }) => ({ resource: RESOURCE, id: idpId }),
};

/** The id has been checked by its pattern, so it is a path segment as it is. */
function configPath({ idpId }: OidcConfigKey): string {
  return `/v3.0/OS-FEDERATION/identity-providers/${idpId}/openid-connect-config`;
}
