import * as z from 'zod';
import { MAX_ISSUES } from '../input-issue.ts';
import type { RuleIssue } from '../input-issue.ts';
import { parseExactJson } from '../json/exact-json.ts';
import { isObject } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import { repeatedMember } from '../json/repeated-member.ts';
import { isCarriable, isForSigning, isSigningKeyType, MAX_DEPTH, normalized } from './jwks.ts';
import { isBase64url } from './key-material.ts';
import type { Jwk } from './key-material.ts';
import { holdsPrivateKey, privatePaths } from './private-key.ts';

/** A JSON Web Key Set (RFC 7517 section 5) with at least one public signing key. */
export interface Jwks {
  /** The set as sent: JSON text in the given order, without white space and without members that count as left out. */
  readonly text: string;
  readonly keys: readonly Jwk[];
}

/** What each type of signing key needs (RFC 7518 sections 6.2.1 and 6.3.1). */
const PUBLIC_MEMBERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['RSA', ['n', 'e']],
  ['EC', ['crv', 'x', 'y']],
]);

/** Members of any key type that are numbers in base64url. */
const NUMBERS = ['n', 'e', 'x', 'y'];

/** What to do if a private key was given by mistake. */
const COMPROMISED = 'Nothing was sent, but treat this key as compromised and replace it.';

/** Parses a key set given as a JSON object or as JSON text, and reports all of its issues. */
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
          `Must be plain JSON, at most ${MAX_DEPTH} levels deep, with numbers that JSON can represent exactly.`,
        ),
        ...privateIssues(given, []),
      ],
    };
  }

  const set = normalized(given);
  // More would not be reported, and an issue costs 2 µs.
  const issues = firstOf(setIssues(set), MAX_ISSUES);
  if (typeof input === 'string') issues.push(...repetitionIn(input));
  const text = JSON.stringify(set);
  if (text.length < min)
    issues.push({
      code: 'TOO_SHORT',
      message: `Must have at least ${min} characters as compact JSON, but has ${text.length}.`,
    });
  if (text.length > max)
    issues.push({
      code: 'TOO_LONG',
      message: `Must have at most ${max} characters as compact JSON, but has ${text.length}.`,
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
    return new Refused(`This is a private key. ${COMPROMISED}`, 'PRIVATE_KEY');
  if (typeof value === 'string')
    return new Refused(
      'This is JSON text inside JSON text: remove one level of escaping, or give it as an object.',
    );
  if (text.includes('-----BEGIN'))
    return new Refused(
      'This is PEM: give a JSON Web Key Set, the document at the "jwks_uri" of the provider.',
    );
  if (/^\s*https?:\/\//i.test(text))
    return new Refused('This is a URL: give the JSON Web Key Set that it serves.');
  return new Refused('Must be a JSON Web Key Set as JSON; this text is not JSON.');
}

/** The value of a JSON text, without rounding any number; undefined if the text is not JSON. */
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
  if (!keys.some((key) => isObject(key) && isSigningKeyType(key['kty']) && isForSigning(key))) {
    yield {
      path: ['keys'],
      code: 'INVALID_KEY',
      message:
        'Must contain at least one public signing key: kty RSA with n and e, or EC with crv, x and y; use absent or sig.',
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
        message: `Must be a string: every ${type} key needs it (RFC 7518 section 6).`,
      };
  }
  for (const member of NUMBERS) {
    const number = key[member];
    if (isFilled(number) && !isBase64url(number)) {
      const message =
        'Must be base64url (RFC 7515 section 2): only letters, digits, - and _, without padding (=), spaces or line breaks, and of a valid length.';
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
      message: `Must not contain private or symmetric key material. ${COMPROMISED}`,
    };
}

function* repetitionIn(text: string): Iterable<RuleIssue> {
  const repeated = repeatedMember(text);
  if (repeated === null) return;
  // A path never contains a name that may itself be a secret.
  const secret = repeated.findIndex((name) => holdsPrivateKey(name));
  const path = secret === -1 ? repeated : repeated.slice(0, secret);
  yield {
    path,
    code: 'INVALID_JSON',
    message:
      'Appears more than once in the same object (RFC 7517 section 4): parsers disagree on which one counts.',
  };
}

function notAKeySet(message: string): RuleIssue {
  return { code: 'INVALID_JSON', message };
}

function isFilled(value: Json | undefined): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
