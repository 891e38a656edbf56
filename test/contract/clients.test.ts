import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache, gql } from '@apollo/client';
import type { ApolloLink } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* The clients that apps have, with the settings that they come with, against a gateway with its own. */

const READ = gql`
  query Read($id: ID!) {
    openIdConnect(id: $id) {
      __typename
      ... on OpenIdConnectSuccess {
        openIdConnect {
          id
        }
      }
      ... on OidcError {
        code
      }
    }
  }
`;
const DELETE = gql`
  mutation Delete($input: DeleteOpenIdConnectInput!) {
    deleteOpenIdConnect(input: $input) {
      __typename
    }
  }
`;
const FOUND = {
  openIdConnect: { __typename: 'OpenIdConnectSuccess', openIdConnect: { id: 'google' } },
};
/** Apollo Client asks for the type of every object. */
const TYPED = {
  openIdConnect: {
    __typename: 'OpenIdConnectSuccess',
    openIdConnect: { __typename: 'OpenIdConnect', id: 'google' },
  },
};
const TOKEN = { 'X-OrderCloud-Authorization': 'Bearer example-token' };

let gateway: ScriptedGateway;
beforeAll(async () => {
  gateway = await startScriptedGateway();
  gateway.upstream.respondWith(permissiveUpstream);
});
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.upstream.seen.length = 0;
});

/** Node's fetch, and what it was asked for. */
function recorded() {
  const requests: {
    readonly method: string;
    readonly hasQuery: boolean;
    readonly hasHash: boolean;
  }[] = [];
  const fetchRecorded: typeof fetch = (target, init) => {
    const url = target instanceof Request ? target.url : target.toString();
    const said = typeof init?.body === 'string' ? init.body : new URL(url).search;
    requests.push({
      method: init?.method ?? 'GET',
      hasQuery: /"query":|[?&]query=/.test(said),
      hasHash: said.includes('persistedQuery'),
    });
    return fetch(target, init);
  };
  return { requests, fetch: fetchRecorded };
}

describe('Apollo Client', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const start = (before: (link: ApolloLink) => ApolloLink = (link) => link) => {
    const { requests, fetch: ownFetch } = recorded();
    const client = new ApolloClient({
      cache: new InMemoryCache({ possibleTypes: { OidcError: [] } }),
      link: before(new HttpLink({ uri: gateway.url, headers: TOKEN, fetch: ownFetch })),
      defaultOptions: { query: { fetchPolicy: 'no-cache' } },
    });
    const read = async () =>
      (await client.query({ query: READ, variables: { id: 'google' } })).data;
    const remove = async () =>
      (await client.mutate({ mutation: DELETE, variables: { input: { id: 'google' } } })).data;
    return { requests, read, remove };
  };

  it('is served without extra settings', async () => {
    const { requests, read, remove } = start();
    expect([await read(), await remove()]).toEqual([
      TYPED,
      { deleteOpenIdConnect: { __typename: 'DeleteOpenIdConnectSuccess' } },
    ]);
    expect(requests).toEqual([
      { method: 'POST', hasQuery: true, hasHash: false },
      { method: 'POST', hasQuery: true, hasHash: false },
    ]);
  });

  it('with automatic persisted queries learns that there are none, and goes on without', async () => {
    const { requests, read, remove } = start((link) =>
      new PersistedQueryLink({ sha256 }).concat(link),
    );
    expect([await read(), await remove(), await read()]).toEqual([
      TYPED,
      { deleteOpenIdConnect: { __typename: 'DeleteOpenIdConnectSuccess' } },
      TYPED,
    ]);
    expect(requests).toEqual([
      { method: 'POST', hasQuery: false, hasHash: true },
      { method: 'POST', hasQuery: true, hasHash: false },
      { method: 'POST', hasQuery: true, hasHash: false },
      { method: 'POST', hasQuery: true, hasHash: false },
    ]);
    expect(gateway.upstream.seen.map(({ method }) => method)).toEqual(['GET', 'DELETE', 'GET']);
  });

  it('with hashes by GET does so too', async () => {
    const { requests, read, remove } = start((link) =>
      new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(link),
    );
    expect([await read(), await read(), await remove()]).toEqual([
      TYPED,
      TYPED,
      { deleteOpenIdConnect: { __typename: 'DeleteOpenIdConnectSuccess' } },
    ]);
    expect(requests[0]).toEqual({ method: 'GET', hasQuery: false, hasHash: true });
    expect(gateway.upstream.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'DELETE']);
  });

  it('that never gives up on hashes sends each query with its own', async () => {
    const { requests, read } = start((link) =>
      new PersistedQueryLink({ sha256, disable: () => false }).concat(link),
    );
    expect([await read(), await read()]).toEqual([TYPED, TYPED]);
    expect(requests.map(({ hasQuery, hasHash }) => [hasQuery, hasHash])).toEqual([
      [false, true],
      [true, true],
      [false, true],
      [true, true],
    ]);
  });

  it('that asks by GET is served', async () => {
    const { requests, fetch: ownFetch } = recorded();
    const client = new ApolloClient({
      cache: new InMemoryCache(),
      link: new HttpLink({
        uri: gateway.url,
        headers: TOKEN,
        fetch: ownFetch,
        useGETForQueries: true,
      }),
      defaultOptions: { query: { fetchPolicy: 'no-cache' } },
    });
    expect((await client.query({ query: READ, variables: { id: 'google' } })).data).toEqual(TYPED);
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
  });
});

describe('urql', () => {
  it.each<[string, Readonly<Record<string, string>>]>([
    ['X-OrderCloud-Authorization', TOKEN],
    ['Authorization', { authorization: 'Bearer example-token' }],
    ['X-Auth-Token', { ...TOKEN, 'X-Auth-Token': 'example-token' }],
  ])(
    'with its own settings, by which it asks by GET, and a token in %s is served',
    async (_what, headers) => {
      const { requests, fetch: ownFetch } = recorded();
      const client = new Client({
        url: gateway.url,
        exchanges: [fetchExchange],
        fetch: ownFetch,
        fetchOptions: { headers },
      });
      const { data, error } = await client.query<unknown>(READ, { id: 'google' }).toPromise();
      expect([data, error]).toEqual([FOUND, undefined]);
      const removed = await client
        .mutation<unknown>(DELETE, { input: { id: 'google' } })
        .toPromise();
      expect([removed.data, removed.error]).toEqual([
        { deleteOpenIdConnect: { __typename: 'DeleteOpenIdConnectSuccess' } },
        undefined,
      ]);
      expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
    },
  );

  it('gets an error that names the missing token', async () => {
    const client = new Client({ url: gateway.url, exchanges: [fetchExchange] });
    const { error } = await client.query('{ __typename }', {}).toPromise();
    expect(error?.graphQLErrors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/X-Auth-Token/),
    ]);
  });
});
