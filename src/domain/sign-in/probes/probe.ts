/** A request to an issuer, or to an endpoint of one. */
export interface IssuerRequest {
  readonly method: 'GET' | 'POST';
  /** Absolute. Errors show it. */
  readonly url: string;
  /** What is added to the query of the URL, escaped. Errors do not show it. */
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A complete response to it, whatever its status. */
export interface IssuerResponse {
  readonly status: number;
  readonly header: (name: string) => string | null;
  /** Empty if it cannot be read. */
  readonly body: string;
}

/** The response to a probe, or why there is none. */
export type ProbeResult =
  | { readonly response: IssuerResponse }
  | {
      readonly response: null;
      /** For people; names what was tried. */
      readonly problem: string;
    };

/**
 * Sends a request as a sign-in does, to see what happens.
 * @throws RateLimitedError
 */
export type Probe = (request: IssuerRequest) => Promise<ProbeResult>;

/** Removes the secrets of a sign-in from what a provider says: it knows them, and may repeat them. */
export type Hide = (text: string) => string;

/** Whether checks may send probes. */
export type Probing =
  | {
      readonly probe: Probe;
      readonly hide: Hide;
      /** Whether the caller may do everything, also have secrets sent that only the gateway may read. */
      readonly isAdmin: boolean;
    }
  | {
      readonly probe: null;
      /** The caller has asked for probes, but the operator has not turned them on. */
      readonly isRequested: boolean;
    };

/** Why nothing was probed. `OFF`: the caller has asked for it, but it is turned off. */
export interface NotProbed {
  readonly kind: 'NOT_REQUESTED' | 'OFF';
}

/** What to do if probes were asked for and are not allowed. */
export const PROBES_ARE_OFF = {
  message: 'Probes are turned off in this gateway.',
  advice: 'Ask the operator of the gateway to set SIGN_IN_PROBES=true.',
};
