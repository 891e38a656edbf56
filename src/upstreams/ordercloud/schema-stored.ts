import { notWritable } from '../../domain/parse.ts';
import type { Warning } from '../../domain/warnings.ts';
import type { GatewayContext } from '../../graph/context.ts';
import type { Session } from '../../transport/upstream.ts';
import { getOpenIdConnect } from './client.ts';
import { openIdConnectSave, openIdConnectWarnings } from './input.ts';
import type { OpenIdConnectKey } from './input.ts';
import type { OpenIdConnect } from './mapping.ts';
import type { OrderCloudSettings } from './upstream.ts';

/** Notes the secret of a configuration that OrderCloud answered: it is known only now, and may stand in later answers. */
export function noteSecret(
  { connectClientSecret }: OpenIdConnect,
  { scrubber }: GatewayContext,
): void {
  if (connectClientSecret !== null) scrubber.add(connectClientSecret);
}

/** Reads a configuration. */
export async function readStored(
  { call }: Session<OrderCloudSettings>,
  key: OpenIdConnectKey,
  context: GatewayContext,
): Promise<OpenIdConnect> {
  const { value: stored } = await call(getOpenIdConnect, key);
  noteSecret(stored, context);
  return stored;
}

/** What there is to say about a stored configuration. */
export function* storedWarnings(stored: OpenIdConnect): Iterable<Warning> {
  yield* openIdConnectWarnings(stored);
  const { id, scopes, connectClientSecret, appStartUrl, authorizationEndpoint, tokenEndpoint } =
    stored;
  yield* notWritable(openIdConnectSave, {
    id,
    orderCloudApiClientId: stored.orderCloudApiClientId ?? '',
    connectClientId: stored.connectClientId ?? '',
    // One that is not there is shown no other than one that is not shown: any will do.
    connectClientSecret: connectClientSecret?.reveal() ?? 'none',
    appStartUrl: appStartUrl ?? '',
    authorizationEndpoint: authorizationEndpoint ?? '',
    tokenEndpoint: tokenEndpoint ?? '',
    integrationEventId: stored.integrationEventId ?? undefined,
    additionalIdpScopes: [...scopes],
    customErrorUrl: stored.customErrorUrl ?? undefined,
  });
}
