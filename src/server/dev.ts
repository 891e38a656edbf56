import pretty from 'pino-pretty';
import { asksForHelp } from '../command-line.ts';
import { ConfigError, readConfig } from '../config.ts';
import { upstreams } from '../upstreams/index.ts';
import { createGateway } from './gateway.ts';
import { GRAPHQL_PATH } from './listener.ts';
import { createLog } from './log.ts';
import { serve } from './serve.ts';

/** The gateway and an emulator of every upstream, in one process. */
async function develop(): Promise<void> {
  const { port, logLevel } = readConfig('development', []);
  const log = createLog(logLevel, pretty({ colorize: process.stdout.isTTY, singleLine: true, translateTime: 'SYS:HH:MM:ss.l', sync: true }));
  const running = await Promise.all(
    upstreams.map(async (upstream, index) => {
      const { startEmulator } = await upstream.emulator();
      return { ...upstream, emulator: await startEmulator({ port: port === 0 ? 0 : port + 1 + index }) };
    }),
  );
  const merged = (part: (emulator: (typeof running)[number]['emulator']) => object) => Object.assign({}, ...running.map(({ emulator }) => part(emulator))) as Record<string, string>;
  const config = readConfig('development', upstreams, undefined, merged(({ environment }) => environment));
  const gateway = createGateway(config, { upstreams, log, exampleHeaders: merged(({ exampleHeaders }) => exampleHeaders) });
  const serving = await serve(gateway, config);

  const url = `${serving.url}${GRAPHQL_PATH}`;
  const lines = [
    '',
    'The OpenID Connect configuration gateway is running, with an emulator of every upstream.',
    '',
    `  GraphiQL     ${url}`,
    '  Try          open it in a browser and press play: each tab is a working example',
    '',
    ...running.flatMap(({ label, emulator, exampleHeaders }) => [
      `  ${label} emulator  ${emulator.url}`,
      ...Object.entries(exampleHeaders).map(([name, value]) => `    send a token in the header ${name}: ${value}`),
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

/** What `listen` fails with when it is told to listen where it cannot. */
const CANNOT_LISTEN = new Set(['EADDRINUSE', 'EADDRNOTAVAIL', 'EACCES', 'ENOTFOUND', 'ERR_SOCKET_BAD_PORT']);

const USAGE = `Usage: npm run dev

Starts the gateway together with an emulator of every upstream, in one process, with GraphiQL. PORT moves it; the
emulators take the ports after it. All other variables are those of npm start -- --help, but for the URLs of upstreams.
`;

try {
  if (asksForHelp('npm run dev')) process.stdout.write(USAGE);
  else await develop();
} catch (error) {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!CANNOT_LISTEN.has(code) && !(error instanceof ConfigError)) throw error;
  process.stderr.write(error instanceof ConfigError ? `${error.message}\n` : `Cannot listen (${code}): set HOST and PORT to something that is free, or PORT to 0. The emulators take the ports after it.\n`);
  process.exit(1);
}
