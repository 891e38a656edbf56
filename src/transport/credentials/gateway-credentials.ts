import type { z } from 'zod';
import type { OidcError } from '../../domain/errors.ts';
import type { HttpRequest, HttpResponse } from '../http/http.ts';
import type { Authenticator } from './authenticator.ts';
import type { NoTurn, ReplacedToken, Turn } from './login-gate.ts';
import type { RequestIds } from './request-collector.ts';
import type { LoginEvent } from './token-source.ts';

/** An event of the gateway's own credentials, for the operator's log. */
export type CredentialsEvent =
  | LoginEvent
  /** The upstream refused a call that carried them. `requests`: the refused one, and those that waited for it. */
  | {
      readonly kind: 'CALL_REFUSED';
      readonly error: OidcError;
      readonly advice: string;
      readonly requests: RequestIds;
    }
  /** How far this machine's clock is ahead of the upstream's, in milliseconds; 0 once they agree again. */
  | { readonly kind: 'CLOCK_SKEW'; readonly skewMs: number };

/** What an upstream gets to open the gateway's own credentials. */
export interface CredentialsTools {
  /** Name of the upstream, for messages. */
  readonly label: string;
  /** The base URL of the API. */
  readonly base: URL;
  /**
   * Sends a login, once, under a deadline of its own.
   * @throws LoginFailedError if there is no complete response
   */
  readonly send: (url: URL, request: Omit<HttpRequest, 'path'>) => Promise<HttpResponse>;
  /** Waits for the turn of a login, or of the first signed request. @param replaces the token that the login is to replace */
  readonly turn: (replaces: ReplacedToken | null) => Promise<Turn | NoTurn>;
  readonly report: (event: CredentialsEvent) => void;
}

/** How the gateway gets credentials of its own for an upstream. */
export interface GatewayCredentials<Settings> {
  /** The variable that says whose credentials are used: `caller` or `gateway`. */
  readonly variable: string;
  /** Every variable, by name, with its description. */
  readonly variables: Readonly<Record<string, z.ZodType>>;
  /** A discriminated union of the modes: variables of another mode must not be set. */
  readonly env: z.ZodType<Settings>;
  /** Null if the settings leave credentials to the callers. */
  readonly open: (settings: Settings, tools: CredentialsTools) => Authenticator | null;
  /** What the operator has to fix if the upstream refuses a call that carried them. */
  readonly advice: (refusal: OidcError) => string;
}
