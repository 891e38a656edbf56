import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import type { DocumentNode } from 'graphql';
import { describeResult } from './describe-result.ts';
import { CreateConfigurationDocument } from './graphql/graphql.ts';
import { headers, input, url } from './settings.ts';

/** The SHA-256 of the document as it was generated: the gateway looks the document up by this hash. */
function generatedHash(document: DocumentNode & { __meta__?: { hash?: string } }): string {
  const { hash } = document.__meta__ ?? {};
  if (hash === undefined) throw new Error('This document is not in persisted-documents.json.');
  return hash;
}

const client = new ApolloClient({
  link: new PersistedQueryLink({
    generateHash: generatedHash,
    // Never send the document itself: a gateway that accepts only persisted documents would refuse it.
    disable: () => false,
  }).concat(new HttpLink({ uri: url, headers })),
  cache: new InMemoryCache(),
});

const created = await client.mutate({
  mutation: CreateConfigurationDocument,
  variables: { input },
});
console.log(describeResult(created.data?.createOpenIdConnect));
