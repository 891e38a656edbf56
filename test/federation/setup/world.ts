import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@theguild/federation-composition';
import { startStorefront } from '../../../examples/supergraph/storefront.mjs';
import type { RunningEmulator } from '../../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../../src/upstreams/ordercloud/emulator/emulator.ts';
import { startBuiltGateway } from '../../setup/built-gateway.ts';
import type { BuiltGateway, Running } from '../../setup/built-gateway.ts';
import { startRecorder } from './recorder.ts';
import type { Recorder } from './recorder.ts';
import { subgraphs } from './subgraphs.ts';
import type { Subgraph } from './subgraphs.ts';

/** A router that is running. */
export interface Router extends Running {
  /** Of its API. */
  readonly url: string;
}

/** Starts a router with this supergraph. */
export type StartRouter = (supergraphFile: string) => Promise<Router>;

/** A GraphQL response as received. */
export interface GraphQLResponse {
  readonly status: number;
  /** Headers and body. */
  readonly text: string;
  readonly data: Record<string, unknown> | null | undefined;
  readonly errors:
    | readonly {
        readonly message: string;
        readonly path?: readonly (string | number)[];
        readonly extensions?: Record<string, unknown>;
      }[]
    | undefined;
}

/** Everything from the upstreams to the router, running. */
export interface World {
  readonly orderCloud: RunningEmulator;
  readonly huawei: RunningEmulator;
  readonly gateway: BuiltGateway;
  /** Between the router and the gateway. */
  readonly recorder: Recorder;
  /** Between the router and the shop. */
  readonly storefrontRecorder: Recorder;
  readonly router: Router;
  /** The emulators' tokens of administrators. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sends a request to the router. */
  readonly ask: (
    query: string,
    variables?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<GraphQLResponse>;
  readonly stop: () => Promise<void>;
}

const compose = (services: Subgraph[]) => composeServices(services);

/** Deadlines are short, so that what hangs is found out soon; the routers ask for the schema. */
export const ENVIRONMENT = {
  UPSTREAM_TIMEOUT_MS: '1000',
  LOG_LEVEL: 'trace',
  INTROSPECTION: 'true',
};

/**
 * Starts the upstreams, the built gateway, the shop, and a router over all of them.
 * @param composition makes the supergraph; the plain one if omitted
 */
export async function startWorld(
  startRouter: StartRouter,
  composition: (services: Subgraph[]) => { readonly supergraphSdl?: string | undefined } = compose,
): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'supergraph-'));
  const [orderCloud, huawei, storefront] = await Promise.all([
    startOrderCloud(),
    startHuawei(),
    startStorefront(),
  ]);
  const gateway = await startBuiltGateway({
    ...orderCloud.environment,
    ...huawei.environment,
    ...ENVIRONMENT,
  });
  const recorder = await startRecorder(gateway.url);
  const storefrontRecorder = await startRecorder(storefront.url);
  const { supergraphSdl } = composition(
    subgraphs({ gatewayUrl: recorder.url, storefrontUrl: storefrontRecorder.url }),
  );
  if (supergraphSdl === undefined) throw new Error('the supergraph does not compose');
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(file, supergraphSdl);
  const router = await startRouter(file).catch(async (error: unknown) => {
    await gateway.stop();
    throw error;
  });
  const headers = { ...orderCloud.exampleHeaders, ...huawei.exampleHeaders };

  return {
    orderCloud,
    huawei,
    gateway,
    recorder,
    storefrontRecorder,
    router,
    headers,
    ask: (query, variables = {}, credentials = headers) =>
      send(router.url, { query, variables }, credentials),
    stop: async () => {
      router.signal('SIGTERM');
      await router.exit;
      await Promise.all([
        gateway.stop(),
        orderCloud.close(),
        huawei.close(),
        storefront.close(),
        recorder.close(),
        storefrontRecorder.close(),
      ]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Sends a body, which may be no JSON. */
export async function send(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<GraphQLResponse> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const parsed = text.startsWith('{')
    ? (JSON.parse(text) as Pick<GraphQLResponse, 'data' | 'errors'>)
    : undefined;
  return {
    status: response.status,
    text: JSON.stringify([...response.headers]) + text,
    data: parsed?.data,
    errors: parsed?.errors,
  };
}
