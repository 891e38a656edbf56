import type { Readable } from '../../../graph/edges/edges.ts';
import { addTarget } from '../../../graph/edges/target.ts';
import type { Graph } from '../../../graph/graph.ts';
import { keyedBy } from '../../../graph/keys.ts';
import { addFound } from '../../../graph/root-fields/found.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { idBatches } from '../id-list.ts';
import type { OrderCloudSettings } from '../settings.ts';
import { integrationEventKey } from './input.ts';
import { findIntegrationEvents, getIntegrationEvent } from './operations.ts';
import { withoutKeys } from './translate.ts';
import type { IntegrationEvent } from './translate.ts';

/** Adds the integration events of OrderCloud, as far as they matter for sign-in. */
export function addIntegrationEvents(
  graph: Graph,
  open: OpenSession<OrderCloudSettings>,
): Readable<IntegrationEvent> {
  const type = graph.builder
    .objectRef<IntegrationEvent>('OpenIdConnectIntegrationEvent')
    .implement({
      description:
        'An integration event of OrderCloud, as far as it matters for sign-in. Its secrets are never shown.',
      extensions: keyedBy('id'),
      fields: (t) => ({
        id: t.exposeID('id', { description: 'ID of the integration event.' }),
        name: t.exposeString('name', {
          nullable: true,
          description: 'Name of the integration event. Null if OrderCloud does not say.',
        }),
        eventType: t.exposeString('eventType', {
          nullable: true,
          description:
            'Its type, as OrderCloud writes it. Sign-in needs `OpenIDConnect`. Null if OrderCloud does not say.',
        }),
        customImplementationUrl: t.string({
          nullable: true,
          description:
            'The URL below which OrderCloud calls `/createuser` and `/syncuser`, without user information, query and fragment, which may hold a key. Null if there is none, as in staging after each weekly restore, or if it is not a URL.',
          resolve: ({ customImplementationUrl: url }) => withoutKeys(url),
        }),
        hasHashKey: t.exposeBoolean('hasHashKey', {
          description:
            'Whether it has a `HashKey`, with which OrderCloud signs what it sends. The key itself is never shown.',
        }),
        elevatedRoles: t.stringList({
          description:
            'Roles of the access token that OrderCloud sends along, as OrderCloud writes them, e.g. `BuyerUserAdmin`.',
          resolve: ({ elevatedRoles }) => [...elevatedRoles],
        }),
      }),
    });
  const resource = {
    noun: 'OpenIdConnectIntegrationEvent',
    label: 'integration event',
    key: 'id',
    aboutKey: 'ID of the integration event.',
    type,
    about: 'The integration event as OrderCloud returned it.',
    open,
    viewOf: (stored: IntegrationEvent) => stored,
    warnings: () => [],
  } as const;
  const target = addTarget(graph, resource, getIntegrationEvent, {
    about: 'OpenIdConnect.integrationEvent',
    schema: integrationEventKey,
    success: addFound(graph, resource, '', 'The integration event exists.'),
    list: {
      batches: idBatches,
      read: async ({ call }, ids) => {
        const { value } = await call({ ...findIntegrationEvents, mayBeDenied: true }, ids);
        return new Map(value.map((stored) => [stored.id, stored]));
      },
      hasOwnRight: false,
    },
  });
  return { type, target };
}
