import { InvalidInputError } from '../../../../domain/errors.ts';
import type { IssuerError } from '../../../../domain/errors.ts';
import { thumbprint } from '../../../../domain/keys/id-token-keys.ts';
import { storedKeys } from '../../../../domain/keys/jwks.ts';
import { compareKeys } from '../../../../domain/keys/rotation/compare.ts';
import type { ComparedKey } from '../../../../domain/keys/rotation/compare.ts';
import type { Issuer } from '../../../../domain/sign-in/issuer.ts';
import { issuerUrl } from '../../../../domain/sign-in/issuer-url.ts';
import { issuerError } from '../../../../issuer/guarded-fetch.ts';
import type { RetiredKeys } from '../../../../domain/keys/rotation/retired-keys.ts';
import type { Call } from '../../../../transport/connection.ts';
import { getOidcConfig } from '../operations.ts';
import type { OidcConfig } from '../translate.ts';
import { KEEP_RETIRED_S } from './input.ts';
import { outlooksOf } from './outlook.ts';
import type { KeysOutlooks, SyncForecast } from './outlook.ts';
import { planSync } from './plan-sync.ts';
import type { Ages } from './plan-sync.ts';

/** What is needed to compare stored keys with an issuer's. A request of a caller has it, and so has work of the gateway itself. */
export interface KeySources {
  readonly call: Call;
  /** Base URL of the platform. */
  readonly baseUrl: string;
  /** Reads an issuer that was checked as one, as fresh as the work needs it. @throws IssuerError, RateLimitedError */
  readonly readIssuer: (issuer: string) => Promise<Issuer>;
  readonly retiredKeys: RetiredKeys;
}

/** The stored keys beside those of an issuer. */
export interface ReadKeys extends KeysOutlooks {
  readonly config: OidcConfig;
  readonly issuer: Issuer;
  readonly keys: readonly ComparedKey[];
  /** What a sync would do that is forced. */
  readonly forecast: SyncForecast;
  /** Empty if the issuer is another one than the stored one. */
  readonly goneForS: Ages;
}

/** Compares the stored keys with those of an issuer. @param issuer null: the stored one @throws OidcError */
export async function readKeys(
  sources: KeySources,
  { idpId, issuer: named }: { readonly idpId: string; readonly issuer: string | null },
): Promise<ReadKeys> {
  const { value: config } = await sources.call(getOidcConfig, { idpId });
  const issuer = await readStoredIssuer(sources, named ?? config.idpUrl);
  const isStored = issuer.metadata.issuer === config.idpUrl;
  const goneForS = isStored ? await seeKeys(sources, config, issuer) : new Map<string, number>();
  const forecast = isStored ? forecastOf(config, issuer, goneForS) : OTHER_ISSUER;
  const keys = compareKeys(storedKeys(config), issuer.keys);
  const outlooks = outlooksOf(keys, issuer.keys, forecast);
  return { config, issuer, keys, ...outlooks, forecast, goneForS };
}

const OTHER_ISSUER: SyncForecast = { kind: 'OTHER_ISSUER' };

function forecastOf(config: OidcConfig, issuer: Issuer, goneForS: Ages): SyncForecast {
  const usual = { keepRetiredSeconds: KEEP_RETIRED_S.usual, dropNow: false };
  try {
    const plan = planSync(config, issuer, goneForS, { ...usual, force: true });
    // A plan that is forced is never refused because no key is common.
    return plan.kind === 'NO_COMMON_KEY' ? { kind: 'NO_USABLE_KEY' } : plan;
  } catch (error) {
    if (error instanceof InvalidInputError) return { kind: 'NOT_WRITABLE' };
    throw error;
  }
}

/** Reads an issuer, which any text may be that is stored. @throws IssuerError, RateLimitedError */
export async function readStoredIssuer(
  { readIssuer }: Pick<KeySources, 'readIssuer'>,
  issuer: string,
): Promise<Issuer> {
  if (!issuerUrl.safeParse(issuer).success) throw notAnIssuer(issuer);
  return readIssuer(issuer);
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
  config: OidcConfig,
  { keys }: Issuer,
): Promise<Ages> {
  const { idpId, idpUrl } = config;
  const published = new Set(keys.flatMap((key) => key.thumbprint ?? []));
  const stored = new Set(storedKeys(config).flatMap((key) => thumbprint(key) ?? []));
  return retiredKeys.see({
    at: JSON.stringify([baseUrl, idpId, idpUrl]),
    gone: [...stored].filter((one) => !published.has(one)),
    published: [...published],
  });
}
