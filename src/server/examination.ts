import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { performance } from 'node:perf_hooks';
import type { Config } from '../config.ts';
import { OidcError } from '../domain/errors.ts';
import { Scrubber } from '../domain/scrub.ts';
import { SharedSecrets } from '../domain/shared-secrets.ts';
import type { Graph } from '../graph/graph.ts';
import { ClockSkew } from '../transport/clock-skew.ts';
import type { Caller, Connection } from '../transport/connection.ts';
import { Line } from '../transport/hang-up.ts';
import { openPool, send, TransportFailure } from '../transport/http.ts';
import { createLoginGate } from '../transport/login-gate.ts';
import type { CredentialsEvent } from '../transport/own-credentials.ts';
import { wordsForLost } from '../transport/response-words.ts';
import type { Upstream } from '../transport/upstream.ts';
import { openConnections } from './connections.ts';
import { tryCredential } from './examination-credential.ts';
import { inbound, misspelt, persisted } from './examination-inbound.ts';
import { sentence } from './finding.ts';
import type { Finding } from './finding.ts';

/**
 * Looks at who may call, and at every upstream that is configured: its name, its address, and the gateway's own access to
 * it. Reads only.
 * @param credential a token or API key of a caller, to try whether it is let in
 */
export async function* examine(
  config: Config,
  upstreams: readonly Upstream<Graph>[],
  credential: string | null = null,
): AsyncIterable<Finding> {
  const events: {
    readonly event: CredentialsEvent;
    readonly upstream: string;
    readonly scrubber: Scrubber;
  }[] = [];
  const ownSecrets = new SharedSecrets();
  const connections = openConnections(config, upstreams, {
    openDispatcher: openPool,
    loginGate: createLoginGate(),
    ownSecrets,
    onCredentials: (event, upstream, scrubber) => events.push({ event, upstream, scrubber }),
    onBreaker: () => undefined,
  });
  try {
    yield* misspelt(config);
    yield* persisted(config, upstreams);
    yield* inbound(config.authentication);
    if (credential !== null) yield* tryCredential(config.authentication, credential);
    for (const upstream of upstreams) {
      const { id, label, urlVariables } = upstream;
      const variables = urlVariables.join(' or ');
      const connection = connections.get(id);
      if (connection === undefined) {
        yield {
          subject: label,
          state: 'OK',
          text: `is not configured: its operations will answer that it is unavailable. Set ${variables} to change that.`,
        };
        continue;
      }
      const found = yield* reach(label, connection, config.upstreamTimeoutMs, variables);
      if (found === 'NOTHING') continue;
      if (connection.own === null)
        yield {
          subject: label,
          state: 'OK',
          text: `callers bring their own tokens (${upstream.credentialsVariable} is caller): nothing more can be tried here.`,
        };
      else {
        const result = await access(upstream, connections, ownSecrets);
        const own = events.filter((one) => one.upstream === id);
        // That the clock is wrong may have been seen when the upstream was reached, and is no reason by itself.
        if (found !== 'ANOTHER_TIME')
          for (const { event } of own)
            if (event.kind === 'CLOCK_SKEW' && event.skewMs !== 0)
              yield clockFinding(label, event.skewMs);
        const told = own.flatMap(({ event, scrubber }) => [...wordsFor(label, event, scrubber)]);
        yield* told;
        // What the caller would be told says nothing where the operator has just been told the reason.
        if (result.state === 'OK' || told.every(({ state }) => state !== 'FAULT')) yield result;
      }
    }
  } finally {
    await Promise.all([...connections.values()].map((connection) => connection.close()));
  }
}

/** What was found where an upstream should be. */
type Found = 'NOTHING' | 'UPSTREAM' | 'ANOTHER_TIME';

/** Resolves the name of an upstream and asks it for anything. */
async function* reach(
  subject: string,
  { baseUrl }: Connection,
  timeoutMs: number,
  variables: string,
): AsyncGenerator<Finding, Found> {
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
      state: 'FAULT',
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
      hangUp: new Line(),
      cancellable: true,
    };
    const answer = await send(
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
      text: `${origin} answers, in ${Math.round(performance.now() - began)} ms.`,
    };
    let skewMs = 0;
    new ClockSkew((found) => {
      skewMs = found;
    }).look(answer.header('date'));
    if (skewMs !== 0) yield clockFinding(subject, skewMs);
    return skewMs === 0 ? 'UPSTREAM' : 'ANOTHER_TIME';
  } catch (error) {
    if (!(error instanceof TransportFailure)) throw error;
    const why = whyNot(error, timeoutMs);
    yield {
      subject,
      state: 'FAULT',
      text: `${origin} ${why}.`,
      advice: `Check ${variables}, and what stands between: firewall, proxy, TLS certificates.`,
    };
    return 'NOTHING';
  } finally {
    await dispatcher.destroy();
  }
}

function whyNot(failure: TransportFailure, timeoutMs: number): string {
  switch (failure.reason) {
    case 'TIMEOUT':
      return `did not answer within ${timeoutMs} ms`;
    case 'TLS_FAILED':
      return `makes no secure connection (TLS: ${codeOf(failure.cause)})`;
    case 'PROTOCOL_ERROR':
    case 'HEADERS_TOO_LARGE':
    case 'UNREADABLE':
    case 'TOO_LARGE':
      return wordsForLost(failure).what;
    default:
      return `cannot be reached (${codeOf(failure.cause)})`;
  }
}

/** Reads something harmless with the gateway's own credentials. */
async function access(
  { label, probe }: Upstream<Graph>,
  connections: Caller['connections'],
  ownSecrets: SharedSecrets,
): Promise<Finding> {
  const caller: Caller = {
    requestId: randomUUID(),
    callerKey: 'the doctor',
    header: () => null,
    trace: null,
    hangUp: new Line(),
    scrubber: new Scrubber(ownSecrets),
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
      state: 'FAULT',
      text: `the gateway's own credentials give no access (${error.code}): ${error.message}`,
    };
  }
}

/** What the operator is told about the credentials beside that. */
function* wordsFor(
  subject: string,
  event: CredentialsEvent,
  scrubber: Scrubber,
): Iterable<Finding> {
  switch (event.kind) {
    case 'LOGGED_IN':
      yield {
        subject,
        state: 'OK',
        text: `a token was issued, which lives for ${Math.round(event.lifetimeMs / 60_000)} minutes.`,
      };
      break;
    case 'LOGIN_REFUSED':
      yield {
        subject,
        state: 'FAULT',
        text: `the login was refused with ${sentence(scrubber.text(event.error.message))}`,
        advice: event.error.advice,
      };
      break;
    case 'LOGIN_FAILED':
      yield {
        subject,
        state: 'FAULT',
        text: `the login failed: ${sentence(scrubber.text(event.error instanceof Error ? event.error.message : 'for an unknown reason'))}`,
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
        state: 'FAULT',
        text: `the gateway's own credentials were refused with ${sentence(scrubber.text(words))}`,
        advice: event.advice,
      };
      break;
    }
    case 'CLOCK_SKEW':
      // Told before.
      break;
  }
}

function clockFinding(subject: string, skewMs: number): Finding {
  return {
    subject,
    state: 'FAULT',
    text: `this machine's clock is ${Math.abs(Math.round(skewMs / 1000))} s ${skewMs > 0 ? 'ahead of' : 'behind'} the upstream's.`,
    advice: 'Set the clock (NTP): signatures hold for 15 minutes, and tokens expire by it.',
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error
    ? String(error.code)
    : error instanceof Error
      ? error.name
      : 'unknown reason';
}
