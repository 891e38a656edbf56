/*
 * A self-contained supergraph on this machine: emulators of both platforms, the built gateway, the shop, and
 * Hive Gateway in front of them. PORT sets the router's port (default: 4000); 0 takes a free one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';
import { startStorefront, storefrontSdl } from './storefront.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'supergraph-'));
/** @type {(() => unknown)[]} What to do at the end, last first. */
const endings = [
  () => {
    rmSync(folder, { recursive: true });
  },
];

/** @param {string[]} args @param {NodeJS.ProcessEnv} environment @param {string} cwd */
function run(args, environment, cwd) {
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  endings.push(() => {
    child.kill('SIGTERM');
    return ended;
  });
  return { child, ended };
}

/** A port that is free now: Hive Gateway cannot choose one. */
async function freePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await once(server.close(), 'close');
  return port;
}

async function start() {
  const emulators = await Promise.all(
    ['ordercloud', 'huawei-iam'].map(async (name) => {
      /** @type {{ startEmulator: import('../../src/transport/emulator/emulator.ts').StartEmulator }} */
      const { startEmulator } = await import(
        new URL(`../../dist/emulators/${name}.js`, import.meta.url).href
      );
      const emulator = await startEmulator();
      endings.push(() => emulator.close());
      return { name, ...emulator };
    }),
  );
  const [environment, headers] = [
    Object.assign({}, ...emulators.map((one) => one.environment)),
    Object.assign({}, ...emulators.map((one) => one.exampleHeaders)),
  ];

  const gateway = run(['dist/main.js'], { ...environment, HOST: '127.0.0.1', PORT: '0' }, root);
  let gatewayUrl = '';
  for await (const line of createInterface(gateway.child.stdout)) {
    gatewayUrl = /"url":"([^"]+)"/.exec(line)?.[1] ?? '';
    if (gatewayUrl !== '') break;
  }
  if (gatewayUrl === '') throw new Error('the gateway does not start');
  gateway.child.stdout.resume();
  const storefront = await startStorefront();
  endings.push(() => storefront.close());

  const { errors, supergraphSdl } = composeServices([
    {
      name: 'oidc',
      url: gatewayUrl,
      typeDefs: parse(readFileSync(join(root, 'schema/subgraph.graphql'), 'utf8')),
    },
    { name: 'storefront', url: storefront.url, typeDefs: parse(storefrontSdl) },
  ]);
  if (supergraphSdl === undefined)
    throw new Error(`the supergraph does not compose: ${errors?.map(String).join('\n')}`);
  const supergraph = join(folder, 'supergraph.graphql');
  writeFileSync(supergraph, supergraphSdl);

  const port = Number(process.env['PORT'] ?? '4000') || (await freePort());
  const cli = fileURLToPath(
    import.meta.resolve('@graphql-hive/gateway').replace(/index\.js$/, 'bin.js'),
  );
  const router = run(
    [
      cli,
      'supergraph',
      supergraph,
      '--config-path',
      'gateway.config.ts',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
    ],
    { EXAMPLE_HEADERS: JSON.stringify(headers, null, 2) },
    here,
  );
  const url = `http://127.0.0.1:${port}`;
  router.child.stdout.pipe(process.stdout);
  const ready = async () => (await fetch(`${url}/readiness`).catch(() => undefined))?.ok === true;
  while (!(await ready())) {
    if (router.child.exitCode !== null) throw new Error('Hive Gateway ended');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  const query =
    '{ storefronts { name signIn { id connectClientId } staffSignIn { idpId authorizationEndpoint } } }';
  console.log(`
The supergraph is running.

  GraphiQL     ${url}/graphql
  Router       Hive Gateway, ${url}/graphql
  Subgraphs    oidc ${gatewayUrl}, storefront ${storefront.url}
${emulators.map(({ name, url: at }) => `  Emulator     ${name} ${at}, faults on demand: POST ${at}/__emulator/faults`).join('\n')}

  Tokens of the emulators, which open nothing else:
${Object.entries(headers)
  .map(([name, value]) => `    ${name}: ${value}`)
  .join('\n')}

  An example; GraphiQL has it with more fields:

    curl ${url}/graphql -H 'content-type: application/json' ${Object.entries(headers)
      .map(([name, value]) => `-H '${name}: ${value}'`)
      .join(' ')} -d '${JSON.stringify({ query })}'

Stop with Ctrl-C.
`);
  await Promise.race([gateway.ended, router.ended]);
  if (!stopping) throw new Error('the gateway or the router ended');
}

let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  for (const ending of endings.reverse()) await ending();
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void stop());

try {
  await start();
} finally {
  await stop();
}
