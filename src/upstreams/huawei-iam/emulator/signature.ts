import { createHash, createHmac } from 'node:crypto';
import type { RecordedRequest } from '../../../transport/emulator/emulator.ts';

/** An access key (AK) and its secret key (SK). */
export interface KeyPair {
  readonly accessKey: string;
  readonly secretKey: string;
}

const SCHEME = 'SDK-HMAC-SHA256';
const AUTHORIZATION =
  /^SDK-HMAC-SHA256 Access=([^,]{1,200}), SignedHeaders=([^,]{1,200}), Signature=([0-9a-f]{64})$/;
/** Without them a signature would also be valid for another host, and forever. */
const ALWAYS_SIGNED = ['host', 'x-sdk-date'];
const MAX_SKEW_MS = 15 * 60_000;

const WRONG = 'verify aksk signature fail';

export function isSigned({ headers }: Pick<RecordedRequest, 'headers'>): boolean {
  return headers['authorization']?.startsWith(`${SCHEME} `) ?? false;
}

/** What is wrong with a request's signature, in the words of Huawei Cloud's API gateway; null if it is valid. */
export function signatureError(
  request: RecordedRequest,
  { accessKey, secretKey }: KeyPair,
  now: number,
): string | null {
  const [, access, signed = '', signature] =
    AUTHORIZATION.exec(request.headers['authorization'] ?? '') ?? [];
  if (access === undefined) return WRONG;
  if (access !== accessKey) return `Get secretKey failed,ak:${access},err:ak not exist`;

  const names = signed.split(';');
  if (!ALWAYS_SIGNED.every((name) => names.includes(name))) return WRONG;
  const date = request.headers['x-sdk-date'] ?? '';
  if (!(Math.abs(timeOf(date) - now) <= MAX_SKEW_MS)) {
    const serverTime = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    return `calc aksk signature fail:signature expired, signature time:${date},server time:${serverTime}`;
  }
  return signatureOf(request, names, secretKey) === signature ? null : WRONG;
}

/** The signature that a request must bear when it signs the headers of these names. */
export function signatureOf(
  request: RecordedRequest,
  signedHeaders: readonly string[],
  secretKey: string,
): string {
  const toSign = [
    SCHEME,
    request.headers['x-sdk-date'],
    sha256(canonicalRequest(request, signedHeaders)),
  ].join('\n');
  return createHmac('sha256', secretKey).update(toSign).digest('hex');
}

export function canonicalRequest(
  { method, target, headers, body }: RecordedRequest,
  signedHeaders: readonly string[],
): string {
  const [, path = '', query = ''] = /^([^?]*)\??(.*)$/s.exec(target) ?? [];
  const names = signedHeaders.toSorted();
  const lines = names.map((name) => `${name}:${headers[name]?.trim() ?? ''}\n`);
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    lines.join(''),
    names.join(';'),
    sha256(body),
  ].join('\n');
}

/** Ends in a slash, though the path of the request does not. */
function canonicalPath(path: string): string {
  const canonical = path.split('/').map(escaped).join('/');
  return canonical.endsWith('/') ? canonical : `${canonical}/`;
}

function canonicalQuery(query: string): string {
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
      return { name: escaped(name), value: escaped(value) };
    });
  // By name first: as text `a1=` would come before `a=`.
  pairs.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  return pairs.map(({ name, value }) => `${name}=${value}`).join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Whatever way the caller escaped it: as RFC 3986 has it, in capital hex digits. */
function escaped(text: string): string {
  const hex = (character: string): string =>
    `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(decoded(text)).replaceAll(/[!'()*]/g, hex);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Milliseconds since 1970 of `20300101T000000Z`, NaN of anything else. */
function timeOf(date: string): number {
  const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
  return basic.test(date) ? Date.parse(date.replace(basic, '$1-$2-$3T$4:$5:$6Z')) : NaN;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
