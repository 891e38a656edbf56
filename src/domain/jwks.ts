import { z } from 'zod';
import { parseExactJson } from './exact-json.ts';
import { canonicalJson, isObject, parseJson } from './json.ts';
import type { Json } from './json.ts';
import { isBase64url, keyIdentity, modulusBits, unusableReason } from './key-material.ts';
import type { Jwk } from './key-material.ts';
import { MAX_ISSUES } from './parse.ts';
import type { RuleIssue } from './parse.ts';
import { holdsPrivateKey, isAbsent, privatePaths } from './private-key.ts';
import { repeatedMember } from './repeated-member.ts';
import type { Warning } from './warnings.ts';

/** A JSON Web Key Set (RFC 7517 section 5) with at least one public signing key. */
export interface Jwks {
  /** The set as it goes on the wire: JSON text without white space and without members that count as left out, in the order they came in. */
  readonly text: string;
  readonly keys: readonly Jwk[];
}

/** What each type of signing key needs (RFC 7518 sections 6.2.1 and 6.3.1). */
const PUBLIC_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
]);

/** Members that are numbers in base64url, of any type of key. */
const NUMBERS = ['n', 'e', 'x', 'y'];

/** A key set is two levels of objects; certificates and vendors' members add a few. Deeper is no key set. */
const MAX_DEPTH = 16;

/** What to do about a private key that was given by mistake. */
const DISCLOSED = 'Nothing was sent, but treat this key as disclosed and replace it.';

/** Parses a key set given as a JSON object or as JSON text, and says all that is wrong with it. */
export function jwks(length: { readonly min: number; readonly max: number }) {
  return z.unknown().transform((input, context): Jwks => {
    const { value, issues } = parseJwks(input, length);
    for (const { path = [], code, message } of issues.slice(0, MAX_ISSUES)) {
      context.issues.push({
        code: 'custom',
        input: undefined,
        path: [...path],
        message,
        params: { code },
      });
    }
    return value ?? z.NEVER;
  });
}

/** The key set in a stored text, null where the text is none. Nothing is checked beyond that. */
export function readJwks(stored: string): { readonly [member: string]: Json } | null {
  const value = parseJson(stored);
  return isObject(value) && Array.isArray(value['keys']) && isCarriable(value) ? value : null;
}

/** The keys of a set, without members that count as left out; what is not an object is a key without members. */
export function keysOf(set: { readonly [member: string]: Json } | null): readonly Jwk[] {
  const keys = set?.['keys'];
  return Array.isArray(keys) ? keys.map((key) => (isObject(key) ? withoutAbsent(key) : {})) : [];
}

/**
 * The same text for key sets that hold the same keys: the order of keys and of their members, members that count as
 * left out, and white space do not matter.
 */
export function canonicalKeys(set: { readonly [member: string]: Json }): string {
  const { keys } = normalized(set);
  return Array.isArray(keys)
    ? keys.map(canonicalJson).sort().join(',')
    : canonicalJson(keys ?? null);
}

/** Whether two key sets hold the same keys. */
export function sameKeySet(
  a: { readonly [member: string]: Json } | null,
  b: { readonly [member: string]: Json } | null,
): boolean {
  return a !== null && b !== null && canonicalKeys(a) === canonicalKeys(b);
}

/** True for the types whose signatures the upstreams are documented to check. */
export function isSigningKeyType(kty: Json | undefined): kty is 'RSA' | 'EC' {
  return kty === 'RSA' || kty === 'EC';
}

/** What is accepted in a key set, but likely to cause problems. */
export function* keySetWarnings(keys: readonly Jwk[]): Iterable<Warning> {
  if (
    !keys.some((key) => key['kty'] === 'RSA' && (key['use'] === undefined || key['use'] === 'sig'))
  ) {
    yield {
      code: 'NO_RSA_KEY',
      path: ['keys'],
      message:
        'Has no RSA signing key; check that the identity provider does not sign with RS256, the default.',
    };
  }
  const first = new Map<string, string>();
  for (const [index, key] of keys.entries()) {
    const path = ['keys', String(index)];
    const bits = modulusBits(key);
    if (key['kty'] === 'RSA' && bits < 2048) {
      yield {
        code: 'WEAK_RSA_KEY',
        path: [...path, 'n'],
        message: `The modulus has ${bits} bits; RS256 needs at least 2048 (RFC 7518 section 3.3).`,
      };
    }
    if (!isSigningKeyType(key['kty'])) {
      yield {
        code: 'UNSUPPORTED_KEY_TYPE',
        path: [...path, 'kty'],
        message:
          'Is neither RSA nor EC: the key is stored, but signatures made with it will likely not be accepted.',
      };
    }
    const reason = unusableReason(key);
    if (reason !== null)
      yield {
        code: 'UNUSABLE_KEY',
        path,
        message: `No signature can be checked with this key: ${reason}. Sign-in with it fails.`,
      };
    if (keys.length === 1 || key['kid'] === undefined) continue;
    const [kid, identity] = [canonicalJson(key['kid']), keyIdentity(key)];
    const before = first.get(kid);
    if (before === undefined) first.set(kid, identity);
    else if (before !== identity)
      yield {
        code: 'DUPLICATE_KEY_ID',
        path: [...path, 'kid'],
        message:
          'A different key of the set has the same kid: which of them a verifier uses is open. Give each key its own.',
      };
  }
}

interface Parsed {
  readonly value?: Jwks;
  readonly issues: readonly RuleIssue[];
}

function parseJwks(
  input: unknown,
  { min, max }: { readonly min: number; readonly max: number },
): Parsed {
  const given = typeof input === 'string' ? fromText(input) : input;
  if (given instanceof Refused) return { issues: [given.issue] };
  if (!isObject(given))
    return {
      issues: [
        notAKeySet('Must be a JSON Web Key Set: an object with a list "keys", or its JSON text.'),
        ...privateIssues(given, []),
      ],
    };
  if (!isCarriable(given)) {
    return {
      issues: [
        notAKeySet(
          `Must be plain JSON, at most ${MAX_DEPTH} levels deep, with numbers that JSON can carry exactly.`,
        ),
        ...privateIssues(given, []),
      ],
    };
  }

  const set = normalized(given);
  // The rest of very many would be found for nobody: an issue costs 2 µs.
  const issues = firstOf(setIssues(set), MAX_ISSUES);
  if (typeof input === 'string') issues.push(...repetitionIn(input));
  const text = JSON.stringify(set);
  if (text.length < min)
    issues.push({
      code: 'TOO_SHORT',
      message: `Must have at least ${min} characters as compact JSON, has ${text.length}.`,
    });
  if (text.length > max)
    issues.push({
      code: 'TOO_LONG',
      message: `Must have at most ${max} characters as compact JSON, has ${text.length}.`,
    });
  if (issues.length > 0) return { issues };
  return { value: { text, keys: set['keys'] as readonly Jwk[] }, issues: [] };
}

function firstOf<Item>(items: Iterable<Item>, most: number): Item[] {
  const first: Item[] = [];
  for (const item of items) {
    first.push(item);
    if (first.length === most) break;
  }
  return first;
}

/** A set whose members, and those of its keys, all say something: the others are the same as left out. */
function normalized(set: { readonly [member: string]: Json }): { readonly [member: string]: Json } {
  const { keys, ...beside } = set;
  // An empty list of keys is a list all the same, and says so better than a missing one.
  const there = hasAbsent(beside)
    ? Object.fromEntries(
        Object.entries(set).filter(([name, value]) => name === 'keys' || !isAbsent(value)),
      )
    : set;
  if (!Array.isArray(keys) || !keys.some((key) => isObject(key) && hasAbsent(key))) return there;
  return { ...there, keys: keys.map((key) => (isObject(key) ? { ...withoutAbsent(key) } : key)) };
}

function withoutAbsent(members: Jwk): Jwk {
  return hasAbsent(members)
    ? Object.fromEntries(Object.entries(members).filter(([, value]) => !isAbsent(value)))
    : members;
}

function hasAbsent(members: Jwk): boolean {
  // By names: of an object with very many members, its values take three times as long.
  return Object.keys(members).some((name) => isAbsent(members[name]));
}

/** An issue that ends the parse. */
class Refused {
  readonly issue: RuleIssue;

  constructor(message: string, code: RuleIssue['code'] = 'INVALID_JSON') {
    this.issue = { code, message };
  }
}

function fromText(text: string): unknown {
  const value = exactJson(text);
  if (typeof value === 'object' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (holdsPrivateKey(text))
    return new Refused(`This is a private key. ${DISCLOSED}`, 'PRIVATE_KEY');
  if (typeof value === 'string')
    return new Refused(
      'This is JSON text inside JSON text; give it escaped once less, or as an object.',
    );
  if (text.includes('-----BEGIN'))
    return new Refused(
      'This is PEM; give a JSON Web Key Set, the document behind the provider\'s "jwks_uri".',
    );
  if (/^\s*https?:\/\//i.test(text))
    return new Refused('This is a URL; give the JSON Web Key Set that it serves.');
  return new Refused('Must be a JSON Web Key Set as JSON; this text is not JSON.');
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
    const message =
      'kty' in set ? 'This is a single key; wrap it: {"keys":[…]}.' : 'Must be a list of keys.';
    yield { path: ['keys'], code: 'INVALID_KEY', message };
    yield* privateIssues(set, []);
    return;
  }
  const { keys: _keys, ...beside } = set;
  yield* privateIssues(beside, []);
  for (const [index, key] of keys.entries()) yield* keyIssues(key, ['keys', String(index)]);
  if (
    !keys.some(
      (key) =>
        isObject(key) &&
        isSigningKeyType(key['kty']) &&
        (key['use'] === undefined || key['use'] === 'sig'),
    )
  ) {
    yield {
      path: ['keys'],
      code: 'INVALID_KEY',
      message:
        'Must hold at least one public signing key: kty RSA with n and e, or EC with crv, x and y; use absent or sig.',
    };
  }
}

function* keyIssues(key: Json, path: readonly string[]): Iterable<RuleIssue> {
  if (!isObject(key)) {
    yield { path, code: 'INVALID_KEY', message: 'Must be an object, a JSON Web Key.' };
    yield* privateIssues(key, path);
    return;
  }
  const kty = key['kty'];
  if (!isFilled(kty))
    yield {
      path: [...path, 'kty'],
      code: 'INVALID_KEY',
      message: 'Must name the key type: RSA or EC.',
    };
  const type = isFilled(kty) ? kty : '';
  for (const member of PUBLIC_MEMBERS.get(type) ?? []) {
    if (!isFilled(key[member]))
      yield {
        path: [...path, member],
        code: 'INVALID_KEY',
        message: `Must be text: every ${type} key needs it (RFC 7518 section 6).`,
      };
  }
  for (const member of NUMBERS) {
    const number = key[member];
    if (isFilled(number) && !isBase64url(number)) {
      const message =
        'Must be base64url (RFC 7515 section 2): letters, digits, - and _ alone, without padding (=), spaces and line breaks, and of a length that it can have.';
      yield { path: [...path, member], code: 'INVALID_KEY', message };
    }
  }
  yield* privateIssues(key, path);
}

function* privateIssues(value: unknown, path: readonly string[]): Iterable<RuleIssue> {
  for (const where of privatePaths(value, path))
    yield {
      path: where,
      code: 'PRIVATE_KEY',
      message: `Must not hold private or symmetric key material. ${DISCLOSED}`,
    };
}

function* repetitionIn(text: string): Iterable<RuleIssue> {
  const repeated = repeatedMember(text);
  if (repeated === null) return;
  // A name that may itself be a secret is in no path.
  const secret = repeated.findIndex((name) => holdsPrivateKey(name));
  const path = secret === -1 ? repeated : repeated.slice(0, secret);
  yield {
    path,
    code: 'INVALID_JSON',
    message:
      'Is given more than once in the same object (RFC 7517 section 4): parsers disagree on which one counts.',
  };
}

function notAKeySet(message: string): RuleIssue {
  return { code: 'INVALID_JSON', message };
}

function isFilled(value: Json | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

/** Whether `JSON.stringify` carries the value as it is. Depth is counted first: stringifying recurses. */
function isCarriable(value: unknown, depth = 0): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isCarriable(item, depth + 1));
  const members = value as Readonly<Record<string, unknown>>;
  return Object.keys(members).every((name) => isCarriable(members[name], depth + 1));
}
