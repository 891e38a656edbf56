import { createClient } from 'oidc-config-client';
import type { Client } from 'oidc-config-client';
import { readGatewaySettings } from './settings.ts';

/** How long a response of the gateway may take, in milliseconds: more than all that one request of it asks of the platforms. */
const MAX_RESPONSE_MS = 120_000;

export interface Gateway {
  readonly url: string;
  readonly client: Client;
}

/**
 * The gateway that the options and the environment name. Nothing is sent yet.
 * @throws CommandError if a setting is wrong
 */
export function connect(
  { url }: { readonly url?: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Gateway {
  const settings = readGatewaySettings(url, env);
  const client = createClient({
    ...settings,
    fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(MAX_RESPONSE_MS) }),
  });
  return { url: settings.url, client };
}
