import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuaweiIam } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { start, startBuiltGateway } from './built-gateway.ts';
import type { BuiltGateway, Running } from './built-gateway.ts';
import { serveIssuer } from './issuer-server.ts';
import type { TestIssuer } from './issuer-server.ts';
import { OIDC_CONFIG } from './oidc-config.ts';
import { startStoppingProxy } from './stopping-proxy.ts';
import type { Exchange, StoppingProxy } from './stopping-proxy.ts';

/** Where a run may be stopped: before the gateway, or before one of the platforms. */
export const PLACES = ['gateway', 'orderCloud', 'huawei'] as const;
export type Place = (typeof PLACES)[number];

/** A gateway with proxies on both sides, and platforms that are new for each run. */
export interface AsCodeLane {
  readonly proxies: Readonly<Record<Place, StoppingProxy>>;
  readonly gateway: () => BuiltGateway;
  /** Where the command finds the gateway. */
  readonly url: () => string;
  /** Starts platforms that got these writes, and forgets what came by. */
  readonly renew: (writes: Writes) => Promise<void>;
  readonly emulators: () => Readonly<Record<'orderCloud' | 'huawei', RunningEmulator>>;
  /** Where the proxy of a place forwards to. */
  readonly originOf: (place: Place) => string;
  /** What the platforms have stored, as they show it themselves. */
  readonly stored: () => Promise<Stored>;
  /** The writes since `renew` that a platform took, in the order of each platform. */
  readonly writes: () => Writes;
  /** A new folder with these files. */
  readonly folder: (files: Readonly<Record<string, string>>) => string;
  /** Starts the command in a folder. */
  readonly begin: (
    folder: string,
    args: readonly string[],
    environment?: Record<string, string>,
    nodeOptions?: readonly string[],
  ) => Running;
  /** Kills the gateway, and starts another one behind the same address. @param whileDown called in between */
  readonly killGateway: (whileDown?: () => void) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Writes, for each platform. */
export type Writes = Readonly<Record<'orderCloud' | 'huawei', readonly Exchange[]>>;
export const NO_WRITES: Writes = { orderCloud: [], huawei: [] };

/** Objects by their paths. */
export type Stored = Readonly<Record<string, unknown>>;

const COLLECTION = '/v1/openidconnects';
const V3 = '/v3/OS-FEDERATION';
const CONFIGS = '/v3.0/OS-FEDERATION/identity-providers';

/** @param settings of the gateway, besides those that it needs */
async function startAsCodeLane(settings: Readonly<Record<string, string>>): Promise<AsCodeLane> {
  const startBoth = async () => {
    const [orderCloud, huawei] = await Promise.all([startOrderCloud(), startHuaweiIam()]);
    return { orderCloud, huawei };
  };
  let emulators = await startBoth();
  const [gatewayProxy, orderCloudProxy, huaweiProxy] = await Promise.all([
    startStoppingProxy(),
    startStoppingProxy(),
    startStoppingProxy(),
  ]);
  const proxies = { gateway: gatewayProxy, orderCloud: orderCloudProxy, huawei: huaweiProxy };
  const startGateway = () => {
    const { orderCloud, huawei } = emulators;
    const throughProxies = [
      ...Object.entries(orderCloud.environment).map(([name, value]) => [
        name,
        value.replace(orderCloud.url, orderCloudProxy.origin),
      ]),
      ...Object.entries(huawei.environment).map(([name, value]) => [
        name,
        value.replace(huawei.url, huaweiProxy.origin),
      ]),
    ];
    return startBuiltGateway({
      ...(Object.fromEntries(throughProxies) as Record<string, string>),
      // Calls fail on purpose.
      ORDERCLOUD_BREAKER_FAILURES: '0',
      HUAWEI_BREAKER_FAILURES: '0',
      ...settings,
    });
  };
  let gateway = await startGateway();
  const folders = mkdtempSync(join(tmpdir(), 'oidc-config-lane-'));
  const headers = { ...emulators.orderCloud.exampleHeaders, ...emulators.huawei.exampleHeaders };
  const urlOfGateway = () => gatewayProxy.origin + new URL(gateway.url).pathname;
  const originOf = (place: Place) =>
    place === 'gateway' ? new URL(gateway.url).origin : emulators[place].url;
  const writesOf = ({ seen }: StoppingProxy) =>
    seen.filter(({ method, status }) => method !== 'GET' && status !== null && status < 300);

  return {
    proxies,
    gateway: () => gateway,
    url: urlOfGateway,
    emulators: () => emulators,
    originOf,
    renew: async (writes) => {
      await Promise.all([emulators.orderCloud.close(), emulators.huawei.close()]);
      emulators = await startBoth();
      for (const name of ['orderCloud', 'huawei'] as const)
        for (const { method, target, headers: sent, body } of writes[name]) {
          const { status } = await fetch(emulators[name].url + target, {
            method,
            headers: credentialsOf(sent),
            body: body === '' ? null : body,
          });
          if (status >= 300) throw new Error(`${method} ${target} was refused: ${status}`);
        }
      for (const place of PLACES) void proxies[place].begin(originOf(place));
    },
    stored: () => readStored(emulators, headers),
    writes: () => ({
      orderCloud: writesOf(proxies.orderCloud),
      huawei: writesOf(proxies.huawei),
    }),
    folder: (files) => {
      const folder = mkdtempSync(join(folders, 'run-'));
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      return folder;
    },
    begin: (folder, args, environment = {}, nodeOptions = []) =>
      start(
        process.execPath,
        [...nodeOptions, OIDC_CONFIG, ...args],
        {
          OIDC_CONFIG_URL: urlOfGateway(),
          ORDERCLOUD_TOKEN: headers['X-OrderCloud-Authorization']?.replace('Bearer ', '') ?? '',
          HUAWEI_TOKEN: headers['X-Auth-Token'] ?? '',
          ...environment,
        },
        folder,
      ),
    killGateway: async (whileDown) => {
      gateway.signal('SIGKILL');
      await gateway.exit;
      whileDown?.();
      gateway = await startGateway();
      proxies.gateway.forwardTo(originOf('gateway'));
    },
    close: async () => {
      await gateway.stop();
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
      await Promise.all([emulators.orderCloud.close(), emulators.huawei.close()]);
      rmSync(folders, { recursive: true });
    },
  };
}

/** What a request is sent again with. */
function credentialsOf(headers: Exchange['headers']): Record<string, string> {
  return Object.fromEntries(
    ['authorization', 'x-auth-token', 'content-type'].flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

async function readStored(
  { orderCloud, huawei }: Readonly<Record<'orderCloud' | 'huawei', RunningEmulator>>,
  headers: Readonly<Record<string, string>>,
): Promise<Stored> {
  const get = async (url: string, name: string, value: string) => {
    const response = await fetch(url, { headers: { [name]: value } });
    return response.status === 404 ? null : ((await response.json()) as Record<string, unknown>);
  };
  const ofHuawei = (path: string) =>
    get(huawei.url + path, 'X-Auth-Token', headers['X-Auth-Token'] ?? '');
  const page = await get(
    `${orderCloud.url}${COLLECTION}?pageSize=100`,
    'Authorization',
    headers['X-OrderCloud-Authorization'] ?? '',
  );
  const items = (page?.['Items'] ?? []) as readonly { readonly ID: string }[];
  const listed = async (path: string, name: string) =>
    ((await ofHuawei(path))?.[name] ?? []) as readonly { readonly id: string }[];
  const providers = await listed(`${V3}/identity_providers`, 'identity_providers');
  const mappings = await listed(`${V3}/mappings`, 'mappings');
  const parts = await Promise.all(
    providers.map(async ({ id }): Promise<[string, unknown][]> => [
      [`protocol ${id}`, await ofHuawei(`${V3}/identity_providers/${id}/protocols/oidc`)],
      [`config ${id}`, await ofHuawei(`${CONFIGS}/${id}/openid-connect-config`)],
    ]),
  );
  const all: [string, unknown][] = [
    ...items.map((one): [string, unknown] => [`openIdConnect ${one.ID}`, one]),
    ...providers.map((one): [string, unknown] => [`provider ${one.id}`, one]),
    ...mappings.map((one): [string, unknown] => [`mapping ${one.id}`, one]),
    ...parts.flat(),
  ];
  const names = all.map(([name]) => name);
  if (new Set(names).size !== names.length) throw new Error(`stored twice: ${names.join(', ')}`);
  return Object.fromEntries(all.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Several lanes with one issuer. */
export interface AsCodeLanes {
  readonly issuer: TestIssuer;
  readonly all: readonly AsCodeLane[];
  readonly first: AsCodeLane;
  readonly close: () => Promise<void>;
}

export async function startAsCodeLanes(count: number): Promise<AsCodeLanes> {
  const issuer = await serveIssuer();
  const settings = { ISSUER_DISCOVERY: 'true', ISSUER_ALLOWED_HOSTS: issuer.issuer };
  const all = await Promise.all(Array.from({ length: count }, () => startAsCodeLane(settings)));
  const [first] = all;
  if (first === undefined) throw new Error('at least one lane is needed');
  return {
    issuer,
    all,
    first,
    close: async () => {
      await Promise.all(all.map((lane) => lane.close()));
      await issuer.close();
    },
  };
}
