import { performance } from 'node:perf_hooks';
import type { Dispatcher } from 'undici';
import type { OidcError } from '../../domain/errors.ts';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import { Secret } from '../../domain/scrub/secret.ts';
import type { SharedSecrets } from '../../domain/scrub/shared-secrets.ts';
import { CancelSource } from '../waiting/cancel-signal.ts';
import { asOutcome, send } from '../http/http.ts';
import type { Authenticator } from './authenticator.ts';
import { ClockSkew } from './clock-skew.ts';
import type { CredentialsEvent, GatewayCredentials } from './gateway-credentials.ts';
import type { UpstreamEvent } from '../upstream-event.ts';
import { loginFailure } from './login.ts';
import type { LoginGate } from './login-gate.ts';

/** What the gateway's own access to an upstream is opened with. */
export interface AccessOptions {
  /** Whole deadline of one session, in milliseconds. */
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly openDispatcher: (origin: string) => Dispatcher;
  /** Shared by all processes of the gateway. */
  readonly loginGate: LoginGate;
  /** Receives the secrets of the gateway's own credentials for every upstream: those of one may be in what another one sends. */
  readonly gatewaySecrets: SharedSecrets;
  /** Called with everything that happens at an upstream and is not about one caller. */
  readonly onEvent: (event: UpstreamEvent, upstream: string) => void;
}

/** The gateway's own access to an upstream, open. */
export interface GatewayAccess {
  readonly authenticator: Authenticator;
  readonly advice: (refusal: OidcError) => string;
  readonly report: (event: CredentialsEvent) => void;
  /** Compares clocks, on each response of the upstream. */
  readonly clock: ClockSkew;
  readonly close: () => Promise<void>;
}

/** The share of a caller's deadline that a login may take. */
const LOGIN_SHARE = 0.8;

/** Largest response to a login, in bytes: some list a catalog of services. */
const MAX_LOGIN_BYTES = 1024 * 1024;

/** Opens the gateway's own access for these settings; null if they leave credentials to the callers. */
export function openGatewayAccess<Settings>(
  { open, advice }: GatewayCredentials<Settings>,
  settings: Settings,
  { id, label, base }: { readonly id: string; readonly label: string; readonly base: URL },
  { timeoutMs, userAgent, openDispatcher, loginGate, gatewaySecrets, onEvent }: AccessOptions,
): GatewayAccess | null {
  const scrubber = new Scrubber(gatewaySecrets);
  gatewaySecrets.add(...secretsAmong(settings));
  const credentials = new Secret(textOf([id, base.href], settings));
  const report = (event: CredentialsEvent) => {
    onEvent({ ...event, scrubber }, id);
  };
  const clock = new ClockSkew((skewMs) => {
    report({ kind: 'CLOCK_SKEW', skewMs });
  });
  const dispatchers = new Map<string, Dispatcher>();
  const dispatcherOf = (origin: string) => {
    const dispatcher = dispatchers.get(origin) ?? openDispatcher(origin);
    dispatchers.set(origin, dispatcher);
    return dispatcher;
  };

  const authenticator = open(settings, {
    label,
    base,
    report,
    turn: (replaces) => loginGate.enter(id, { credentials, replaces }),
    send: async ({ origin, pathname, search }, request) => {
      const response = await send(
        dispatcherOf(origin),
        {
          ...request,
          path: `${pathname}${search}`,
          headers: {
            accept: 'application/json',
            'accept-encoding': 'identity',
            ...request.headers,
            'user-agent': userAgent,
          },
        },
        // Others wait for the same token, so a caller who hangs up does not end it. It ends before their deadlines, so that they get the reason.
        {
          deadline: performance.now() + timeoutMs * LOGIN_SHARE,
          maxBytes: MAX_LOGIN_BYTES,
          signal: new CancelSource(),
          cancellable: false,
        },
      ).catch((error: unknown) => {
        throw loginFailure(asOutcome(error), label);
      });
      clock.look(response.header('date'));
      return response;
    },
  });
  if (authenticator === null) return null;
  return {
    authenticator,
    advice,
    report,
    clock,
    close: async () => {
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/** A text that differs if a setting or the address does. It has the secrets. */
function textOf(address: readonly string[], settings: unknown): string {
  return JSON.stringify([
    address,
    ...Object.entries(settings ?? {}).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof Secret ? value.reveal() : value,
    ]),
  ]);
}

/** The secrets among settings. */
function secretsAmong(settings: unknown): Secret[] {
  return typeof settings === 'object' && settings !== null
    ? Object.values(settings).filter((value) => value instanceof Secret)
    : [];
}
