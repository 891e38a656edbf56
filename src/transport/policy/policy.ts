import { performance } from 'node:perf_hooks';
import { TransportFailure } from '../http.ts';
import type { Outcome } from '../http.ts';
import { Breaker } from './breaker.ts';
import type { BreakerEvent, Verdict } from './breaker.ts';
import { Concurrency } from './concurrency.ts';
import type { Patience } from './concurrency.ts';
import { Latency } from './latency.ts';
import { Pace } from './pace.ts';
import { Refusal } from './refusal.ts';

/** How hard an upstream may be pushed. */
export interface PolicyOptions {
  /** Requests on the way at the same time; more wait for their turn. */
  readonly maxInFlight: number;
  /** Calls that wait at most, beside those on the way; more are refused. */
  readonly maxWaiting: number;
  /** Requests that may start within a second; null for no limit. */
  readonly maxPerSecond: number | null;
  /** Timeouts and connection failures in a row after which calls are paused; 0: they never are. */
  readonly breakerFailures: number;
}

/** Reads of writes whose response was lost: they have slots of their own, so that they do not wait behind the writes. */
const MAX_READ_BACKS = 16;

/**
 * What each of several processes may do, so that all of them together keep to the limits. In whole numbers: at a fraction
 * of a rate, each would still start its first request at once, and all might in the same second. What the division
 * leaves over is not used. Who waits is no load for the upstream, so that is rounded up; each process sees for itself
 * whether the upstream responds.
 */
export function shareOf(
  { maxInFlight, maxWaiting, maxPerSecond, ...options }: PolicyOptions,
  processes: number,
): PolicyOptions {
  return {
    ...options,
    maxInFlight: share(maxInFlight, processes),
    maxWaiting: Math.ceil(maxWaiting / processes),
    maxPerSecond: maxPerSecond === null ? null : share(maxPerSecond, processes),
  };
}

function share(limit: number, processes: number): number {
  return Math.max(1, Math.floor(limit / processes));
}

/** An attempt that asks for its turn. */
export interface PolicyCall extends Patience {
  /** Whose call it is: nothing that is shown or logged. */
  readonly caller: string;
  /** Reading back has slots of its own, and goes also when the upstream does not seem to respond. */
  readonly lane?: 'READ_BACK' | undefined;
}

/** A timed-out attempt counts as this part of its time: otherwise calls with all their time before them would be refused, because others with all of theirs timed out. */
const TIMED_OUT_PART = 0.9;

/** What there is to see of a policy. */
export interface PolicyState {
  readonly running: number;
  readonly waiting: number;
  readonly readBacks: number;
  readonly breaker: Breaker['state'];
}

/**
 * What holds for every attempt to reach an upstream: how many at a time, how fast, and whether it makes sense at all. When
 * to try again is for `Repeats` to say.
 */
export class Policy {
  readonly #maxCalls: number;
  readonly #concurrency: Concurrency;
  readonly #readBacks: Concurrency;
  readonly #pace: Pace;
  readonly #latency = new Latency();
  readonly #breaker: Breaker;
  /** The call that is tried while the breaker is open, null if none is. */
  #trial: PolicyCall | null = null;
  /** Calls that were let go and have not ended: each brings a sample of the latency. */
  #onTheWay = 0;

  /**
   * @param processes how many processes share the limits of the upstream; `options` are the share of this one
   * @param maxCalls calls of the upstream that may be under way, whatever its own limits say
   */
  constructor(
    options: PolicyOptions,
    {
      processes = 1,
      maxCalls = Infinity,
      onBreaker,
      random,
    }: {
      readonly processes?: number;
      readonly maxCalls?: number;
      readonly onBreaker: (event: BreakerEvent) => void;
      readonly random?: () => number;
    },
  ) {
    this.#maxCalls = Math.min(options.maxInFlight + options.maxWaiting, maxCalls);
    this.#concurrency = new Concurrency(options.maxInFlight);
    this.#readBacks = new Concurrency(share(MAX_READ_BACKS, processes));
    this.#pace = new Pace(options.maxPerSecond);
    this.#breaker = new Breaker(options.breakerFailures, onBreaker, random);
  }

  get state(): PolicyState {
    return {
      running: this.#concurrency.running,
      waiting: this.#concurrency.waiting,
      readBacks: this.#readBacks.running,
      breaker: this.#breaker.state,
    };
  }

  /**
   * Whether there is room for one more call, whatever it is that calls wait for: their turn, credentials, a repeat or
   * reading back. So one upstream that hangs holds no more of the gateway's requests than that.
   * @param underWay the calls that have begun and not ended
   */
  refusal(underWay: number): Refusal | null {
    return underWay >= this.#maxCalls ? new Refusal('QUEUE_FULL') : null;
  }

  /**
   * Makes one attempt when its turn has come.
   * @param send sends the request once
   * @returns what became of it, or of waiting in vain
   */
  attempt(call: PolicyCall, send: () => Promise<Outcome>): Promise<Outcome> {
    return call.lane === 'READ_BACK'
      ? this.#readBack(call, send)
      : this.hold(call, () => this.observe(call, send));
  }

  /**
   * Holds a slot for several requests that belong together. Each of them goes through `observe`, all but one through `paced`.
   * @param work sends them when their turn has come
   * @returns what became of the last one, or of waiting in vain
   */
  async hold(call: PolicyCall, work: () => Promise<Outcome>): Promise<Outcome> {
    const paused = this.#breaker.refusal();
    if (paused !== null) return paused;
    const entered = this.#concurrency.enter(call);
    const waited = entered === null ? null : await entered;
    if (waited !== null) return waited;
    try {
      const refused =
        this.#breaker.refusal() ?? this.#tooLate(call, this.#pace.next(), this.#onTheWay);
      return refused ?? (await this.#letGo(call, work));
    } finally {
      this.#concurrency.leave();
    }
  }

  async #letGo(call: PolicyCall, work: () => Promise<Outcome>): Promise<Outcome> {
    this.#onTheWay += 1;
    try {
      const paced = this.#pace.wait(call);
      if (paced !== null) {
        const late = (await paced) ?? this.#breaker.refusal();
        if (late !== null) return late;
      }
      if (this.#breaker.start(call.caller, call.deadline, performance.now())) this.#trial = call;
      return await work();
    } finally {
      this.#settle(call, NOTHING);
      this.#onTheWay -= 1;
    }
  }

  /** Whether it is too late by now for another request on a slot that is held. @returns why it must not be sent, null if it may */
  lateness(call: PolicyCall): Refusal | null {
    return this.#tooLate(call, performance.now(), this.#onTheWay - 1);
  }

  /** Sends a request on a slot that is held, within the pace. */
  async paced(call: PolicyCall, send: () => Promise<Outcome>): Promise<Outcome> {
    const paced = this.#pace.wait(call);
    return (paced === null ? null : await paced) ?? (await this.observe(call, send));
  }

  /** Sends a request on a slot that is held, and sees from what becomes of it how the upstream does. */
  async observe(call: PolicyCall, send: () => Promise<Outcome>): Promise<Outcome> {
    const began = performance.now();
    let outcome: Outcome | null = null;
    try {
      outcome = await send();
      return outcome;
    } finally {
      const now = performance.now();
      this.#settle(call, this.#judge(outcome, now - began, now), now);
    }
  }

  /** Tells the breaker how a request of a call has ended, or that the call has ended. */
  #settle(call: PolicyCall, verdict: Verdict, now = performance.now()): void {
    const tried = this.#trial === call;
    if (verdict === NOTHING && !tried) return;
    if (tried) this.#trial = null;
    this.#breaker.end(verdict, call.caller, tried, now);
  }

  async #readBack(call: PolicyCall, send: () => Promise<Outcome>): Promise<Outcome> {
    const waited = await this.#readBacks.enter(call);
    if (waited !== null) return waited;
    try {
      return (await this.#pace.wait(call)) ?? (await send());
    } finally {
      this.#readBacks.leave();
    }
  }

  /**
   * Sent with less time than the upstream mostly takes, a write would only become one of unknown outcome. If nothing is
   * on the way, one such call goes all the same: otherwise nobody would see that the upstream is faster now.
   */
  #tooLate({ deadline }: PolicyCall, start: number, others: number): Refusal | null {
    return others > 0 && this.#latency.isOver(deadline - start, start)
      ? new Refusal('TOO_LATE')
      : null;
  }

  /** What the end of an attempt says of the upstream; null: it was not made. Whatever came from there, it responds. */
  #judge(outcome: Outcome | null, tookMs: number, now: number): Verdict {
    const reason = outcome instanceof TransportFailure ? outcome.reason : null;
    if (outcome === null || reason === 'CANCELLED' || reason === 'CLOSED') return NOTHING;
    if (reason === 'CONNECTION_LOST' || reason === 'TLS_FAILED') return { kind: 'FAILED', reason };
    if (reason !== 'TIMEOUT') {
      this.#latency.add(tookMs, now);
      return RESPONDED;
    }
    // It had less time than most take: waiting had used it up.
    if (this.#latency.isOver(tookMs, now)) return NOTHING;
    this.#latency.add(tookMs * TIMED_OUT_PART, now);
    return { kind: 'FAILED', reason };
  }
}

const NOTHING: Verdict = { kind: 'NOTHING' };
const RESPONDED: Verdict = { kind: 'RESPONDED' };
