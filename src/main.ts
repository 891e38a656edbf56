import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { ConfigError, environmentVariables, readConfig } from './config.ts';
import type { Config } from './config.ts';
import { createGateway } from './server/gateway.ts';
import { GRAPHQL_PATH } from './server/listener.ts';
import { createLog, describeCrash } from './server/log.ts';
import { serve } from './server/serve.ts';
import { upstreams } from './upstreams/index.ts';

const USAGE = `Usage: npm start

Serves the OpenID Connect configuration gateway. It is configured by the environment:

`;

/** The variables as a list for a terminal. */
function environmentHelp(): string {
  return environmentVariables(upstreams)
    .map((variable) => `  ${variable.name}${variable.default === null ? '' : ` (${variable.default})`}\n      ${variable.description}\n`)
    .join('');
}

function configure(): Config | null {
  try {
    return readConfig('production', upstreams);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\nnpm start -- --help lists every variable.\n`);
    return null;
  }
}

/** Who is let in, for the operator. */
function callersOf({ authentication }: Config): readonly string[] {
  if (authentication === null) return ['anybody'];
  return [...(authentication.jwt === null ? [] : ['bearer tokens']), ...(authentication.apiKeys === null ? [] : ['API keys'])];
}

async function run(config: Config): Promise<void> {
  // What a request needs while its upstream answers looks long-lived to V8, which would then put it where only full
  // collections look: without that, a mutation takes 4 µs less, and the process 50 MB.
  setFlagsFromString('--no-allocation-site-pretenuring');
  const log = createLog(config.logLevel);
  const crash = (error: unknown) => {
    log.fatal({ error: describeCrash(error) }, 'crashed');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  const gateway = createGateway(config, { upstreams, log });
  const serving = await serve(gateway, config).catch((error: unknown) => {
    log.fatal({ host: config.host, port: config.port, error: describeCrash(error) }, 'cannot listen there: set HOST or PORT to something that is free');
    process.exit(1);
  });
  for (const { label, baseUrl, urlVariable, credentials } of gateway.report) {
    if (baseUrl === null) log.warn({ upstream: label }, `${label} is not configured: its operations answer that it is unavailable. Set ${urlVariable} to change that.`);
    else log.info({ upstream: label, baseUrl, credentials }, 'upstream configured');
  }
  log.info({ url: `${serving.url}${GRAPHQL_PATH}`, graphiql: config.graphiql, callers: callersOf(config) }, 'listening');

  const stop = (signal: string) => {
    log.info({ signal }, 'draining');
    void serving.stop().then((clean) => {
      if (clean) log.info({}, 'stopped');
      else log.error({}, 'stopped after the grace period: requests that were still running have been cut off; the outcome of a write among them is unknown, and its line above says so');
      process.exit(clean ? 0 : 1);
    });
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } }, strict: false });
if (values.help === true) {
  process.stdout.write(USAGE + environmentHelp());
} else {
  const config = configure();
  if (config === null) process.exitCode = 1;
  else await run(config);
}
