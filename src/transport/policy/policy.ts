import { performance } from 'node:perf_hooks';
import { TransportFailure } from '../http/http.ts';
import type { Outcome } from '../http/http.ts';
import { Semaphore } from '../waiting/semaphore.ts';
import type { Patience } from '../waiting/time-limit.ts';
import { Breaker, NOTHING, verdictOn } from './breaker.ts';
import type { BreakerEvent } from './breaker.ts';
import { share } from './options.ts';
import type { PolicyOptions } from './options.ts';
import { Pace } from './pace.ts';
import { Refusal } from './refusal.ts';
import { TimeLeft } from './time-left.ts';

/** Slots for reading back writes whose response was lost. They are apart, so that no read waits behind the writes. */
const MAX_READ_BACKS = 16;

/** A call that asks to be sent. */
export interface PolicyCall extends Patience {
  /** The key of the caller. Never shown or logged. */
  readonly caller: string;
  /** Reading back has slots of its own, and is not refused if the upstream does not seem to respond. */
  readonly lane?: 'READ_BACK' | undefined;
}

/** The state of a policy, for metrics and tests. */
export interface PolicyState {
  readonly running: number;
  readonly waiting: number;
  readonly readBacks: number;
  readonly breaker: Breaker['state'];
}

/** Composes the policies for every attempt to reach an upstream. `Repeats` decides about further attempts. */
export class Policy {
  readonly #maxCalls: number;
  readonly #slots: Semaphore;
  readonly #readBacks: Semaphore;
  readonly #pace: Pace;
  readonly #timeLeft = new TimeLeft();
  readonly #breaker: Breaker;
  /** Calls that were sent and have not ended: each adds a sample of the latency. */
  #underWay = 0;

  /**
   * @param options the share of this process
   * @param processes how many processes share the limits of the upstream
   * @param maxCalls calls of the upstream that may be under way, whatever its own limits say
   */
  constructor(
    options: PolicyOptions,
    {
      processes = 1,
      maxCalls = Infinity,
      onEvent,
      random,
    }: {
      readonly processes?: number;
      readonly maxCalls?: number;
      readonly onEvent: (event: BreakerEvent) => void;
      readonly random?: () => number;
    },
  ) {
    this.#maxCalls = Math.min(options.maxInFlight + options.maxWaiting, maxCalls);
    this.#slots = new Semaphore(options.maxInFlight);
    this.#readBacks = new Semaphore(share(MAX_READ_BACKS, processes));
    this.#pace = new Pace(options.maxPerSecond);
    this.#breaker = new Breaker(options.breakerFailures, onEvent, random);
  }

  /** How many calls may be under way, whatever they wait for. */
  get maxCalls(): number {
    return this.#maxCalls;
  }

  get state(): PolicyState {
    return {
      running: this.#slots.running,
      waiting: this.#slots.waiting,
      readBacks: this.#readBacks.running,
      breaker: this.#breaker.state,
    };
  }

  /**
   * Whether there is room for one more call, whatever calls wait for: a slot, credentials, a repeat or reading back. An
   * upstream that hangs holds no more of the gateway's requests than that.
   * @param underWay the calls that have begun and not ended
   */
  refusal(underWay: number): Refusal | null {
    return underWay >= this.#maxCalls ? new Refusal('QUEUE_FULL') : null;
  }

  /**
   * Makes one attempt when the policies allow.
   * @param send sends the request once
   * @returns its outcome, or why it was not sent
   */
  attempt(call: PolicyCall, send: () => Promise<Outcome>): Promise<Outcome> {
    return call.lane === 'READ_BACK'
      ? this.#readBack(call, send)
      : this.hold(call, () => this.observe(call, send));
  }

  /**
   * Holds a slot for several requests that belong together. Each of them goes through `observe`, all but one through `paced`.
   * @param work sends them
   * @returns the outcome of the last one, or why none was sent
   */
  async hold(call: PolicyCall, work: () => Promise<Outcome>): Promise<Outcome> {
    const paused = this.#breaker.refusal();
    if (paused !== null) return paused;
    const entered = this.#slots.enter(call);
    const gaveUp = entered === null ? null : await entered;
    if (gaveUp !== null) return new TransportFailure(gaveUp, false, null);
    try {
      const refused =
        this.#breaker.refusal() ??
        this.#timeLeft.refusal(call.deadline, this.#pace.next(), this.#underWay);
      return refused ?? (await this.#letGo(call, work));
    } finally {
      this.#slots.leave();
    }
  }

  async #letGo(call: PolicyCall, work: () => Promise<Outcome>): Promise<Outcome> {
    this.#underWay += 1;
    try {
      const paced = this.#pace.wait(call);
      if (paced !== null) {
        const late = (await paced) ?? this.#breaker.refusal();
        if (late !== null) return late;
      }
      this.#breaker.start(call, performance.now());
      return await work();
    } finally {
      this.#breaker.end(NOTHING, call);
      this.#underWay -= 1;
    }
  }

  /** Whether it is too late for another request on a held slot. @returns why it must not be sent, null if it may */
  lateness({ deadline }: PolicyCall): Refusal | null {
    return this.#timeLeft.refusal(deadline, performance.now(), this.#underWay - 1);
  }

  /** Sends a request on a held slot, within the pace. */
  async paced(call: PolicyCall, send: () => Promise<Outcome>): Promise<Outcome> {
    const paced = this.#pace.wait(call);
    return (paced === null ? null : await paced) ?? (await this.observe(call, send));
  }

  /** Sends a request on a held slot, and learns from its outcome whether the upstream responds. */
  async observe(call: PolicyCall, send: () => Promise<Outcome>): Promise<Outcome> {
    const began = performance.now();
    let outcome: Outcome | null = null;
    try {
      outcome = await send();
      return outcome;
    } finally {
      const now = performance.now();
      const verdict = verdictOn(outcome);
      if (this.#timeLeft.learn(verdict, now - began, now)) this.#breaker.end(verdict, call, now);
      else this.#breaker.end(NOTHING, call, now);
    }
  }

  async #readBack(call: PolicyCall, send: () => Promise<Outcome>): Promise<Outcome> {
    const gaveUp = await this.#readBacks.enter(call);
    if (gaveUp !== null) return new TransportFailure(gaveUp, false, null);
    try {
      return (await this.#pace.wait(call)) ?? (await send());
    } finally {
      this.#readBacks.leave();
    }
  }
}
