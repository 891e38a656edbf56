import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import type { Config } from '../../config/config.ts';
import { OidcError } from '../../domain/errors.ts';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import { SharedSecrets } from '../../domain/scrub/shared-secrets.ts';
import type { Graph } from '../../graph/graph.ts';
import { ClockSkew } from '../../transport/credentials/clock-skew.ts';
import type { Caller, Connection } from '../../transport/connection.ts';
import { CancelSource } from '../../transport/waiting/cancel-signal.ts';
import { openPool, send, TransportFailure } from '../../transport/http/http.ts';
import { createLoginGate } from '../../transport/credentials/login-gate.ts';
import { describeLost } from '../../transport/response/transport-failure.ts';
import type { Upstream } from '../../transport/upstream.ts';
import type { UpstreamEvent } from '../../transport/upstream-event.ts';
import { systemErrorCode } from '../../domain/system-error.ts';
import { openConnections } from '../../server/context/upstream-connections.ts';
import { tryCredential } from './credential-check.ts';
import { inbound, misspelled, persisted } from './inbound-check.ts';
import { redis } from './redis-check.ts';
import { sentence } from './check-result.ts';
import type { CheckResult } from './check-result.ts';

/**
 * Checks who may call, what instances share, and every configured upstream: its host name, its address, and the gateway's own access to it.
 * Only reads.
 * @param credential a token or API key of a caller, to check whether the gateway accepts it
 */
export async function* runChecks(
  config: Config,
  upstreams: readonly Upstream<Graph>[],
  credential: string | null = null,
): AsyncIterable<CheckResult> {
  const events: { readonly event: UpstreamEvent; readonly upstream: string }[] = [];
  const gatewaySecrets = new SharedSecrets();
  const connections = openConnections(config, upstreams, {
    openDispatcher: openPool,
    loginGate: createLoginGate(),
    gatewaySecrets,
    onEvent: (event, upstream) => events.push({ event, upstream }),
  });
  try {
    yield* misspelled(config);
    yield* persisted(config, upstreams);
    yield* inbound(config.authentication);
    if (credential !== null) yield* tryCredential(config.authentication, credential);
    yield* redis(config.redis);
    for (const upstream of upstreams) {
      const { id, label, urlVariables } = upstream;
      const variables = urlVariables.join(' or ');
      const connection = connections.get(id);
      if (connection === undefined) {
        yield {
          subject: label,
          state: 'OK',
          text: `is not configured: its operations fail with UPSTREAM_UNAVAILABLE. Set ${variables} to change that.`,
        };
        continue;
      }
      const found = yield* reach(label, connection, config.upstreamTimeoutMs, variables);
      if (found === 'NOTHING') continue;
      if (connection.gatewayAccess === null)
        yield {
          subject: label,
          state: 'OK',
          text: `callers bring their own tokens (${upstream.credentialsVariable} is caller): nothing more can be checked here.`,
        };
      else {
        const result = await access(upstream, connections, gatewaySecrets);
        const own = events.filter((one) => one.upstream === id);
        // A wrong clock may have been seen when the upstream was reached; it does not explain a failure by itself.
        if (found !== 'ANOTHER_TIME')
          for (const { event } of own)
            if (event.kind === 'CLOCK_SKEW' && event.skewMs !== 0)
              yield clockResult(label, event.skewMs);
        const reasons = own.flatMap(({ event }) => [...wordsFor(label, event)]);
        yield* reasons;
        // The message for callers adds nothing if the reason has just been reported.
        if (result.state === 'OK' || reasons.every(({ state }) => state !== 'ERROR')) yield result;
      }
    }
  } finally {
    await Promise.all([...connections.values()].map((connection) => connection.close()));
  }
}

/** What the check of an upstream's address found. */
type Found = 'NOTHING' | 'UPSTREAM' | 'ANOTHER_TIME';

/** Resolves the host name of an upstream and sends it a request. */
async function* reach(
  subject: string,
  { baseUrl }: Connection,
  timeoutMs: number,
  variables: string,
): AsyncGenerator<CheckResult, Found> {
  const { hostname, origin, pathname } = new URL(baseUrl);
  try {
    const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true });
    yield {
      subject,
      state: 'OK',
      text: `${hostname} resolves to ${addresses.map(({ address }) => address).join(', ')}.`,
    };
  } catch (error) {
    yield {
      subject,
      state: 'ERROR',
      text: `${hostname} does not resolve (${codeOf(error)}).`,
      advice: `Check ${variables} and the DNS of this machine.`,
    };
    return 'NOTHING';
  }
  const dispatcher = openPool(origin);
  const began = performance.now();
  try {
    const options = {
      deadline: began + timeoutMs,
      maxBytes: 1024 * 1024,
      signal: new CancelSource(),
      cancellable: true,
    };
    const response = await send(
      dispatcher,
      {
        method: 'GET',
        path: pathname,
        headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      },
      options,
    );
    yield {
      subject,
      state: 'OK',
      text: `${origin} responds in ${Math.round(performance.now() - began)} ms.`,
    };
    let skewMs = 0;
    new ClockSkew((found) => {
      skewMs = found;
    }).look(response.header('date'));
    if (skewMs !== 0) yield clockResult(subject, skewMs);
    return skewMs === 0 ? 'UPSTREAM' : 'ANOTHER_TIME';
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    const why = whyNot(error, timeoutMs);
    yield {
      subject,
      state: 'ERROR',
      text: `${origin} ${why}.`,
      advice: `Check ${variables}, and anything in between: firewall, proxy, TLS certificates.`,
    };
    return 'NOTHING';
  } finally {
    await dispatcher.destroy();
  }
}

function whyNot(failure: TransportFailure, timeoutMs: number): string {
  switch (failure.reason) {
    case 'TIMEOUT':
      return `did not respond within ${timeoutMs} ms`;
    case 'TLS_FAILED':
      return `does not accept a secure connection (TLS: ${codeOf(failure.cause)})`;
    case 'PROTOCOL_ERROR':
    case 'HEADERS_TOO_LARGE':
    case 'UNREADABLE':
    case 'TOO_LARGE':
      return describeLost(failure).what;
    default:
      return `cannot be reached (${codeOf(failure.cause)})`;
  }
}

/** Reads from the upstream with the gateway's own credentials. */
async function access(
  { label, probe }: Upstream<Graph>,
  connections: Caller['connections'],
  gatewaySecrets: SharedSecrets,
): Promise<CheckResult> {
  const caller: Caller = {
    requestId: randomUUID(),
    callerKey: 'the doctor',
    header: () => null,
    trace: null,
    spans: null,
    signal: new CancelSource(),
    scrubber: new Scrubber(gatewaySecrets),
    connections,
    onUpstreamCall: () => undefined,
    beforeWrite: () => null,
    onOutcomeUnknown: () => undefined,
    onNoAccess: () => undefined,
  };
  try {
    return {
      subject: label,
      state: 'OK',
      text: `the gateway's own credentials work: read ${await probe(caller)}.`,
    };
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    return {
      subject: label,
      state: 'ERROR',
      text: `the gateway's own credentials give no access (${error.code}): ${error.message}`,
    };
  }
}

/** What events about the credentials mean for the operator. */
function* wordsFor(subject: string, event: UpstreamEvent): Iterable<CheckResult> {
  switch (event.kind) {
    case 'LOGGED_IN':
      yield {
        subject,
        state: 'OK',
        text: `a token was issued, valid for ${Math.round(event.lifetimeMs / 60_000)} minutes.`,
      };
      break;
    case 'LOGIN_REFUSED':
      yield {
        subject,
        state: 'ERROR',
        text: `the login was refused with ${sentence(event.scrubber.text(event.error.message))}`,
        advice: event.error.advice,
      };
      break;
    case 'LOGIN_FAILED':
      yield {
        subject,
        state: 'ERROR',
        text: `the login failed: ${sentence(event.scrubber.text(event.error instanceof Error ? event.error.message : 'for an unknown reason'))}`,
        advice: event.advice,
      };
      break;
    case 'CALL_REFUSED': {
      const { status = null, details: [said] = [] } = event.error.upstream ?? {};
      const words = [`status ${String(status)}`, said?.code, said?.message]
        .filter(Boolean)
        .join(', ');
      yield {
        subject,
        state: 'ERROR',
        text: `the gateway's own credentials were refused with ${sentence(event.scrubber.text(words))}`,
        advice: event.advice,
      };
      break;
    }
    case 'TOKEN_SHARED':
    case 'CLOCK_SKEW':
    case 'BREAKER_OPENED':
    case 'BREAKER_CLOSED':
    case 'RESPONSE_LOST':
      // The doctor shares nothing. The clock is already reported. The others are about calls, and the check of the access reports its own.
      break;
  }
}

function clockResult(subject: string, skewMs: number): CheckResult {
  return {
    subject,
    state: 'ERROR',
    text: `this machine's clock is ${Math.abs(Math.round(skewMs / 1000))} s ${skewMs > 0 ? 'ahead of' : 'behind'} the upstream's.`,
    advice:
      'Set the clock (NTP): signatures are valid for 15 minutes, and the clock decides when tokens expire.',
  };
}

function codeOf(error: unknown): string {
  return systemErrorCode(error) ?? (error instanceof Error ? error.name : 'unknown reason');
}
