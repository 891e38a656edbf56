import type { Json } from '../../../domain/json/json.ts';
import type { Graph } from '../../../graph/graph.ts';
import { costs } from '../../../graph/root-fields/cost.ts';
import { FIELDS } from './fields.ts';
import { fromIssuer } from './from-issuer.ts';
import type { FromIssuer } from './from-issuer.ts';
import type { OidcConfigTypes } from './schema-types.ts';

/** Adds the values that an issuer gives for the inputs of a configuration. */
export function addValuesFromIssuer(
  { builder, OidcIssuer }: Graph,
  { responseType, responseMode }: OidcConfigTypes,
): void {
  const type = builder.objectRef<FromIssuer>('OidcConfigFromIssuer').implement({
    description:
      'The fields of `CreateOidcConfigInput` and `ProvisionOidcConfigInput` that the metadata and keys of an issuer determine, ready to be copied there.',
    fields: (t) => ({
      idpUrl: t.exposeString('idpUrl', { description: FIELDS.idpUrl.about }),
      authorizationEndpoint: t.exposeString('authorizationEndpoint', {
        nullable: true,
        description: `${FIELDS.authorizationEndpoint.about} Null if the metadata has no usable one.`,
      }),
      scope: t.stringList({
        description:
          '`openid`, and `profile` and `email` if the metadata lists them in `scopes_supported`.',
        resolve: ({ scope }) => [...scope],
      }),
      responseType: t.expose('responseType', {
        type: responseType,
        description: FIELDS.responseType.about,
      }),
      responseMode: t.expose('responseMode', {
        type: responseMode,
        nullable: true,
        description:
          'FORM_POST if the issuer offers it or does not say, else FRAGMENT; null if it offers neither.',
      }),
      signingKey: t.field({
        type: 'OidcJwks',
        nullable: true,
        extensions: costs(100),
        description: `${FIELDS.signingKey.about} The usable RSA and EC keys of the issuer without certificates and other extras, as many as Huawei Cloud IAM can store; null if there is none.`,
        resolve: ({ signingKey }) => signingKey as Json, // of plain values
      }),
    }),
  });
  builder.objectField(OidcIssuer, 'oidcConfig', (t) =>
    t.field({
      type,
      description: 'Values for the inputs of Huawei Cloud IAM.',
      resolve: (issuer) => fromIssuer(issuer),
    }),
  );
}
