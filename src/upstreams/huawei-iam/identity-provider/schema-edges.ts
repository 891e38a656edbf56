import { addEdge } from '../../../graph/edges/edges.ts';
import type { Readable } from '../../../graph/edges/edges.ts';
import type { Graph } from '../../../graph/graph.ts';
import type { Mapping } from '../mapping/translate.ts';
import type { addOidcConfigs } from '../oidc-config/schema.ts';
import type { Protocol } from '../protocol/translate.ts';
import type { IdentityProvider } from './translate.ts';

/** Adds the fields that lead from an identity provider to its parts, and back. */
export function addEdges(
  graph: Graph,
  {
    providers,
    protocols,
    mappings,
    configs,
  }: {
    readonly providers: Readable<IdentityProvider>;
    readonly protocols: Readable<Protocol>;
    readonly mappings: Readable<Mapping>;
    readonly configs: ReturnType<typeof addOidcConfigs>;
  },
): void {
  addEdge(graph, providers, 'protocol', {
    description:
      'Its protocol `oidc`, as `huaweiProtocol` reads it: one call for each identity provider. `OidcNotFoundError`: it has none.',
    to: protocols.target,
    idOf: ({ id }) => id,
  });
  addEdge(graph, providers, 'mapping', {
    description:
      'The mapping that its protocol refers to, as `huaweiMapping` reads it; null if the protocol refers to none. The protocol is read first, once, also if `protocol` is selected. One call reads the mapping, or all mappings if several are asked for. `OidcNotFoundError`: it has no protocol, or the mapping does not exist; see `resource`.',
    to: mappings.target,
    idOf: async ({ id }, follow) => (await follow(protocols.target, id))?.object.mappingId ?? null,
    callsForId: 1,
  });
  addEdge(graph, providers, 'oidcConfig', {
    description:
      'Its OpenID Connect configuration, as `oidcConfig` reads it: one call for each identity provider. `OidcNotFoundError`: it has none.',
    to: configs.target,
    idOf: ({ id }) => id,
  });
  addEdge(graph, { type: configs.oidcConfig, target: configs.target }, 'identityProvider', {
    description:
      'The identity provider that it belongs to, as `huaweiIdentityProvider` reads it: one call for each, none if the request came from there.',
    to: providers.target,
    idOf: ({ idpId }) => idpId,
  });
}
