import { makeInbound } from './inbound.ts';
import type { Inbound } from './inbound.ts';
import { permissiveUpstream } from './permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from './scripted-gateway.ts';
import type { ScriptedGateway } from './scripted-gateway.ts';
import type { ScriptedResponse, SeenRequest } from './scripted-upstream.ts';

/** Whose credentials both platforms are called with, and what is set and sent for it. */
export const MODES = {
  'credentials of callers': { environment: {}, headers: HEADERS },
  'credentials of the gateway': {
    environment: {
      ORDERCLOUD_CREDENTIALS: 'gateway',
      ORDERCLOUD_CLIENT_ID: 'gateway-client',
      ORDERCLOUD_CLIENT_SECRET: 'gateway-client-secret',
      HUAWEI_CREDENTIALS: 'gateway',
      HUAWEI_AUTH_METHOD: 'access-key',
      HUAWEI_ACCESS_KEY: 'GATEWAYACCESSKEY',
      HUAWEI_SECRET_KEY: 'gateway-secret-key',
    },
    headers: {},
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly environment: Readonly<Record<string, string>>;
      readonly headers: Readonly<Record<string, string>>;
    }
  >
>;

export type Mode = keyof typeof MODES;

/** A gateway with inbound authentication over a scripted upstream that has everything. */
export interface GuardedGateway extends ScriptedGateway {
  readonly inbound: Inbound;
}

/** The response of a platform that has every object, and gives the gateway a token of its own. */
export function permissiveUpstreams(
  request: Pick<SeenRequest, 'method' | 'target'>,
): ScriptedResponse {
  return request.target === '/oauth/token'
    ? {
        status: 200,
        body: JSON.stringify({
          access_token: 'token-of-the-gateway',
          token_type: 'bearer',
          expires_in: 3_600,
        }),
      }
    : permissiveUpstream(request);
}

export async function startGuardedGateway(
  mode: Mode = 'credentials of callers',
  environment: Readonly<Record<string, string>> = {},
): Promise<GuardedGateway> {
  const inbound = await makeInbound();
  const gateway = await startScriptedGateway({
    ...inbound.environment,
    ...MODES[mode].environment,
    ...environment,
  });
  gateway.upstream.respondWith(permissiveUpstreams);
  return {
    ...gateway,
    inbound,
    stop: async () => {
      const stopped = await gateway.stop();
      inbound.remove();
      return stopped;
    },
  };
}
