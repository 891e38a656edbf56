import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Config } from '../../config/config.ts';
import type { Watch } from '../../config/files/watch-file.ts';
import { webhookKey } from '../../config/watch-settings.ts';
import { OidcError, UpstreamUnavailableError } from '../../domain/errors.ts';
import { WATCHER } from '../../domain/identity.ts';
import type { RetiredKeys } from '../../domain/keys/rotation/retired-keys.ts';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import type { SharedSecrets } from '../../domain/scrub/shared-secrets.ts';
import type { WatchOutcome } from '../../domain/sign-in/watch.ts';
import { errorTypeName } from '../../graph/errors.ts';
import { Issuers } from '../../issuer/issuers.ts';
import type { Redis } from '../../redis/redis.ts';
import { issuerReader, probingFor } from '../../sign-in/read-issuer.ts';
import type { Caller } from '../../transport/connection.ts';
import type { RunCheck, WatchClock } from '../../watch/check-watch.ts';
import { createMemoryLedger } from '../../watch/ledger/memory-ledger.ts';
import { createRedisLedger } from '../../watch/ledger/redis-ledger.ts';
import { createWatcher } from '../../watch/watcher.ts';
import type { Watcher } from '../../watch/watcher.ts';
import { createWebhook, WEBHOOK_MS } from '../../watch/webhook.ts';
import { contextOf } from '../context/request-context.ts';
import type { Audit } from '../log/audit.ts';
import type { Log } from '../log/log.ts';
import { logNotice, logUnsent, logWatchError } from '../log/watch-log.ts';
import type { GatewayMetrics } from '../metrics/gateway-metrics.ts';

/** How long a check may take besides the calls of its session, in milliseconds: issuers are read, and endpoints probed. */
const BESIDES_MS = 30_000;

/** How long a write may go on after the deadline of its session, in milliseconds, and how much clocks may differ. */
const SLACK_MS = 10_000;

export interface WatchingDependencies {
  readonly connections: Caller['connections'];
  readonly gatewaySecrets: SharedSecrets;
  /** Those of this process, for what does not know Redis. */
  readonly retiredKeys: RetiredKeys;
  readonly audit: Audit;
  readonly log: Log;
  /** Null if they are turned off. */
  readonly metrics: GatewayMetrics | null;
  /** Null if each instance watches for itself. */
  readonly redis: Redis | null;
  readonly clock?: WatchClock;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** The clock of this machine. */
export const REAL_CLOCK: WatchClock = {
  now: Date.now,
  wait: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Watches what the file of watches names. */
export interface Watching extends Pick<Watcher, 'read' | 'stop'> {
  /** From now on watches these, and nothing else. */
  readonly watch: (watches: readonly Watch[]) => void;
}

/** How long a check may take, in milliseconds. */
export function checkDeadlineOf({ upstreamTimeoutMs }: Pick<Config, 'upstreamTimeoutMs'>): number {
  return upstreamTimeoutMs + BESIDES_MS;
}

/** Opens the watcher. At first it watches nothing. */
export function createWatching(
  config: Config,
  {
    redis,
    log,
    metrics,
    clock = REAL_CLOCK,
    random = Math.random,
    ...others
  }: WatchingDependencies,
): Watching {
  const webhook = config.watch?.webhook ?? null;
  const deadlineMs = checkDeadlineOf(config);
  const watcher = createWatcher({
    ledger: redis === null ? createMemoryLedger(clock.now) : createRedisLedger(redis),
    clock,
    random,
    deadlineMs,
    leaseMs: deadlineMs + config.upstreamTimeoutMs + WEBHOOK_MS + SLACK_MS,
    onChecked: (about, result, written) => {
      metrics?.onWatchChecked(about, result, written);
    },
    onNotice: (about, notice) => {
      logNotice(log, about, notice);
    },
    send:
      webhook === null
        ? null
        : createWebhook({
            url: webhook.url,
            key: webhookKey(webhook.key),
            allowedHosts: config.issuers?.allowedHosts ?? [],
            clock,
            onSent: (about, notice, reason) => {
              metrics?.onNoticeSent(reason === null);
              if (reason !== null) logUnsent(log, about, notice, reason);
            },
          }),
    onUnexpected: (error) => {
      logWatchError(log, error, others.gatewaySecrets);
    },
  });
  const runnerOf = createRunners(config, { ...others, metrics, clock, mayWrite: true });
  return {
    read: watcher.read,
    stop: watcher.stop,
    watch: (watches) => {
      metrics?.observeWatches(
        watches.map(({ kind }) => kind.name),
        watcher.known,
      );
      watcher.watch(
        watches.map((watch) => {
          const { kind, upstream, id, everyMs } = watch;
          const base = others.connections.get(upstream)?.baseUrl ?? null;
          return {
            name: JSON.stringify([kind.name, base, id]),
            about: { watch: kind.name, upstream, id, everyMs },
            run: runnerOf(watch),
          };
        }),
      );
    },
  };
}

/** Makes what checks a watch. @param options.mayWrite whether watches may write what their entries say */
export function createRunners(
  { issuers: settings }: Pick<Config, 'issuers'>,
  {
    connections,
    gatewaySecrets,
    retiredKeys,
    audit,
    metrics,
    clock = REAL_CLOCK,
    mayWrite,
  }: Pick<
    WatchingDependencies,
    'connections' | 'gatewaySecrets' | 'retiredKeys' | 'audit' | 'metrics' | 'clock'
  > & {
    readonly mayWrite: boolean;
  },
): (watch: Watch) => RunCheck {
  const issuers = new Issuers({
    allowedHosts: settings?.allowedHosts ?? null,
    probes: settings?.probes ?? false,
    // The operator names them, and how often.
    takeFetch: () => null,
    onFetch: metrics?.onIssuerFetch,
  });
  return ({ kind: { name, key, mutation }, given, run }) =>
    async ({ signal, refusal }) => {
      const field = mutation ?? name;
      const context = contextOf(
        {
          requestId: randomUUID(),
          identity: WATCHER,
          callerKey: WATCHER.id,
          idempotency: null,
          header: () => null,
          trace: null,
          spans: null,
          signal,
          scrubber: new Scrubber(gatewaySecrets),
        },
        {
          connections,
          issuers,
          retiredKeys,
          readWatches: () => Promise.resolve([]),
          onUpstreamCall: metrics?.onUpstreamCall,
          beforeWrite: async (own, attempt) => {
            const why = mayWrite ? await refusal() : 'Nothing is written here.';
            if (why !== null) throw new UpstreamUnavailableError(`${why} Nothing was sent.`);
            await audit.beforeWrite(own, attempt);
          },
        },
      );
      const { progress } = context;
      const write = (progress.write = { field, path: name, intents: 0 });
      const readIssuer = issuerReader(context);
      const began = performance.now();
      let outcome: WatchOutcome | null = null;
      let member: string | null = null;
      try {
        outcome = await run(context, {
          // What is remembered of an issuer may be as old as the interval.
          readIssuer: (issuer) => readIssuer(issuer, true),
          fetchIssuer: (issuer) => issuers.read(issuer, WATCHER.id, performance.now() - began),
          retiredKeys,
          probing: (isRequested) => probingFor(context, isRequested),
          mayWrite,
          now: clock.now() / 1_000,
        });
        member = `${field.charAt(0).toUpperCase()}${field.slice(1)}Success`;
        return outcome;
      } catch (error) {
        if (error instanceof OidcError) member = errorTypeName(error.code);
        throw error;
      } finally {
        if (write.intents > 0)
          await audit.afterWrite({
            ...write,
            args: { input: given },
            key,
            member,
            success: outcome,
            isOutcomeUnknown: progress.unknownOutcomes > 0,
            upstreamRequestId: progress.upstreamRequestId,
            context,
          });
      }
    };
}
