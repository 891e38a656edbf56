import { createClient } from 'oidc-config-client';
import type { Client } from 'oidc-config-client';
import { vi } from 'vitest';
import type { RecordedRequest, RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuaweiIam } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { start, startBuiltGateway } from './built-gateway.ts';
import type { BuiltGateway, Exit, Running } from './built-gateway.ts';
import { serveIssuer } from './issuer-server.ts';
import type { TestIssuer } from './issuer-server.ts';
import { OIDC_CONFIG } from './oidc-config.ts';

/** Both platforms, an issuer, and the built gateway in front of them. */
export interface AsCodeWorld {
  readonly issuer: TestIssuer;
  readonly orderCloud: RunningEmulator;
  readonly huawei: RunningEmulator;
  readonly gateway: BuiltGateway;
  /** The typed client, with the tokens of an administrator. */
  readonly client: Client;
  /** The variables of the command: where the gateway is, and the tokens. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs the command in a folder to its end. */
  readonly run: (
    folder: string,
    args: readonly string[],
    environment?: Record<string, string>,
  ) => Promise<Exit>;
  /** Starts the command in a folder. */
  readonly begin: (
    folder: string,
    args: readonly string[],
    environment?: Record<string, string>,
  ) => Running;
  /** From now on: what is written to OrderCloud, then what is written to Huawei Cloud, each in order. */
  readonly watchWrites: () => () => readonly RecordedRequest[];
  /** Resolves when a platform has got this request, which may be without a response yet. */
  readonly arrived: (method: string, path: string) => Promise<void>;
  /** Ends what the emulators were told to do wrong. */
  readonly clearFaults: () => Promise<void>;
  /** @returns the exit code of the gateway */
  readonly close: () => Promise<Exit['code']>;
}

/**
 * @param settings of the gateway, besides those that it needs
 * @param nodeOptions of the gateway, e.g. `STOPPED_CLOCK`
 */
export async function startAsCodeWorld(
  settings: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
): Promise<AsCodeWorld> {
  const [issuer, orderCloud, huawei] = await Promise.all([
    serveIssuer(),
    startOrderCloud(),
    startHuaweiIam(),
  ]);
  issuer.publish(issuer.metadata);
  const gateway = await startBuiltGateway(
    {
      ...orderCloud.environment,
      ...huawei.environment,
      ISSUER_DISCOVERY: 'true',
      ISSUER_ALLOWED_HOSTS: issuer.issuer,
      // Calls fail on purpose.
      ORDERCLOUD_BREAKER_FAILURES: '0',
      HUAWEI_BREAKER_FAILURES: '0',
      ...settings,
    },
    nodeOptions,
  );
  const headers = { ...orderCloud.exampleHeaders, ...huawei.exampleHeaders };
  const environment = {
    OIDC_CONFIG_URL: gateway.url,
    ORDERCLOUD_TOKEN: headers['X-OrderCloud-Authorization']?.replace('Bearer ', '') ?? '',
    HUAWEI_TOKEN: headers['X-Auth-Token'] ?? '',
  };
  const requests = () => [...orderCloud.requests, ...huawei.requests];
  const begin: AsCodeWorld['begin'] = (folder, args, own = {}) =>
    start(process.execPath, [OIDC_CONFIG, ...args], { ...environment, ...own }, folder);
  return {
    issuer,
    orderCloud,
    huawei,
    gateway,
    client: createClient({ url: gateway.url, headers }),
    environment,
    begin,
    run: (...args) => begin(...args).exit,
    watchWrites: () => {
      const before = new Set(requests());
      return () => requests().filter((one) => one.method !== 'GET' && !before.has(one));
    },
    arrived: (method, path) =>
      vi.waitFor(() => {
        if (!requests().some((one) => one.method === method && one.target === path))
          throw new Error(`${method} ${path} did not come`);
      }),
    clearFaults: async () => {
      for (const { url } of [orderCloud, huawei])
        await fetch(`${url}/__emulator/faults`, { method: 'DELETE' });
    },
    close: async () => {
      const { code } = await gateway.stop();
      await Promise.all([orderCloud.close(), huawei.close(), issuer.close()]);
      return code;
    },
  };
}

/** A file with an entry for each platform. The ids begin with the prefix, so that tests do not share objects. */
export function signInYaml(issuer: string, prefix: string): string {
  return `version: 1
issuers:
  corporate: { url: ${issuer} }
openIdConnects:
  - id: ${prefix}-shop
    issuer: corporate
    orderCloudApiClientId: 11111111-2222-3333-4444-555555555555
    connectClientId: example-app
    connectClientSecret: { fromEnv: SHOP_SECRET }
    appStartUrl: https://shop.example.com/login?token={0}
    integrationEventId: oidc-sync
oidcConfigs:
  - idpId: ${prefix}-staff
    description: Staff of ${prefix}
    issuer: corporate
    accessMode: PROGRAM_CONSOLE
    clientId: example-app
    mapping:
      rules:
        - local:
            - user: { name: '{0}' }
          remote:
            - type: sub
`;
}

/** The paths of the objects of that file, as the platforms have them. */
export function pathsOf(prefix: string) {
  const provider = `/v3/OS-FEDERATION/identity_providers/${prefix}-staff`;
  return {
    openIdConnects: '/v1/openidconnects',
    openIdConnect: `/v1/openidconnects/${prefix}-shop`,
    provider,
    mapping: `/v3/OS-FEDERATION/mappings/mapping_${prefix}-staff`,
    protocol: `${provider}/protocols/oidc`,
    config: `/v3.0/OS-FEDERATION/identity-providers/${prefix}-staff/openid-connect-config`,
  } as const;
}
