/*
 * A shop as a subgraph: it refers to the gateway's objects by their keys, and adds its own fields to them. It knows
 * nothing else about the gateway, and has no credentials for it.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';

/** For composition. */
export const storefrontSdl = readFileSync(new URL('storefront.graphql', import.meta.url), 'utf8');

/** The definitions that every subgraph has for the router; composers add them automatically. */
const FEDERATION = `
  scalar _Any
  scalar link__Import
  directive @link(url: String!, import: [link__Import]) repeatable on SCHEMA
  directive @key(fields: String!, resolvable: Boolean = true) repeatable on OBJECT
  union _Entity = Storefront | OpenIdConnect | HuaweiIdentityProvider | IdentityProvider
  type _Service { sdl: String! }
  extend type Query {
    _service: _Service!
    _entities(representations: [_Any!]!): [_Entity]!
  }
`;

/**
 * @typedef {{ readonly id: string, readonly name: string, readonly signInId?: string | null, readonly staffSignInId?: string | null }} Storefront
 * @typedef {{ readonly __typename: string, readonly id: string }} Reference
 */

/** @type {readonly Storefront[]} */
const STOREFRONTS = [
  { id: 'books', name: 'Books', signInId: 'example-existing', staffSignInId: 'ACME-CONFIGURED' },
  { id: 'toys', name: 'Toys', signInId: 'example-existing' },
  { id: 'closed', name: 'Closed long ago', signInId: 'deleted-long-ago', staffSignInId: 'NOBODY' },
];

const IDENTITY_PROVIDERS = [{ id: 'social', name: 'A social network', keys: { keys: [] } }];

/**
 * Serves the shop on loopback; port 0 takes a free one.
 * @param {{ readonly port?: number }} [options]
 */
export async function startStorefront({ port = 0 } = {}) {
  /** @type {Map<string, Storefront>} */
  const storefronts = new Map(STOREFRONTS.map((storefront) => [storefront.id, storefront]));
  const all = () => [...storefronts.values()];
  const schema = createSchema({
    typeDefs: [storefrontSdl, FEDERATION],
    resolvers: {
      Query: {
        storefronts: all,
        storefront: (/** @type {unknown} */ _root, /** @type {{ id: string }} */ { id }) =>
          storefronts.get(id) ?? null,
        identityProviders: (
          /** @type {unknown} */ _root,
          /** @type {{ first: number }} */ { first },
        ) => ({
          nodes: IDENTITY_PROVIDERS.slice(0, first),
          pageInfo: { hasNextPage: first < IDENTITY_PROVIDERS.length },
        }),
        _service: () => ({ sdl: storefrontSdl }),
        _entities: (
          /** @type {unknown} */ _root,
          /** @type {{ representations: Reference[] }} */ { representations },
        ) =>
          representations.map((reference) => {
            const { __typename, id } = reference;
            if (__typename === 'Storefront') return { __typename, ...storefronts.get(id) };
            if (__typename === 'IdentityProvider')
              return { __typename, ...IDENTITY_PROVIDERS.find((one) => one.id === id) };
            return reference;
          }),
      },
      Mutation: {
        addStorefront: (
          /** @type {unknown} */ _root,
          /** @type {{ input: Storefront }} */ { input },
        ) => {
          if (storefronts.has(input.id))
            return {
              __typename: 'ValidationError',
              field: 'id',
              message: 'There is a shop with this id.',
            };
          storefronts.set(input.id, input);
          return { __typename: 'AddStorefrontSuccess', storefront: input };
        },
      },
      Storefront: {
        signIn: (/** @type {Storefront} */ { signInId }) => signInId && { id: signInId },
        staffSignIn: (/** @type {Storefront} */ { staffSignInId }) =>
          staffSignInId && { idpId: staffSignInId },
        staffIdentityProvider: (/** @type {Storefront} */ { staffSignInId }) =>
          staffSignInId && { id: staffSignInId },
        mappings: () => [{ column: 'EAN', field: 'code' }],
      },
      OpenIdConnect: {
        storefronts: (/** @type {Reference} */ { id }) =>
          all().filter(({ signInId }) => signInId === id),
      },
      HuaweiIdentityProvider: {
        storefronts: (/** @type {Reference} */ { id }) =>
          all().filter(({ staffSignInId }) => staffSignInId === id),
      },
    },
  });
  const server = createServer(
    createYoga({ schema, graphiql: false, landingPage: false, logging: false }),
  );
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    /** Of its API. */
    url: `http://127.0.0.1:${address.port}/graphql`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
