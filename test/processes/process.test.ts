import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CreateOpenIdConnectDocument, OpenIdConnectDocument } from '../../schema/client/graphql.ts';
import { environmentVariables } from '../../src/config/config.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { addFault, send, start, startBuiltGateway, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import { stopClock } from '../setup/clock.ts';
import { makeInbound } from '../setup/inbound.ts';
import { createVariables } from '../setup/ordercloud.ts';
import { takeOneOf } from '../setup/ports.ts';
import { dial } from '../setup/sockets.ts';

/* The built server as a process: how it starts, how it refuses to, and how it ends. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = (environment: Record<string, string>, ...args: string[]) =>
  start(process.execPath, ['dist/main.js', ...args], {
    HOST: '127.0.0.1',
    PORT: '0',
    ...environment,
  }).exit;

let emulator: RunningEmulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

describe('the start', () => {
  it('is refused without an upstream', async () => {
    const { code, stderr, stdout } = await run({});
    expect(code).toBe(1);
    expect(stderr).toContain(
      'no upstream is configured: set ORDERCLOUD_API_URL or ORDERCLOUD_REGION or HUAWEI_IAM_URL or HUAWEI_REGION',
    );
    expect(stdout).toBe('');
  });

  it('is refused with every error of the configuration at once, and without its values', async () => {
    const { code, stderr } = await run({
      ORDERCLOUD_API_URL: 'http://user:hunter2@api.example.com',
      ORDERCLOUD_REVEAL_SECRET: 'hunter2',
      HUAWEI_IAM_URL: 'hunter2',
      UPSTREAM_TIMEOUT_MS: '5s',
      LOG_LEVEL: 'loud',
      PORT: '70000',
    });
    expect(code).toBe(1);
    for (const name of [
      'ORDERCLOUD_API_URL',
      'ORDERCLOUD_REVEAL_SECRET',
      'HUAWEI_IAM_URL',
      'UPSTREAM_TIMEOUT_MS',
      'LOG_LEVEL',
      'PORT',
    ])
      expect(stderr).toContain(`- ${name} must`);
    expect(stderr).not.toContain('hunter2');
  });

  it('logs the configuration and the address', async () => {
    const gateway = await startBuiltGateway(emulator.environment);
    expect(gateway.logs()).toEqual([
      expect.objectContaining({
        msg: 'upstream configured',
        upstream: 'OrderCloud',
        baseUrl: `${emulator.url}/v1`,
      }),
      expect.objectContaining({
        level: 'warn',
        upstream: 'Huawei Cloud IAM',
        msg: expect.stringContaining('HUAWEI_IAM_URL') as unknown,
      }),
      expect.objectContaining({
        msg: 'listening',
        url: gateway.url,
        graphiql: false,
        callers: ['anybody'],
      }),
    ]);
    await gateway.stop();
  });

  it('warns of variables that may be misspelled, without their values', async () => {
    const gateway = await startBuiltGateway({
      ...emulator.environment,
      CORS_ORIGIN: 'https://hunter2.example.com',
    });
    expect(gateway.logs()[0]).toMatchObject({
      level: 'warn',
      variables: ['CORS_ORIGIN (is CORS_ORIGINS meant?)'],
      msg: expect.stringContaining('misspelled') as unknown,
    });
    const { stdout } = await gateway.stop();
    expect(stdout).not.toContain('hunter2');
  });

  it('logs how many documents are persisted, and whether others are allowed', async () => {
    const gateway = await startBuiltGateway({
      ...emulator.environment,
      PERSISTED_DOCUMENTS_FILE: 'schema/client/persisted-documents.json',
      PERSISTED_ONLY: 'true',
    });
    const { length } = Object.keys(
      JSON.parse(
        readFileSync(join(ROOT, 'schema/client/persisted-documents.json'), 'utf8'),
      ) as object,
    );
    expect(gateway.logs().at(-1)).toMatchObject({
      msg: 'listening',
      persistedDocuments: length,
      persistedOnly: true,
    });
    expect(gateway.logs().filter(({ msg }) => /persisted/.test(String(msg)))).toEqual([]);
    await gateway.stop();
  });

  it('tells who is let in', async () => {
    const inbound = await makeInbound();
    onTestFinished(inbound.remove);
    const gateway = await startBuiltGateway({ ...emulator.environment, ...inbound.environment });
    expect(gateway.logs().at(-1)).toMatchObject({
      msg: 'listening',
      callers: ['bearer tokens', 'API keys'],
    });
    await gateway.stop();
  });

  it('has --help with every variable', async () => {
    const { code, stdout } = await run({}, '--help');
    expect(code).toBe(0);
    for (const { name } of environmentVariables(upstreams)) expect(stdout).toContain(`  ${name}`);
  });

  it('has --help with every command, and every command has its own', async () => {
    const { stdout } = await run({}, '--help');
    for (const command of ['serve', 'dev', 'doctor', 'health', 'api-key']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} +\\w`, 'm'));
      const own = await run({}, command, '--help');
      expect(own.code).toBe(0);
      expect(own.stdout).toMatch(/^Usage: (npm start|npm run |node dist\/main\.js )/);
    }
  });

  it('refuses an unknown command with a list of all, without repeating it', async () => {
    const { code, stdout, stderr } = await run({ ...emulator.environment }, 'hunter2', '--help');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Unknown command\.\n\nCommands of node dist\/main\.js/);
    expect(stderr).toContain('\n  api-key  ');
    expect(stderr).not.toContain('hunter2');
  });

  it.each([['--hepl'], ['--port=1'], ['serve', 'hunter2']])(
    'refuses an argument that it does not know, without repeating it: %s %s',
    async (...args) => {
      const { code, stdout, stderr } = await run({ ...emulator.environment }, ...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(
        'An argument is unknown: the only one is --help. The environment configures this command; see npm start -- --help.\n',
      );
    },
  );

  it.each([
    ['info', 'stdout'],
    ['silent', 'stderr'],
  ] as const)('reports a taken port, at the level %s on %s', async (level, stream) => {
    const { port } = new URL(emulator.url);
    const { code, ...output } = await run({
      ...emulator.environment,
      PORT: port,
      LOG_LEVEL: level,
    });
    expect(code).toBe(1);
    const words = `Cannot listen (EADDRINUSE): port ${port} on 127.0.0.1 is in use by another program. The gateway is configured to listen there (HOST, PORT). Set PORT to a free port, e.g. PORT=`;
    expect(JSON.parse(output[stream])).toMatchObject({
      level: 'fatal',
      error: { code: 'EADDRINUSE' },
      msg: expect.stringContaining(words) as unknown,
    });
    expect(output.stdout + output.stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it('reports a host that is not of this machine', async () => {
    for (const [HOST, code] of [
      ['192.0.2.1', /EADDRNOTAVAIL/],
      ['nowhere.invalid', /ENOTFOUND|EAI_AGAIN/],
    ] as const) {
      for (const WORKERS of ['1', '2']) {
        const {
          code: exit,
          stdout,
          stderr,
        } = await run({ ...emulator.environment, HOST, WORKERS });
        expect(exit).toBe(1);
        expect((JSON.parse(stdout) as { msg: string }).msg).toMatch(code);
        expect((JSON.parse(stdout) as { msg: string }).msg).toContain(
          `The gateway is configured to listen there (HOST, PORT). Set HOST to an address of this machine, e.g. HOST=127.0.0.1 npm start`,
        );
        expect(stdout + stderr).not.toMatch(/\bat .*:\d+:\d+/);
      }
    }
  });

  it('says in words which files cannot be read, all at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    const empty = join(folder, 'empty');
    writeFileSync(empty, '');
    const { code, stderr } = await run({
      ...emulator.environment,
      ORDERCLOUD_CREDENTIALS: 'gateway',
      ORDERCLOUD_CLIENT_ID: 'id',
      ORDERCLOUD_CLIENT_SECRET_FILE: join(folder, 'hunter2'),
      AUTH_API_KEYS_FILE: folder,
      AUTH_JWKS_FILE: join(empty, 'hunter2'),
      AUTH_ISSUER: 'https://idp.example.com',
      AUTH_AUDIENCE: 'gateway',
      PERSISTED_DOCUMENTS_FILE: empty,
    });
    expect(code).toBe(1);
    for (const line of [
      'ORDERCLOUD_CLIENT_SECRET_FILE names a file that does not exist',
      'AUTH_API_KEYS_FILE names a folder, not a file',
      'AUTH_JWKS_FILE names a file below something that is not a folder',
      'PERSISTED_DOCUMENTS_FILE names a file that is empty',
    ])
      expect(stderr).toContain(`  - ${line}\n`);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('production', () => {
  it('loads nothing of an emulator: it runs without their files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    cpSync(join(ROOT, 'dist'), join(folder, 'dist'), {
      recursive: true,
      filter: (path) => !/emulator/.test(path),
    });
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    cpSync(join(ROOT, 'schema/operations'), join(folder, 'schema/operations'), { recursive: true });
    expect(
      readdirSync(join(folder, 'dist'), { recursive: true }).filter((path) =>
        String(path).includes('emulator'),
      ),
    ).toEqual([]);
    const running = start(
      process.execPath,
      ['dist/main.js'],
      { HOST: '127.0.0.1', PORT: '0', GRAPHIQL: 'true', ...emulator.environment },
      folder,
    );
    const [, url = ''] = await running.line(/"url":"([^"]+)"/);
    const { openIdConnect } = await send(
      url,
      OpenIdConnectDocument,
      { id: 'example-existing' },
      emulator.exampleHeaders,
    );
    expect(openIdConnect?.__typename).toBe('OpenIdConnectSuccess');
    running.signal('SIGTERM');
    expect((await running.exit).code).toBe(0);
  });

  it('shows GraphiQL only if it is turned on', async () => {
    const accept = { headers: { accept: 'text/html' } };
    const without = await startBuiltGateway(emulator.environment);
    expect(await (await fetch(without.url, accept)).text()).not.toContain('<html');
    await without.stop();
    const with_ = await startBuiltGateway({ ...emulator.environment, GRAPHIQL: 'true' });
    const page = await (await fetch(with_.url, accept)).text();
    expect(page).toContain('OIDC\u00A0gateway</title>');
    expect(page).toContain('Bearer <token>');
    await with_.stop();
  });
});

describe('development', () => {
  const cannotListen = async (environment: Record<string, string>, code: string, words: string) => {
    const { code: exit, stderr } = await start(
      process.execPath,
      ['--import', 'tsx', 'src/main.ts', 'dev'],
      environment,
    ).exit;
    expect(exit).toBe(1);
    expect(stderr).toContain(`Cannot listen (${code})`);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('    at ');
  };

  it.each([
    ['for the gateway', 0, 'The gateway is configured to listen there (HOST, PORT)'],
    [
      'for the emulator of OrderCloud',
      1,
      'The emulator of OrderCloud is configured to listen there (HOST, PORT + 1)',
    ],
    [
      'for the emulator of Huawei Cloud IAM',
      2,
      'The emulator of Huawei Cloud IAM is configured to listen there (HOST, PORT + 2)',
    ],
    [
      'for the OpenID Provider',
      3,
      'The OpenID Provider is configured to listen there (HOST, PORT + 3)',
    ],
  ])(
    'says in words that it cannot listen at a port that is taken: %s',
    async (_what, taken, words) => {
      const { first, release } = await takeOneOf(4, taken);
      onTestFinished(release);
      await cannotListen({ PORT: String(first) }, 'EADDRINUSE', words);
    },
  );

  it.each([
    ['a port with none after it', { PORT: '65535' }, 'ERR_SOCKET_BAD_PORT', ' is not a valid port'],
    [
      'an address of another machine',
      { PORT: '0', HOST: '192.0.2.1' },
      'EADDRNOTAVAIL',
      'e.g. HOST=127.0.0.1 npm run dev',
    ],
  ])('says in words that it cannot listen at %s', async (_what, environment, code, words) => {
    await cannotListen(environment, code, words);
  });

  it('has --help', async () => {
    const { code, stdout } = await start(
      process.execPath,
      ['--import', 'tsx', 'src/main.ts', 'dev', '--help'],
      { PORT: '65535' },
    ).exit;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Usage: npm run dev\n/)]);
  });

  it('serves only requests to this machine: no page of another site gets in whose name leads here', async () => {
    const dev = start(process.execPath, ['--import', 'tsx', 'src/main.ts', 'dev'], { PORT: '0' });
    const [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
    const [, orderCloud = ''] = await dev.line(/OrderCloud emulator\s+(http:\S+)/);
    const ask = async (to: string, host: string) => {
      const client = await dial(new URL(to).origin);
      client.socket.write(
        `GET ${new URL(to).pathname} HTTP/1.1\r\nHost: ${host}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`,
      );
      return client.ended;
    };
    for (const to of [url, new URL('/', url).href, new URL('/livez', url).href]) {
      expect(await ask(to, 'localhost:4000')).toMatch(/^HTTP\/1\.1 (200|302|303) /);
      expect(await ask(to, 'evil.example.com:4000')).toMatch(
        /^HTTP\/1\.1 403 [^]*"code":"HOST_NOT_ALLOWED"/,
      );
    }
    expect(await ask(`${orderCloud}/v1/openidconnects`, 'evil.example.com')).toMatch(
      /^HTTP\/1\.1 403 /,
    );
    dev.signal('SIGINT');
    expect((await dev.exit).code).toBe(0);
  });

  it('heeds the other settings of upstreams, and never their URLs', async () => {
    const dev = start(process.execPath, ['--import', 'tsx', 'src/main.ts', 'dev'], {
      PORT: '0',
      ORDERCLOUD_REVEAL_SECRET: 'false',
      ORDERCLOUD_API_URL: 'https://api.example.com/v1',
    });
    const [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...emulator.exampleHeaders },
      body: JSON.stringify({
        query:
          '{ openIdConnect(id: "example-existing") { ... on OpenIdConnectSuccess { openIdConnect { connectClientSecret hasConnectClientSecret } } } }',
      }),
    });
    expect(await response.json()).toEqual({
      data: {
        openIdConnect: {
          openIdConnect: { connectClientSecret: null, hasConnectClientSecret: true },
        },
      },
    });
    dev.signal('SIGINT');
    expect((await dev.exit).code).toBe(0);
  });
});

/** Makes the emulator respond to the next create only when the test says so. */
async function holdCreate(): Promise<() => void> {
  const { pass, restore } = stopClock();
  onTestFinished(restore);
  await addFault(emulator.url, {
    method: 'POST',
    path: '/v1/openidconnects',
    fault: { kind: 'delay', ms: 5_000 },
  });
  return () => {
    pass(5_000);
  };
}

/** Gateways that are so patient that no machine is too slow. */
const PATIENT = { UPSTREAM_TIMEOUT_MS: '60000', SHUTDOWN_GRACE_MS: '60000' };
const startPatient = () => startBuiltGateway({ ...emulator.environment, ...PATIENT });

describe('the end', () => {
  it('is not held up by a request that never becomes whole', async () => {
    const gateway = await startBuiltGateway(emulator.environment);
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    );
    // The response on a later connection shows that the first one has arrived.
    await fetch(new URL('/livez', gateway.url));
    const { code, stdout } = await gateway.stop();
    expect(code).toBe(0);
    expect(stdout).toContain('"msg":"stopped"');
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'on %s lets a create that is under way finish, and exits with 0',
    async (signal) => {
      const gateway = await startPatient();
      const release = await holdCreate();
      const id = `drained-${signal}`;
      const before = emulator.requests.length;
      const created = send(
        gateway.url,
        CreateOpenIdConnectDocument,
        createVariables(id),
        emulator.exampleHeaders,
      );
      while (emulator.requests.length === before)
        await new Promise((resolve) => setImmediate(resolve));
      gateway.signal(signal);
      await gateway.line(/"msg":"draining"/);
      expect((await fetch(new URL('/readyz', gateway.url))).status).toBe(503);
      expect((await fetch(new URL('/livez', gateway.url))).status).toBe(200);
      release();
      expect((await created).createOpenIdConnect?.__typename).toBe('CreateOpenIdConnectSuccess');
      const { code, stdout } = await gateway.exit;
      expect(code).toBe(0);
      expect(stdout).toContain('"msg":"stopped"');
    },
  );

  it('waits for a create whose caller has hung up', async () => {
    const gateway = await startPatient();
    const release = await holdCreate();
    const before = emulator.requests.length;
    const caller = new AbortController();
    const hungUp = fetch(gateway.url, {
      method: 'POST',
      signal: caller.signal,
      headers: { 'content-type': 'application/json', ...emulator.exampleHeaders },
      body: JSON.stringify({
        query:
          'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename } }',
        variables: createVariables('hung-up'),
      }),
    });
    while (emulator.requests.length === before)
      await new Promise((resolve) => setImmediate(resolve));
    caller.abort();
    await expect(hungUp).rejects.toThrow();
    const stopped = gateway.stop();
    await gateway.line(/"msg":"draining"/);
    // The response on a later connection shows that the gateway has noticed the caller's hang-up.
    await fetch(new URL('/livez', gateway.url));
    release();
    const { code, stdout } = await stopped;
    expect(code).toBe(0);
    expect(stdout).toContain('"member":"CreateOpenIdConnectSuccess"');
    expect(stdout).toContain('"hungUp":true');
  });

  it('cuts off requests that outlive the grace period, and logs that', async () => {
    const gateway = await startBuiltGateway(
      { ...emulator.environment, SHUTDOWN_GRACE_MS: '100' },
      STOPPED_CLOCK,
    );
    await addFault(emulator.url, {
      method: 'POST',
      path: '/v1/openidconnects',
      fault: { kind: 'hang' },
    });
    const before = emulator.requests.length;
    const lost = send(
      gateway.url,
      CreateOpenIdConnectDocument,
      createVariables('too-late'),
      emulator.exampleHeaders,
    );
    while (emulator.requests.length === before)
      await new Promise((resolve) => setImmediate(resolve));
    const { code, stdout } = await gateway.stop();
    expect(code).toBe(1);
    expect(stdout).toContain('if any of them was a write, its outcome is unknown');
    expect(stdout).toContain('"member":"OidcOutcomeUnknownError"');
    // The caller is told before the connection closes.
    expect((await lost).createOpenIdConnect).toMatchObject({
      __typename: 'OidcOutcomeUnknownError',
      reason: 'CONNECTION_LOST',
    });
  });
});

describe('a log without a reader', () => {
  it('keeps the server neither from working nor from ending', async () => {
    const child = spawn(process.execPath, ['dist/main.js'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', ...emulator.environment },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    await expect.poll(() => output).toMatch(/"url":"/);
    const [, url = ''] = /"url":"([^"]+)"/.exec(output) ?? [];
    child.stdout.destroy();
    const { openIdConnect } = await send(
      url,
      OpenIdConnectDocument,
      { id: 'example-existing' },
      emulator.exampleHeaders,
    );
    expect(openIdConnect?.__typename).toBe('OpenIdConnectSuccess');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
