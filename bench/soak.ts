import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { exitOnSignals, startContender } from './contender-process.ts';
import type { RunningContender } from './contender-process.ts';
import { GATEWAY } from './contenders.ts';
import { HelperProcess } from './helper-process.ts';
import { buildGateway } from './install.ts';
import { say } from './progress.ts';
import type { RequestTemplate } from './request-template.ts';
import { SCENARIOS } from './scenarios.ts';
import type { SoakOrder, SoakReport } from './soak-load.ts';
import { slope } from './statistics.ts';
import type { FaultShares } from './upstream-faults.ts';
import type { UpstreamOrder, UpstreamReport } from './upstream.ts';

const USAGE = `Usage: npm run soak -- [--minutes N]

Runs the gateway for a while (10 minutes) at 70% of what it can do, over upstreams that often fail. Tells how its memory
and its open descriptors develop. Fails where the gateway ends, answers with anything else than a member of a union, breaks a
connection, or keeps descriptors.
`;

/** Share of the capacity that is asked for. */
const SHARE = 0.7;

/** What goes wrong at the upstreams, as shares of the requests. A hang costs the gateway its whole deadline, and a connection. */
const FAULTS: FaultShares = { serverError: 0.01, slow: 0.01, truncated: 0.005, reset: 0.005, hang: 0.001 };

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

interface Sample {
  readonly minutes: number;
  readonly rssMb: number;
  /** After the last full collection; NaN before the first. */
  readonly heapMb: number;
}

interface Soak {
  readonly gateway: RunningContender;
  readonly load: HelperProcess<SoakOrder, SoakReport>;
  readonly upstream: HelperProcess<UpstreamOrder, UpstreamReport>;
  readonly heapFile: string;
}

/** Requests of every scenario, in turn. */
const templates = SCENARIOS.map((scenario) => GATEWAY.request(scenario)).filter((request): request is RequestTemplate => request !== null);

/** Runs the whole soak. @returns what is wrong, in words */
async function soak(minutes: number): Promise<string[]> {
  say('building the gateway …');
  await buildGateway();
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  const heapFile = join(folder, 'heap');
  const load = new HelperProcess<SoakOrder, SoakReport>('soak-load.ts');
  const upstream = new HelperProcess<UpstreamOrder, UpstreamReport>('upstream.ts');
  try {
    const { port } = await upstream.ask({});
    const [first] = templates;
    if (first === undefined) throw new Error('the gateway takes part in no scenario');
    const preload = `--import ${new URL('report-heap.mjs', import.meta.url).href}`;
    const gateway = await startContender(GATEWAY, `http://127.0.0.1:${port}`, first, { UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS), NODE_OPTIONS: preload, HEAP_FILE: heapFile });
    try {
      return await run({ gateway, load, upstream, heapFile }, minutes);
    } finally {
      await gateway.stop();
    }
  } finally {
    load.stop();
    upstream.stop();
    rmSync(folder, { recursive: true });
  }
}

async function run(parts: Soak, minutes: number): Promise<string[]> {
  const { gateway, load, upstream } = parts;
  const perSecond = Math.round(SHARE * (await measureCapacity(parts)));
  const descriptorsBefore = await descriptorsAtRest(parts);
  say(`at rest: ${descriptorsBefore} descriptors; from now on ${perSecond} operations/s for ${minutes} minutes, over failing upstreams`);

  await upstream.ask({ faults: FAULTS });
  await load.ask({ load: { port: gateway.port, templates, connections: CONNECTIONS.soak, perSecond } });
  const samples: Sample[] = [];
  const faults = new Set<string>();
  const totals = new Map<string, number>();
  while (samples.length * SAMPLE_S < minutes * 60) {
    await sleep(SAMPLE_S * 1000);
    if (gateway.hasEnded()) return [`the gateway ended:\n${gateway.output()}`];
    const report = await load.ask({});
    for (const [kind, count] of Object.entries(report.answers)) totals.set(kind, (totals.get(kind) ?? 0) + count);
    for (const fault of report.faults) faults.add(fault);
    samples.push(takeSample(parts, ((samples.length + 1) * SAMPLE_S) / 60, report));
  }

  await load.ask({ load: null });
  await upstream.ask({ faults: {} });
  const descriptorsAfter = await descriptorsAtRest(parts);
  const met = Object.entries((await upstream.ask({})).faults).map(([kind, count]) => `${kind} ${count}`);
  say(`the upstreams failed: ${met.join(', ')}`);
  const pace = [...totals.values()].reduce((sum, count) => sum + count, 0) / (samples.length * SAMPLE_S);
  say(`pace: ${pace.toFixed(0)} of ${perSecond} operations/s`);
  say(`answers: ${[...totals].toSorted(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  say(`memory over the second half: RSS ${slopeOf(samples, 'rssMb')}, heap after full collections ${slopeOf(samples, 'heapMb')}`);
  say(`descriptors at rest: ${descriptorsBefore} before, ${descriptorsAfter} after`);
  if (descriptorsAfter > descriptorsBefore + SPARE_DESCRIPTORS) faults.add(`${descriptorsAfter - descriptorsBefore} descriptors are left over`);
  return [...faults];
}

/** Operations per second that the gateway can do, every scenario in turn, while the upstreams are well. */
async function measureCapacity({ gateway, load }: Soak): Promise<number> {
  say('warming up …');
  await load.ask({ load: { port: gateway.port, templates, connections: CONNECTIONS.capacity, perSecond: null } });
  await sleep(WARM_UP_S * 1000);
  await load.ask({});
  await sleep(CAPACITY_S * 1000);
  const { answers, seconds } = await load.ask({ load: null });
  const perSecond = Object.values(answers).reduce((sum, count) => sum + count, 0) / seconds;
  say(`capacity: ${Math.round(perSecond)} operations/s`);
  return perSecond;
}

/** Open descriptors when there is nothing to do, and their number has stayed the same for a while. */
async function descriptorsAtRest({ gateway, load }: Soak): Promise<number> {
  let descriptors = gateway.usage().descriptors;
  for (let quiet = 0, total = 0; quiet < REST_S.quiet && total < REST_S.most; total += 1) {
    await sleep(1000);
    const now = gateway.usage().descriptors;
    quiet = now === descriptors ? quiet + 1 : 0;
    descriptors = now;
  }
  // What was under way has been answered meanwhile.
  await load.ask({});
  return descriptors;
}

function takeSample({ gateway, heapFile }: Soak, minutes: number, { answers, seconds, p50Ms, p99Ms, underWay }: SoakReport): Sample {
  gateway.clearOutput();
  const { rssBytes, descriptors } = gateway.usage();
  const sample = { minutes, rssMb: rssBytes / 2 ** 20, heapMb: heapMb(heapFile) };
  const rate = Object.values(answers).reduce((sum, count) => sum + count, 0) / seconds;
  say(`${rate.toFixed(0)} operations/s, ${underWay} under way, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(0)} ms; RSS ${sample.rssMb.toFixed(0)} MB, heap ${sample.heapMb.toFixed(0)} MB, ${descriptors} descriptors`);
  return sample;
}

function heapMb(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8')) / 2 ** 20;
  } catch {
    return Number.NaN;
  }
}

function slopeOf(samples: readonly Sample[], of: 'rssMb' | 'heapMb'): string {
  const half = samples.slice(Math.floor(samples.length / 2)).filter((sample) => !Number.isNaN(sample[of]));
  return `${slope(half.map(({ minutes, [of]: y }) => ({ x: minutes, y }))).toFixed(2)} MB/minute`;
}

exitOnSignals();
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, help: { type: 'boolean', short: 'h', default: false } } });
const minutes = Number(values.minutes);
if (values.help) {
  process.stdout.write(USAGE);
} else if (!(minutes > 0)) {
  process.stderr.write('--minutes must be a number greater than zero\n');
  process.exitCode = 1;
} else {
  const faults = await soak(minutes);
  for (const fault of faults) process.stderr.write(`FAILED: ${fault}\n`);
  if (faults.length > 0) process.exitCode = 1;
}
