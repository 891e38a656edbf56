import { performance } from 'node:perf_hooks';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { TracingSettings } from '../../config/tracing-settings.ts';
import { systemErrorCode } from '../../domain/system-error.ts';
import {
  asOutcome,
  isSuccess,
  openPool,
  send,
  TransportFailure,
} from '../../transport/http/http.ts';
import type { Outcome } from '../../transport/http/http.ts';
import { mayPass } from '../../transport/policy/repeats.ts';
import { retryAfterSeconds } from '../../transport/response/retry-after.ts';
import { CancelSource } from '../../transport/waiting/cancel-signal.ts';
import { pause } from '../../transport/waiting/time-limit.ts';

/** Maximum wait before the first repeat, in milliseconds; doubled for each of the next. The actual wait is between half of it and all. */
const BACKOFF_MS = 1_000;

/** Maximum size of a response, in bytes. Receivers respond with little, and nothing of it is used. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** Sends spans to a receiver. */
export interface SpanSender {
  /** @returns why it failed, in a word that repeats nothing of what was sent; null if it succeeded */
  readonly send: (spans: readonly ReadableSpan[]) => Promise<string | null>;
  /** Gives up what is being sent, and closes all connections. */
  readonly close: () => Promise<void>;
}

/**
 * Sends spans over OTLP, in JSON or protobuf, with the gateway's own HTTP client: the exporters of OpenTelemetry use that
 * of Node, and with it every request takes a tenth more CPU time, whether it is recorded or not.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function openSpanSender(
  { protocol, url, headers, timeoutMs }: TracingSettings,
  random: () => number = Math.random,
): SpanSender {
  const isJson = protocol === 'http/json';
  const serializer = isJson ? JsonTraceSerializer : ProtobufTraceSerializer;
  const pool = openPool(url.origin);
  const closing = new CancelSource();
  const request = {
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    headers: {
      ...Object.fromEntries([...headers].map(([name, value]) => [name, value.reveal()])),
      'content-type': isJson ? 'application/json' : 'application/x-protobuf',
    },
  } as const;

  return {
    send: async (spans) => {
      const body = serializer.serializeRequest([...spans]);
      if (body === undefined) return 'FAILED';
      const deadline = performance.now() + timeoutMs;
      const options = {
        deadline,
        signal: closing,
        maxBytes: MAX_RESPONSE_BYTES,
        cancellable: true,
      };
      for (let backoff = BACKOFF_MS; ; backoff *= 2) {
        const outcome = await send(pool, { ...request, body }, options).catch(asOutcome);
        if (!mayPass(outcome)) return failureOf(outcome);
        const asked = (retryAfterSeconds(outcome.header('retry-after')) ?? 0) * 1000;
        const wait = Math.max(asked, backoff * (0.5 + random() / 2));
        if (performance.now() + wait >= deadline) return failureOf(outcome);
        await pause(wait, closing);
        if (closing.aborted) return failureOf(outcome);
      }
    },
    close: async () => {
      closing.cancel();
      await pool.destroy();
    },
  };
}

/** Why an export failed, in a word: messages may repeat what was sent, or what the receiver says. Null if it succeeded. */
function failureOf(outcome: Outcome): string | null {
  if (!(outcome instanceof TransportFailure))
    return isSuccess(outcome.status) ? null : `STATUS_${outcome.status}`;
  const { cause, reason } = outcome;
  return (cause instanceof Error ? systemErrorCode(cause) : null) ?? reason;
}
