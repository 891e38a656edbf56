import { isSameId } from '../../../transport/operation.ts';
import type { Operation } from '../../../transport/operation.ts';
import { fromWire, secretsIn } from './translate.ts';
import type { IntegrationEvent } from './translate.ts';
import { integrationEvent } from './wire.ts';
import type { WireIntegrationEvent } from './wire.ts';

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
