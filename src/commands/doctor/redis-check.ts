import { loadRedis } from '../../redis/load-redis.ts';
import type { RedisEvent, RedisSettings } from '../../redis/redis.ts';
import { count } from './check-result.ts';
import type { CheckResult } from './check-result.ts';

const SUBJECT = 'Redis';

/** How long to wait for a connection, or a reason why there is none, in milliseconds. */
const WAIT_MS = 10_000;

const REASONS: Readonly<Record<string, string>> = {
  NOPERM: 'Give the user the commands and keys that docs/idempotency.md lists.',
  WRONGPASS: 'Check REDIS_PASSWORD, or the user and the password in REDIS_URL.',
  NOAUTH: 'Set REDIS_PASSWORD.',
  SENTINELS_UNREACHABLE:
    'Check the Sentinels and the name of the master in REDIS_URL, and REDIS_SENTINEL_PASSWORD.',
};

/** Checks what instances share: whether Redis can be reached and used, and whether it may lose what they write. Never shows a password. */
export async function* redis(settings: RedisSettings | null): AsyncIterable<CheckResult> {
  if (settings === null) {
    yield {
      subject: SUBJECT,
      state: 'OK',
      text: 'is not configured: each instance has its own idempotency keys, rates and logins. Set REDIS_URL to share them.',
    };
    return;
  }
  const place = placeOf(settings);
  const event = await connected(settings);
  if (event?.kind !== 'REACHABLE') {
    const reason = event?.reason ?? 'TIMEOUT';
    yield {
      subject: SUBJECT,
      state: 'ERROR',
      text: `${place} cannot be used (${reason}): writes with an Idempotency-Key are refused, and everything else works as if each instance were alone.`,
      advice:
        REASONS[reason] ??
        'Check REDIS_URL, and anything in between: firewall, TLS certificates (NODE_EXTRA_CA_CERTS).',
    };
    return;
  }
  yield {
    subject: SUBJECT,
    state: 'OK',
    text: `${place} can be reached, with all rights that the gateway needs.`,
  };
  yield {
    subject: SUBJECT,
    state: 'OK',
    text: `what it gets is encrypted with REDIS_ENCRYPTION_KEY${settings.otherKey === null ? '' : '; REDIS_ENCRYPTION_KEY_PREVIOUS is read as well, which is only needed during a change of keys'}. Up to ${count(settings.instances, 'instance')} may share it (INSTANCES).`,
  };
  yield replicasOf(settings, event.replicas);
  yield event.forgets.length === 0
    ? {
        subject: SUBJECT,
        state: 'OK',
        text: 'it forgets nothing early: it writes to its disk (appendonly), and evicts nothing (noeviction).',
      }
    : {
        subject: SUBJECT,
        state: 'WARN',
        text: `it may forget idempotency keys early: ${event.forgets.join(', ')}. Then a write that is sent again may happen again.`,
        advice: `Set ${event.forgets.map((setting) => (setting.startsWith('appendonly') ? 'appendonly yes' : 'maxmemory-policy noeviction')).join(' and ')}.`,
      };
}

function replicasOf({ at }: RedisSettings, replicas: number): CheckResult {
  if (replicas > 0)
    return {
      subject: SUBJECT,
      state: 'OK',
      text: `it has ${count(replicas, 'replica')}: a write with an Idempotency-Key is sent only after one has the key.`,
    };
  return at.kind === 'SENTINELS'
    ? {
        subject: SUBJECT,
        state: 'ERROR',
        text: 'the master has no replica: behind Sentinels, writes with an Idempotency-Key are refused without one.',
        advice: 'Check the replicas of the master.',
      }
    : {
        subject: SUBJECT,
        state: 'OK',
        text: 'it has no replica: if it is lost with its disk, so are the idempotency keys.',
      };
}

/** The first thing that happens; null if nothing does. */
async function connected(settings: RedisSettings): Promise<RedisEvent | null> {
  let onEvent: (event: RedisEvent | null) => void = () => undefined;
  const first = new Promise<RedisEvent | null>((resolve) => {
    onEvent = resolve;
  });
  const timer = setTimeout(() => {
    onEvent(null);
  }, WAIT_MS);
  const opened = await loadRedis(settings, (event) => {
    onEvent(event);
  });
  try {
    return await first;
  } finally {
    clearTimeout(timer);
    await opened?.close();
  }
}

function placeOf({ at, tls }: RedisSettings): string {
  const where =
    at.kind === 'SERVER'
      ? `${at.server.host}:${at.server.port}`
      : `the master ${at.master} of the Sentinels ${at.sentinels.map(({ host, port }) => `${host}:${port}`).join(', ')}`;
  return `${where} (${tls ? 'with' : 'without'} TLS)`;
}
