import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import type { ApolloCache, InMemoryCacheConfig } from '@apollo/client';
import apolloCache from '../../schema/apollo-cache.json' with { type: 'json' };

export function createApolloClient(uri: string, headers: Readonly<Record<string, string>>): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri, headers }),
    // TypeScript reads `false` in a JSON file as `boolean`.
    cache: new InMemoryCache(apolloCache as InMemoryCacheConfig),
  });
}

/** After a create or a delete: drops lists, and errors such as "not found", that queries gave before. */
export function forgetQueries(cache: ApolloCache, ...fieldNames: readonly string[]): void {
  for (const fieldName of fieldNames) cache.evict({ id: 'ROOT_QUERY', fieldName });
  cache.gc();
}
