import type { Secret } from '../domain/secret.ts';
import type { CallerCredentials } from './credentials.ts';
import type { HangUp } from './hang-up.ts';
import type { HttpAnswer, HttpRequest, Outcome } from './http.ts';
import type { RequestIds } from './own-access.ts';

/** How long something may be waited for. */
export interface Wait {
  /** When to give up, on the clock of `performance.now()`, in milliseconds. */
  readonly deadline: number;
  /** Fires when the caller hangs up. */
  readonly hangUp: HangUp;
  /** The gateway's id of the request that waits, for the log. */
  readonly requestId: string;
}

/** What one request carries to show on whose behalf it comes. */
export interface Pass {
  readonly headers: Readonly<Record<string, string>>;
  /** What of it must not be shown. */
  readonly secrets: readonly Secret[];
  /** Whether other requests carry the same secrets, as those with the gateway's own token do. */
  readonly isShared?: boolean;
  /** Looks, when the request's turn has come, whether it may still be sent. @throws UpstreamUnavailableError where not */
  readonly check?: () => void;
  /** Hears what became of the request, each time that it was sent, before others take its place. */
  readonly heard?: (outcome: Outcome) => void;
  /** The same access for another request that goes along with this one; the pass itself if it is left out. */
  readonly along?: (request: HttpRequest) => Pass;
  /** Hears that it is not sent any more, whether it ever was or not. */
  readonly ended?: () => void;
}

/** Puts credentials on the requests of one session. */
export interface Authenticator {
  /** Whose credentials they are. An upstream's refusal of the gateway's own is the operator's affair, not the caller's. */
  readonly owner: 'caller' | 'gateway';
  /** @throws UpstreamUnavailableError where the gateway has none that work, or none in time */
  readonly pass: (request: HttpRequest, wait: Wait) => Pass | Promise<Pass>;
  /**
   * Hears of a 401.
   * @returns a pass to try once more with, where the answer proves that the refused one had grown stale; else null
   * @throws UpstreamUnavailableError like `pass`
   */
  readonly refused: (
    pass: Pass,
    answer: HttpAnswer,
    request: HttpRequest,
    wait: Wait,
  ) => Promise<Pass | null>;
  /** Called after a refusal with the id of its request. @returns that one and those that waited for it, for the log */
  readonly failing?: (requestId: string) => RequestIds;
}

/** The caller's own token, passed through. */
export function callerAuthenticator(
  { toUpstream }: CallerCredentials,
  token: Secret,
): Authenticator {
  const pass: Pass = { headers: toUpstream(token), secrets: [token] };
  return { owner: 'caller', pass: () => pass, refused: () => Promise.resolve(null) };
}
