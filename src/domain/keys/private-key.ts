import { LRUCache } from 'lru-cache';
import { isObject, parseJson } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import { REDACTED } from '../scrub/secret.ts';

/** Members that hold private (RFC 7518 sections 6.2.2 and 6.3.2, RFC 9964) or symmetric (RFC 7518 section 6.4.1) key material. */
const PRIVATE_MEMBERS: ReadonlySet<string> = new Set([
  'd',
  'p',
  'q',
  'dp',
  'dq',
  'qi',
  'oth',
  'k',
  'priv',
]);

/** Names up to this length are compared in normalized form, so that spaces or invisible characters cannot disguise them. */
const MAX_FOLDED = 16;
const PLAIN = /^[!-~]+$/;
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/gu;

/** Minimum length of a private key in any form. */
const MIN_LENGTH = 20;

/** Maximum depth of JSON that is searched: a key set has three levels, and text inside it may be JSON again. */
const MAX_DEPTH = 32;

/** Maximum number of characters of all remembered texts without private material. */
const MAX_KNOWN_CHARACTERS = 1_000_000;

/** The first line of a PEM (RFC 7468), SSH2 or PGP private key, also on one line, and the one of PuTTY. */
const PEM = /-[ +]?BEGIN[ \w+]{1,60}PRIVATE[ +_]{1,2}KEY|PuTTY-User-Key-File-/i;

/** A sign that each of these forms has. Most texts have none: testing all forms takes 1 µs, this 0.1. */
const HINT = /BEGIN|PuTTY|kty|RSAKeyValue|(?<![\w+/-])(?:M[C-I]|LS0t|e[yw]|W[3wy]|b3Bl|(?:0x)?30)/i;

/** A single word that cannot begin any of them, such as a modulus: a third of the time. */
const OTHER_WORD = /^(?!-|M[C-I]|LS0t|e[yw]|W[3wy]|b3Bl|0x|30)[\w-]+$/i;

/** A JSON Web Key inside other text, even if escaped or written as in JavaScript or YAML: its type, and a private member that is not empty. */
const JWK_TYPE = /\bkty\b/i;
const JWK_SECRET =
  /(?<![\w-])(?:d|p|q|dp|dq|qi|oth|k|priv)[\\"']{0,9}\s{0,9}:\s{0,9}(?:[\\"']{1,9}[\w+/-]|[\w+/-]{20}|\[\s{0,9}\{)/i;

/** A private RSA key in XML, as .NET writes it. */
const XML_TYPE = /<RSAKeyValue/i;
const XML_SECRET = /<(?:D|P|Q|DP|DQ|InverseQ)>\s{0,9}[\w+/]/i;

/** Where base64 of either alphabet may begin: of DER (`M`), PEM (`LS0t`), JSON (an object or a list) or an OpenSSH key. */
const BASE64_START =
  /(?<![\w+/-])(?:M(?:[C-H][\w+/-]C|I[A-P])|LS0t|e(?:y[JA]|w[0ok])|W(?:3s|wo|w0|yB)|b3BlbnNzaC1rZXkt)/g;
/** What may follow there. White space between its parts, and punctuation after it, are ignored. */
const BASE64_RUN = /[\w+/ -]+/y;
/** Where hexadecimal DER may begin, also with separators between its bytes, of up to six characters per byte as in `0x30, `. */
const HEX_START = /(?<![\da-z])(?:0x)?30(?=[ :,]{0,2}(?:0x)?[2-8][\da-f])/gi;
const HEX_RUN = /(?:[ :,]{0,2}(?:0x)?[\da-f]{2})+/iy;
/** Number of bytes at the beginning of DER that identify it; encryption parameters are the longest. */
const BYTES_THAT_TELL = 128;
const SPACE = /\s+|\\[nrt]/g;
const PERCENT_ENCODED = /%([\da-f]{2})/gi;

/** Object identifiers by their first bytes: password-based encryption (PKCS#5, PKCS#12) and the content of a PKCS#12 file. */
const ENCRYPTION_OIDS = ['2a864886f70d0105', '2a864886f70d010c01'];
const CONTENT_OID = '2a864886f70d0107';

/** Whether a member of a key counts as left out: some platforms write every member they know, with an empty value. */
export function isAbsent(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Whether a member of this name holds private or symmetric key material, in any letter case and width. */
export function isPrivateMember(name: string): boolean {
  if (name.length > MAX_FOLDED) return false;
  return PRIVATE_MEMBERS.has(
    PLAIN.test(name)
      ? name.toLowerCase()
      : name.normalize('NFKC').replaceAll(INVISIBLE, '').toLowerCase(),
  );
}

/** Whether a text holds a private key: PEM, DER in base64 or hexadecimal, or a private JSON Web Key, alone or among other text, also percent-encoded. */
export function holdsPrivateKey(text: string): boolean {
  if (text.length < MIN_LENGTH || OTHER_WORD.test(text)) return false;
  const plain = text.includes('%')
    ? text.replaceAll(PERCENT_ENCODED, (_encoded, byte: string) =>
        String.fromCharCode(Number.parseInt(byte, 16)),
      )
    : text;
  return HINT.test(plain) && (isPrivateText(plain) || hasEncodedKey(plain));
}

/** Whether a JSON value holds private or symmetric key material anywhere. */
export function isPrivate(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return holdsPrivateKey(value) || hasPrivateMember(value, depth);
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.some((item) => isPrivate(item, depth + 1));
  const members = value as Readonly<Record<string, unknown>>;
  return Object.keys(members).some((name) =>
    isPrivateMember(name)
      ? !isAbsent(members[name])
      : isPrivate(members[name], depth + 1) || holdsPrivateKey(name),
  );
}

/**
 * The paths in a JSON value to private or symmetric key material. A path never contains a name that may itself be a
 * secret; it ends at the object with that name.
 */
export function* privatePaths(
  value: unknown,
  path: readonly string[] = [],
  depth = 0,
): Iterable<readonly string[]> {
  // Usually there is none: checking only that takes a third of the time.
  if (depth === 0 && !isPrivate(value)) return;
  if (typeof value === 'string') {
    if (isPrivate(value, depth)) yield path;
  } else if (Array.isArray(value) && depth < MAX_DEPTH) {
    for (const [index, item] of value.entries())
      yield* privatePaths(item, [...path, String(index)], depth + 1);
  } else if (isObject(value) && depth < MAX_DEPTH) {
    for (const [name, item] of Object.entries(value)) {
      if (holdsPrivateKey(name)) yield path;
      const there = /^[\w.:#-]{1,32}$/.test(name) ? [...path, name] : path;
      if (!isPrivateMember(name)) yield* privatePaths(item, there, depth + 1);
      else if (!isAbsent(item)) yield there;
    }
  }
}

/** The last checked texts without private material: the same text is checked several times in a request, and again in later ones. */
const known = new LRUCache<string, true>({
  maxSize: MAX_KNOWN_CHARACTERS,
  sizeCalculation: (_known, text) => text.length + 1,
});

/** Whether a stored text, which may be JSON, holds private or symmetric key material. */
export function hasPrivateKey(stored: string): boolean {
  if (known.has(stored)) return false;
  if (isPrivate(parseJson(stored) ?? stored)) return true;
  known.set(stored, true);
  return false;
}

/** A stored text as it may be shown: without private key material. */
export function withoutPrivateKey(stored: string): string {
  if (!hasPrivateKey(stored)) return stored;
  const value = parseJson(stored);
  return isObject(value) || Array.isArray(value) ? JSON.stringify(publicPart(value)) : REDACTED;
}

function publicPart(value: Json, depth = 0): Json {
  if (typeof value === 'string') return isPrivate(value, depth) ? REDACTED : value;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => publicPart(item, depth + 1));
  const shown = Object.entries(value).filter(
    ([name, item]) => !holdsPrivateKey(name) && (!isPrivateMember(name) || isAbsent(item)),
  );
  return Object.fromEntries(shown.map(([name, item]) => [name, publicPart(item, depth + 1)]));
}

/** Whether a text inside a key set is JSON that has private members. */
function hasPrivateMember(text: string, depth: number): boolean {
  return /^\s*[[{"]/.test(text) && isPrivate(parseJson(text), depth + 1);
}

function isPrivateText(text: string): boolean {
  return (
    PEM.test(text) ||
    (JWK_TYPE.test(text) && JWK_SECRET.test(text)) ||
    (XML_TYPE.test(text) && XML_SECRET.test(text))
  );
}

function hasEncodedKey(text: string): boolean {
  const line = text.replaceAll(SPACE, ' ');
  /** Where the last run that was read ends. */
  let read = 0;
  for (const { 0: start, index } of line.matchAll(BASE64_START)) {
    if (start.startsWith('b3Bl')) return true;
    if (start.startsWith('M')) {
      // Only its beginning identifies it, and words before it may look like base64 too, so every position is tried.
      if (
        isPrivateDer(
          Buffer.from(runAt(BASE64_RUN, line.slice(index, index + BYTES_THAT_TELL * 2)), 'base64'),
        )
      )
        return true;
    } else if (index >= read) {
      const run = runAt(BASE64_RUN, line, index);
      if (isPrivateText(Buffer.from(run, 'base64').toString('latin1'))) return true;
      read = index + run.length;
    }
  }
  read = 0;
  for (const { index } of line.matchAll(HEX_START)) {
    if (index < read) continue;
    const run = runAt(HEX_RUN, line.slice(index, index + BYTES_THAT_TELL * 6));
    if (isPrivateDer(Buffer.from(run.replaceAll(/0x|[ :,]/gi, ''), 'hex'))) return true;
    read = index + run.length;
  }
  return false;
}

/** The match of a sticky pattern at a position of a text. */
function runAt(pattern: RegExp, text: string, index = 0): string {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0] ?? '';
}

/** Whether this is the beginning of a private key in DER: PKCS#8 (encrypted too), PKCS#1, SEC 1, DSA as OpenSSL writes it, or a PKCS#12 file. */
function isPrivateDer(der: Buffer): boolean {
  const outer = elementAt(der, 0);
  if (outer?.tag !== 0x30) return false;
  const first = elementAt(der, outer.from);
  if (first?.tag === 0x30)
    return (
      ENCRYPTION_OIDS.some((oid) => oidIn(der, first).startsWith(oid)) &&
      elementAt(der, first.to)?.tag === 0x04
    );
  if (first?.tag !== 0x02 || first.to - first.from !== 1) return false;
  const version = der[first.from];
  const second = elementAt(der, first.to);
  if (second === null || version === undefined) return false;
  if (version === 3) return second.tag === 0x30 && oidIn(der, second).startsWith(CONTENT_OID);
  const length = second.to - second.from;
  if (version > 1) return false;
  return (
    (second.tag === 0x30 && oidIn(der, second) !== '') ||
    (second.tag === 0x04 && length >= 16 && length <= 72) ||
    (second.tag === 0x02 && length >= 32)
  );
}

/** A DER element: its tag, and where its content begins and ends. */
interface Element {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

function elementAt(der: Buffer, at: number): Element | null {
  const [tag, length] = [der[at], der[at + 1]];
  if (tag === undefined || length === undefined) return null;
  if (length < 0x80) return { tag, from: at + 2, to: at + 2 + length };
  const bytes = length - 0x80;
  // An indefinite length, as some tools write around PKCS#12.
  if (bytes === 0) return { tag, from: at + 2, to: Infinity };
  if (bytes > 3 || at + 2 + bytes > der.length) return null;
  const from = at + 2 + bytes;
  return { tag, from, to: from + der.readUIntBE(at + 2, bytes) };
}

/** The object identifier that an element begins with, in hexadecimal; empty if there is none. */
function oidIn(der: Buffer, { from }: Element): string {
  const oid = elementAt(der, from);
  return oid?.tag === 0x06 ? der.toString('hex', oid.from, oid.to) : '';
}
