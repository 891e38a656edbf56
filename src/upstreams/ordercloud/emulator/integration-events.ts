import type { EmulatorRoute } from '../../../transport/emulator/emulator.ts';
import { notFound } from './error-bodies.ts';
import { pageById } from './list.ts';
import { authorize } from './oauth.ts';

const ROLES = ['FullAccess', 'IntegrationEventAdmin', 'IntegrationEventReader'];

/** What OrderCloud calls when something happens. */
export interface IntegrationEvent {
  readonly ID: string;
  readonly Name: string;
  readonly EventType: 'OpenIDConnect' | 'OrderCheckout';
  /** Below the emulator's own URL, where its middleware is; null as after the Sunday restore of staging. */
  readonly middleware: string | null;
  /** Signs what is sent. */
  readonly HashKey: string | null;
  readonly ElevatedRoles: readonly string[];
  readonly ConfigData: unknown;
  readonly CustomAuthHeaderName: string | null;
}

/** What the emulator's middleware verifies signatures with. */
export const MIDDLEWARE_KEY = 'example-hash-key-1';
/** The value of every `CustomAuthHeaderName`. The API never shows it. */
export const CUSTOM_AUTH_VALUE = 'example-middleware-key';

const sync: IntegrationEvent = {
  ID: 'oidc-sync',
  Name: 'OpenID Connect user sync',
  EventType: 'OpenIDConnect',
  middleware: '/middleware',
  HashKey: MIDDLEWARE_KEY,
  ElevatedRoles: ['BuyerUserAdmin'],
  ConfigData: { tenant: 'blue' },
  CustomAuthHeaderName: 'X-Gateway-Key',
};

/** All integration events, with a reason for most that nobody can sign in. */
export const EVENTS: ReadonlyMap<unknown, IntegrationEvent> = new Map(
  [
    sync,
    { ...sync, ID: 'order-checkout', Name: 'Order checkout', EventType: 'OrderCheckout' as const },
    { ...sync, ID: 'oidc-no-roles', Name: 'No elevated roles', ElevatedRoles: [] },
    { ...sync, ID: 'oidc-restored', Name: 'Restored on Sunday', middleware: null },
    { ...sync, ID: 'oidc-no-key', Name: 'No hash key', HashKey: null },
    { ...sync, ID: 'oidc-other-key', Name: 'Another hash key', HashKey: 'another-hash-key-2' },
    { ...sync, ID: 'oidc-refusing', Name: 'Refuses all', middleware: '/middleware/refusing' },
    { ...sync, ID: 'oidc-failing', Name: 'Fails', middleware: '/middleware/failing' },
  ].map((event) => [event.ID, event]),
);

/** `CustomImplementationUrl`. */
export function middlewareUrl({ middleware }: IntegrationEvent, origin: string): string | null {
  return middleware === null ? null : origin + middleware;
}

/** An integration event as in responses. */
function described(event: IntegrationEvent, origin: string): unknown {
  const { middleware: _, ...shown } = event;
  return { ...shown, CustomImplementationUrl: middlewareUrl(event, origin) };
}

export const eventRoutes: readonly EmulatorRoute[] = [
  {
    method: 'GET',
    path: '/v1/integrationEvents',
    handle(request) {
      authorize(request, ROLES);
      const { searchParams } = new URL(request.target, request.origin);
      const page = pageById([...EVENTS.values()], searchParams);
      const Items = page.Items.map((event) => described(event, request.origin));
      return { status: 200, body: { ...page, Items } };
    },
  },
  {
    method: 'GET',
    path: '/v1/integrationEvents/:id',
    handle(request, id) {
      authorize(request, ROLES);
      const event = EVENTS.get(id);
      if (!event) throw notFound('IntegrationEvent', id);
      return { status: 200, body: described(event, request.origin) };
    },
  },
];
