import { createClient } from 'oidc-config-client';
import type { Client } from 'oidc-config-client';
import type { Terminal } from '../terminal/terminal.ts';
import { readGatewaySettings } from './settings.ts';

/** How long a request may take, with its response. `fetch` waits as long for its beginning. */
const MAX_REQUEST_MS = 300_000;

export interface Gateway {
  readonly url: string;
  readonly client: Client;
}

/**
 * The gateway that the options and the environment name. Nothing is sent yet.
 * @param maxRequestMs how long a request may take; what a write that is ended did is unknown
 * @throws CommandError if a setting is wrong
 */
export function connect(
  { url }: { readonly url?: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
  { note }: Pick<Terminal, 'note'>,
  maxRequestMs = MAX_REQUEST_MS,
): Gateway {
  const { warning, ...settings } = readGatewaySettings(url, env);
  if (warning !== null) note([{ text: 'warning', style: 'yellow' }, `: ${warning}`]);
  return {
    url: settings.url,
    client: createClient({
      ...settings,
      fetch: (address, request) =>
        fetch(address, { ...request, signal: AbortSignal.timeout(maxRequestMs) }),
    }),
  };
}
