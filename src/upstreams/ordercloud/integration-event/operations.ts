import { isSameId } from '../../../transport/operation.ts';
import type { Operation } from '../../../transport/operation.ts';
import { fromWire, secretsIn } from './translate.ts';
import type { IntegrationEvent } from './translate.ts';
import { idQuery } from '../id-list.ts';
import { integrationEvent, integrationEventList } from './wire.ts';
import type { WireIntegrationEvent, WireIntegrationEventList } from './wire.ts';

/** Identifies an integration event. The id was checked: it becomes a part of the path. */
interface IntegrationEventKey {
  readonly id: string;
}

/** `GET /integrationEvents/{id}`. */
export const getIntegrationEvent: Operation<
  IntegrationEventKey,
  WireIntegrationEvent,
  IntegrationEvent
> = {
  name: 'getIntegrationEvent',
  purpose: 'read the integration event',
  effect: 'read',
  repeatable: true,
  fields: [],
  request: ({ id }) => ({ method: 'GET', path: `/integrationEvents/${encodeURIComponent(id)}` }),
  response: integrationEvent,
  isAbout: ({ ID }, { id }) => isSameId(ID, id),
  result: fromWire,
  secretsOf: (_event, wire) => secretsIn(wire),
  subject: ({ id }) => ({ resource: 'IntegrationEvent', id }),
};

/** `GET /integrationEvents` for some IDs. Which of them are missing is not known for sure: an ID may be written in another way. */
export const findIntegrationEvents: Operation<
  readonly string[],
  WireIntegrationEventList,
  readonly IntegrationEvent[]
> = {
  name: 'listIntegrationEvents',
  purpose: 'list the integration events',
  effect: 'read',
  repeatable: true,
  fields: [],
  request: (ids) => ({ method: 'GET', path: `/integrationEvents${idQuery(ids)}` }),
  response: integrationEventList,
  result: ({ Items }) => Items.map(fromWire),
  secretsOf: (_events, { Items }) => Items.flatMap(secretsIn),
  subject: () => ({ resource: 'IntegrationEvent', id: null }),
};
