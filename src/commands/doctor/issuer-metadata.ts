import { isObject, parseJson } from '../../domain/json/json.ts';
import { isLoopback, parseUrl } from '../../domain/text/url.ts';
import { visible } from '../../domain/text/visible.ts';
import type { JwtSettings } from '../../config/authentication-settings.ts';
import { sentence } from './check-result.ts';
import type { CheckResult } from './check-result.ts';
import { fetchText, KeysUnavailable } from '../../server/auth/issuer-keys.ts';

/** Deadline of fetching the metadata of the issuer, in milliseconds. */
const METADATA_TIMEOUT_MS = 5_000;

/** Compares the settings about the issuer with the issuer's metadata. Nothing else is fetched; redirects are not followed. */
export async function* compareIssuer({
  issuer,
  keys,
}: Pick<JwtSettings, 'issuer' | 'keys'>): AsyncIterable<CheckResult> {
  const subject = 'inbound authentication';
  const url = parseUrl(issuer);
  if (
    url === null ||
    (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) ||
    url.username !== '' ||
    url.password !== ''
  ) {
    yield {
      subject,
      state: 'NOTE',
      text: 'AUTH_ISSUER is not an https URL, so it cannot be compared with metadata.',
    };
    return;
  }
  const found = await fetchMetadata(url);
  if ('failure' in found) {
    yield {
      subject,
      state: 'NOTE',
      text: `the metadata of the issuer cannot be fetched from ${url.origin}: ${sentence(found.failure)} AUTH_ISSUER could not be compared with it.`,
    };
    return;
  }
  const { metadata, place } = found;
  const { issuer: named, jwks_uri: jwksUri } = metadata;
  if (named === issuer)
    yield {
      subject,
      state: 'OK',
      text: `AUTH_ISSUER matches the metadata of the issuer at ${place}.`,
    };
  else {
    const given = typeof named === 'string' ? `"${visible(named)}"` : 'not a string';
    const slash =
      typeof named === 'string' && named.replace(/\/$/, '') === issuer.replace(/\/$/, '')
        ? ' They differ only in the trailing slash.'
        : '';
    yield {
      subject,
      state: 'ERROR',
      text: `AUTH_ISSUER is "${visible(issuer)}", but in the issuer's metadata at ${place} the issuer is ${given}.${slash}`,
      advice:
        'Set AUTH_ISSUER to exactly the value in the metadata: tokens have that value in iss, and are refused if it differs.',
    };
  }
  if (!(keys instanceof URL)) return;
  if (typeof jwksUri !== 'string')
    yield {
      subject,
      state: 'NOTE',
      text: 'the metadata of the issuer names no jwks_uri: AUTH_JWKS_URL could not be compared with it.',
    };
  else if (parseUrl(jwksUri)?.href !== keys.href)
    yield {
      subject,
      state: 'WARN',
      text: `AUTH_JWKS_URL is not the jwks_uri of the issuer's metadata, which is "${visible(jwksUri)}".`,
      advice:
        'Set AUTH_JWKS_URL to that URL, unless the difference is intended: keys that are rotated there are not seen here.',
    };
}

/** Reads the metadata of OpenID Connect Discovery, or of RFC 8414 if there is none. */
async function fetchMetadata({
  origin,
  pathname,
}: URL): Promise<
  | { readonly metadata: Readonly<Record<string, unknown>>; readonly place: string }
  | { readonly failure: string }
> {
  const path = pathname.replace(/\/$/, '');
  let failure = '';
  for (const place of [
    `${path}/.well-known/openid-configuration`,
    `/.well-known/oauth-authorization-server${path}`,
  ]) {
    try {
      const value = parseJson(
        await fetchText(new URL(place, origin), {
          accept: 'application/json',
          timeoutMs: METADATA_TIMEOUT_MS,
        }),
      );
      if (isObject(value) && 'issuer' in value) return { metadata: value, place: visible(place) };
      failure ||= 'the response is not the metadata of an issuer';
    } catch (error) {
      if (!(error instanceof KeysUnavailable)) throw error;
      failure ||= error.message;
      // The other location is on the same host.
      if (!error.isAnswered) break;
    }
  }
  return { failure };
}
