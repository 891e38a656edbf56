import { hasPrivateKey } from '../../../domain/keys/private-key.ts';
import type { Operation, Subject } from '../../../transport/operation.ts';
import { confirmEqual } from '../../../transport/exchange/read-back.ts';
import { partOfProvider } from '../errors.ts';
import { ALL_FIELDS } from './fields.ts';
import type { OidcConfigDraft, OidcConfigKey } from './input.ts';
import { differences, fromWire, snapshotOf, toWire } from './translate.ts';
import type { OidcConfig, WholeOidcConfig } from './translate.ts';
import { openIdConnectConfig } from './wire.ts';
import type { WireOpenIdConnectConfig } from './wire.ts';

const RESOURCE = 'openid_connect_config';

const whole = partOfProvider('openidconnectconfig');

/*
 * A configuration has no id of its own, and no response names its identity provider, so there is nothing to compare with
 * the request.
 */

/** `POST …/openid-connect-config`. Not repeatable: a second request conflicts with the first. */
export const createOidcConfig: Operation<OidcConfigDraft, WireOpenIdConnectConfig, OidcConfig> = {
  name: 'createOidcConfig',
  purpose: 'create the OpenID Connect configuration',
  effect: 'write',
  repeatable: false,
  fields: ALL_FIELDS,
  request: (draft) => ({ method: 'POST', path: configPath(draft), body: toWire(draft) }),
  response: openIdConnectConfig,
  result: (wire, { idpId }) => fromWire(wire, idpId),
  readBack: (draft, read) =>
    confirmEqual(
      read(getOidcConfig, { idpId: draft.idpId }),
      (found) => differences(draft, found),
      snapshotOf,
    ),
  subject,
  whole,
  claims: subject,
  needs: ({ idpId }) => ({
    resource: 'identity_provider or protocol',
    id: idpId,
    advice:
      'The identity provider must exist and have the protocol "oidc" before its configuration can be created.',
  }),
  verifyWith,
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
  subject,
  whole,
};

/** The same before a change: unchanged fields are sent as stored, and an error may repeat them. */
export const getOidcConfigToChange: typeof getOidcConfig = {
  ...getOidcConfig,
  secretsOf: ({ signingKey }) => (hasPrivateKey(signingKey) ? [signingKey] : []),
};

/** `PUT …/openid-connect-config`. Repeatable: it sends the whole configuration, and a second request stores the same again. */
export const updateOidcConfig: Operation<WholeOidcConfig, WireOpenIdConnectConfig, OidcConfig> = {
  name: 'updateOidcConfig',
  purpose: 'update the OpenID Connect configuration',
  effect: 'write',
  repeatable: true,
  fields: ALL_FIELDS,
  request: (whole) => ({ method: 'PUT', path: configPath(whole), body: { ...toWire(whole) } }),
  response: openIdConnectConfig,
  result: (wire, { idpId }) => fromWire(wire, idpId),
  readBack: (whole, read) =>
    confirmEqual(
      read(getOidcConfig, { idpId: whole.idpId }),
      (found) => differences(whole, found),
      snapshotOf,
    ),
  current: async ({ idpId }, read) => snapshotOf(await read(getOidcConfig, { idpId })),
  subject,
  whole,
  verifyWith,
};

function verifyWith({ idpId }: OidcConfigKey): string {
  return `query { oidcConfig(idpId: ${JSON.stringify(idpId)}) { __typename ... on OidcConfigSuccess { oidcConfig { ${ALL_FIELDS.join(' ')} fingerprint } } ... on OidcError { code message } } }`;
}

function subject({ idpId }: OidcConfigKey): Subject {
  return { resource: RESOURCE, id: idpId };
}

/** The id has been checked by its pattern, so it is a path segment as it is. */
function configPath({ idpId }: OidcConfigKey): string {
  return `/v3.0/OS-FEDERATION/identity-providers/${idpId}/openid-connect-config`;
}
