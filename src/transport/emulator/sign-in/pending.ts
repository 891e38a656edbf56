import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';

/** Most sign-ins that are remembered; the oldest are forgotten first. */
const MAX_PENDING = 1000;
const LIFETIME_MS = 10 * 60_000;

/** Sign-ins that were started, until the OpenID Provider sends the person back. */
export class PendingSignIns<Started> {
  readonly #started = new Map<string, { readonly what: Started; readonly until: number }>();

  /** @returns the `state` of the authorization request */
  start(what: Started): string {
    const [oldest] = this.#started.keys();
    if (oldest !== undefined && this.#started.size >= MAX_PENDING) this.#started.delete(oldest);
    const state = randomBytes(24).toString('base64url');
    this.#started.set(state, { what, until: performance.now() + LIFETIME_MS });
    return state;
  }

  /** @returns what was started with this `state`, once; undefined if it is unknown, used or too old */
  take(state: string): Started | undefined {
    const found = this.#started.get(state);
    this.#started.delete(state);
    return found && found.until > performance.now() ? found.what : undefined;
  }
}
