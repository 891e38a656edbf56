import { createClient } from 'oidc-config-client';
import type { Client } from 'oidc-config-client';
import { readGatewaySettings } from './settings.ts';

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
  return { url: settings.url, client: createClient(settings) };
}
