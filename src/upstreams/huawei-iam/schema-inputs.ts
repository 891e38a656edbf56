import { ABOUT_FINGERPRINT } from '../../graph/fingerprint.ts';
import type { Graph } from '../../graph/graph.ts';
import { ABOUT } from './schema-types.ts';
import type { OidcConfigTypes } from './schema-types.ts';

const CONSOLE = 'Only for PROGRAM_CONSOLE.';
const ENDPOINT = 'An absolute http(s) URL without a fragment.';
const ISSUER = 'An absolute http(s) URL; sent byte for byte, and not called by the gateway.';
const KEY_SET =
  'At least one: RSA with `n` and `e`, or EC with `crv`, `x` and `y`, `use` absent or `sig`; no private members. ' +
  '10 to 30,000 characters as compact JSON, and 32,768 bytes for the whole request. A copy: when the identity provider rotates its keys, sign-in fails until this is updated.';
const KEPT = 'Left out, it stays; null is refused.';
const CONSOLE_KEPT = `${CONSOLE} Left out, it stays; a change to PROGRAM drops it, and one to PROGRAM_CONSOLE needs it.`;

type Builder = Graph['builder'];
export type InputFields = Parameters<NonNullable<Parameters<Builder['inputType']>[1]['fields']>>[0];

/** The fields of a whole configuration but its id. */
export function wholeConfig(
  t: InputFields,
  { accessMode, responseType, responseMode }: OidcConfigTypes,
) {
  return {
    accessMode: t.field({ type: accessMode, required: true, description: ABOUT.accessMode }),
    idpUrl: t.string({ required: true, description: `${ABOUT.idpUrl} ${ISSUER}` }),
    clientId: t.string({ required: true, description: ABOUT.clientId }),
    authorizationEndpoint: t.string({
      description: `${ABOUT.authorizationEndpoint} ${ENDPOINT} ${CONSOLE}`,
    }),
    scope: t.stringList({ description: `${ABOUT.scope} Duplicates are merged. ${CONSOLE}` }),
    responseType: t.field({ type: responseType, description: `${ABOUT.responseType} ${CONSOLE}` }),
    responseMode: t.field({ type: responseMode, description: `${ABOUT.responseMode} ${CONSOLE}` }),
    signingKey: t.field({
      type: 'OidcJwks',
      required: true,
      description: `${ABOUT.signingKey} ${KEY_SET}`,
    }),
  };
}

/** Adds the inputs of the configuration's mutations. */
export function addInputs({ builder }: Graph, types: OidcConfigTypes) {
  const { accessMode, responseType, responseMode } = types;
  const create = builder.inputType('CreateOidcConfigInput', {
    description:
      'A new OpenID Connect configuration of an identity provider in Huawei Cloud IAM. A field that is null is the same as one left out.',
    fields: (t) => ({
      idpId: t.id({
        required: true,
        description: `${ABOUT.idpId} It must exist, with the protocol \`oidc\`.`,
      }),
      ...wholeConfig(t, types),
    }),
  });

  const update = builder.inputType('UpdateOidcConfigInput', {
    description:
      'A change of the OpenID Connect configuration of an identity provider in Huawei Cloud IAM: only the fields that are given.',
    fields: (t) => ({
      idpId: t.id({ required: true, description: ABOUT.idpId }),
      accessMode: t.field({ type: accessMode, description: `${ABOUT.accessMode} ${KEPT}` }),
      idpUrl: t.string({ description: `${ABOUT.idpUrl} ${ISSUER} ${KEPT}` }),
      clientId: t.string({ description: `${ABOUT.clientId} ${KEPT}` }),
      authorizationEndpoint: t.string({
        description: `${ABOUT.authorizationEndpoint} ${ENDPOINT} ${CONSOLE_KEPT}`,
      }),
      scope: t.stringList({ description: `${ABOUT.scope} Duplicates are merged. ${CONSOLE_KEPT}` }),
      responseType: t.field({
        type: responseType,
        description: `${ABOUT.responseType} ${CONSOLE_KEPT}`,
      }),
      responseMode: t.field({
        type: responseMode,
        description: `${ABOUT.responseMode} ${CONSOLE_KEPT}`,
      }),
      signingKey: t.field({
        type: 'OidcJwks',
        description: `${ABOUT.signingKey} The whole set: it replaces the stored one. ${KEY_SET} ${KEPT}`,
      }),
      expectedFingerprint: t.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
    }),
  });
  return { create, update };
}
