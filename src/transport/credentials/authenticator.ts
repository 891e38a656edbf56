import type { Secret } from '../../domain/scrub/secret.ts';
import type { CallerCredentials } from './caller-credentials.ts';
import type { HttpResponse, HttpRequest, Outcome } from '../http/http.ts';
import type { Patience } from '../waiting/time-limit.ts';
import type { RequestIds } from './request-collector.ts';

/** How long a request may wait for credentials. */
export interface Wait extends Patience {
  /** The gateway's id of the request that waits, for the log. */
  readonly requestId: string;
}

/** The credentials of one request. */
export interface RequestCredentials {
  readonly headers: Readonly<Record<string, string>>;
  /** The parts that must not be shown. */
  readonly secrets: readonly Secret[];
  /** Whether other requests carry the same secrets, as with the gateway's own token. */
  readonly isShared?: boolean;
  /** Called right before the request is sent. @throws UpstreamUnavailableError if it must not be sent any more */
  readonly check?: () => void;
  /** Called with the outcome of every attempt, before its slot is released. */
  readonly heard?: (outcome: Outcome) => void;
  /** The credentials for an additional request in the same slot. If it is left out, these credentials are used. */
  readonly forAdditionalRequest?: (request: HttpRequest) => RequestCredentials;
  /** Called when it is not sent any more, whether or not it ever was. */
  readonly ended?: () => void;
}

/** Puts credentials on the requests of one session. */
export interface Authenticator {
  /** Whose credentials they are. If the upstream refuses the gateway's own, the operator has to fix it, not the caller. */
  readonly owner: 'caller' | 'gateway';
  /** @throws UpstreamUnavailableError if the gateway has none that work, or none in time */
  readonly credentialsFor: (
    request: HttpRequest,
    wait: Wait,
  ) => RequestCredentials | Promise<RequestCredentials>;
  /**
   * Called with a 401.
   * @returns credentials to try once more with if the response proves that the refused ones are no longer valid; otherwise null
   * @throws UpstreamUnavailableError like `credentialsFor`
   */
  readonly refused: (
    credentials: RequestCredentials,
    response: HttpResponse,
    request: HttpRequest,
    wait: Wait,
  ) => Promise<RequestCredentials | null>;
  /** Called after a refusal. @returns its request and those that waited for it, for the log */
  readonly failing?: (requestId: string) => RequestIds;
}

/** The caller's own token, passed through. */
export function callerAuthenticator(
  { toUpstream }: CallerCredentials,
  token: Secret,
): Authenticator {
  const credentials: RequestCredentials = { headers: toUpstream(token), secrets: [token] };
  return {
    owner: 'caller',
    credentialsFor: () => credentials,
    refused: () => Promise.resolve(null),
  };
}
