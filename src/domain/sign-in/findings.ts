import { isCleartext, parseUrl } from '../text/url.ts';
import type { Issuer, MetadataName } from './issuer.ts';

/** The stable codes of findings about an issuer that do not depend on a platform, each with its meaning. Each upstream adds its own. */
export const FINDING_CODES = {
  NO_USABLE_KEY: 'No published key can verify ID tokens: sign-in fails on every platform.',
  DUPLICATE_KEY_ID: 'Different published keys have the same kid, so verifiers may use either key.',
  PRIVATE_KEY_PUBLISHED:
    'The issuer publishes a private or symmetric key, so anyone can sign ID tokens in its name.',
  ENDPOINT_MISSING: 'An endpoint that a platform needs is missing, or cannot be used.',
  RESPONSE_TYPE_NOT_OFFERED:
    'The issuer does not list the response type that a platform uses, so sign-in there fails.',
  VALUE_TOO_LONG: 'A value is longer than a platform accepts.',
  ENDPOINT_UNUSABLE: 'An endpoint is not an absolute http(s) URL.',
  ENDPOINT_CLEARTEXT: 'An endpoint, or the key set, uses plain http.',
  METADATA_INCOMPLETE:
    'The metadata lacks a member that OpenID Connect Discovery 1.0 section 3 requires.',
} as const;

export type FindingCode = keyof typeof FINDING_CODES;

/** Something about an issuer that keeps sign-in from working, or is likely to. */
export interface Finding<Code extends string = string> {
  readonly code: Code;
  /** Path of fields, beginning at the issuer, with list indexes as decimal text. */
  readonly path: readonly string[];
  readonly message: string;
}

const ENDPOINTS = [
  'authorizationEndpoint',
  'tokenEndpoint',
  'userinfoEndpoint',
  'endSessionEndpoint',
] as const satisfies readonly MetadataName[];

/** Required by the specification, but not needed to read the issuer. The endpoints are left to the upstreams that use them. */
const REQUIRED = [
  'responseTypesSupported',
  'idTokenSigningAlgValuesSupported',
] as const satisfies readonly MetadataName[];

/** Whether a text is an absolute http(s) URL. */
export function isHttpUrl(value: string): boolean {
  return /^https?:$/.test(parseUrl(value)?.protocol ?? '');
}

/** Findings about an issuer, whatever platform its users sign in to. */
export function* issuerFindings(issuer: Issuer): Iterable<Finding<FindingCode>> {
  const { metadata, keys } = issuer;
  for (const name of ENDPOINTS) {
    const url = metadata[name];
    if (url !== null && !isHttpUrl(url))
      yield {
        code: 'ENDPOINT_UNUSABLE',
        path: [name],
        message: 'Is not an absolute http(s) URL, so no platform can use it.',
      };
  }
  for (const name of [...ENDPOINTS, 'jwksUri'] as const) {
    if (isCleartext(metadata[name] ?? ''))
      yield {
        code: 'ENDPOINT_CLEARTEXT',
        path: [name],
        message: 'Uses plain http: others can read and change what is sent. Use https.',
      };
  }
  for (const name of REQUIRED) {
    if (metadata[name] === null)
      yield {
        code: 'METADATA_INCOMPLETE',
        path: [name],
        message: 'Is required in the metadata of an issuer, but missing.',
      };
  }
  yield* keyFindings(keys);
}

function* keyFindings(keys: Issuer['keys']): Iterable<Finding<FindingCode>> {
  if (keys.every(({ unusable }) => unusable !== null))
    yield {
      code: 'NO_USABLE_KEY',
      path: ['keys'],
      message:
        keys.length === 0
          ? 'The key set is empty. The issuer must publish the keys that it signs ID tokens with.'
          : 'No key can verify ID tokens; `unusable` of each key says why.',
    };
  const first = new Map<string, string | null>();
  for (const [index, { kid, thumbprint, isPrivate }] of keys.entries()) {
    if (isPrivate)
      yield {
        code: 'PRIVATE_KEY_PUBLISHED',
        path: ['keys', String(index)],
        message:
          'Has private or symmetric members. The owner of the issuer must replace this key at once.',
      };
    if (kid === null) continue;
    const before = first.get(kid);
    if (before === undefined) first.set(kid, thumbprint);
    else if (before !== thumbprint)
      yield {
        code: 'DUPLICATE_KEY_ID',
        path: ['keys', String(index), 'kid'],
        message: 'A different key in the set has the same kid, so verifiers may use either key.',
      };
  }
}
