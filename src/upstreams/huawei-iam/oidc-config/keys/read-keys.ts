import type { IssuerError } from '../../../../domain/errors.ts';
import { thumbprint } from '../../../../domain/keys/id-token-keys.ts';
import { keysOf, readJwks } from '../../../../domain/keys/jwks.ts';
import { compareKeys } from '../../../../domain/keys/rotation/compare.ts';
import type { KeyComparison } from '../../../../domain/keys/rotation/compare.ts';
import type { Issuer } from '../../../../domain/sign-in/issuer.ts';
import { issuerUrl } from '../../../../domain/sign-in/issuer-url.ts';
import { issuerError } from '../../../../issuer/guarded-fetch.ts';
import type { RetiredKeys } from '../../../../domain/keys/rotation/retired-keys.ts';
import type { Call } from '../../../../transport/connection.ts';
import { getOidcConfig } from '../operations.ts';
import type { OidcConfig } from '../translate.ts';

/** What is needed to compare stored keys with an issuer's. A request of a caller has it, and so has work of the gateway itself. */
export interface KeySources {
  readonly call: Call;
  /** Base URL of the platform. */
  readonly baseUrl: string;
  /**
   * Reads an issuer that was checked as one.
   * @param maxAgeMs nothing that was read longer ago is used, in milliseconds
   * @throws IssuerError, RateLimitedError
   */
  readonly readIssuer: (issuer: string, maxAgeMs: number) => Promise<Issuer>;
  readonly retiredKeys: RetiredKeys;
}

/** How old the keys of an issuer may be, in milliseconds: the gateway remembers them for up to an hour. */
const MAX_AGE_MS = 60_000;

/** For how long the gateway has seen stored keys gone, in seconds, by thumbprint; null if it does not know at the moment. */
export type Ages = ReadonlyMap<string, number> | null;

/** The stored keys beside those of an issuer. */
export interface ReadKeys {
  readonly config: OidcConfig;
  readonly issuer: Issuer;
  readonly comparison: KeyComparison;
  /** Empty if the issuer is another one than the stored one. */
  readonly goneForS: Ages;
}

/** Compares the stored keys with those of an issuer. @param issuer null: the stored one @throws OidcError */
export async function readKeys(
  sources: KeySources,
  { idpId, issuer: named }: { readonly idpId: string; readonly issuer: string | null },
): Promise<ReadKeys> {
  const { value: config } = await sources.call(getOidcConfig, { idpId });
  const issuer = await readStoredIssuer(sources, named ?? config.idpUrl, MAX_AGE_MS);
  const isStored = issuer.metadata.issuer === config.idpUrl;
  return {
    config,
    issuer,
    comparison: compareKeys(keysOf(readJwks(config.signingKey)), issuer.keys),
    goneForS: isStored ? await seeKeys(sources, config, issuer) : new Map(),
  };
}

/** Reads an issuer, which any text may be that is stored. @throws IssuerError, RateLimitedError */
export async function readStoredIssuer(
  { readIssuer }: Pick<KeySources, 'readIssuer'>,
  issuer: string,
  maxAgeMs = MAX_AGE_MS,
): Promise<Issuer> {
  if (!issuerUrl.safeParse(issuer).success) throw notAnIssuer(issuer);
  return readIssuer(issuer, maxAgeMs);
}

function notAnIssuer(issuer: string): IssuerError {
  return issuerError(
    'NOT_ALLOWED',
    issuer,
    'The stored issuer is not an absolute http(s) URL without query and fragment, of at most 2,048 characters.',
  );
}

/** Remembers which of the stored keys the stored issuer no longer publishes. @returns for how long */
export function seeKeys(
  { baseUrl, retiredKeys }: Pick<KeySources, 'baseUrl' | 'retiredKeys'>,
  { idpId, idpUrl, signingKey }: OidcConfig,
  { keys }: Issuer,
): Promise<Ages> {
  const published = new Set(keys.flatMap((key) => key.thumbprint ?? []));
  const stored = new Set(keysOf(readJwks(signingKey)).flatMap((key) => thumbprint(key) ?? []));
  return retiredKeys.see({
    at: JSON.stringify([baseUrl, idpId, idpUrl]),
    gone: [...stored].filter((print) => !published.has(print)),
    published: [...published],
  });
}
