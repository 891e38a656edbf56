import { z } from 'zod';
import { parseExactJson } from './exact-json.ts';
import { canonicalJson, isObject, parseJson } from './json.ts';
import type { Json } from './json.ts';
import type { RuleIssue } from './parse.ts';

/** A JSON Web Key Set (RFC 7517 section 5) with at least one public signing key. */
export interface Jwks {
  /** The set as it goes on the wire: JSON text without white space, members in the order they came in. */
  readonly text: string;
  readonly keys: readonly Jwk[];
}

/** A JSON Web Key (RFC 7517 section 4), only as far as its structure was checked. */
export type Jwk = Readonly<Record<string, Json>>;

/** Members that hold private (RFC 7518 sections 6.2.2, 6.3.2) or symmetric (6.4.1) key material. */
export const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const;

/** What each type of signing key needs (RFC 7518 sections 6.2.1 and 6.3.1). */
const PUBLIC_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
]);

/** A key set is two levels of objects; certificates and vendors' members add a few. Deeper is no key set. */
const MAX_DEPTH = 16;

/** What to do about a private key that was given by mistake. */
const DISCLOSED = 'Nothing was sent, but treat this key as disclosed and replace it.';

/** Parses a key set given as a JSON object or as JSON text, and says all that is wrong with it. */
export function jwks(length: { readonly min: number; readonly max: number }) {
  return z.unknown().transform((input, context): Jwks => {
    const { value, issues } = parseJwks(input, length);
    for (const { path = [], code, message } of issues) {
      context.issues.push({ code: 'custom', input: undefined, path: [...path], message, params: { code } });
    }
    return value ?? z.NEVER;
  });
}

/** The key set in a stored text, null where the text is none. Nothing is checked beyond that. */
export function readJwks(stored: string): { readonly [member: string]: Json } | null {
  const value = parseJson(stored);
  return isObject(value) && Array.isArray(value['keys']) && isCarriable(value) ? value : null;
}

/** The same text for key sets that hold the same keys: the order of keys and of their members, and white space, do not matter. */
export function canonicalKeys(set: { readonly [member: string]: Json }): string {
  const keys = set['keys'];
  return Array.isArray(keys) ? keys.map(canonicalJson).sort().join(',') : canonicalJson(keys ?? null);
}

/** Whether two key sets hold the same keys. */
export function sameKeySet(a: { readonly [member: string]: Json } | null, b: { readonly [member: string]: Json } | null): boolean {
  return a !== null && b !== null && canonicalKeys(a) === canonicalKeys(b);
}

/** Size of an RSA key's modulus in bits, 0 where it has none. */
export function modulusBits(key: Jwk): number {
  if (key['kty'] !== 'RSA' || typeof key['n'] !== 'string') return 0;
  const modulus = Buffer.from(key['n'], 'base64url');
  const first = modulus.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (modulus.length - first) * 8 - (Math.clz32(modulus[first] ?? 0) - 24);
}

/** True for the types whose signatures the upstreams are documented to check. */
export function isSigningKeyType(kty: Json | undefined): kty is 'RSA' | 'EC' {
  return kty === 'RSA' || kty === 'EC';
}

interface Parsed {
  readonly value?: Jwks;
  readonly issues: readonly RuleIssue[];
}

function parseJwks(input: unknown, { min, max }: { readonly min: number; readonly max: number }): Parsed {
  const set = typeof input === 'string' ? fromText(input) : input;
  if (set instanceof Refused) return { issues: [set.issue] };
  if (!isObject(set)) return fault('INVALID_JSON', 'Must be a JSON Web Key Set: an object with a list "keys", or its JSON text.');
  if (!isCarriable(set)) return fault('INVALID_JSON', `Must be plain JSON, at most ${MAX_DEPTH} levels deep, with numbers that JSON can carry exactly.`);

  const issues = [...setIssues(set)];
  const text = JSON.stringify(set);
  if (text.length < min) issues.push({ code: 'TOO_SHORT', message: `Must have at least ${min} characters as compact JSON, has ${text.length}.` });
  if (text.length > max) issues.push({ code: 'TOO_LONG', message: `Must have at most ${max} characters as compact JSON, has ${text.length}.` });
  if (issues.length > 0) return { issues };
  return { value: { text, keys: set['keys'] as readonly Jwk[] }, issues: [] };
}

/** An issue that ends the parse. */
class Refused {
  readonly issue: RuleIssue;

  constructor(message: string, code: RuleIssue['code'] = 'INVALID_JSON') {
    this.issue = { code, message };
  }
}

function fromText(text: string): unknown {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text)) return new Refused(`This is a private key. ${DISCLOSED}`, 'PRIVATE_KEY');
  if (text.includes('-----BEGIN')) return new Refused('This is PEM; give a JSON Web Key Set, the document behind the provider\'s "jwks_uri".');
  if (/^\s*https?:\/\//i.test(text)) return new Refused('This is a URL; give the JSON Web Key Set that it serves.');
  const value = exactJson(text);
  if (value === undefined) return new Refused('Must be a JSON Web Key Set as JSON; this text is not JSON.');
  if (typeof value === 'string') return new Refused('This is JSON text inside JSON text; give it escaped once less, or as an object.');
  return value;
}

/** The value of a JSON text, in which no number has become another one; undefined where it is none. */
function exactJson(text: string): unknown {
  try {
    return parseExactJson(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function* setIssues(set: { readonly [member: string]: Json }): Iterable<RuleIssue> {
  const keys = set['keys'];
  if (!Array.isArray(keys)) {
    const message = 'kty' in set ? 'This is a single key; wrap it: {"keys":[…]}.' : 'Must be a list of keys.';
    yield { path: ['keys'], code: 'INVALID_KEY', message };
    yield* privateIssues(set, []);
    return;
  }
  yield* privateIssues(set, []);
  for (const [index, key] of keys.entries()) yield* keyIssues(key, ['keys', String(index)]);
  if (!keys.some((key) => isObject(key) && isSigningKeyType(key['kty']) && (key['use'] === undefined || key['use'] === 'sig'))) {
    yield {
      path: ['keys'],
      code: 'INVALID_KEY',
      message: 'Must hold at least one public signing key: kty RSA with n and e, or EC with crv, x and y; use absent or sig.',
    };
  }
}

function* keyIssues(key: Json, path: readonly string[]): Iterable<RuleIssue> {
  if (!isObject(key)) {
    yield { path, code: 'INVALID_KEY', message: 'Must be an object, a JSON Web Key.' };
    return;
  }
  const kty = key['kty'];
  if (!isFilled(kty)) yield { path: [...path, 'kty'], code: 'INVALID_KEY', message: 'Must name the key type: RSA or EC.' };
  const type = isFilled(kty) ? kty : '';
  for (const member of PUBLIC_MEMBERS.get(type) ?? []) {
    if (!isFilled(key[member])) yield { path: [...path, member], code: 'INVALID_KEY', message: `Must be text: every ${type} key needs it (RFC 7518 section 6).` };
  }
  yield* privateIssues(key, path);
}

function* privateIssues(key: { readonly [member: string]: Json }, path: readonly string[]): Iterable<RuleIssue> {
  for (const member of PRIVATE_MEMBERS) {
    if (Object.hasOwn(key, member)) {
      yield {
        path: [...path, member],
        code: 'PRIVATE_KEY',
        message: `Must not hold private or symmetric key material. ${DISCLOSED}`,
      };
    }
  }
}

function fault(code: RuleIssue['code'], message: string): Parsed {
  return { issues: [{ code, message }] };
}

function isFilled(value: Json | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Whether `JSON.stringify` carries the value as it is. Depth is counted first: stringifying recurses. */
function isCarriable(value: unknown, depth = 0): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return false;
  return Object.values(value).every((item) => isCarriable(item, depth + 1));
}
