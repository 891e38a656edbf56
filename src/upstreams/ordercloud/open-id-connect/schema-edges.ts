import { addEdge } from '../../../graph/edges/edges.ts';
import type { Readable } from '../../../graph/edges/edges.ts';
import type { Graph } from '../../../graph/graph.ts';
import type { ApiClient } from '../api-client/translate.ts';
import type { IntegrationEvent } from '../integration-event/translate.ts';
import type { ConfigurationView } from './schema-types.ts';

const TOGETHER =
  'Those of all configurations of a list are read together: up to 50 of them with one call. `OidcNotFoundError`: it does not exist.';

/** Adds the fields that lead from a configuration to what it refers to. */
export function addEdges(
  graph: Graph,
  configurations: Readable<ConfigurationView>,
  clients: Readable<ApiClient>,
  events: Readable<IntegrationEvent>,
): void {
  addEdge(graph, configurations, 'apiClient', {
    description: `The API client whose users sign in with the configuration (\`GET /apiclients\`); null if \`orderCloudApiClientId\` is null. Requires the role ApiClientReader, ApiClientAdmin or FullAccess. ${TOGETHER}`,
    to: clients.target,
    idOf: ({ orderCloudApiClientId }) => orderCloudApiClientId,
  });
  addEdge(graph, configurations, 'integrationEvent', {
    description: `The integration event that creates or updates users when they sign in (\`GET /integrationEvents\`); null if \`integrationEventId\` is null. Requires the role IntegrationEventReader, IntegrationEventAdmin or FullAccess. ${TOGETHER}`,
    to: events.target,
    idOf: ({ integrationEventId }) => integrationEventId,
  });
}
