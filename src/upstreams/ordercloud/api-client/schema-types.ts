import type { Readable } from '../../../graph/edges/edges.ts';
import { addTarget } from '../../../graph/edges/target.ts';
import type { Graph } from '../../../graph/graph.ts';
import { keyedBy } from '../../../graph/keys.ts';
import { addFound } from '../../../graph/root-fields/found.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { idBatches } from '../id-list.ts';
import type { OrderCloudSettings } from '../settings.ts';
import { apiClientKey } from './input.ts';
import { findApiClients, getApiClient } from './operations.ts';
import type { ApiClient } from './translate.ts';

const UNKNOWN = 'Null if OrderCloud does not say.';

/** Adds the API clients of OrderCloud, as far as they matter for sign-in. */
export function addApiClients(
  graph: Graph,
  open: OpenSession<OrderCloudSettings>,
): Readable<ApiClient> {
  const type = graph.builder.objectRef<ApiClient>('OpenIdConnectApiClient').implement({
    description:
      'An API client of OrderCloud, as far as it matters for sign-in. Its secret is never shown.',
    extensions: keyedBy('id'),
    fields: (t) => ({
      id: t.exposeID('id', { description: 'ID of the API client.' }),
      appName: t.exposeString('appName', {
        nullable: true,
        description: `Name of the application. ${UNKNOWN}`,
      }),
      active: t.exposeBoolean('isActive', {
        nullable: true,
        description: `Whether it is active. If not, nobody can sign in to it. ${UNKNOWN}`,
      }),
      allowAnyBuyer: t.exposeBoolean('allowsAnyBuyer', {
        nullable: true,
        description: `Whether users of all buyers can sign in to it. Otherwise, only users of buyers that are assigned to it can. ${UNKNOWN}`,
      }),
      allowAnySupplier: t.exposeBoolean('allowsAnySupplier', {
        nullable: true,
        description: `Whether users of all suppliers can sign in to it. Otherwise, only users of suppliers that are assigned to it can. ${UNKNOWN}`,
      }),
      allowSeller: t.exposeBoolean('allowsSeller', {
        nullable: true,
        description: `Whether seller users can sign in to it. An integration event with elevated roles needs at least one active API client that allows it. ${UNKNOWN}`,
      }),
      accessTokenDuration: t.int({
        nullable: true,
        description: `How long its access tokens are valid, in minutes. ${UNKNOWN}`,
        resolve: ({ accessTokenMinutes }) => wholeOrNull(accessTokenMinutes),
      }),
      refreshTokenDuration: t.int({
        nullable: true,
        description: `How long its refresh tokens are valid, in minutes. 0: it has none, and the placeholder \`{3}\` of \`appStartUrl\` stays empty. ${UNKNOWN}`,
        resolve: ({ refreshTokenMinutes }) => wholeOrNull(refreshTokenMinutes),
      }),
    }),
  });
  const resource = {
    noun: 'OpenIdConnectApiClient',
    label: 'API client',
    key: 'id',
    aboutKey: 'ID of the API client.',
    type,
    about: 'The API client as OrderCloud returned it.',
    open,
    viewOf: (stored: ApiClient) => stored,
    warnings: () => [],
  } as const;
  const target = addTarget(graph, resource, getApiClient, {
    about: 'OpenIdConnect.apiClient',
    schema: apiClientKey,
    success: addFound(graph, resource, '', 'The API client exists.'),
    list: {
      batches: idBatches,
      read: async ({ call }, ids) => {
        const { value } = await call({ ...findApiClients, mayBeDenied: true }, ids);
        return new Map(value.map((stored) => [stored.id, stored]));
      },
      hasOwnRight: false,
    },
  });
  return { type, target };
}

/** Minutes that GraphQL's `Int` can hold; both are documented to be whole and below 524,161. */
function wholeOrNull(minutes: number | null): number | null {
  return minutes !== null && (minutes | 0) === minutes ? minutes : null;
}
