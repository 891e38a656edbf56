import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { start } from '../../setup/built-gateway.ts';
import type { Router, StartRouter } from './world.ts';

const folder = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Apollo Gateway, under Apollo Server. */
export const startApolloGateway: StartRouter = (supergraphFile) => startApollo([supergraphFile]);
/** The same, with its own unmasked errors. */
export const startUnmaskedApolloGateway: StartRouter = (supergraphFile) =>
  startApollo([supergraphFile, 'unmasked']);

/** Hive Gateway, as the example runs it. */
export const startHiveGateway: StartRouter = (supergraphFile) =>
  startHive(supergraphFile, 'gateway.config.ts');
/** The same, but mutations are retried like everything else, which is its default. */
export const startRetryingHiveGateway: StartRouter = (supergraphFile) =>
  startHive(supergraphFile, folder('test/federation/hive-retrying.config.ts'));
/** The same, with its own unmasked errors. */
export const startUnmaskedHiveGateway: StartRouter = (supergraphFile) =>
  startHive(supergraphFile, folder('test/federation/hive-unmasked.config.ts'));

async function startApollo(args: readonly string[]): Promise<Router> {
  const running = start(
    process.execPath,
    ['apollo-gateway.mjs', ...args],
    {},
    folder('test/federation'),
  );
  const [, url = ''] = await running.line(/^listening on (.*)$/);
  return { ...running, url };
}

async function startHive(supergraphFile: string, config: string): Promise<Router> {
  const port = String(await freePort());
  const args = [
    'supergraph',
    supergraphFile,
    '--config-path',
    config,
    '--host',
    '127.0.0.1',
    '--port',
    port,
  ];
  const running = start('node_modules/.bin/hive-gateway', args, {}, folder('examples/supergraph'));
  const origin = `http://127.0.0.1:${port}`;
  const ended = running.exit.then(({ stdout, stderr }) => {
    throw new Error(`Hive Gateway ended:\n${stdout}${stderr}`);
  });
  await Promise.race([ready(`${origin}/readiness`), ended]);
  ended.catch(() => undefined);
  return { ...running, url: `${origin}/graphql` };
}

async function ready(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A port that was free a moment ago: Hive Gateway cannot choose one. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
