import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startContender } from '../../bench/contender-process.ts';
import type { Contender } from '../../bench/contender.ts';
import { BASE } from '../../bench/contenders.ts';
import { HeapWatch } from '../../bench/heap-watch.ts';
import { HelperProcess } from '../../bench/helper-process.ts';
import { INBOUND } from '../../bench/inbound-authentication.ts';
import type { LoadOrder, LoadResult } from '../../bench/load.ts';
import { slice } from '../../bench/measure.ts';
import type { Helpers } from '../../bench/measure.ts';
import type { RequestTemplate } from '../../bench/request-template.ts';
import { SLOT } from '../../bench/request-template.ts';
import { SCENARIOS } from '../../bench/scenarios.ts';
import type { SoakOrder, SoakReport } from '../../bench/soak-load.ts';
import { FAULT_KINDS } from '../../bench/upstream-faults.ts';
import type { FaultKind } from '../../bench/upstream-faults.ts';
import type { UpstreamOrder, UpstreamReport } from '../../bench/upstream.ts';
import { responseText, listen } from '../setup/sockets.ts';
import type { Script } from '../setup/sockets.ts';

/* The parts of the benchmark that measure: what they say about a server must be true. */

const upstream = new HelperProcess<UpstreamOrder, UpstreamReport>('upstream.ts');
const load = new HelperProcess<LoadOrder, LoadResult>('load.ts');
afterAll(() => {
  upstream.stop();
  load.stop();
  // A test worker may end without an exit event.
  INBOUND.remove();
});

const template: RequestTemplate = {
  path: '/things',
  headers: {},
  body: `{"id":"${SLOT}"}`,
  response: { status: 200, body: { id: SLOT } },
};

/** A server that is closed with the test. */
async function serving(script: Script): Promise<number> {
  const server = await listen(script);
  onTestFinished(server.close);
  return server.port;
}

describe('the upstream of the benchmark', () => {
  let origin: string;
  beforeAll(async () => {
    origin = `http://127.0.0.1:${(await upstream.ask({})).port}`;
  });
  afterAll(() => upstream.ask({ faults: {} }));

  const create = async (scenario: string) => {
    const request = BASE.request(
      SCENARIOS.find(({ name }) => name === scenario) ?? {
        name: scenario,
        mutation: 'createOpenIdConnect',
        outcome: 'success',
        values: 'variables',
      },
    );
    if (request === null) throw new Error('the base takes part in it');
    const text = (value: string) => value.replaceAll(SLOT, '00000042');
    const response = await fetch(origin + text(request.path), {
      method: 'POST',
      headers: request.headers,
      body: text(request.body),
    });
    expect(response.status).toBe(request.response.status);
    expect(await response.json()).toEqual(JSON.parse(text(JSON.stringify(request.response.body))));
  };

  it.each([
    'createOpenIdConnect/success/variables',
    'createOpenIdConnect/error/variables',
    'createOidcConfig/success/variables',
    'createOidcConfig/error/variables',
  ])('responds to %s, and counts the request', async (scenario) => {
    const { requests } = await upstream.ask({});
    await create(scenario);
    expect((await upstream.ask({})).requests).toBe(requests + 1);
  });

  it('returns every second object that is read back', async () => {
    const paths = [
      '/v1/openidconnects/fresh-',
      '/v3.0/OS-FEDERATION/identity-providers/fresh-',
    ].flatMap((path) => [`${path}00000002`, `${path}00000003`]);
    expect(
      await Promise.all(paths.map(async (path) => (await fetch(origin + path)).status)),
    ).toEqual([200, 404, 200, 404]);
  });

  const what: Record<FaultKind, (outcome: Promise<Response>) => Promise<unknown>> = {
    serverError: async (outcome) => {
      expect((await outcome).status).toBe(503);
    },
    slow: async (outcome) => {
      expect((await outcome).status).toBe(200);
    },
    truncated: async (outcome) => {
      await expect((await outcome).text()).rejects.toThrow('terminated');
    },
    reset: async (outcome) => {
      await expect(outcome).rejects.toThrow('fetch failed');
    },
    hang: async (outcome) => {
      await expect(outcome).rejects.toThrow('aborted');
    },
  };
  it.each(FAULT_KINDS)('misbehaves on order: %s', async (kind) => {
    const before = (await upstream.ask({ faults: { [kind]: 1 } })).faults[kind];
    const caller = new AbortController();
    const outcome = fetch(`${origin}/v1/openidconnects/fresh-00000002`, { signal: caller.signal });
    outcome.catch(() => undefined);
    await vi.waitFor(async () => {
      expect((await upstream.ask({})).faults[kind]).toBe(before + 1);
    });
    if (kind === 'hang') caller.abort();
    await what[kind](outcome);
    await upstream.ask({ faults: {} });
  });
});

describe('the load generator', () => {
  /** Longer than any slice with a problem: that ends at once. */
  const UNTIL_WRONG_S = 60;
  const send = (port: number, seconds = 0.2) =>
    load.ask({ port, pid: process.pid, template, connections: 4, heatSeconds: 0.1, seconds });
  const echo: Script = (socket, { body }) => socket.write(responseText(body));

  it('counts responses, and measures for as long as the order says', async () => {
    const server = await listen(echo);
    onTestFinished(server.close);
    const result = await send(server.port);
    expect(result).toMatchObject({ problem: null, responses: server.requests.length });
    expect(new Set(server.requests.map(({ body }) => body)).size).toBe(server.requests.length);
    expect(server.connections()).toBe(4);
    expect(result.operations).toBeLessThan(result.responses);
    expect(result.seconds).toBeGreaterThanOrEqual(0.2);
    expect(result.p50Ms).toBeLessThanOrEqual(result.p99Ms);
  });

  it('finds the one wrong response', async () => {
    const port = await serving((socket, { body }, count) =>
      socket.write(responseText(count === 30 ? '{"id":"00000000"}' : body)),
    );
    expect((await send(port, UNTIL_WRONG_S)).problem).toMatch(
      /^response \d+ is wrong: not the correct response: {"id":"00000000"}/,
    );
  });

  it('finds a response with another status', async () => {
    const port = await serving((socket, { body }, count) =>
      socket.write(responseText(body, count === 9 ? { status: '503 Service Unavailable' } : {})),
    );
    expect((await send(port, UNTIL_WRONG_S)).problem).toContain('status 503 instead of 200');
  });

  it('notices a connection that is closed', async () => {
    const port = await serving((socket, request, count) => {
      if (count === 20) socket.end();
      else echo(socket, request, count);
    });
    expect((await send(port, UNTIL_WRONG_S)).problem).toBe(
      'a connection broke: the server closed it',
    );
  });

  it('notices that no server listens', async () => {
    // The discard port.
    expect((await send(9)).problem).toContain('a connection broke: connect ECONNREFUSED');
  });
});

describe('a contender', () => {
  const program = (code: string): Contender => ({
    ...BASE,
    start: ({ port }) => ({
      command: process.execPath,
      args: ['-e', code],
      cwd: '.',
      environment: { PORT: String(port) },
    }),
  });
  const ECHO = `require('http').createServer((q, s) => { let b = ''; q.on('data', (c) => { b += c; }).on('end', () => s.end(b)); })`;
  const start = async (code: string, variables: Readonly<Record<string, string>> = {}) => {
    const running = await startContender(program(code), 'http://127.0.0.1:1', template, variables);
    onTestFinished(running.stop);
    return running;
  };

  it('runs from its first correct response until it is stopped', async () => {
    const running = await start(
      `console.log('hello'); setTimeout(() => ${ECHO}.listen(process.env.PORT, '127.0.0.1'), 100)`,
    );
    expect(running.startUpMs).toBeGreaterThan(100);
    expect(running.usage().rssBytes).toBeGreaterThan(0);
    expect(running.output()).toBe('hello\n');
    running.clearOutput();
    expect(running.output()).toBe('');
    expect(running.hasEnded()).toBe(false);
  });

  it('that ends before it responds is not waited for, and its output is reported', async () => {
    await expect(start(`console.error('no such database'); process.exit(3)`)).rejects.toThrow(
      'it ended before it responded:\nno such database',
    );
  });

  it('that ignores SIGTERM is killed', async () => {
    const running = await startContender(
      program(`process.on('SIGTERM', () => 0); ${ECHO}.listen(process.env.PORT, '127.0.0.1')`),
      'http://127.0.0.1:1',
      template,
    );
    await running.stop();
    expect(running.hasEnded()).toBe(true);
  });

  it('has its retained memory told from uncollected memory by full collections', async () => {
    const heap = new HeapWatch();
    onTestFinished(() => {
      heap.stop();
    });
    const megabytes = (count: number) =>
      `Array.from({ length: ${count} }, () => new Array(2 ** 17).fill(0.5))`;
    const { pid, port } = await start(
      `let kept; ${ECHO}.on('request', ({ url }) => { if (url === '/keep') kept = ${megabytes(20)}; if (url === '/waste') ${megabytes(20)}; }).listen(process.env.PORT, '127.0.0.1')`,
      heap.environment,
    );
    const growth = async (path: string) => {
      const before = await heap.collect(pid);
      await fetch(`http://127.0.0.1:${port}${path}`);
      return ((await heap.collect(pid)) - before) / 2 ** 20;
    };
    await growth('/first');
    expect(Math.round((await growth('/waste')) / 5)).toBe(0);
    expect(Math.round((await growth('/keep')) / 5)).toBe(4);
    expect(heap.collections().length).toBeGreaterThanOrEqual(6);
  });

  it('that does not call the upstream once for each operation is not measured', async () => {
    const running = await start(`${ECHO}.listen(process.env.PORT, '127.0.0.1')`);
    const helpers: Helpers = { load, upstream };
    await expect(
      slice(running, template, helpers, { connections: 1, heatSeconds: 0, seconds: 0.05 }),
    ).rejects.toThrow(/^0 calls to the upstream for \d+ operations$/);
  });

  it('that returns a wrong response is not measured', async () => {
    const running = await start(`${ECHO}.listen(process.env.PORT, '127.0.0.1')`);
    const wrong = { ...template, response: { status: 201, body: {} } };
    await expect(
      slice(running, wrong, { load, upstream }, { connections: 1, heatSeconds: 0, seconds: 0.05 }),
    ).rejects.toThrow('response 1 is wrong: status 200 instead of 201');
  });
});

describe('the load of the soak', () => {
  const soak = new HelperProcess<SoakOrder, SoakReport>('soak-load.ts');
  afterAll(() => {
    soak.stop();
  });

  /** Loads a server until this many requests have come. @returns all reports added up */
  const until = async (count: number, script: Script, perSecond: number | null) => {
    const server = await listen(script);
    onTestFinished(server.close);
    await soak.ask({
      load: { port: server.port, templates: [template], connections: 8, perSecond },
    });
    await server.received(count);
    return { server, report: await soak.ask({ load: null }) };
  };

  it('counts the members of unions', async () => {
    const { report } = await until(
      40,
      (socket, _request, count) =>
        socket.write(
          responseText(
            `{"data":{"createThing":{"__typename":"${count % 2 === 0 ? 'Even' : 'Odd'}"}}}`,
          ),
        ),
      200,
    );
    expect(Object.keys(report.responses).toSorted()).toEqual(['Even', 'Odd']);
    expect(report.problems).toEqual([]);
  });

  it('keeps the pace, if there is one', async () => {
    const respond: Script = (socket) =>
      socket.write(responseText('{"data":{"createThing":{"__typename":"Any"}}}'));
    await soak.ask({});
    const { server, report } = await until(20, respond, 100);
    expect(server.requests.length).toBeLessThanOrEqual(100 * report.seconds);
    await until(2_000, respond, null);
  });

  it.each([
    [
      'a response that is not a union member',
      responseText('{"errors":[{"message":"no"}]}'),
      'status 200: {"errors":[{"message":"no"}]}',
    ],
    [
      'another status',
      responseText('busy', { status: '503 Service Unavailable' }),
      'status 503: busy',
    ],
  ])('reports %s', async (_name, text, problem) => {
    const { report } = await until(8, (socket) => socket.write(text), 50);
    expect(report.problems).toEqual([problem]);
  });

  it('counts requests without a response', async () => {
    await soak.ask({});
    const { report } = await until(8, () => undefined, 50);
    expect(report).toMatchObject({ responses: {}, problems: [], p50Ms: Number.NaN, underWay: 8 });
  });

  it('reports a broken connection', async () => {
    const { report } = await until(4, (socket) => socket.end(), 50);
    const later = await soak.ask({});
    expect([...report.problems, ...later.problems]).toContain(
      'a connection broke: the server closed it',
    );
  });
});

describe('a helper process', () => {
  it('that has ended causes an error for its caller', async () => {
    const helper = new HelperProcess<object, object>('no-such-file.ts');
    await expect(helper.ask({})).rejects.toThrow('a process of the benchmark ended');
  });
});
