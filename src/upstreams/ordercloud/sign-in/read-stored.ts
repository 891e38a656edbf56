import type { z } from 'zod';
import type { Call } from '../../../transport/connection.ts';
import { find } from '../../../transport/exchange/find.ts';
import type { Found } from '../../../transport/exchange/find.ts';
import type { Operation } from '../../../transport/operation.ts';
import { apiClientKey } from '../api-client/input.ts';
import { getApiClient, listAssignments } from '../api-client/operations.ts';
import type { ApiClient, Assignments } from '../api-client/translate.ts';
import { integrationEventKey } from '../integration-event/input.ts';
import { getIntegrationEvent } from '../integration-event/operations.ts';
import type { IntegrationEvent } from '../integration-event/translate.ts';
import { getOpenIdConnect } from '../open-id-connect/operations.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';

/** A configuration with the objects that sign-in needs too. */
export interface StoredSignIn {
  readonly config: OpenIdConnect;
  /** Null if the configuration names none. */
  readonly client: Found<ApiClient> | null;
  /** Null if they do not matter. */
  readonly assignments: Found<Assignments> | null;
  /** Null if the configuration names none. */
  readonly event: Found<IntegrationEvent> | null;
}

/** Reads a configuration, and the objects that sign-in needs too. @throws OidcError if the configuration does not exist, or a read fails for another reason than rights */
export async function readStored(call: Call, id: string): Promise<StoredSignIn> {
  const { value: config } = await call(getOpenIdConnect, { id });
  const [client, event] = await Promise.all([
    findNamed(call, getApiClient, config.orderCloudApiClientId, apiClientKey),
    findNamed(call, getIntegrationEvent, config.integrationEventId, integrationEventKey),
  ]);
  const isOpen = client?.kind === 'STORED' && client.stored.allowsAnyBuyer !== true;
  const assignments = isOpen
    ? await findNamed(call, listAssignments, config.orderCloudApiClientId, apiClientKey)
    : null;
  return { config, client, assignments, event };
}

/** The id is stored, where any text may be: one that is not an id, or stands for something else, must not become a path. */
function findNamed<Wire, Stored>(
  call: Call,
  operation: Operation<{ readonly id: string }, Wire, Stored>,
  id: string | null,
  schema: z.ZodType,
): Promise<Found<Stored>> | null {
  if (id === null) return null;
  return schema.safeParse({ id }).success
    ? find(call, operation, { id })
    : Promise.resolve({ kind: 'UNREADABLE' });
}
