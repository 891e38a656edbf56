import type { OidcConfiguration } from '../domain/sign-in/oidc-configuration.ts';
import type { Builder } from './builder.ts';

/** Adds the interface with the fields that the configurations of all upstreams share. */
export function addOidcConfiguration(builder: Builder) {
  return builder.interfaceRef<OidcConfiguration>('OidcConfiguration').implement({
    description:
      'The fields that OpenID Connect configurations of all platforms have, under the names that the standards use.',
    fields: (t) => ({
      clientId: t.exposeString('clientId', {
        nullable: true,
        description:
          'OAuth 2 `client_id` at the OpenID Provider (RFC 6749 section 2.2). Null only if the platform omits it.',
      }),
      authorizationEndpoint: t.exposeString('authorizationEndpoint', {
        nullable: true,
        description:
          '`authorization_endpoint` of the OpenID Provider, where users sign in. Null if the platform uses none.',
      }),
      scopes: t.stringList({
        description:
          'Scopes of the authorization request as stored. A platform may add scopes automatically; see the concrete type.',
        resolve: ({ scopes }) => [...scopes],
      }),
    }),
  });
}
