import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { WatchFinding } from '../../src/domain/sign-in/watch.ts';
import { readerOf } from '../../src/server/metrics/serve-metrics.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { fixture } from '../fixtures/upstream/upstream.ts';
import { startGateway } from './gateway.ts';
import { MODES, permissiveUpstreams } from './guarded-gateway.ts';
import { makeInbound } from './inbound.ts';
import { manualClock } from './manual-clock.ts';
import { documentOf } from './root-fields.ts';
import { startScriptedUpstream } from './scripted-upstream.ts';
import type { Responder, ScriptedUpstream } from './scripted-upstream.ts';

export const HOUR = 3_600_000;
/** The key of its webhooks. */
export const KEY = Buffer.alloc(32, 7);
export const WATCHES = documentOf('oidcWatches', {
  OidcWatchesSuccess:
    'watches { watch upstream id everySeconds status findings { code message advice } error { code message } checkedAt since writtenAt written }',
  OidcError: 'code',
});

/** An entry of `oidcWatches`. */
export interface Watched {
  readonly watch: string;
  readonly upstream: string;
  readonly id: string;
  readonly status: string;
  readonly findings: readonly WatchFinding[];
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly checkedAt: string | null;
  readonly written: string | null;
}

async function scripted(respondWith: Responder): Promise<ScriptedUpstream> {
  const upstream = await startScriptedUpstream();
  onTestFinished(upstream.close);
  upstream.respondWith(respondWith);
  return upstream;
}

/** A gateway that watches on a simulated clock, over a scripted platform, with a receiver of webhooks. */
export async function watching(file: object, environment: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'watch-'));
  const path = join(folder, 'watch.yaml');
  writeFileSync(path, JSON.stringify(file));
  const inbound = await makeInbound();
  const platform = await scripted(permissiveUpstreams);
  const receiver = await scripted(() => ({ status: 204, body: '' }));
  const clock = manualClock();
  const gateway = await startGateway(
    {
      ...inbound.environment,
      ...MODES['credentials of the gateway'].environment,
      ORDERCLOUD_API_URL: `${platform.origin}/v1`,
      HUAWEI_IAM_URL: platform.origin,
      FIXTURE_API_URL: platform.origin,
      FIXTURE_CREDENTIALS: 'gateway',
      METRICS_PORT: '0',
      WATCH_FILE: path,
      WEBHOOK_URL: `${receiver.origin}/hooks/canary-path`,
      WEBHOOK_SECRET: KEY.toString('base64'),
      ...environment,
      ISSUER_ALLOWED_HOSTS: [receiver.origin, environment['ISSUER_ALLOWED_HOSTS']]
        .filter((host) => host !== undefined)
        .join(','),
    },
    [...upstreams, fixture],
    undefined,
    { clock, random: () => 0 },
  );
  onTestFinished(async () => {
    await gateway.stop();
    inbound.remove();
    rmSync(folder, { recursive: true });
  });
  const readMetrics = readerOf(gateway.gateway.metrics);
  const read = async () => {
    const { data, errors } = await gateway.post(WATCHES, {}, { ...inbound.byApiKey('oidc:read') });
    expect(errors).toBeUndefined();
    return (data?.['result'] as { readonly watches: readonly Watched[] }).watches;
  };
  /** Lets an interval go by, and waits for its checks. */
  const round = async (ms = HOUR) => {
    await clock.pass(ms);
    const time = new Date(clock.now()).toISOString();
    await expect
      .poll(async () => (await read()).every(({ checkedAt }) => checkedAt === time))
      .toBe(true);
    return read();
  };
  return {
    gateway,
    platform,
    receiver,
    clock,
    read,
    round,
    first: () => round(0),
    metrics: async () => (await readMetrics?.()) ?? '',
    lines: (message: RegExp) => gateway.logs.filter(({ msg }) => message.test(String(msg))),
    hooks: () =>
      receiver.seen.map(
        ({ body }) => JSON.parse(body) as { readonly type: string; readonly data: Watched },
      ),
  };
}
