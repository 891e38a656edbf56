import { ABOUT_FINGERPRINT } from '../../graph/fingerprint.ts';
import type { Graph } from '../../graph/graph.ts';
import { ABOUT } from './schema-types.ts';

const ID = '1 to 100 letters, digits, hyphens and underscores';
const SECRET = `${ABOUT.connectClientSecret} Pass it in a variable, never in the query text. A mask such as \`********\` is refused.`;
const ENDPOINT = 'An absolute http(s) URL without a fragment; not called by the gateway.';
const EXACT = 'Sent byte for byte.';
const KEPT = 'Left out, it stays; null is refused.';
const CLEARED = 'Left out, it stays; null clears it.';

/** Adds the inputs of the mutations. */
export function addInputs({ builder }: Graph) {
  /** The fields of a whole configuration but its id. */
  const whole = (
    t: Parameters<NonNullable<Parameters<typeof builder.inputType>[1]['fields']>>[0],
  ) => ({
    orderCloudApiClientId: t.string({ required: true, description: ABOUT.orderCloudApiClientId }),
    connectClientId: t.string({ required: true, description: ABOUT.connectClientId }),
    connectClientSecret: t.string({ required: true, description: SECRET }),
    appStartUrl: t.string({ required: true, description: `${ABOUT.appStartUrl} ${EXACT}` }),
    authorizationEndpoint: t.string({
      required: true,
      description: `${ABOUT.authorizationEndpoint} ${ENDPOINT}`,
    }),
    tokenEndpoint: t.string({ required: true, description: `${ABOUT.tokenEndpoint} ${ENDPOINT}` }),
    urlEncoded: t.boolean({ description: ABOUT.urlEncoded }),
    integrationEventId: t.string({ description: ABOUT.integrationEventId }),
    callSyncUserIntegrationEvent: t.boolean({ description: ABOUT.callSyncUserIntegrationEvent }),
    additionalIdpScopes: t.stringList({ description: ABOUT.additionalIdpScopes }),
    customErrorUrl: t.string({ description: `${ABOUT.customErrorUrl} ${EXACT}` }),
  });

  const create = builder.inputType('CreateOpenIdConnectInput', {
    description:
      'A new OpenID Connect configuration of OrderCloud. A field that is null is the same as one left out.',
    fields: (t) => ({
      id: t.id({
        description: `ID of the configuration: ${ID}. OrderCloud makes one where none is given; give one, so that a create whose answer is lost can be looked up.`,
      }),
      ...whole(t),
    }),
  });

  const save = builder.inputType('SaveOpenIdConnectInput', {
    description:
      'A whole OpenID Connect configuration of OrderCloud, which replaces the one with this id, or is created. What is left out or null gets its default: nothing of the stored one stays.',
    fields: (t) => ({
      id: t.id({ required: true, description: `ID of the configuration: ${ID}.` }),
      ...whole(t),
      expectedFingerprint: t.string({
        description: `${ABOUT_FINGERPRINT.expectedFingerprint} With it, the configuration must exist.`,
      }),
    }),
  });

  const update = builder.inputType('UpdateOpenIdConnectInput', {
    description:
      'A change of an OpenID Connect configuration of OrderCloud: only the fields that are given. Null clears where a field can be empty.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'ID of the configuration, at most 100 characters.' }),
      newId: t.id({
        description: `Renames the configuration: ${ID}. Login links hold the ID, so that those made with the old one stop working. Null is the same as left out.`,
      }),
      orderCloudApiClientId: t.string({ description: `${ABOUT.orderCloudApiClientId} ${KEPT}` }),
      connectClientId: t.string({ description: `${ABOUT.connectClientId} ${KEPT}` }),
      connectClientSecret: t.string({ description: `${SECRET} ${KEPT}` }),
      appStartUrl: t.string({ description: `${ABOUT.appStartUrl} ${EXACT} ${KEPT}` }),
      authorizationEndpoint: t.string({
        description: `${ABOUT.authorizationEndpoint} ${ENDPOINT} ${KEPT}`,
      }),
      tokenEndpoint: t.string({ description: `${ABOUT.tokenEndpoint} ${ENDPOINT} ${KEPT}` }),
      urlEncoded: t.boolean({ description: `${ABOUT.urlEncoded} ${KEPT}` }),
      integrationEventId: t.string({ description: `${ABOUT.integrationEventId} ${CLEARED}` }),
      callSyncUserIntegrationEvent: t.boolean({
        description: `${ABOUT.callSyncUserIntegrationEvent} ${KEPT}`,
      }),
      additionalIdpScopes: t.stringList({
        description: `${ABOUT.additionalIdpScopes} The whole list: it replaces the stored one. ${CLEARED}`,
      }),
      customErrorUrl: t.string({ description: `${ABOUT.customErrorUrl} ${EXACT} ${CLEARED}` }),
      expectedFingerprint: t.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
    }),
  });

  const remove = builder.inputType('DeleteOpenIdConnectInput', {
    description: 'The OpenID Connect configuration of OrderCloud to delete.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'ID of the configuration, at most 100 characters.' }),
      expectedFingerprint: t.string({ description: ABOUT_FINGERPRINT.expectedFingerprint }),
    }),
  });

  return { create, save, update, remove };
}
