import type { OidcConfiguration } from '../domain/oidc-configuration.ts';
import type { Builder } from './builder.ts';

/** Adds the interface of what the configurations of all upstreams have in common. */
export function addOidcConfiguration(builder: Builder) {
  return builder.interfaceRef<OidcConfiguration>('OidcConfiguration').implement({
    description:
      'What OpenID Connect configurations of all platforms have in common, under the names of the standards.',
    fields: (t) => ({
      clientId: t.exposeString('clientId', {
        nullable: true,
        description:
          'OAuth 2 `client_id` at the OpenID Provider (RFC 6749 section 2.2). Null only where the platform leaves it out.',
      }),
      authorizationEndpoint: t.exposeString('authorizationEndpoint', {
        nullable: true,
        description:
          '`authorization_endpoint` of the OpenID Provider, where people sign in. Null where the platform uses none.',
      }),
      scopes: t.stringList({
        description:
          'Scopes of the authorization request as stored. A platform may add some by itself; the concrete type says so.',
        resolve: ({ scopes }) => [...scopes],
      }),
    }),
  });
}
