import type { Claims } from './claims.ts';
import type { IdToken } from './id-token.ts';
import type { Issuer } from './issuer.ts';
import type { Probing } from './probes/probe.ts';

/** An issuer as it was read, or why it could not be read. */
export type IssuerReading =
  | { readonly issuer: Issuer }
  | {
      readonly issuer: null;
      /** For people; names what was tried. */
      readonly problem: string;
      /** The issuer that the metadata names, if that is another one. */
      readonly metadataIssuer: string | null;
    };

/** What a check of sign-in may use besides what the platform has stored. */
export interface Evidence {
  /** The issuer that the caller named; null if it did not. */
  readonly issuer: string | null;
  /** An ID token that the issuer gave for the client of the configuration; null if the caller has none. */
  readonly idToken: IdToken | null;
  /** The claims that ID tokens will have; null if the caller does not say. */
  readonly claims: Claims | null;
  /**
   * Reads an issuer, whatever text it is.
   * @param isStale whether what was read before this check is of no use
   * @throws RateLimitedError
   */
  readonly readIssuer: (issuer: string, isStale: boolean) => Promise<IssuerReading>;
  readonly probing: Probing;
  /** The time, in seconds since 1970. */
  readonly now: number;
}

/**
 * Reads the issuer of a configuration. If the metadata there is about another issuer, that one is read: only its keys and
 * endpoints show whether it is the one that people sign in at.
 * @param isStale whether what is remembered of it is out of date, as far as the check can tell: then it is read again, once
 */
export async function readIssuerOf(
  { readIssuer }: Evidence,
  issuer: string,
  isStale: (remembered: Issuer) => boolean,
): Promise<IssuerReading> {
  const reading = await readIssuer(issuer, false);
  const other =
    reading.issuer === null && reading.metadataIssuer !== null
      ? await readIssuer(reading.metadataIssuer, false)
      : null;
  const found = other !== null && other.issuer !== null ? other : reading;
  return found.issuer !== null && isStale(found.issuer)
    ? readIssuer(found.issuer.metadata.issuer, true)
    : found;
}

/** Whether an issuer, as it is remembered, has no key with the `kid` of the ID token: then it has changed its keys, or the ID token is not its own. */
export function lacksKeyOf({ idToken }: Evidence): (remembered: Issuer) => boolean {
  const kid = idToken?.kid ?? null;
  return ({ keys }) => kid !== null && !keys.some((key) => key.kid === kid);
}
