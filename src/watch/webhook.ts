import { createHmac } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { IssuerError } from '../domain/errors.ts';
import { guardedRequest } from '../issuer/guarded-fetch.ts';
import type { Guard } from '../issuer/guarded-fetch.ts';
import { resolveByDns } from '../issuer/public-lookup.ts';
import { isSuccess } from '../transport/http/http.ts';
import type { WatchClock } from './check-watch.ts';
import type { Notice } from './notice.ts';
import type { WatchJob } from './watcher.ts';

/** How long an attempt may take, and how long to wait before the second and the third, in milliseconds. */
const ATTEMPT_MS = 5_000;
const PAUSES_MS = [1_000, 5_000] as const;

/** How long sending a notice takes at most, in milliseconds. */
export const WEBHOOK_MS = PAUSES_MS.reduce<number>((sum, ms) => sum + ms + ATTEMPT_MS, ATTEMPT_MS);

/** A response is of no use beyond its status. */
const MAX_BYTES = 64 * 1024;

export interface WebhookOptions
  extends Pick<Guard, 'allowedHosts'>, Partial<Pick<Guard, 'resolve' | 'tls'>> {
  readonly url: string;
  readonly key: Buffer;
  readonly clock: WatchClock;
  /** Called once for each notice. @param reason why it was not taken, as a code or a status; null if it was */
  readonly onSent: (about: WatchJob['about'], notice: Notice, reason: string | null) => void;
}

/**
 * Sends notices as signed webhooks (https://www.standardwebhooks.com). An attempt that fails is repeated twice.
 * @returns whether the receiver took it
 */
export function createWebhook({
  url,
  key,
  clock,
  onSent,
  resolve = resolveByDns,
  ...guard
}: WebhookOptions): (about: WatchJob['about'], notice: Notice) => Promise<boolean> {
  const attempt = async (id: string, body: string): Promise<string | null> => {
    const timestamp = String(Math.floor(clock.now() / 1_000));
    try {
      const { status } = await guardedRequest(
        {
          method: 'POST',
          url,
          headers: {
            'content-type': 'application/json',
            'webhook-id': id,
            'webhook-timestamp': timestamp,
            'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
          },
          body,
        },
        { maxBytes: MAX_BYTES, deadline: performance.now() + ATTEMPT_MS },
        { resolve, ...guard },
      );
      return isSuccess(status) ? null : String(status);
    } catch (error) {
      // Its message has the URL, which may have a secret.
      if (error instanceof IssuerError) return error.issuerReason;
      throw error;
    }
  };
  return async (about, notice) => {
    const body = bodyOf(about, notice);
    let reason = await attempt(notice.id, body);
    for (const ms of PAUSES_MS) {
      if (reason === null) break;
      await new Promise<void>((resolve) => clock.wait(ms, resolve));
      reason = await attempt(notice.id, body);
    }
    onSent(about, notice, reason);
    return reason === null;
  };
}

/** The body of a webhook. docs/watching.md describes it. */
function bodyOf(
  { watch, upstream, id }: WatchJob['about'],
  { kind, result: { status, findings, error, checkedAt, changedAt }, written }: Notice,
): string {
  return JSON.stringify({
    type: `watch.${kind.toLowerCase()}`,
    timestamp: new Date(checkedAt).toISOString(),
    data: {
      watch,
      upstream,
      id,
      status,
      findings,
      error,
      written,
      since: new Date(changedAt).toISOString(),
    },
  });
}
