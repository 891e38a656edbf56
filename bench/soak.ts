import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exitOnSignals, startContender } from './contender-process.ts';
import type { RunningContender } from './contender-process.ts';
import { GATEWAY } from './contenders.ts';
import { HeapWatch } from './heap-watch.ts';
import { HelperProcess } from './helper-process.ts';
import { buildGateway } from './install.ts';
import { WrongBehavior } from './measure.ts';
import { say } from './progress.ts';
import type { RequestTemplate } from './request-template.ts';
import { SCENARIOS } from './scenarios.ts';
import type { SoakOrder, SoakReport } from './soak-load.ts';
import { slope } from './statistics.ts';
import type { Point } from './statistics.ts';
import type { FaultShares } from './upstream-faults.ts';
import type { UpstreamOrder, UpstreamReport } from './upstream.ts';

const USAGE = `Usage: npm run soak -- [--minutes N]

Runs the gateway for a while (default: 10 minutes) at 70% of its capacity, over upstreams that often fail. Reports how its
memory and its open descriptors develop. Fails if the gateway exits, leaves a request without a response, returns anything
but a union member, breaks a connection, or keeps descriptors.
`;

/** Share of the capacity that the load uses. */
const SHARE = 0.7;

/** Faults of the upstreams, as shares of the requests. A hang costs the gateway its whole deadline, and a connection. */
const FAULTS: FaultShares = {
  serverError: 0.01,
  slow: 0.01,
  truncated: 0.005,
  reset: 0.005,
  hang: 0.001,
};

/** Short, so that hanging upstreams do not take all concurrency slots of the gateway. */
const UPSTREAM_TIMEOUT_MS = 2_000;

const WARM_UP_S = 10;
const CAPACITY_S = 5;
const SAMPLE_S = 5;

/** Connections while the capacity is measured, and during the steady load, when some wait for hanging upstreams. */
const CONNECTIONS = { capacity: 64, soak: 256 };

/** Differences in descriptors up to this number are not a leak. */
const SPARE_DESCRIPTORS = 2;

/** How long the gateway may take to settle: idle connections to upstreams close after some seconds. */
const REST_S = { quiet: 6, most: 60 };

/** A slope through fewer points would be chance. */
const POINTS_OF_A_SLOPE = 5;

/** The parts of a soak, and descriptions of the problems so far. */
interface Soak {
  readonly gateway: RunningContender;
  readonly load: HelperProcess<SoakOrder, SoakReport>;
  readonly upstream: HelperProcess<UpstreamOrder, UpstreamReport>;
  readonly heap: HeapWatch;
  readonly problems: Set<string>;
}

/** Resources of the idle gateway. */
interface Rest {
  readonly descriptors: number;
  /** After a full collection. */
  readonly heapBytes: number;
}

/** Results of the load. */
interface Course {
  /** Responses by union member. */
  readonly responses: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Megabytes by minutes since its start. */
  readonly rss: readonly Point[];
  readonly heap: readonly Point[];
}

/** Requests of every scenario, in turn. */
const templates = SCENARIOS.map((scenario) => GATEWAY.request(scenario)).filter(
  (request): request is RequestTemplate => request !== null,
);

/** Runs the whole soak. @returns descriptions of the problems @throws WrongBehavior if the gateway exits */
async function soak(minutes: number): Promise<ReadonlySet<string>> {
  say('building the gateway …');
  await buildGateway();
  const heap = new HeapWatch();
  const load = new HelperProcess<SoakOrder, SoakReport>('soak-load.ts');
  const upstream = new HelperProcess<UpstreamOrder, UpstreamReport>('upstream.ts');
  try {
    const { port } = await upstream.ask({});
    const [first] = templates;
    if (first === undefined) throw new Error('the gateway takes part in no scenario');
    const gateway = await startContender(GATEWAY, `http://127.0.0.1:${port}`, first, {
      UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS),
      ...heap.environment,
    });
    try {
      const parts = { gateway, load, upstream, heap, problems: new Set<string>() };
      await run(parts, minutes);
      return parts.problems;
    } finally {
      await gateway.stop();
    }
  } finally {
    load.stop();
    upstream.stop();
    heap.stop();
  }
}

async function run(parts: Soak, minutes: number): Promise<void> {
  say('warming up …');
  await fullLoad(parts);
  // Before the capacity is measured: a requested collection discards compiled code too.
  const before = await rest(parts);
  const capacity = rateOf(await fullLoad(parts));
  const perSecond = Math.round(SHARE * capacity);
  say(
    `capacity: ${Math.round(capacity)} operations/s; from now on ${perSecond} for ${minutes} minutes, over failing upstreams`,
  );
  const course = await underLoad(parts, perSecond, minutes);
  const after = await rest(parts);

  const met = Object.entries((await parts.upstream.ask({})).faults).map(
    ([kind, count]) => `${kind} ${count}`,
  );
  say(`the upstreams failed: ${met.join(', ')}`);
  say(`pace: ${rateOf(course).toFixed(0)} of ${perSecond} operations/s`);
  say(
    `responses: ${Object.entries(course.responses)
      .toSorted(([, a], [, b]) => b - a)
      .map(([member, count]) => `${member} ${count}`)
      .join(', ')}`,
  );
  say(
    `memory over the second half: RSS ${slopeOf(course.rss, minutes)}; heap after full collections ${slopeOf(course.heap, minutes)}`,
  );
  say(
    `heap at rest, after a full collection: ${megabytes(before.heapBytes).toFixed(1)} MB before, ${megabytes(after.heapBytes).toFixed(1)} MB after`,
  );
  say(`descriptors at rest: ${before.descriptors} before, ${after.descriptors} after`);
  if (after.descriptors > before.descriptors + SPARE_DESCRIPTORS)
    parts.problems.add(`${after.descriptors - before.descriptors} descriptors are left over`);
}

/** Loads the gateway to its capacity, every scenario in turn, while the upstreams are healthy. @returns the report once it was warm */
async function fullLoad(parts: Soak): Promise<SoakReport> {
  await report(parts, {
    load: {
      port: parts.gateway.port,
      templates,
      connections: CONNECTIONS.capacity,
      perSecond: null,
    },
  });
  await sleep(WARM_UP_S * 1000);
  await report(parts, {});
  await sleep(CAPACITY_S * 1000);
  return report(parts, { load: null });
}

/** Loads the gateway at a steady pace, while its upstreams often fail. */
async function underLoad(parts: Soak, perSecond: number, minutes: number): Promise<Course> {
  const { gateway, load, upstream, heap } = parts;
  await upstream.ask({ faults: FAULTS });
  await load.ask({
    load: { port: gateway.port, templates, connections: CONNECTIONS.soak, perSecond },
  });
  const begun = Date.now();
  const minutesAt = (time: number) => (time - begun) / 60_000;
  const collections = () =>
    heap
      .collections()
      .filter(({ at }) => at >= begun)
      .map(({ at, heapBytes }) => ({ x: minutesAt(at), y: megabytes(heapBytes) }));
  const rss: Point[] = [];
  const responses: Record<string, number> = {};
  let seconds = 0;
  for (let left = minutes * 60; left > 0; left = (minutes - minutesAt(Date.now())) * 60) {
    await sleep(Math.min(SAMPLE_S, left) * 1000);
    const last = await report(parts, {});
    seconds += last.seconds;
    for (const [member, count] of Object.entries(last.responses))
      responses[member] = (responses[member] ?? 0) + count;
    const { rssBytes, descriptors } = gateway.usage();
    rss.push({ x: minutesAt(Date.now()), y: megabytes(rssBytes) });
    const memory = `RSS ${megabytes(rssBytes).toFixed(0)} MB, heap ${collections().at(-1)?.y.toFixed(0) ?? '?'} MB`;
    say(
      `${rateOf(last).toFixed(0)} operations/s, ${last.underWay} under way, p50 ${last.p50Ms.toFixed(1)} ms, p99 ${last.p99Ms.toFixed(0)} ms; ${memory}, ${descriptors} descriptors`,
    );
  }
  const course = { responses, seconds, rss, heap: collections() };
  await report(parts, { load: null });
  await upstream.ask({ faults: {} });
  return course;
}

/** Waits until the gateway is idle, and its number of descriptors has stayed the same for a while. */
async function rest(parts: Soak): Promise<Rest> {
  const { gateway, heap, problems } = parts;
  let { descriptors } = gateway.usage();
  for (let quiet = 0, total = 0; quiet < REST_S.quiet && total < REST_S.most; total += 1) {
    await sleep(1000);
    const now = gateway.usage().descriptors;
    quiet = now === descriptors ? quiet + 1 : 0;
    descriptors = now;
  }
  // The requests in flight have had their responses by now.
  const { underWay } = await report(parts, {});
  if (underWay > 0) problems.add(`${underWay} requests had no response`);
  return { descriptors, heapBytes: await heap.collect(gateway.pid) };
}

/** Continues, starts or stops the load. @returns the report since the last time @throws WrongBehavior if the gateway has exited */
async function report({ gateway, load, problems }: Soak, order: SoakOrder): Promise<SoakReport> {
  const told = await load.ask(order);
  for (const problem of told.problems) problems.add(problem);
  if (gateway.hasEnded()) throw new WrongBehavior(`the gateway ended:\n${gateway.output()}`);
  gateway.clearOutput();
  return told;
}

function rateOf({ responses, seconds }: Pick<SoakReport, 'responses' | 'seconds'>): number {
  return Object.values(responses).reduce((sum, count) => sum + count, 0) / seconds;
}

function megabytes(bytes: number): number {
  return bytes / 2 ** 20;
}

/** The slope over the second half: the first one still fills caches. */
function slopeOf(points: readonly Point[], minutes: number): string {
  const half = points.filter(({ x }) => x >= minutes / 2);
  return half.length < POINTS_OF_A_SLOPE
    ? `unknown (${half.length} points)`
    : `${slope(half).toFixed(2)} MB/minute (${half.length} points)`;
}

exitOnSignals();
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const minutes = Number(values.minutes);
if (values.help) {
  process.stdout.write(USAGE);
} else if (!(minutes > 0)) {
  process.stderr.write('--minutes must be a number greater than zero\n');
  process.exitCode = 1;
} else {
  try {
    for (const problem of await soak(minutes)) {
      process.stderr.write(`FAILED: ${problem}\n`);
      process.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof WrongBehavior)) throw error;
    process.stderr.write(`FAILED: ${error.message}\n`);
    process.exitCode = 1;
  }
}
