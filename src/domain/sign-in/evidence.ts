import type { Claims } from './claims.ts';
import type { IdToken } from './id-token.ts';
import type { Issuer } from './issuer.ts';

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
   * @throws RateLimitedError
   */
  readonly readIssuer: (issuer: string) => Promise<IssuerReading>;
  /** The time, in seconds since 1970. */
  readonly now: number;
}

/**
 * Reads the issuer of a configuration. If the metadata there is about another issuer, that one is read: only its keys and
 * endpoints show whether it is the one that people sign in at.
 */
export async function readIssuerOf(
  { readIssuer }: Evidence,
  issuer: string,
): Promise<IssuerReading> {
  const reading = await readIssuer(issuer);
  if (reading.issuer !== null || reading.metadataIssuer === null) return reading;
  const other = await readIssuer(reading.metadataIssuer);
  return other.issuer === null ? reading : other;
}
