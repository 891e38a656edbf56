import pretty from 'pino-pretty';
import { ConfigError, readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { upstreams } from '../upstreams/index.ts';
import { createGateway } from './gateway.ts';
import { GRAPHQL_PATH } from './listener.ts';
import { createLog } from './log.ts';
import { serve } from './serve.ts';

/** The gateway and a stand-in for every upstream, in one process. */
async function develop(server: Config): Promise<void> {
  const log = createLog(server.logLevel, pretty({ colorize: process.stdout.isTTY, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', sync: true }));
  const running = await Promise.all(
    upstreams.map(async ({ id, label, emulator }, index) => {
      const { startEmulator } = await emulator();
      return { id, label, emulator: await startEmulator({ port: server.port === 0 ? 0 : server.port + 1 + index }) };
    }),
  );
  const config = { ...server, upstreams: new Map(running.map(({ id, emulator }) => [id, emulator.environment])) };
  const exampleHeaders = Object.assign({}, ...running.map(({ emulator }) => emulator.exampleHeaders)) as Record<string, string>;
  const serving = await serve(createGateway(config, { upstreams, log, exampleHeaders }), config);

  const url = `${serving.url}${GRAPHQL_PATH}`;
  const lines = [
    '',
    'The OpenID Connect configuration gateway is running, with a stand-in for every platform.',
    '',
    `  GraphiQL     ${url}`,
    '  Try          open it in a browser and press play: each tab is a working example',
    '',
    ...running.flatMap(({ label, emulator }) => [
      `  ${label} emulator  ${emulator.url}`,
      ...emulator.notes.map((note) => `    ${note.label}: ${note.value}`),
      `    faults on demand: POST ${emulator.url}/__emulator/faults`,
      '',
    ]),
    'The tokens and passwords above are made up and open nothing else. Stop with Ctrl-C.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);

  const stop = () => {
    void serving
      .stop()
      .then(() => Promise.all(running.map(({ emulator }) => emulator.close())))
      .then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

try {
  await develop(readConfig('development', []));
} catch (error) {
  const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (!taken && !(error instanceof ConfigError)) throw error;
  process.stderr.write(taken ? 'A port is taken: set PORT to another one, or to 0 for any that is free.\n' : `${error.message}\n`);
  process.exit(1);
}
