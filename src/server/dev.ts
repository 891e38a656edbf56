import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import pretty from 'pino-pretty';
import { asksForHelp } from '../command-line.ts';
import { ConfigError, readConfig } from '../config.ts';
import { namesThisMachine, NOT_LOCAL } from '../transport/local-host.ts';
import { surviveClosedPipes } from '../terminal.ts';
import { upstreams } from '../upstreams/index.ts';
import { createGateway } from './gateway.ts';
import { describeListenFailure, listenFailureCode, portBeside } from './listen-failure.ts';
import type { Listener } from './listen-failure.ts';
import { GRAPHQL_PATH } from './listener.ts';
import { createLog } from './log.ts';
import { refuse } from './refusal.ts';
import type { Refusal } from './refusal.ts';
import { setCommonHeaders } from './security-headers.ts';
import { serve } from './serve.ts';

/** Something that cannot listen, in words. */
class CannotListen extends Error {}

/** Says in words why something cannot listen. */
async function listening<Running>(
  started: Promise<Running>,
  listener: Omit<Listener, 'command' | 'otherPort'>,
  port: number,
): Promise<Running> {
  try {
    return await started;
  } catch (error) {
    const code = listenFailureCode(error);
    if (code === null) throw error;
    // The emulators take the ports after it.
    throw new CannotListen(
      describeListenFailure(code, {
        ...listener,
        command: 'npm run dev',
        otherPort: portBeside(port, 10),
      }),
      { cause: error },
    );
  }
}

const NOT_HERE: Refusal = { status: 403, code: 'HOST_NOT_ALLOWED', message: NOT_LOCAL };

/** Serves only requests whose `Host` names this machine, or the host that the gateway listens at. */
function forThisMachine(listener: RequestListener, host: string): RequestListener {
  return (request, response) => {
    if (namesThisMachine(request, host)) {
      listener(request, response);
      return;
    }
    const requestId = randomUUID();
    setCommonHeaders(response, requestId);
    refuse(response, NOT_HERE, requestId);
    request.resume();
  };
}

/** The gateway and an emulator of every upstream, in one process. */
async function develop(): Promise<void> {
  const { port, logLevel } = readConfig('development', []);
  const log = createLog(
    logLevel,
    pretty({
      colorize: process.stdout.isTTY,
      singleLine: true,
      translateTime: 'SYS:HH:MM:ss.l',
      sync: true,
    }),
  );
  const running = await Promise.all(
    upstreams.map(async (upstream, index) => {
      const { startEmulator } = await upstream.emulator();
      const own = port === 0 ? 0 : port + 1 + index;
      const listener = {
        who: `The emulator of ${upstream.label}`,
        host: '127.0.0.1',
        port: own,
        variable: `PORT + ${index + 1}`,
      };
      return {
        ...upstream,
        emulator: await listening(startEmulator({ port: own }), listener, port),
      };
    }),
  );
  const merged = (part: (emulator: (typeof running)[number]['emulator']) => object) =>
    Object.assign({}, ...running.map(({ emulator }) => part(emulator))) as Record<string, string>;
  const config = readConfig(
    'development',
    upstreams,
    undefined,
    merged(({ environment }) => environment),
  );
  const gateway = createGateway(config, {
    upstreams,
    log,
    exampleHeaders: merged(({ exampleHeaders }) => exampleHeaders),
  });
  const serving = await listening(
    serve({ ...gateway, listener: forThisMachine(gateway.listener, config.host) }, config),
    { who: 'The gateway', host: config.host, port: config.port, variable: 'PORT' },
    config.port,
  );

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
      ...Object.entries(exampleHeaders).map(
        ([name, value]) => `    send a token in the header ${name}: ${value}`,
      ),
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

const USAGE = `Usage: npm run dev

Starts the gateway together with an emulator of every upstream, in one process, with GraphiQL. PORT moves it; the
emulators take the ports after it. They serve only requests to localhost, 127.0.0.1 or [::1], the gateway also to HOST.
All other variables are those of npm start -- --help, but for the URLs of upstreams.
`;

surviveClosedPipes();
try {
  if (asksForHelp('npm run dev')) process.stdout.write(USAGE);
  else await develop();
} catch (error) {
  if (!(error instanceof CannotListen) && !(error instanceof ConfigError)) throw error;
  process.stderr.write(
    error instanceof ConfigError
      ? `${error.message}\n`
      : `${error.message}\nThe emulators take the ports after PORT. PORT=0 takes any that are free.\n`,
  );
  process.exit(1);
}
