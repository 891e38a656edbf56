import { setTimeout as sleep } from 'node:timers/promises';

/** How often a request is sent again that the gateway or a platform put off. */
const MAX_REPEATS = 4;
const MAX_WAIT_SECONDS = 60;

/** A result that may ask to be sent again later. Nothing was applied then. */
interface Result {
  readonly __typename: string;
  readonly retryAfterSeconds?: number | null;
}

/** Sends a request, and again if there were too many of them, as often as is reasonable. */
export async function ask<R extends Result>(call: () => Promise<R>): Promise<R> {
  for (let repeat = 0; ; repeat += 1) {
    const result = await call();
    if (result.__typename !== 'OidcRateLimitedError' || repeat === MAX_REPEATS) return result;
    await waitFor(result.retryAfterSeconds, repeat);
  }
}

/** Waits for as long as a result says, or longer each time if it does not say it. */
export async function waitFor(seconds: number | null | undefined, repeat: number): Promise<void> {
  await sleep(Math.min(MAX_WAIT_SECONDS, Math.max(seconds ?? 2 ** repeat, 0.1)) * 1000);
}
