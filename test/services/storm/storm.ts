import { randomBytes } from 'node:crypto';
import { Random } from '../../chaos/random.ts';
import { post, startGateway } from '../../setup/gateway.ts';
import type { TestGateway } from '../../setup/gateway.ts';
import { STORED } from '../../setup/permissive-upstream.ts';
import { documentOf } from '../../setup/root-fields.ts';
import { startScriptedUpstream } from '../../setup/scripted-upstream.ts';
import { startRedis } from '../setup/redis.ts';
import { createFaultyUpstream } from './upstream.ts';

export interface StormOptions {
  readonly requests: number;
  /** How many send at the same time. */
  readonly callers: number;
  readonly instances: number;
  /** The same seed draws the same faults and keys. */
  readonly seed: string;
}

export interface StormReport {
  readonly requests: number;
  readonly keys: number;
  /** What callers got, by its code; `SUCCESS` and `REPLAY` for successes. */
  readonly results: Readonly<Record<string, number>>;
  /** Successes that reading back confirmed. */
  readonly readBacks: number;
  /** Keys whose write was applied more than once. Must be empty, as the following. */
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
  OidcError: 'code',
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

/** Sends creates with keys again and again, to several instances that share a Redis, over an upstream that fails. */
export async function runStorm({
  requests,
  callers,
  instances,
  seed,
}: StormOptions): Promise<StormReport> {
  const redis = await startRedis();
  const upstream = await startScriptedUpstream();
  const faulty = createFaultyUpstream(new Random(`faults ${seed}`));
  upstream.respondWith(faulty.respond);
  const environment = {
    ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
    ORDERCLOUD_BREAKER_FAILURES: '0',
    LIMIT_OPERATIONS_PER_MINUTE: '1000000',
    UPSTREAM_TIMEOUT_MS: '1000',
    LOG_LEVEL: 'warn',
    REDIS_URL: redis.url,
    REDIS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  const gateways: TestGateway[] = [];
  for (let index = 0; index < instances; index += 1) gateways.push(await startGateway(environment));

  const random = new Random(`calls ${seed}`);
  const keys = Math.ceil(requests / REPEATS);
  const results: Record<string, number> = {};
  const successes = new Map<string, Set<string>>();
  let readBacks = 0;
  let sent = 0;
  const sendOne = async (): Promise<void> => {
    sent += 1;
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
    if (!isSuccess) return;
    if (!isReplay && text.includes('CONFIRMED_BY_READING')) readBacks += 1;
    const known = successes.get(key) ?? new Set();
    successes.set(key, known.add(JSON.stringify(result)));
  };
  try {
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (sent < requests) await sendOne();
      }),
    );
  } finally {
    for (const gateway of gateways) await gateway.stop();
    await upstream.close();
    await redis.close();
  }
  const { applied } = faulty;
  return {
    requests: Object.values(results).reduce((sum, count) => sum + count, 0),
    keys,
    results,
    readBacks,
    appliedTwice: [...applied].filter(([, times]) => times > 1).map(([key]) => key),
    notApplied: [...successes.keys()].filter((key) => !applied.has(key)),
    different: [...successes].filter(([, seen]) => seen.size > 1).map(([key]) => key),
    unexpected: Object.keys(results).filter((name) => !POSSIBLE.has(name)),
  };
}
