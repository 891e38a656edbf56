import type { Graph } from '../../../graph/graph.ts';
import { FIELDS } from './fields.ts';
import { fromIssuer } from './from-issuer.ts';
import type { FromIssuer } from './from-issuer.ts';

/** Adds the values that an issuer gives for the inputs of a configuration. */
export function addValuesFromIssuer({ builder, OidcIssuer }: Graph): void {
  const type = builder.objectRef<FromIssuer>('OpenIdConnectFromIssuer').implement({
    description:
      'The fields of `CreateOpenIdConnectInput` and `SaveOpenIdConnectInput` that the metadata of an issuer determines, ready to be copied there.',
    fields: (t) => ({
      authorizationEndpoint: t.exposeString('authorizationEndpoint', {
        nullable: true,
        description: `${FIELDS.authorizationEndpoint.about} Null if the metadata has no usable one.`,
      }),
      tokenEndpoint: t.exposeString('tokenEndpoint', {
        nullable: true,
        description: `${FIELDS.tokenEndpoint.about} Null if the metadata has no usable one.`,
      }),
      urlEncoded: t.exposeBoolean('urlEncoded', {
        description:
          'True if the token endpoint accepts `client_secret_post`. Otherwise false: OrderCloud then sends a JSON body, which many providers accept although the standard does not know it.',
      }),
    }),
  });
  builder.objectField(OidcIssuer, 'openIdConnect', (t) =>
    t.field({
      type,
      description: 'Values for the inputs of OrderCloud.',
      resolve: (issuer) => fromIssuer(issuer),
    }),
  );
}
