import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as send } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { costsTable, tooExpensive } from './costs-report.ts';
import type { MeasuredCost } from './costs-report.ts';
import { COSTLY_REQUESTS } from './costs-requests.ts';
import type { CostlyRequest, SentRequest } from './costs-requests.ts';
import { startHostileUpstream } from './costs-upstream.ts';
import { buildGateway } from './install.ts';
import { say } from './progress.ts';
import { median } from './statistics.ts';

/*
 * Measures the cost of the most expensive requests: processor time of the built gateway, warm, as the median of twenty.
 * Arguments: parts of names, to measure only those.
 */

/** The first requests of a kind run code that is not compiled yet. A flood of them soon leaves that start-up cost behind. */
const WARM_UP = 250;
const MEASURED = 20;

/** How often a kind that seems too expensive is measured: other work on the machine only adds to it. */
const MAX_TIMES = 4;

const TOKENS = {
  'x-ordercloud-authorization': 'Bearer example-ordercloud-token',
  'x-auth-token': 'example-huawei-token',
};

const upstream = await startHostileUpstream();
say('building the gateway …');
await buildGateway();
const gateway = spawn(
  process.execPath,
  ['--import', 'tsx', '--import', './bench/costs-usage.ts', 'dist/main.js'],
  {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: '0',
      ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
      HUAWEI_IAM_URL: upstream.origin,
      GRAPHIQL: 'true',
      LIMIT_OPERATIONS_PER_MINUTE: '10000000',
      ISSUER_DISCOVERY: 'true',
      ISSUER_ALLOWED_HOSTS: upstream.origin,
      LIMIT_ISSUER_FETCHES_PER_MINUTE: '100000',
    },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  },
);
process.on('exit', () => {
  gateway.kill('SIGKILL');
});
const { stdout } = gateway;
if (stdout === null) throw new Error('the output of the gateway is not a pipe');
const lines = createInterface(stdout);
const url = await new Promise<string>((resolve, reject) => {
  lines.on('line', (line) => {
    const [, found] = /"url":"([^"]+)"/.exec(line) ?? [];
    if (found !== undefined) resolve(found);
  });
  gateway.once('exit', (code) => {
    reject(new Error(`the gateway ended with ${String(code)}`));
  });
});

/** Processor time of the gateway's process so far, in milliseconds. */
async function used(): Promise<number> {
  gateway.send('usage');
  const [microseconds] = (await once(gateway, 'message')) as [number];
  return microseconds / 1_000;
}

/** Sends a request and reads its response. @returns the status */
function exchange({
  method = 'POST',
  path = '/graphql',
  headers = {},
  body = '',
}: SentRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const all = {
      ...TOKENS,
      ...(method === 'POST' && { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent = send({ hostname, port, path, method, headers: all, agent: false }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.on('error', reject).end(body);
  });
}

function bytesOf({
  method = 'POST',
  path = '/graphql',
  headers = {},
  body = '',
}: SentRequest): number {
  const lines = Object.entries({ ...TOKENS, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.byteLength(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
}

async function measure(
  { name, responseBytes, make }: CostlyRequest,
  warmUp = WARM_UP,
): Promise<MeasuredCost> {
  const cpuMs: number[] = [];
  let status = 0;
  for (let index = 0; index < warmUp + MEASURED; index += 1) {
    const request = make(index);
    const before = await used();
    status = await exchange(request);
    if (index >= warmUp) cpuMs.push((await used()) - before);
  }
  return {
    name,
    bytes: responseBytes ?? bytesOf(make(0)),
    sizeOf: responseBytes === undefined ? 'request' : 'response',
    cpuMs,
    status,
  };
}

/** Compiles the gateway's code: single requests would take a hundred times as long. */
const FIRST = 1_500;
const [usual] = COSTLY_REQUESTS;
for (let index = 0; usual !== undefined && index < FIRST; index += 1)
  await exchange(usual.make(index % 10));

const words = process.argv.slice(2);
const costs: MeasuredCost[] = [];
for (const each of COSTLY_REQUESTS) {
  if (words.length > 0 && !words.some((word) => each.name.includes(word))) continue;
  say(each.name);
  let cost = await measure(each);
  for (let times = 1; times < MAX_TIMES && tooExpensive([cost]).length > 0; times += 1) {
    const again = await measure(each, 0);
    if (median(again.cpuMs) < median(cost.cpuMs)) cost = again;
  }
  costs.push(cost);
}
process.stdout.write(`\n${costsTable(costs)}\n`);
const over = tooExpensive(costs);
if (over.length > 0) {
  process.stderr.write(`\nToo expensive: ${over.map(({ name }) => name).join('; ')}\n`);
  process.exitCode = 1;
}
gateway.disconnect();
await upstream.close();
