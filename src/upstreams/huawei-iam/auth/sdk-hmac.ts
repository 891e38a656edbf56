import { createHash, createHmac } from 'node:crypto';
import type { Secret } from '../../../domain/scrub/secret.ts';

const SCHEME = 'SDK-HMAC-SHA256';

/** An access key of Huawei Cloud. */
export interface AccessKey {
  /** Access key id (AK). */
  readonly id: Secret;
  /** Secret access key (SK). */
  readonly secret: Secret;
}

/** What is signed: the method, the path with its query as sent, the headers named here, and the body. */
export interface SignedParts {
  readonly method: string;
  readonly path: string;
  /** Names in lower case, including `host` and `x-sdk-date`. */
  readonly headers: Readonly<Record<string, string>> & {
    readonly host: string;
    readonly 'x-sdk-date': string;
  };
  readonly body: string;
}

/** The `Authorization` header of a request (Huawei Cloud, API Request Signing Guide). */
export function signature(parts: SignedParts, { id, secret }: AccessKey): string {
  const names = Object.keys(parts.headers).sort();
  const [path = '', query = ''] = parts.path.split('?');
  const canonical = [
    parts.method,
    canonicalPath(path),
    canonicalQuery(query),
    ...names.map((name) => `${name}:${parts.headers[name]?.trim() ?? ''}`),
    '',
    names.join(';'),
    sha256(parts.body),
  ].join('\n');
  const toSign = [SCHEME, parts.headers['x-sdk-date'], sha256(canonical)].join('\n');
  const signed = createHmac('sha256', secret.reveal()).update(toSign).digest('hex');
  return `${SCHEME} Access=${id.reveal()}, SignedHeaders=${names.join(';')}, Signature=${signed}`;
}

/** The value of `X-Sdk-Date`: `20300101T000000Z`. */
export function sdkDate(time: Date): string {
  return time.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** The signed path always ends with a slash, the path of the request does not. */
function canonicalPath(path: string): string {
  return `${path.replace(/\/$/, '').split('/').map(escaped).join('/')}/`;
}

/** Sorted by name, then by value. */
function canonicalQuery(query: string): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split('=');
      return [escaped(name), escaped(value.join('='))] as const;
    })
    .sort(
      ([name, value], [otherName, otherValue]) =>
        order(name, otherName) || order(value, otherValue),
    )
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function order(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

/** Percent-encodes all but unreserved characters, with capital letters (RFC 3986 section 2), whatever the input's encoding. */
function escaped(part: string): string {
  return encodeURIComponent(decodeURIComponent(part)).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
