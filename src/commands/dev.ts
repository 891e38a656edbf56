import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import pretty from 'pino-pretty';
import { asksForHelp } from './command-line.ts';
import {
  EXAMPLE_CLIENT,
  EXAMPLE_USERS,
  exampleClient,
  newKey,
  publicKeySet,
} from './dev-provider/example.ts';
import { openProvider } from './dev-provider/provider.ts';
import { ConfigError, readConfig } from '../config/config.ts';
import { parseAllowedHost } from '../issuer/allowed-hosts.ts';
import { namesThisMachine, NOT_LOCAL } from '../transport/http/local-host.ts';
import { upstreams } from '../upstreams/index.ts';
import { createGateway } from '../server/gateway.ts';
import { systemErrorCode } from '../domain/system-error.ts';
import { describeListenFailure, portNear } from '../server/http/listen-failure.ts';
import type { Listener } from '../server/http/listen-failure.ts';
import { GRAPHQL_PATH } from '../server/http/router.ts';
import { createLog } from '../server/log/log.ts';
import { logNotWatched } from '../server/log/watch-log.ts';
import { refuse } from '../server/http/refusal.ts';
import type { Refusal } from '../server/http/refusal.ts';
import { serve } from '../server/http/serve.ts';
import { readerOf, serveMetrics } from '../server/metrics/serve-metrics.ts';
import { loadTracing } from '../server/tracing/load-tracing.ts';

/** A server that cannot listen, for a message. */
class CannotListen extends Error {}

/** Explains why a server cannot listen. */
async function listening<Running>(
  started: Promise<Running>,
  listener: Omit<Listener, 'command' | 'otherPort'>,
  port: number,
): Promise<Running> {
  try {
    return await started;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === null) throw error;
    // The emulators take the ports after it.
    throw new CannotListen(
      describeListenFailure(code, {
        ...listener,
        command: 'npm run dev',
        otherPort: portNear(port, 10),
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
    refuse(response, NOT_HERE, randomUUID());
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
  const providerPort = upstreams.length + 1;
  const provider = await listening(
    openProvider(port === 0 ? 0 : port + providerPort),
    {
      subject: 'The OpenID Provider',
      host: '127.0.0.1',
      port: port + providerPort,
      variable: `PORT + ${providerPort}`,
    },
    port,
  );
  const keys = provider ? [newKey('example-key')] : [];
  const example = provider
    ? { ...provider, ...EXAMPLE_CLIENT, keySet: publicKeySet(keys) }
    : undefined;
  const running = await Promise.all(
    upstreams.map(async (upstream, index) => {
      const { startEmulator } = await upstream.emulator();
      const own = port === 0 ? 0 : port + 1 + index;
      const listener = {
        subject: `The emulator of ${upstream.label}`,
        host: '127.0.0.1',
        port: own,
        variable: `PORT + ${index + 1}`,
      };
      return {
        ...upstream,
        emulator: await listening(startEmulator({ port: own, provider: example }), listener, port),
      };
    }),
  );
  provider?.serve({
    keys,
    users: EXAMPLE_USERS,
    clients: [exampleClient(running.flatMap(({ emulator }) => emulator.redirectUris))],
  });
  const merged = (part: (emulator: (typeof running)[number]['emulator']) => object) =>
    Object.assign({}, ...running.map(({ emulator }) => part(emulator))) as Record<string, string>;
  const config = readConfig(
    'development',
    upstreams,
    undefined,
    merged(({ environment }) => environment),
  );
  // The provider listens on loopback, which the gateway does not read otherwise.
  const local = provider === null ? null : parseAllowedHost(provider.issuer);
  const issuers =
    local === null || config.issuers === null
      ? config.issuers
      : { ...config.issuers, allowedHosts: [...config.issuers.allowedHosts, local] };
  const gateway = createGateway(
    { ...config, issuers, watch: null },
    {
      upstreams,
      log,
      exampleIssuer: provider?.issuer ?? null,
      tracing: await loadTracing(config.tracing, log),
      exampleHeaders: merged(({ exampleHeaders }) => exampleHeaders),
    },
  );
  if (config.watch !== null) logNotWatched(log);
  const read = readerOf(gateway.metrics);
  const metrics =
    config.metrics === null || read === null
      ? null
      : await listening(
          serveMetrics(config.metrics, read),
          {
            ...config.metrics,
            subject: 'The server of metrics',
            variable: 'METRICS_PORT',
            prefix: 'METRICS_',
          },
          config.metrics.port,
        );
  const serving = await listening(
    serve({ ...gateway, listener: forThisMachine(gateway.listener, config.host) }, config),
    { subject: 'The gateway', host: config.host, port: config.port, variable: 'PORT' },
    config.port,
  );

  const url = `${serving.url}${GRAPHQL_PATH}`;
  const lines = [
    '',
    'The OpenID Connect configuration gateway is running, with an emulator of every upstream.',
    '',
    `  GraphiQL     ${url}`,
    '  Try          open it in a browser and press play: each tab is a working example',
    ...(metrics === null ? [] : [`  Metrics      ${metrics.url}`]),
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
    ...(provider === null
      ? ['No OpenID Provider is running: only a checkout has the package oidc-provider.', '']
      : [
          `  OpenID Provider  ${provider.issuer}`,
          `    client: ${EXAMPLE_CLIENT.clientId}`,
          `    client secret: ${EXAMPLE_CLIENT.clientSecret}`,
          `    users: ${EXAMPLE_USERS.map(({ sub }) => sub).join(', ')} (no password)`,
          '    sign in: open the loginUrl of a configuration that an emulator has from its start',
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
      .then(() => provider?.close())
      .then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

const USAGE = `Usage: npm run dev

Starts the gateway together with an emulator of every upstream, in one process, with GraphiQL, and in a checkout also an
OpenID Provider to sign in with. PORT sets its port; the others use the ports after it. They serve only requests to localhost, 127.0.0.1 or [::1], the gateway also to HOST.
All other variables are the same as in npm start -- --help, except the URLs of upstreams.
`;

/** Serves the gateway and the emulators, or prints the help. */
export async function run(args: readonly string[]): Promise<void> {
  if (asksForHelp(args, 'npm run dev -- --help')) {
    process.stdout.write(USAGE);
    return;
  }
  try {
    await develop();
  } catch (error) {
    if (!(error instanceof CannotListen) && !(error instanceof ConfigError)) throw error;
    process.stderr.write(
      error instanceof ConfigError
        ? `${error.message}\n`
        : `${error.message}\nThe emulators use the ports after PORT. PORT=0 uses any free ports.\n`,
    );
    process.exit(1);
  }
}
