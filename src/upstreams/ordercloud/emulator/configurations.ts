import { createHash } from 'node:crypto';
import { notFound, refused } from './error-bodies.ts';
import {
  checkModel,
  configurationOf,
  givenId,
  isAbsent,
  type Configuration,
  type Fields,
} from './model.ts';

/** The objects that configurations refer to. */
export interface References {
  /** IDs. */
  readonly apiClients: ReadonlySet<unknown>;
  /** By ID. */
  readonly events: ReadonlyMap<unknown, { readonly Name: string; readonly EventType: string }>;
}

export interface Configurations {
  all(): Configuration[];
  get(id: string): Configuration;
  /** Makes up an ID if none is given. */
  create(fields: Fields): Configuration;
  /** Creates a configuration or overwrites all of it. Another ID in the fields moves it there, or creates it there if there is nothing to move. */
  save(id: string, fields: Fields): Configuration;
  /** Changes the given fields; null restores the default. Another ID moves it there; a null or blank ID is ignored. */
  patch(id: string, fields: Fields): Configuration;
  remove(id: string): void;
}

/** Configurations in memory, none at first. */
export function openConfigurations({ apiClients, events }: References): Configurations {
  const stored = new Map<string, Configuration>();
  let generated = 0;

  // Looks random, but is the same after every start.
  function newId(): string {
    generated += 1;
    const id = createHash('sha256')
      .update(`openidconnect ${generated}`)
      .digest('base64url')
      .slice(0, 22);
    return stored.has(id) ? newId() : id;
  }

  function checkApiClient(id: unknown): void {
    if (apiClients.has(id)) return;
    const message = `OrderCloudApiClientID ${String(id)} is not the ID of an API client.`;
    throw refused(400, 'ApiClient.InvalidClientID', message, { OrderCloudApiClientID: id });
  }

  function eventName(id: unknown): string | null {
    if (isAbsent(id)) return null;
    const event = events.get(id);
    if (!event) throw notFound('IntegrationEvent', id);
    if (event.EventType !== 'OpenIDConnect') {
      throw refused(
        400,
        'IntegrationEvent.IncompatibleEventType',
        'The integration event must be of type OpenIDConnect.',
        {
          IntegrationEventID: id,
          EventType: event.EventType,
        },
      );
    }
    return event.Name;
  }

  function get(id: string): Configuration {
    const configuration = stored.get(id);
    if (!configuration) throw notFound('OpenIdConnect', id);
    return configuration;
  }

  /** Stores a whole model, and removes the one under `before`. */
  function put(model: Fields, before?: string): Configuration {
    checkModel({ ...model, ID: givenId(model) ?? before });
    checkApiClient(model['OrderCloudApiClientID']);
    const integrationEventName = eventName(model['IntegrationEventID']);
    const id = givenId(model) ?? before ?? newId();
    if (id !== before && stored.has(id)) {
      throw refused(409, 'IdExists', 'Object already exists.', {
        ObjectType: 'OpenIdConnect',
        ObjectID: id,
      });
    }
    const configuration = configurationOf(id, model, integrationEventName);
    if (before !== undefined) stored.delete(before);
    stored.set(id, configuration);
    return configuration;
  }

  return {
    all: () => [...stored.values()],
    get,
    create: (fields) => put(fields),
    save: (id, fields) => put(fields, id),
    patch: (id, fields) => put({ ...get(id), ...fields }, id),
    remove(id) {
      get(id);
      stored.delete(id);
    },
  };
}
