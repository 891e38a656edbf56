import { processDiscoveryResponse } from 'oauth4webapi';
import { IssuerError } from '../domain/errors.ts';
import type { Json } from '../domain/json/json.ts';
import { METADATA_MEMBERS } from '../domain/sign-in/issuer.ts';
import type { IssuerMetadata, MetadataMember, MetadataName } from '../domain/sign-in/issuer.ts';
import { parseUrl } from '../domain/text/url.ts';
import { visible } from '../domain/text/visible.ts';
import { issuerError } from './guarded-fetch.ts';
import type { FetchedDocument } from './guarded-fetch.ts';
import { readJsonObject } from './json-document.ts';

/** Longest text, and longest list, in a member. */
const MAX_TEXT = 2_048;
const MAX_ITEMS = 500;

/** Where an issuer has its metadata (OpenID Connect Discovery 1.0 section 4). */
export function metadataUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}

/**
 * Reads the metadata of an issuer.
 * @param issuer as the caller gave it
 * @throws IssuerError
 */
export async function readMetadata(
  issuer: string,
  document: FetchedDocument,
): Promise<IssuerMetadata> {
  const members = readJsonObject(document);
  await checkIssuer(issuer, document, members['issuer']);
  const problems: string[] = [];
  const read = Object.fromEntries(
    Object.entries(METADATA_MEMBERS).map(([name, member]) => {
      const value = members[member.wire];
      const problem = problemOf(value, member);
      if (problem !== null) problems.push(problem);
      return [name, value ?? null];
    }),
  ) as { readonly [Name in MetadataName]: IssuerMetadata[Name] }; // not used if there is a problem
  const jwksUri = members['jwks_uri'];
  if (typeof jwksUri !== 'string' || jwksUri.length > MAX_TEXT || parseUrl(jwksUri) === null)
    problems.push(`jwks_uri must be a URL of at most ${MAX_TEXT} characters`);
  if (problems.length > 0 || typeof jwksUri !== 'string')
    throw issuerError(
      'INVALID_METADATA',
      document.url,
      `The metadata is not valid: ${problems.join('; ')}. The owner of the issuer must correct it.`,
    );
  return {
    issuer,
    metadataUrl: document.url,
    jwksUri,
    authorizationResponseIssParameterSupported:
      members['authorization_response_iss_parameter_supported'] === true,
    ...read,
  };
}

/** The library compares issuers as URLs, so that `https://a` and `https://a/` are the same; verifiers of ID tokens compare them exactly. */
async function checkIssuer(
  expected: string,
  { url, text }: FetchedDocument,
  actual: Json | undefined,
): Promise<void> {
  if (typeof actual !== 'string' || actual.length > MAX_TEXT)
    throw issuerError('INVALID_METADATA', url, 'The metadata has no member issuer that is text.');
  if (actual !== expected) throw mismatch(expected, actual, url);
  try {
    await processDiscoveryResponse(
      new URL(expected),
      new Response(text, { headers: { 'content-type': 'application/json' } }),
    );
  } catch (error) {
    throw issuerError('INVALID_METADATA', url, 'The metadata is not valid.', error);
  }
}

function mismatch(expected: string, actual: string, url: string): IssuerError {
  const shown = visible(actual);
  const advice =
    actual.replace(/\/$/, '') === expected.replace(/\/$/, '')
      ? 'They differ only in the slash at the end, which counts.'
      : /[{}]|%7b/i.test(actual)
        ? 'It stands for many tenants: use the issuer of one tenant.'
        : 'Use the issuer that the metadata names, if you trust it.';
  return new IssuerError(
    `The metadata at ${visible(url)} is about the issuer "${shown}", not "${visible(expected)}". ID tokens contain the former, and it is compared exactly. ${advice}`,
    'ISSUER_MISMATCH',
    url,
    shown,
  );
}

/** What is wrong with a member. Null counts as omitted. */
function problemOf(value: Json | undefined, { wire, kind }: MetadataMember): string | null {
  if (value === undefined || value === null) return null;
  if (kind === 'text')
    return typeof value === 'string' && value.length <= MAX_TEXT
      ? null
      : `${wire} must be a string of at most ${MAX_TEXT} characters`;
  return Array.isArray(value) &&
    value.length <= MAX_ITEMS &&
    value.every((item) => typeof item === 'string' && item.length <= MAX_TEXT)
    ? null
    : `${wire} must be a list of at most ${MAX_ITEMS} strings`;
}
