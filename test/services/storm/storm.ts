import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../chaos/random.ts';
import { post, startGateway } from '../../setup/gateway.ts';
import type { TestGateway } from '../../setup/gateway.ts';
import { STORED } from '../../setup/permissive-upstream.ts';
import { documentOf } from '../../setup/root-fields.ts';
import { startScriptedUpstream } from '../../setup/scripted-upstream.ts';
import { startStores } from './stores.ts';
import { createFaultyUpstream } from './upstream.ts';

export interface StormOptions {
  readonly requests: number;
  /** How many send at the same time. */
  readonly callers: number;
  readonly instances: number;
  /** The same seed draws the same faults and keys. */
  readonly seed: string;
  /**
   * `FAILOVER`: the master of the Redis that all share, behind a Sentinel, is killed after a third of the requests, and its
   * replica takes over. `LOSING_FAILOVER`: the same, but the replica has lost everything, so writes must be applied twice.
   * `EACH_ITS_OWN`: instances share nothing, so writes must be applied twice, too.
   */
  readonly redis: 'SHARED' | 'FAILOVER' | 'LOSING_FAILOVER' | 'EACH_ITS_OWN';
}

export interface StormReport {
  readonly requests: number;
  readonly keys: number;
  /** What callers got, by its code; `SUCCESS` and `REPLAY` for successes. */
  readonly results: Readonly<Record<string, number>>;
  /** Successes that reading back confirmed. */
  readonly readBacks: number;
  /** How long it took until a replica was the master and had a replica itself, in milliseconds; null without a failover. */
  readonly failoverMs: number | null;
  /** Writes that were applied after that. */
  readonly appliedAfterwards: number;
  /** Keys with a success whose result the failover lost, so that it was read back instead of replayed. */
  readonly resultsLost: readonly string[];
  /** Keys whose write was applied once before the failover and once after it: it lost their claims. */
  readonly lostInFailover: readonly string[];
  /** Keys whose write was applied more than once for another reason. Must be empty, as the following. */
  readonly appliedTwice: readonly string[];
  /** Keys with a success that was not applied. */
  readonly notApplied: readonly string[];
  /** Keys whose successes differ. */
  readonly different: readonly string[];
  /** Codes that no caller should get. */
  readonly unexpected: readonly string[];
}

/** How often each key is sent, on average. */
const REPEATS = 8;

const DOCUMENT = documentOf('createOpenIdConnect', {
  CreateOpenIdConnectSuccess:
    'openIdConnect { id connectClientId tokenEndpoint hasConnectClientSecret } warnings { code }',
  OidcError: 'code message',
});

const POSSIBLE = new Set([
  'SUCCESS',
  'REPLAY',
  'IDEMPOTENCY_IN_FLIGHT',
  'OUTCOME_UNKNOWN',
  'INVALID_INPUT',
  'UPSTREAM_REJECTED',
  'UPSTREAM_UNAVAILABLE',
]);

/** How long a caller waits before it goes on if a key could not be remembered, in milliseconds. */
const PAUSE_MS = 200;

/** Sends creates with keys again and again, to several instances, over an upstream that fails. */
export async function runStorm({
  requests,
  callers,
  instances,
  seed,
  redis: kind,
}: StormOptions): Promise<StormReport> {
  const hasFailover = kind === 'FAILOVER' || kind === 'LOSING_FAILOVER';
  const redis = await startStores(kind, instances);
  const upstream = await startScriptedUpstream();
  const faulty = createFaultyUpstream(new Random(`faults ${seed}`));
  upstream.respondWith(faulty.respond);
  const environment = {
    ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
    ORDERCLOUD_BREAKER_FAILURES: '0',
    LIMIT_OPERATIONS_PER_MINUTE: '1000000',
    UPSTREAM_TIMEOUT_MS: '1000',
    LOG_LEVEL: 'warn',
    REDIS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  const gateways: TestGateway[] = [];
  for (let index = 0; index < instances; index += 1)
    gateways.push(await startGateway({ ...environment, REDIS_URL: redis.urlOf(index) }));

  const random = new Random(`calls ${seed}`);
  const keys = Math.ceil(requests / REPEATS);
  const results: Record<string, number> = {};
  const successes = new Map<
    string,
    { readonly objects: Set<string>; readonly confirmed: Set<boolean> }
  >();
  let readBacks = 0;
  const failover = { began: Infinity, ended: Infinity };
  let sent = 0;
  const sendOne = async (): Promise<void> => {
    // What is sent in between is more than was asked for, so that the same keys are still sent when it is over.
    if (failover.began === Infinity || failover.ended < Infinity) sent += 1;
    // Keys come and go: those that are sent at a time are near each other.
    const near = Math.floor((sent / requests) * keys + random.between(-callers, callers));
    const key = `key-${Math.max(0, Math.min(keys - 1, near))}`;
    const gateway = gateways[Math.floor(random.between(0, instances))];
    if (gateway === undefined) return;
    const { id: _id, ...input } = STORED.openIdConnect;
    const { text, data } = await post(
      gateway.url,
      DOCUMENT,
      // One of four has no id, so it cannot be read back.
      { input: { ...input, ...(key.endsWith('7') ? {} : { id: key }), connectClientId: key } },
      { 'x-ordercloud-authorization': 'Bearer example-token', 'idempotency-key': key },
    );
    const result = data?.['result'] as Readonly<Record<string, unknown>> | undefined;
    const isSuccess = result?.['__typename'] === 'CreateOpenIdConnectSuccess';
    const isReplay = text.includes('"replayed":true');
    const name = isSuccess ? (isReplay ? 'REPLAY' : 'SUCCESS') : String(result?.['code']);
    results[name] = (results[name] ?? 0) + 1;
    if (name === 'UPSTREAM_UNAVAILABLE' && failover.began < Infinity) await sleep(PAUSE_MS);
    if (!isSuccess) return;
    const isConfirmed = text.includes('CONFIRMED_BY_READING');
    if (!isReplay && isConfirmed) readBacks += 1;
    const { objects, confirmed } = successes.get(key) ?? {
      objects: new Set(),
      confirmed: new Set(),
    };
    successes.set(key, {
      objects: objects.add(JSON.stringify(result['openIdConnect'])),
      confirmed: confirmed.add(isConfirmed),
    });
  };
  try {
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (sent < requests) {
          await sendOne();
          if (!hasFailover || failover.began < Infinity || sent < requests / 3) continue;
          failover.began = performance.now();
          await redis.failOver();
          failover.ended = performance.now();
        }
      }),
    );
  } finally {
    for (const gateway of gateways) await gateway.stop();
    await upstream.close();
    await redis.close();
  }
  const { applied } = faulty;
  const twice = [...applied].filter(([, came]) => came.length > 1);
  const isLost = (came: readonly number[]) =>
    came.length === 2 && came.filter((at) => at < failover.began).length === 1;
  // A success is replayed, so either all that a key gets were confirmed by reading, or none.
  const mixed = [...successes]
    .filter(([, { confirmed }]) => confirmed.size > 1)
    .map(([key]) => key);
  return {
    requests: Object.values(results).reduce((sum, count) => sum + count, 0),
    keys,
    results,
    readBacks,
    failoverMs: failover.ended < Infinity ? Math.round(failover.ended - failover.began) : null,
    appliedAfterwards: [...applied.values()].flat().filter((at) => at > failover.ended).length,
    resultsLost: mixed,
    lostInFailover: twice.filter(([, came]) => isLost(came)).map(([key]) => key),
    appliedTwice: twice.filter(([, came]) => !isLost(came)).map(([key]) => key),
    notApplied: [...successes.keys()].filter((key) => !applied.has(key)),
    different: [
      ...[...successes].filter(([, { objects }]) => objects.size > 1).map(([key]) => key),
      ...(hasFailover ? [] : mixed),
    ],
    unexpected: Object.keys(results).filter((name) => !POSSIBLE.has(name)),
  };
}
