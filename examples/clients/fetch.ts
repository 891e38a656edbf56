import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';

export async function request<Data, Variables>(
  url: string,
  headers: Readonly<Record<string, string>>,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: print(document), variables }),
  });
  const { data, errors } = (await response.json()) as {
    data?: Data | null;
    errors?: { message: string }[];
  };
  // The request itself was refused, or a field failed unexpectedly. Errors that the schema defines are in `data`.
  if (errors !== undefined || !data)
    throw new Error(errors?.[0]?.message ?? `HTTP ${response.status}`);
  return data;
}
