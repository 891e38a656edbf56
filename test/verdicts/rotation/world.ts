import { Agent, request } from 'node:http';
import { createRetiredKeys } from '../../../src/issuer/retired-keys.ts';
import { startEmulator } from '../../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { loginUrl } from '../../../src/upstreams/huawei-iam/sign-in/sign-in-urls.ts';
import type { RecordedRequest, RunningEmulator } from '../../../src/transport/emulator/emulator.ts';
import type { WatchClock } from '../../../src/watch/check-watch.ts';
import { startGateway } from '../../setup/gateway.ts';
import { storing } from '../../setup/huawei-sign-ins.ts';
import { makeInbound } from '../../setup/inbound.ts';
import { documentOf } from '../../setup/root-fields.ts';
import { startScriptedUpstream } from '../../setup/scripted-upstream.ts';
import { browse } from '../../setup/sign-in-browser.ts';
import { startSigningProvider } from './signing-provider.ts';
import type { SigningProvider } from './signing-provider.ts';
import type { Published } from './styles.ts';

/** The interval of the watches, in milliseconds. */
const INTERVAL_MS = 3_600_000;

/** What a watch does after a hard cut. */
export const MODES = ['accept', 'report'] as const;
export type Mode = (typeof MODES)[number];

/** A notice as an operator gets it. */
interface Told {
  readonly type: string;
  readonly codes: readonly string[];
  readonly written: string | null;
}

/** What is known of the identity provider of one watch. */
interface Watched {
  readonly idpId: string;
  /** By the webhook, in their order. */
  readonly hooks: Told[];
  /** The messages in the log, in their order. */
  readonly lines: string[];
  /** How often the platform was asked to store another configuration. */
  writes: number;
}

const SYNC = documentOf('syncOidcConfigKeys', {
  SyncOidcConfigKeysSuccess: 'action',
  OidcError: 'code message',
});

/** A gateway that watches two identity providers with the same issuer, on a simulated clock. */
export interface RotationWorld {
  readonly provider: SigningProvider;
  readonly watched: Readonly<Record<Mode, Watched>>;
  /** On the simulated clock, in milliseconds. */
  readonly now: () => number;
  /** Lets an interval go by, with the check at its end. */
  readonly interval: () => Promise<void>;
  /** Whether somebody signs in with an ID token. */
  readonly signsIn: (mode: Mode, idToken: string) => Promise<boolean>;
  /** The same with a browser, to the console. */
  readonly signsInToConsole: (mode: Mode) => Promise<boolean>;
  /** A person asks the owner of the issuer, and then stores the new keys. @returns what the gateway did */
  readonly accept: (mode: Mode) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export async function startRotationWorld(first: Published): Promise<RotationWorld> {
  const emulator = await startEmulator();
  const provider = await startSigningProvider(emulator.redirectUris, first);
  const receiver = await startScriptedUpstream();
  receiver.respondWith({ status: 204, body: '' });
  const inbound = await makeInbound();
  const idpOf = await storedFor(emulator, provider);
  const watched: RotationWorld['watched'] = {
    accept: { idpId: idpOf.accept, hooks: [], lines: [], writes: 0 },
    report: { idpId: idpOf.report, hooks: [], lines: [], writes: 0 },
  };
  const find = (id: unknown) => Object.values(watched).find(({ idpId }) => idpId === id);
  const { clock, pass: passTime } = clockOfWatches(MODES.length);
  const gateway = await startGateway(
    {
      ...emulator.environment,
      ...inbound.environment,
      ...ownCredentials(emulator),
      LOG_LEVEL: 'info',
      LIMIT_ISSUER_FETCHES_PER_MINUTE: '100000',
      ISSUER_ALLOWED_HOSTS: [provider.issuer, receiver.origin].join(','),
      WEBHOOK_URL: `${receiver.origin}/hooks`,
      WEBHOOK_SECRET: Buffer.alloc(32, 7).toString('base64'),
      WATCH_FILE: inbound.write('watch.json', {
        oidcConfigKeys: MODES.map((onHardCut) => ({
          idpId: watched[onHardCut].idpId,
          mode: 'sync',
          onHardCut,
        })),
      }),
    },
    undefined,
    {
      write: (line) => {
        const { id, watch, msg } = JSON.parse(line) as Record<string, unknown>;
        if (watch !== undefined) find(id)?.lines.push(String(msg));
      },
    },
    { clock, random: () => 0, retiredKeys: createRetiredKeys(clock.now) },
  );
  const readHooks = () => {
    for (const { body } of receiver.seen.splice(0)) {
      const { type, data } = JSON.parse(body) as {
        readonly type: string;
        readonly data: {
          readonly id: string;
          readonly findings: readonly { readonly code: string }[];
          readonly written: string | null;
        };
      };
      find(data.id)?.hooks.push({
        type,
        codes: data.findings.map(({ code }) => code),
        written: data.written,
      });
    }
  };
  let latest: RecordedRequest | undefined;
  const readWrites = () => {
    const { requests } = emulator;
    for (const { method, target } of requests.slice(
      latest === undefined ? 0 : requests.lastIndexOf(latest) + 1,
    )) {
      const [, id] = /\/identity-providers\/([^/]+)\/openid-connect-config$/.exec(target) ?? [];
      const own = find(id);
      if (method === 'PUT' && own !== undefined) own.writes += 1;
    }
    latest = requests.at(-1);
  };
  const pass = async (ms: number) => {
    await passTime(ms);
    readHooks();
    readWrites();
  };
  await pass(0);
  return {
    provider,
    watched,
    now: clock.now,
    interval: () => pass(INTERVAL_MS),
    signsIn: async (mode, idToken) => {
      const headers = { 'X-Idp-Id': watched[mode].idpId, 'Content-Type': 'application/json' };
      const body = JSON.stringify({ auth: { id_token: { id: idToken } } });
      const status = await statusOf(`${emulator.url}/v3.0/OS-AUTH/id-token/tokens`, headers, body);
      return status === 201;
    },
    signsInToConsole: async (mode) => {
      const domainId = noteOf(emulator, 'account (domain) id');
      const { idpId } = watched[mode];
      const { status, text } = await browse(loginUrl(emulator.url, { domainId, idpId }));
      return status === 200 && text.includes('User: <b>');
    },
    accept: async (mode) => {
      const input = { idpId: watched[mode].idpId, force: true };
      const { data, errors } = await gateway.post(SYNC, { input }, inbound.byApiKey('oidc:write'));
      readWrites();
      const { action = errors } = (data?.['result'] ?? {}) as { readonly action?: unknown };
      return action;
    },
    close: async () => {
      await gateway.stop();
      inbound.remove();
      await Promise.all([emulator.close(), provider.close(), receiver.close()]);
    },
  };
}

/** A simulated clock, and what lets time go by until this many watches wait for their next checks. */
function clockOfWatches(watches: number) {
  let time = Date.UTC(2026, 10, 29);
  const waits = new Set<{ readonly due: number; readonly callback: () => void }>();
  let waiting = 0;
  let onWaiting: () => void = () => undefined;
  const clock: WatchClock = {
    now: () => time,
    wait: (ms, callback) => {
      const wait = { due: time + ms, callback };
      waits.add(wait);
      if (ms >= INTERVAL_MS) {
        waiting += 1;
        onWaiting();
      }
      return () => {
        waits.delete(wait);
      };
    },
  };
  const pass = async (ms: number) => {
    waiting = 0;
    const allWait = new Promise<void>((resolve) => {
      onWaiting = () => {
        if (waiting === watches) resolve();
      };
    });
    time += ms;
    for (const wait of [...waits].filter(({ due }) => due <= time)) {
      waits.delete(wait);
      wait.callback();
    }
    await allWait;
  };
  return { clock, pass };
}

const agent = new Agent({ keepAlive: true });

/** Sends a request as cheaply as it can be done: there are tens of thousands. */
function statusOf(url: string, headers: Readonly<Record<string, string>>, body: string) {
  return new Promise<number | undefined>((resolve, reject) => {
    request(url, { method: 'POST', headers, agent }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode);
      });
    })
      .on('error', reject)
      .end(body);
  });
}

function noteOf({ notes }: RunningEmulator, label: string): string {
  return notes.find((note) => note.label === label)?.value ?? '';
}

/** The gateway's own credentials for the emulator. */
function ownCredentials(emulator: RunningEmulator) {
  return {
    HUAWEI_CREDENTIALS: 'gateway',
    HUAWEI_AUTH_METHOD: 'access-key',
    HUAWEI_ACCESS_KEY: noteOf(emulator, 'access key (AK)'),
    HUAWEI_SECRET_KEY: noteOf(emulator, 'secret key (SK)'),
  };
}

async function storedFor(emulator: RunningEmulator, provider: SigningProvider) {
  const store = storing(emulator, provider, 'ROTATION');
  return { accept: await store(), report: await store() };
}
