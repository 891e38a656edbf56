import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import type { ApolloCache, InMemoryCacheConfig } from '@apollo/client';
import { RemoveTypenameFromVariablesLink } from '@apollo/client/link/remove-typename';
import apolloCache from '../../schema/apollo-cache.json' with { type: 'json' };

export function createApolloClient(
  uri: string,
  headers: Readonly<Record<string, string>>,
): ApolloClient {
  return new ApolloClient({
    // What was read, such as the rules of a mapping, can be written back: without the names of types that the client adds.
    link: ApolloLink.from([new RemoveTypenameFromVariablesLink(), new HttpLink({ uri, headers })]),
    // TypeScript reads `false` in a JSON file as `boolean`.
    cache: new InMemoryCache(apolloCache as InMemoryCacheConfig),
  });
}

/** After a create or a delete: drops lists, and errors such as "not found", that queries gave before. */
export function forgetQueries(cache: ApolloCache, ...fieldNames: readonly string[]): void {
  for (const fieldName of fieldNames) cache.evict({ id: 'ROOT_QUERY', fieldName });
  cache.gc();
}
