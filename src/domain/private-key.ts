import { LRUCache } from 'lru-cache';
import { isObject, parseJson } from './json.ts';
import type { Json } from './json.ts';
import { REDACTED } from './secret.ts';

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

/** Names up to this length are compared in their folded form, so that spaces or invisible characters beside them hide nothing. */
const MAX_FOLDED = 16;
const PLAIN = /^[!-~]+$/;
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/gu;

/** No private key, in any of its forms, is shorter. */
const MIN_LENGTH = 20;

/** Levels of JSON that are looked through: a key set has three, and text inside it may be JSON again. */
const MAX_DEPTH = 32;

/** Characters of all stored texts that are known to hold nothing private. */
const MOST_KNOWN_CHARACTERS = 1_000_000;

/** The first line of a PEM (RFC 7468), SSH2 or PGP private key, also on one line, and the one of PuTTY. */
const PEM = /-[ +]?BEGIN[ \w+]{1,60}PRIVATE[ +_]{1,2}KEY|PuTTY-User-Key-File-/i;

/** What each of these forms begins with, or has in it. Most texts have none of it: to look for all of them takes 1 µs, for this 0.1. */
const HINT = /BEGIN|PuTTY|kty|RSAKeyValue|(?<![\w+/-])(?:M[C-I]|LS0t|e[yw]|W[3wy]|b3Bl|(?:0x)?30)/i;

/** A single word that begins as none of them does, such as a modulus: told in a third of the time. */
const OTHER_WORD = /^(?!-|M[C-I]|LS0t|e[yw]|W[3wy]|b3Bl|0x|30)[\w-]+$/i;

/** A JSON Web Key inside other text, also one that is escaped or written as in JavaScript or YAML: its type, and a private member that is not empty. */
const JWK_TYPE = /\bkty\b/i;
const JWK_SECRET =
  /(?<![\w-])(?:d|p|q|dp|dq|qi|oth|k|priv)[\\"']{0,9}\s{0,9}:\s{0,9}(?:[\\"']{1,9}[\w+/-]|[\w+/-]{20}|\[\s{0,9}\{)/i;

/** A private RSA key in XML, as .NET writes it. */
const XML_TYPE = /<RSAKeyValue/i;
const XML_SECRET = /<(?:D|P|Q|DP|DQ|InverseQ)>\s{0,9}[\w+/]/i;

/** Where base64 of either alphabet may begin: of DER (`M`), PEM (`LS0t`), JSON (an object or a list) or an OpenSSH key. */
const BASE64_START =
  /(?<![\w+/-])(?:M(?:[C-H][\w+/-]C|I[A-P])|LS0t|e(?:y[JA]|w[0ok])|W(?:3s|wo|w0|yB)|b3BlbnNzaC1rZXkt)/g;
/** What may follow there. Space and line breaks between its parts, and what may come after it in a sentence, are read as nothing. */
const BASE64_RUN = /[\w+/ -]+/y;
/** Where hexadecimal DER may begin, also with signs between its bytes, which take up to six characters each, as in `0x30, `. */
const HEX_START = /(?<![\da-z])(?:0x)?30(?=[ :,]{0,2}(?:0x)?[2-8][\da-f])/gi;
const HEX_RUN = /(?:[ :,]{0,2}(?:0x)?[\da-f]{2})+/iy;
/** Bytes at the beginning of DER that tell what it is: the longest are the parameters of an encryption. */
const BYTES_THAT_TELL = 128;
const SPACE = /\s+|\\[nrt]/g;
const PERCENT_ENCODED = /%([\da-f]{2})/gi;

/** Object identifiers by their first bytes: password-based encryption (PKCS#5, PKCS#12) and the content of a PKCS#12 file. */
const ENCRYPTION_OIDS = ['2a864886f70d0105', '2a864886f70d010c01'];
const CONTENT_OID = '2a864886f70d0107';

/** Whether a member of a key counts as left out: some platforms write every member that they know, empty. */
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

/** Whether a JSON value holds private or symmetric key material, wherever it stands. */
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
 * The places in a JSON value that hold private or symmetric key material. A name that may itself be a secret is in no
 * path: then the path ends at the object that has it.
 */
export function* privatePaths(
  value: unknown,
  path: readonly string[] = [],
  depth = 0,
): Iterable<readonly string[]> {
  // Mostly there is none: to go through a key for that takes a third of the time.
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

/** The stored texts that were looked at last and hold nothing private: the same one is asked about several times in a request, and in the next ones. */
const known = new LRUCache<string, true>({
  maxSize: MOST_KNOWN_CHARACTERS,
  sizeCalculation: (_known, text) => text.length + 1,
});

/** Whether a stored text, which may be JSON, holds private or symmetric key material. */
export function hasPrivateKey(stored: string): boolean {
  if (known.has(stored)) return false;
  if (isPrivate(parseJson(stored) ?? stored)) return true;
  known.set(stored, true);
  return false;
}

/** A stored text as it may be shown: as it is, or without what is private in it. */
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
      // What tells is at its beginning: words before it may look like base64, too, so every place is tried.
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

/** What a sticky pattern takes of a text from a place on. */
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

/** An element of DER: its tag, and where its content begins and ends. */
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
  // A length that is left open, as some tools write around PKCS#12.
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
