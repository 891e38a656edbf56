import { Client, cacheExchange, fetchExchange } from '@urql/core';

export function createUrqlClient(url: string, headers: Readonly<Record<string, string>>): Client {
  return new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: { headers },
    // By default, queries are GET requests: their variables would be in the URL, and therefore in proxy logs.
    preferGetMethod: false,
  });
}
