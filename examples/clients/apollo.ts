import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import type { ApolloCache, InMemoryCacheConfig } from '@apollo/client';
import { RemoveTypenameFromVariablesLink } from '@apollo/client/link/remove-typename';
import apolloCache from '../../schema/apollo-cache.json' with { type: 'json' };

export function createApolloClient(
  uri: string,
  headers: Readonly<Record<string, string>>,
): ApolloClient {
  return new ApolloClient({
    // Removes the `__typename` that the client adds, so that data you read can be written back.
    link: ApolloLink.from([new RemoveTypenameFromVariablesLink(), new HttpLink({ uri, headers })]),
    // TypeScript reads `false` in a JSON file as `boolean`.
    cache: new InMemoryCache(apolloCache as InMemoryCacheConfig),
  });
}

/** Evicts lists and errors (such as "not found") cached by earlier queries. Call it after you create or delete an object. */
export function forgetQueries(cache: ApolloCache, ...fieldNames: readonly string[]): void {
  for (const fieldName of fieldNames) cache.evict({ id: 'ROOT_QUERY', fieldName });
  cache.gc();
}
