import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exitOnSignals, startContender } from './contender-process.ts';
import type { RunningContender } from './contender-process.ts';
import { GATEWAY } from './contenders.ts';
import { HeapWatch } from './heap-watch.ts';
import { HelperProcess } from './helper-process.ts';
import { buildGateway } from './install.ts';
import { WrongBehaviour } from './measure.ts';
import { say } from './progress.ts';
import type { RequestTemplate } from './request-template.ts';
import { SCENARIOS } from './scenarios.ts';
import type { SoakOrder, SoakReport } from './soak-load.ts';
import { slope } from './statistics.ts';
import type { Point } from './statistics.ts';
import type { FaultShares } from './upstream-faults.ts';
import type { UpstreamOrder, UpstreamReport } from './upstream.ts';

const USAGE = `Usage: npm run soak -- [--minutes N]

Runs the gateway for a while (10 minutes) at 70% of what it can do, over upstreams that often fail. Tells how its memory
and its open descriptors develop. Fails where the gateway ends, leaves a request without an answer, answers with anything else
than a member of a union, breaks a connection, or keeps descriptors.
`;

/** Share of the capacity that is asked for. */
const SHARE = 0.7;

/** What goes wrong at the upstreams, as shares of the requests. A hang costs the gateway its whole deadline, and a connection. */
const FAULTS: FaultShares = {
  serverError: 0.01,
  slow: 0.01,
  truncated: 0.005,
  reset: 0.005,
  hang: 0.001,
};

/** Short, so that hanging upstreams do not take all places of the gateway. */
const UPSTREAM_TIMEOUT_MS = 2_000;

const WARM_UP_S = 10;
const CAPACITY_S = 5;
const SAMPLE_S = 5;

/** Connections while the capacity is measured, and while it is not used up: some wait for hanging upstreams. */
const CONNECTIONS = { capacity: 64, soak: 256 };

/** Descriptors that may come and go without being a leak. */
const SPARE_DESCRIPTORS = 2;

/** How long the gateway is given to come to rest: idle connections to upstreams are closed after some seconds. */
const REST_S = { quiet: 6, most: 60 };

/** A slope through fewer points would be one by chance. */
const POINTS_OF_A_SLOPE = 5;

/** The parts of a soak, and what went wrong in it so far, in words. */
interface Soak {
  readonly gateway: RunningContender;
  readonly load: HelperProcess<SoakOrder, SoakReport>;
  readonly upstream: HelperProcess<UpstreamOrder, UpstreamReport>;
  readonly heap: HeapWatch;
  readonly faults: Set<string>;
}

/** What the gateway holds while it has nothing to do. */
interface Rest {
  readonly descriptors: number;
  /** After a full collection. */
  readonly heapBytes: number;
}

/** What happened under load. */
interface Course {
  /** How many answers of each member of a union. */
  readonly answers: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Megabytes by minutes since its begin. */
  readonly rss: readonly Point[];
  readonly heap: readonly Point[];
}

/** Requests of every scenario, in turn. */
const templates = SCENARIOS.map((scenario) => GATEWAY.request(scenario)).filter(
  (request): request is RequestTemplate => request !== null,
);

/** Runs the whole soak. @returns what is wrong, in words @throws WrongBehaviour where the gateway ends */
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
      const parts = { gateway, load, upstream, heap, faults: new Set<string>() };
      await run(parts, minutes);
      return parts.faults;
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
  // Before the capacity is measured: a collection that is asked for throws compiled code away too.
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
    `answers: ${Object.entries(course.answers)
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
    parts.faults.add(`${after.descriptors - before.descriptors} descriptors are left over`);
}

/** Has the gateway do as much as it can, every scenario in turn, while the upstreams are well. @returns what happened once it was warm */
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

/** Loads the gateway at a steady pace, while its upstreams fail often. */
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
  const answers: Record<string, number> = {};
  let seconds = 0;
  for (let left = minutes * 60; left > 0; left = (minutes - minutesAt(Date.now())) * 60) {
    await sleep(Math.min(SAMPLE_S, left) * 1000);
    const last = await report(parts, {});
    seconds += last.seconds;
    for (const [member, count] of Object.entries(last.answers))
      answers[member] = (answers[member] ?? 0) + count;
    const { rssBytes, descriptors } = gateway.usage();
    rss.push({ x: minutesAt(Date.now()), y: megabytes(rssBytes) });
    const memory = `RSS ${megabytes(rssBytes).toFixed(0)} MB, heap ${collections().at(-1)?.y.toFixed(0) ?? '?'} MB`;
    say(
      `${rateOf(last).toFixed(0)} operations/s, ${last.underWay} under way, p50 ${last.p50Ms.toFixed(1)} ms, p99 ${last.p99Ms.toFixed(0)} ms; ${memory}, ${descriptors} descriptors`,
    );
  }
  const course = { answers, seconds, rss, heap: collections() };
  await report(parts, { load: null });
  await upstream.ask({ faults: {} });
  return course;
}

/** Waits until there is nothing to do, and the number of descriptors has stayed the same for a while. */
async function rest(parts: Soak): Promise<Rest> {
  const { gateway, heap, faults } = parts;
  let { descriptors } = gateway.usage();
  for (let quiet = 0, total = 0; quiet < REST_S.quiet && total < REST_S.most; total += 1) {
    await sleep(1000);
    const now = gateway.usage().descriptors;
    quiet = now === descriptors ? quiet + 1 : 0;
    descriptors = now;
  }
  // What was under way has been answered meanwhile.
  const { underWay } = await report(parts, {});
  if (underWay > 0) faults.add(`${underWay} requests were not answered`);
  return { descriptors, heapBytes: await heap.collect(gateway.pid) };
}

/** Has the load go on, begin or end. @returns what happened since the last time @throws WrongBehaviour where the gateway has ended */
async function report({ gateway, load, faults }: Soak, order: SoakOrder): Promise<SoakReport> {
  const told = await load.ask(order);
  for (const fault of told.faults) faults.add(fault);
  if (gateway.hasEnded()) throw new WrongBehaviour(`the gateway ended:\n${gateway.output()}`);
  gateway.clearOutput();
  return told;
}

function rateOf({ answers, seconds }: Pick<SoakReport, 'answers' | 'seconds'>): number {
  return Object.values(answers).reduce((sum, count) => sum + count, 0) / seconds;
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
    for (const fault of await soak(minutes)) {
      process.stderr.write(`FAILED: ${fault}\n`);
      process.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof WrongBehaviour)) throw error;
    process.stderr.write(`FAILED: ${error.message}\n`);
    process.exitCode = 1;
  }
}
