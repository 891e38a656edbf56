import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import { CreateOpenIdConnectDocument, OpenIdConnectDocument } from '../../schema/client/graphql.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { addFault, startBuiltGateway } from './built-gateway.ts';
import type { BuiltGateway } from './built-gateway.ts';
import { httpCaller } from './http-caller.ts';
import type { HttpCallerResponse } from './http-caller.ts';
import { createVariables } from './ordercloud.ts';

/* What the tests of the built server with several workers share. */

/** The emulator of OrderCloud that the gateways of a file call. */
export let emulator: RunningEmulator;

/** Starts the emulator before the tests of a file. */
export function withEmulator(): void {
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.close());
}

export const startWorkers = async (
  environment: Record<string, string> = {},
  nodeOptions: readonly string[] = [],
) => {
  const gateway = await startBuiltGateway(
    { ...emulator.environment, WORKERS: '2', LOG_LEVEL: 'debug', ...environment },
    nodeOptions,
  );
  let ended = false;
  void gateway.exit.then(() => {
    ended = true;
  });
  onTestFinished(async () => {
    if (!ended) await gateway.stop();
  });
  return gateway;
};
export const caller = () => {
  const made = httpCaller();
  onTestFinished(made.close);
  return made;
};
export const create = ({ url }: BuiltGateway, id: string, by = caller()) =>
  by.send(url, CreateOpenIdConnectDocument, createVariables(id), emulator.exampleHeaders);
export const read = ({ url }: BuiltGateway, by = caller()) =>
  by.send(url, OpenIdConnectDocument, { id: 'example-existing' }, emulator.exampleHeaders);
export const get = ({ url }: BuiltGateway, path: string) => caller().get(new URL(path, url));
export const isCreated = (response: unknown): response is HttpCallerResponse =>
  typeof response === 'object' &&
  response !== null &&
  'body' in response &&
  String(response.body).includes('"CreateOpenIdConnectSuccess"');

export const linesOf = (gateway: BuiltGateway, msg: string) =>
  gateway.logs().filter((line) => line['msg'] === msg);
/** The ids of the workers that have responded to operations so far. */
export const servedBy = (gateway: BuiltGateway) =>
  new Set(linesOf(gateway, 'operation').map(({ worker }) => worker));
export const pidOf = (gateway: BuiltGateway, id: number) =>
  Number(linesOf(gateway, 'worker forked').find(({ worker }) => worker === id)?.['pid']);
/** Resolves when so many requests have arrived at the emulator since. */
const arrived = async (since: number, count: number) => {
  while (emulator.requests.length < since + count)
    await new Promise((resolve) => setImmediate(resolve));
};
/** Two creates under way, one at each worker. */
export const twoUnderWay = async (gateway: BuiltGateway, name: string, fault: object) => {
  for (let times = 0; times < 2; times += 1)
    await addFault(emulator.url, { method: 'POST', path: '/v1/openidconnects', fault });
  const before = emulator.requests.length;
  const creates = [create(gateway, `${name}-1`), create(gateway, `${name}-2`)];
  await arrived(before, 2);
  return creates;
};

/** Options of Node.js that stop the worker with this id as soon as it is forked. */
export const frozenFromBirth = (id: number) => [
  `--import=data:text/javascript,${encodeURIComponent(`import cluster from 'node:cluster'; if (cluster.worker?.id === ${id}) process.kill(process.pid, 'SIGSTOP');`)}`,
];
export const isStopped = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.startsWith('T') === true;
/** Resolves when one of several requests is served: another one may come to a worker that hangs. They leave no connection behind. */
export const someServed = async (gateway: BuiltGateway) => {
  const callers = Array.from({ length: 4 }, () => caller());
  const reads = callers.map((by) => read(gateway, by));
  expect((await Promise.any(reads)).status).toBe(200);
  for (const { close } of callers) close();
  await Promise.allSettled(reads);
};
/** Lets time go by for the primary, ten seconds after the other, until a line comes. What is well has served something before each of them. */
export const passUntil = async (gateway: BuiltGateway, line: RegExp) => {
  await expect
    .poll(
      async () => {
        await someServed(gateway);
        gateway.passTenSeconds();
        return gateway.output();
      },
      { interval: 500 },
    )
    .toMatch(line);
};
