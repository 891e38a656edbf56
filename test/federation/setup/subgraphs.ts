import { readFileSync } from 'node:fs';
import { parse } from 'graphql';
import type { DocumentNode } from 'graphql';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** The gateway as composers get it. */
export const GATEWAY_SDL = read('schema/subgraph.graphql');
/** The gateway's API by itself. */
export const GATEWAY_API = read('schema/schema.graphql');
export const STOREFRONT_SDL = read('examples/supergraph/storefront.graphql');

/** A subgraph in the form that all composers take. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
  readonly typeDefs: DocumentNode;
}

/** The subgraphs that are composed by default. */
export interface SubgraphTexts {
  readonly gateway?: string;
  readonly storefront?: string;
  readonly gatewayUrl?: string;
  readonly storefrontUrl?: string;
}

/** The gateway and the shop. */
export function subgraphs({
  gateway = GATEWAY_SDL,
  storefront = STOREFRONT_SDL,
  gatewayUrl = 'http://gateway/graphql',
  storefrontUrl = 'http://storefront/graphql',
}: SubgraphTexts = {}): Subgraph[] {
  return [
    { name: 'oidc', url: gatewayUrl, typeDefs: parse(gateway) },
    { name: 'storefront', url: storefrontUrl, typeDefs: parse(storefront) },
  ];
}
