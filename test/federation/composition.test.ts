import { buildSchema, findBreakingChanges, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { COMPOSERS } from './setup/composers.ts';
import { GATEWAY_API, GATEWAY_SDL, STOREFRONT_SDL, subgraphs } from './setup/subgraphs.ts';
import type { SubgraphTexts } from './setup/subgraphs.ts';

/* The gateway and a shop that has all the plain names for itself, in composers of three vendors. */

/** The text with one part replaced; it must be there. */
function changed(text: string, part: string, replacement: string): string {
  if (!text.includes(part)) throw new Error(`there is no ${part}`);
  return text.replaceAll(part, replacement);
}

/** What must not compose, and what the complaint must be about. */
const BROKEN: readonly (readonly [string, SubgraphTexts, RegExp])[] = [
  [
    'a type that both define',
    { gateway: changed(GATEWAY_SDL, 'HuaweiMappingGroup', 'Mapping') },
    /\bMapping\b/,
  ],
  [
    'an entity that both own',
    {
      gateway: changed(GATEWAY_SDL, 'HuaweiIdentityProvider', 'IdentityProvider'),
      storefront: changed(STOREFRONT_SDL, '  keys: JWKS', '  description: String!'),
    },
    /IdentityProvider\b.*description/,
  ],
  [
    'a root field that both have',
    { gateway: changed(GATEWAY_SDL, 'huaweiIdentityProviders:', 'identityProviders:') },
    /identityProviders/,
  ],
  [
    'a key that is no field',
    { gateway: changed(GATEWAY_SDL, '@key(fields: "idpId")', '@key(fields: "id")') },
    /OidcConfig/,
  ],
  [
    'a key that cannot be followed',
    {
      storefront: changed(
        STOREFRONT_SDL,
        'type OpenIdConnect @key(fields: "id") {\n  id: ID!',
        'type OpenIdConnect @key(fields: "code") {\n  code: ID!',
      ),
    },
    /OpenIdConnect/,
  ],
  [
    'a key that is only referred to',
    {
      gateway: changed(
        GATEWAY_SDL,
        '@key(fields: "idpId")',
        '@key(fields: "idpId", resolvable: false)',
      ),
    },
    /OidcConfig/,
  ],
];

describe.each(Object.entries(COMPOSERS))('%s', (_name, compose) => {
  const { errors, supergraph } = compose(subgraphs());

  it('composes the gateway with the shop, without a doubt', () => {
    expect(errors).toBeUndefined();
  });

  it('takes over all that the gateway and the shop have, unions and inputs included', () => {
    const api = buildSchema(supergraph?.api ?? '');
    expect(findBreakingChanges(buildSchema(GATEWAY_API), api)).toEqual([]);
    for (const typeName of [
      'ValidationError',
      'Error',
      'PageInfo',
      'IdentityProvider',
      'Mapping',
      'JWKS',
    ])
      expect(api.getType(typeName), typeName).toBeDefined();
    expect(Object.keys(api.getMutationType()?.getFields() ?? {})).toEqual(
      expect.arrayContaining(['createOpenIdConnect', 'createOidcConfig', 'addStorefront']),
    );
    expect(Object.keys(api.getQueryType()?.getFields() ?? {})).toEqual(
      expect.arrayContaining(['openIdConnect', 'huaweiIdentityProviders', 'identityProviders']),
    );
  });

  it('joins the entities in both directions', () => {
    const api = buildSchema(supergraph?.api ?? '');
    for (const typeName of ['OpenIdConnect', 'HuaweiIdentityProvider']) {
      const type = api.getType(typeName);
      expect(isObjectType(type) && Object.keys(type.getFields())).toEqual(
        expect.arrayContaining(['fingerprint', 'storefronts']),
      );
    }
    expect(supergraph?.readableFrom('OpenIdConnect', 'id')).toEqual(['oidc', 'storefront']);
    expect(supergraph?.readableFrom('HuaweiIdentityProvider', 'id')).toEqual([
      'oidc',
      'storefront',
    ]);
    expect(supergraph?.readableFrom('OidcConfig', 'idpId')).toEqual(['oidc']);
  });

  it('composes with a shop that only refers to the entities', () => {
    const only = STOREFRONT_SDL.replace(
      /(type (?:OpenIdConnect|HuaweiIdentityProvider) @key\(fields: "id")\) \{[^}]*\}/g,
      '$1, resolvable: false) { id: ID! }',
    );
    const reference = compose(subgraphs({ storefront: only }));
    expect(reference.errors).toBeUndefined();
    expect(reference.supergraph?.readableFrom('OpenIdConnect', 'id')).toEqual(['oidc']);
    expect(reference.supergraph?.readableFrom('HuaweiIdentityProvider', 'id')).toEqual(['oidc']);
  });

  it.each(BROKEN)('refuses %s', (_what, texts, about) => {
    const broken = compose(subgraphs(texts));
    expect(broken.supergraph).toBeUndefined();
    expect(broken.errors?.join('\n').replaceAll('\n', ' ')).toMatch(about);
  });
});
