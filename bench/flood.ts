import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exitOnSignals, startContender } from './contender-process.ts';
import type { RunningContender } from './contender-process.ts';
import { GATEWAY } from './contenders.ts';
import { HelperProcess } from './helper-process.ts';
import { buildGateway } from './install.ts';
import { slice } from './measure.ts';
import type { Helpers } from './measure.ts';
import { say } from './progress.ts';
import { SCENARIOS } from './scenarios.ts';
import { percentile } from './statistics.ts';

const USAGE = `Usage: npm run flood

Sends the gateway 16,000 different documents, then 16,000 more, in three ways. Reports how its memory develops and how
long other callers wait meanwhile. No request reaches an upstream. Fails if a response is not as expected.
`;

const DOCUMENTS = 16_000;

/** Connections of the flood. */
const CONNECTIONS = 4;

/** How long another caller waits between two requests, in milliseconds. */
const OTHERS_PAUSE_MS = 2;

const required = [
  'connectClientId',
  'connectClientSecret',
  'appStartUrl',
  'authorizationEndpoint',
  'tokenEndpoint',
]
  .map((name) => `${name}: ""`)
  .join(', ');

/** Makes documents from their number. */
const FLOODS: Readonly<Record<string, (index: number) => string>> = {
  'other literals': (index) =>
    `mutation { createOpenIdConnect(input: { orderCloudApiClientId: "${index}", ${required} }) { __typename } }`,
  'other names': (index) => `{ a${index}: __typename b: __typename }`,
  'other names, larger': (index) =>
    `query Q${index} { ${Array.from({ length: 20 }, (_, field) => `a${index}_${field}: __typename`).join(' ')} }`,
};

const agent = new Agent({ keepAlive: true });

/** Executes a document. @returns how long that took, in milliseconds @throws if it was not executed */
function execute(
  { port }: RunningContender,
  headers: Readonly<Record<string, string>>,
  query: string,
): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        method: 'POST',
        path: '/graphql',
        agent,
        headers: { ...headers, 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          if (response.statusCode === 200 && text.startsWith('{"data":{'))
            resolve(performance.now() - began);
          else reject(new Error(`status ${response.statusCode ?? 0}: ${text.slice(0, 500)}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ query }));
  });
}

async function flood(
  document: (index: number) => string,
  from: number,
  send: (query: string) => Promise<number>,
): Promise<void> {
  let next = from;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (next < from + DOCUMENTS) {
        next += 1;
        await send(document(next));
      }
    }),
  );
}

/** How long other callers wait during an action, in milliseconds: the median and the 99th percentile. */
async function othersDuring(
  action: Promise<void>,
  send: (query: string) => Promise<number>,
): Promise<string> {
  const waits: number[] = [];
  const ended = new AbortController();
  const whole = action.finally(() => {
    ended.abort();
  });
  while (!ended.signal.aborted) {
    waits.push(await send('query Others { __typename }'));
    await sleep(OTHERS_PAUSE_MS);
  }
  await whole;
  const sorted = Float64Array.from(waits).sort();
  return `${percentile(sorted, 0.5).toFixed(1)} ms, at the 99th percentile ${percentile(sorted, 0.99).toFixed(1)} ms`;
}

async function main(): Promise<void> {
  exitOnSignals();
  await buildGateway();
  const helpers: Helpers = {
    load: new HelperProcess('load.ts'),
    upstream: new HelperProcess('upstream.ts'),
  };
  const [usual] = SCENARIOS;
  const template = usual && GATEWAY.request(usual);
  if (template === undefined || template === null)
    throw new Error('The gateway takes part in every scenario.');
  const { port } = await helpers.upstream.ask({});
  const gateway = await startContender(GATEWAY, `http://127.0.0.1:${port}`, template);
  const send = (query: string) => execute(gateway, template.headers, query);
  const memory = () => `${Math.round(gateway.usage().rssBytes / 1e6)} MB`;
  try {
    await slice(gateway, template, helpers, { connections: 64, heatSeconds: 0, seconds: 5 });
    const { requests } = await helpers.upstream.ask({});
    say(`after the usual load: ${memory()}`);
    for (const [name, document] of Object.entries(FLOODS)) {
      for (const from of [0, DOCUMENTS]) {
        const waits = await othersDuring(flood(document, from, send), send);
        say(
          `${(from + DOCUMENTS).toLocaleString('en')} with ${name}: ${memory()}; others waited ${waits}`,
        );
      }
    }
    const reached = (await helpers.upstream.ask({})).requests - requests;
    if (reached > 0) throw new Error(`${reached} requests reached the upstream.`);
    say(`at most ${Math.round(gateway.usage().peakRssBytes / 1e6)} MB`);
  } finally {
    await gateway.stop();
    helpers.load.stop();
    helpers.upstream.stop();
    agent.destroy();
  }
}

if (parseArgs({ options: { help: { type: 'boolean', short: 'h' } } }).values.help === true)
  process.stdout.write(USAGE);
else await main();
