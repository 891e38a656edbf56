import { setTimeout as sleep } from 'node:timers/promises';
import { Caller } from './caller.ts';
import type { Company } from './caller.ts';
import { Pending } from './exchange.ts';
import type { Scene } from './exchange.ts';
import { drawFault } from './faults.ts';
import { Gateway } from './gateway.ts';
import { UPSTREAMS } from './history.ts';
import type { BlackHole, Call, History, UpstreamName } from './history.ts';
import { huawei } from './huawei.ts';
import { Ledger } from './ledger.ts';
import { LogReader } from './log-reader.ts';
import { ordercloud } from './ordercloud.ts';
import { Random } from './random.ts';
import { FakeUpstream } from './upstream.ts';

export interface StormOptions {
  readonly minutes: number;
  readonly seed: string;
  /** The program, such as `dist/main.js`. */
  readonly main: string;
  /** Processes that serve, null to change it with each start. */
  readonly workers: number | null;
  readonly say: (text: string) => void;
}

/** Shorter than in production, so that more happens in the same time. */
const UPSTREAM_TIMEOUT_MS = 3_000;

const CALLERS = { count: 24, pauseMs: 450 };

const FAULT_SHARES = { writes: 0.35, reads: 0.12 };

/** A black hole, and the calls that come at a steady pace meanwhile, whatever becomes of the ones before. */
const DARK = { seconds: 15, perSecond: 20 };

/** Between two events, in seconds. */
const QUIET = { least: 5, most: 12 };

/** What happens to the gateway and to whole upstreams, in turn; most of it within the first minute. */
const EVENTS = [
  'SIGKILL',
  'SIGHUP',
  'SIGKILL of a worker',
  'refused',
  'black hole',
  'SIGTERM',
  'SIGKILL',
  'refused',
  'black hole',
  'SIGKILL of a worker',
] as const;

type EventName = (typeof EVENTS)[number];

/** Everything that takes part. */
class Storm {
  readonly #options: StormOptions;
  readonly #random: Random;
  readonly #ledger = new Ledger();
  readonly #pending = new Pending();
  readonly #log = new LogReader();
  readonly #upstreams: Readonly<Record<UpstreamName, FakeUpstream>>;
  readonly #calls: Call[] = [];
  readonly #leakyResponses: string[] = [];
  readonly #blackHoles: BlackHole[] = [];
  readonly #incidents: Record<string, number> = {};
  readonly #extras: Promise<void>[] = [];
  #company: Company | null = null;
  #gateway: Gateway | null = null;

  constructor(options: StormOptions) {
    this.#options = options;
    this.#random = new Random(`${options.seed}/storm`);
    const scene = { ledger: this.#ledger, pending: this.#pending, timeoutMs: UPSTREAM_TIMEOUT_MS };
    const upstream = (name: UpstreamName, model: Scene['model']) =>
      new FakeUpstream(name, { ...scene, model }, `${options.seed}/${name}`, (request, random) =>
        drawFault(FAULT_SHARES, request, random),
      );
    this.#upstreams = {
      ORDERCLOUD: upstream('ORDERCLOUD', ordercloud),
      HUAWEI_IAM: upstream('HUAWEI_IAM', huawei),
    };
  }

  async run(): Promise<History> {
    const { minutes, seed, main } = this.#options;
    for (const name of UPSTREAMS) await this.#upstreams[name].open();
    const gateway = new Gateway(
      main,
      {
        HOST: '127.0.0.1',
        PORT: '0',
        ORDERCLOUD_API_URL: `${this.#upstreams.ORDERCLOUD.origin}/v1`,
        HUAWEI_IAM_URL: this.#upstreams.HUAWEI_IAM.origin,
        UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS),
        LIMIT_OPERATIONS_PER_MINUTE: '1000000',
      },
      this.#log,
    );
    this.#gateway = gateway;
    await gateway.start(this.#workers());
    const company = {
      seed,
      ledger: this.#ledger,
      url: () => gateway.url,
      calls: this.#calls,
      leakyResponses: this.#leakyResponses,
    };
    this.#company = company;
    const callers = Array.from(
      { length: CALLERS.count },
      (_, index) => new Caller(index + 1, company),
    );
    const until = this.#ledger.now() + minutes * 60_000;
    let isOver = false;
    const work = callers.map((caller) => caller.work(CALLERS.pauseMs, () => isOver));
    for (let turn = 0; this.#ledger.now() < until; turn += 1) {
      await sleep(
        Math.min(
          this.#random.between(QUIET.least, QUIET.most) * 1000,
          Math.max(0, until - this.#ledger.now()),
        ),
      );
      if (this.#ledger.now() < until)
        await this.#event(EVENTS[turn % EVENTS.length] ?? 'SIGTERM', gateway, turn);
    }
    isOver = true;
    this.#options.say('the callers stop …');
    await Promise.all([...work, ...this.#extras]);
    // What is applied late counts too.
    while (this.#pending.count > 0) await sleep(100);
    await gateway.stop();
    for (const caller of callers) caller.close();
    for (const name of UPSTREAMS) await this.#upstreams[name].shut();
    return {
      requests: this.#ledger.requests,
      applications: this.#ledger.applications,
      calls: this.#calls,
      blackHoles: this.#blackHoles,
      log: this.#log.summary(),
      leakyResponses: this.#leakyResponses,
      accidents: gateway.accidents,
      incidents: this.#incidents,
      timeoutMs: UPSTREAM_TIMEOUT_MS,
    };
  }

  /** Ends what was started, also if the storm failed. */
  async close(): Promise<void> {
    await this.#gateway?.kill();
    for (const name of UPSTREAMS) await this.#upstreams[name].shut();
  }

  async #event(name: EventName, gateway: Gateway, turn: number): Promise<void> {
    const worker = name === 'SIGKILL of a worker' || name === 'SIGHUP';
    // Only a gateway with workers survives these.
    const event = worker && !gateway.hasWorkers() ? 'SIGTERM' : name;
    this.#incidents[event] = (this.#incidents[event] ?? 0) + 1;
    this.#options.say(`${event}; ${this.#calls.length} writes so far`);
    switch (event) {
      case 'SIGTERM':
        await gateway.stop();
        return gateway.start(this.#workers());
      case 'SIGKILL':
        await gateway.kill();
        return gateway.start(this.#workers());
      case 'SIGKILL of a worker':
        return gateway.killWorker((pids) => this.#random.pick(pids));
      case 'SIGHUP':
        return gateway.reload();
      case 'refused':
        return this.#refuse(this.#random.pick(UPSTREAMS));
      case 'black hole':
        return this.#blackHole(this.#random.pick(UPSTREAMS), turn);
    }
  }

  async #refuse(name: UpstreamName): Promise<void> {
    await this.#upstreams[name].shut();
    await sleep(this.#random.between(300, 2_000));
    await this.#upstreams[name].open();
  }

  async #blackHole(name: UpstreamName, turn: number): Promise<void> {
    const upstream = this.#upstreams[name];
    const from = this.#ledger.now();
    upstream.goDark(true);
    for (let count = 0; count < DARK.seconds * DARK.perSecond; count += 1) {
      await sleep(Math.max(0, from + (count * 1000) / DARK.perSecond - this.#ledger.now()));
      if (this.#company === null) continue;
      const caller = new Caller(1_000 * (turn + 1) + count, this.#company);
      this.#extras.push(
        caller.once(name).then(() => {
          caller.close();
        }),
      );
    }
    upstream.goDark(false);
    this.#blackHoles.push({ upstream: name, from, to: this.#ledger.now() });
    // Until what hangs has come to its end.
    await sleep(UPSTREAM_TIMEOUT_MS);
  }

  #workers(): number {
    return this.#options.workers ?? this.#random.pick([1, 2, 2, 3]);
  }
}

/** Runs a storm. @returns everything that happened */
export async function runStorm(options: StormOptions): Promise<History> {
  const storm = new Storm(options);
  try {
    return await storm.run();
  } finally {
    await storm.close();
  }
}
