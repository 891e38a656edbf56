import type {
  Application,
  AuditCount,
  BlackHole,
  Call,
  History,
  UpstreamRequest,
} from './history.ts';
import { Relations } from './relations.ts';

/* Histories that never happened, for tests of what judges them. */

/** An event: a request that arrives, or a change that it makes; ticks count up from event to event. */
export class Forgery {
  readonly #requests: UpstreamRequest[] = [];
  readonly #applications: Application[] = [];
  readonly #calls: Call[] = [];
  readonly #audits = new Map<string, AuditCount>();
  #tick = 0;

  /** A request of the call with this name arrives. */
  request(
    trace: string,
    method: string,
    path: string,
    facts: Partial<UpstreamRequest> = {},
  ): UpstreamRequest {
    const request: UpstreamRequest = {
      number: this.#requests.length,
      tick: (this.#tick += 1),
      at: 0,
      upstream: 'ORDERCLOUD',
      method,
      path,
      connection: 1,
      trace,
      isWrite: method !== 'GET',
      bodyHash: null,
      fault: null,
      status: null,
      truth: 'kept',
      isRefusal: false,
      seen: null,
      ...facts,
    };
    this.#requests.push(request);
    return request;
  }

  /** A read with a true response. */
  read(trace: string, key: string, facts: Partial<UpstreamRequest> = {}): void {
    const request = this.request(trace, 'GET', `/${key}`, { truth: 'told', ...facts });
    request.seen = { key, version: this.#latest(key), tick: (this.#tick += 1) };
  }

  /** A request changes an object. @returns the version */
  apply(
    { number, trace, method }: UpstreamRequest,
    key: string,
    facts: Partial<Application> = {},
  ): number {
    const version = this.#applications.length + 1;
    const isDelete = method === 'DELETE';
    this.#applications.push({
      version,
      tick: (this.#tick += 1),
      request: number,
      trace,
      key,
      digest: isDelete ? null : `content-${version}`,
      marker: isDelete ? null : `mark-of-${trace ?? ''}`,
      kind: isDelete ? 'delete' : this.#latest(key) === 0 ? 'create' : 'update',
      previous: this.#latest(key),
      isLate: false,
      isCascade: false,
      ...facts,
    });
    return version;
  }

  /** A write that arrives and is applied at once. @returns the version */
  write(trace: string, method: string, key: string, facts: Partial<UpstreamRequest> = {}): number {
    return this.apply(this.request(trace, method, `/${key}`, facts), key);
  }

  /** The call with this name ends. */
  end(trace: string, facts: Partial<Call> = {}): void {
    const key = facts.key ?? 'oc/a';
    this.#calls.push({
      id: `id-of-${trace}`,
      trace,
      mutation: 'saveOpenIdConnect',
      upstream: 'ORDERCLOUD',
      key,
      resultKey: key,
      marker: `mark-of-${trace}`,
      expectedVersion: null,
      begunAt: 0,
      endedAt: 10,
      endedTick: (this.#tick += 1),
      result: 'success',
      code: null,
      warnings: [],
      returned: null,
      steps: [],
      ...facts,
    });
  }

  audit(trace: string, count: AuditCount): void {
    this.#audits.set(`id-of-${trace}`, count);
  }

  relations(
    facts: {
      readonly blackHoles?: readonly BlackHole[];
      readonly leaks?: readonly string[];
      readonly garbage?: readonly string[];
      readonly accidents?: readonly string[];
    } = {},
  ): Relations {
    const { blackHoles = [], leaks = [], garbage = [], accidents = [] } = facts;
    const history: History = {
      requests: this.#requests,
      applications: this.#applications,
      calls: this.#calls,
      blackHoles,
      log: { audits: this.#audits, leaks, garbage },
      leakyResponses: [],
      accidents,
      incidents: {},
      timeoutMs: 1_000,
    };
    return new Relations(history);
  }

  #latest(key: string): number {
    return this.#applications.filter((change) => change.key === key).at(-1)?.version ?? 0;
  }
}
