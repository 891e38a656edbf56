import { setTimeout as sleep } from 'node:timers/promises';
import { documentOf, keyFor, MUTATIONS, readingOf } from './documents.ts';
import type { Mutation } from './documents.ts';
import type { Call, CallResult, ProvisionStep, UpstreamName } from './history.ts';
import { HttpClient } from './http-client.ts';
import type { HttpReply } from './http-client.ts';
import { inputOf } from './inputs.ts';
import { markerIn } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import { objectIn } from './model.ts';
import { Random } from './random.ts';

/** What all callers share. */
export interface Company {
  readonly seed: string;
  readonly ledger: Ledger;
  /** The gateway's API; null while no gateway runs. */
  readonly url: () => string | null;
  readonly calls: Call[];
  readonly leakyResponses: string[];
}

/** Objects that all callers write. Few, so that they meet. */
const SHARED = {
  ORDERCLOUD: ['shop-a', 'shop-b', 'shop-c', 'shop-d', 'shop-e'],
  HUAWEI_IAM: ['idp-a', 'idp-b', 'idp-c'],
} as const;

const SHARES = { fresh: 0.25, fingerprint: 0.4, signal: 0.04, twice: 0.1, read: 0.3 };

/** What a mutation is to be about. */
interface Plan {
  readonly mutation: Mutation;
  readonly id: string;
  readonly marker: string;
  readonly input: Record<string, unknown>;
  readonly expectedVersion: number | null;
  readonly hangUpAfter: number | null;
}

/** A caller with its own tokens, who makes one call at a time. */
export class Caller {
  readonly #number: number;
  readonly #company: Company;
  readonly #client: HttpClient;
  readonly #random: Random;
  #count = 0;

  /** @param number from 1; 0 is the stranger of the upstreams */
  constructor(number: number, company: Company) {
    this.#number = number;
    this.#company = company;
    this.#client = new HttpClient(number);
    this.#random = new Random(`${company.seed}/caller/${number}`);
  }

  /** Reads and writes until it is stopped. @param pauseMs between two calls, on average */
  async work(pauseMs: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await sleep(-Math.log(1 - this.#random.next()) * pauseMs);
      if (this.#company.url() !== null) await this.#step();
    }
  }

  close(): void {
    this.#client.close();
  }

  async #step(): Promise<void> {
    const mutation = this.#random.weighted(MUTATIONS);
    if (this.#random.chance(SHARES.read)) await this.#read(mutation, this.#idFor(mutation));
    const plan = await this.#plan(mutation);
    const isTwice = mutation.kind === 'create' && this.#random.chance(SHARES.twice);
    await Promise.all([
      this.#mutate(plan),
      ...(isTwice ? [sleep(this.#random.between(0, 30)).then(() => this.#mutate(plan))] : []),
    ]);
  }

  /** One write to an upstream, such as one of many that come at a steady pace. */
  async once(upstream: UpstreamName): Promise<void> {
    const mutation = this.#random.weighted(
      MUTATIONS.filter((one) => one.upstream === upstream && one.kind !== 'provision'),
    );
    await this.#mutate(await this.#plan(mutation, true));
  }

  async #plan(mutation: Mutation, isPlain = false): Promise<Plan> {
    const marker = `mark-${this.#number}-${(this.#count += 1)}`;
    const id = this.#idFor(mutation, marker);
    const input = inputOf(mutation, id, marker, this.#random);
    const canExpect = mutation.kind !== 'create' && mutation.kind !== 'provision' && !isPlain;
    const known =
      canExpect && this.#random.chance(SHARES.fingerprint) ? await this.#read(mutation, id) : null;
    return {
      mutation,
      id,
      marker,
      input: known === null ? input : { ...input, expectedFingerprint: known.fingerprint },
      expectedVersion: known?.version ?? null,
      hangUpAfter:
        !isPlain && this.#random.chance(SHARES.signal) ? this.#random.between(0, 300) : null,
    };
  }

  #idFor({ kind, upstream }: Mutation, fresh?: string): string {
    if (
      fresh !== undefined &&
      (kind === 'create' || kind === 'save' || kind === 'provision') &&
      this.#random.chance(SHARES.fresh)
    )
      return `own-${fresh}`;
    return this.#random.pick(SHARED[upstream]);
  }

  /** @returns the fingerprint and the version that it stands for, null if there is none */
  async #read(
    { object }: Mutation,
    id: string,
  ): Promise<{ fingerprint: string; version: number } | null> {
    const { trace, reply } = await this.#send(
      { query: readingOf(object), variables: { id } },
      null,
    );
    const fingerprint = objectIn(objectIn(resultIn(reply))[object])['fingerprint'];
    // The version is what the upstream showed it, in the last of its attempts.
    const { requests } = this.#company.ledger;
    for (
      let index = requests.length - 1;
      index >= 0 && typeof fingerprint === 'string';
      index -= 1
    ) {
      const request = requests[index];
      if (request?.trace === trace && request.seen !== null)
        return { fingerprint, version: request.seen.version };
    }
    return null;
  }

  async #mutate({
    mutation,
    id,
    marker,
    input,
    expectedVersion,
    hangUpAfter,
  }: Plan): Promise<void> {
    const { ledger, calls } = this.#company;
    const begunAt = ledger.now();
    const { requestId, trace, reply } = await this.#send(
      { query: documentOf(mutation), variables: { input } },
      hangUpAfter,
    );
    const result = objectIn(resultIn(reply));
    const object = result[mutation.object];
    const code = typeof result['code'] === 'string' ? result['code'] : null;
    calls.push({
      id: requestId,
      trace,
      mutation: mutation.name,
      upstream: mutation.upstream,
      key: keyFor(mutation.object, id),
      resultKey: keyFor(mutation.object, typeof input['newId'] === 'string' ? input['newId'] : id),
      marker: mutation.kind === 'delete' ? null : marker,
      expectedVersion,
      begunAt,
      endedAt: ledger.now(),
      endedTick: ledger.tick(),
      result: judge(reply, result, hangUpAfter !== null),
      code,
      warnings: Array.isArray(result['warnings'])
        ? result['warnings'].map((one) => String(objectIn(one)['code']))
        : [],
      returned:
        object === undefined || object === null
          ? null
          : {
              key: keyFor(
                mutation.object,
                String(objectIn(object)['id'] ?? objectIn(object)['idpId']),
              ),
              marker: markerIn(JSON.stringify(object)),
            },
      steps: Array.isArray(result['steps'])
        ? result['steps'].map((one) => stepOf(objectIn(one), id))
        : [],
    });
  }

  async #send(
    body: unknown,
    hangUpAfter: number | null,
  ): Promise<{ requestId: string; trace: string; reply: HttpReply | null }> {
    const number = (this.#count += 1);
    const requestId = `call-${this.#number}-${number}`;
    const trace = `${this.#number.toString(16).padStart(8, 'a')}${number.toString(16).padStart(24, '0')}`;
    const headers = {
      'x-request-id': requestId,
      traceparent: `00-${trace}-00f067aa0ba902b7-01`,
      'x-ordercloud-authorization': `Bearer CANARY-oc-${this.#number}`,
      'x-auth-token': `CANARY-hw-${this.#number}`,
    };
    const reply = await this.#client.send(
      'POST',
      this.#company.url() ?? 'http://127.0.0.1:9/',
      body,
      headers,
      hangUpAfter,
    );
    if (reply?.text.includes('CANARY') === true)
      this.#company.leakyResponses.push(`${requestId}: ${reply.text.slice(0, 500)}`);
    return { requestId, trace, reply };
  }
}

function resultIn(reply: HttpReply | null): unknown {
  try {
    return reply === null ? null : objectIn(objectIn(JSON.parse(reply.text))['data'])['result'];
  } catch {
    return null;
  }
}

function judge(
  reply: HttpReply | null,
  result: Readonly<Record<string, unknown>>,
  mayHangUp: boolean,
): CallResult {
  if (reply === null) return mayHangUp ? 'hungUp' : 'lost';
  const type = result['__typename'];
  if (typeof type !== 'string') return reply.status >= 400 ? 'refused' : 'broken';
  if (type === 'ProvisionOidcConfigIncomplete') return 'incomplete';
  if (type.endsWith('Success')) return 'success';
  if (type === 'OidcStaleError' && result['mayHaveBeenApplied'] === true) return 'unknown';
  return type === 'OidcOutcomeUnknownError' ? 'unknown' : 'unapplied';
}

/** A step of a provisioning, by the object that it is about. */
function stepOf(step: Readonly<Record<string, unknown>>, idpId: string): ProvisionStep {
  const target = String(step['target']);
  const { code } = objectIn(step['error']);
  const id = typeof step['id'] === 'string' ? step['id'] : idpId;
  const key =
    {
      IDENTITY_PROVIDER: `provider/${idpId}`,
      MAPPING: `mapping/${id}`,
      PROTOCOL: `protocol/${idpId}`,
      OIDC_CONFIG: `config/${idpId}`,
    }[target] ?? target;
  return { key, action: String(step['action']), code: typeof code === 'string' ? code : null };
}
