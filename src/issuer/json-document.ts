import { parseExactJson } from '../domain/json/exact-json.ts';
import { isObject } from '../domain/json/json.ts';
import type { Json } from '../domain/json/json.ts';
import { repeatedMember } from '../domain/json/repeated-member.ts';
import { isCarriable, MAX_DEPTH } from '../domain/keys/jwks.ts';
import { visible } from '../domain/text/visible.ts';
import { issuerError } from './guarded-fetch.ts';
import type { FetchedDocument } from './guarded-fetch.ts';

/**
 * Reads a JSON object strictly: no member twice, no number that cannot be represented exactly, not deeply nested.
 * @throws IssuerError
 */
export function readJsonObject({ url, text }: FetchedDocument): {
  readonly [member: string]: Json;
} {
  let value: unknown;
  try {
    value = parseExactJson(text);
  } catch (error) {
    throw issuerError('NOT_JSON', url, 'The response is not JSON.', error);
  }
  if (!isObject(value)) throw issuerError('NOT_JSON', url, 'The response is not a JSON object.');
  if (!isCarriable(value))
    throw issuerError(
      'NOT_JSON',
      url,
      `The response must have at most ${MAX_DEPTH} levels, and only numbers that JSON can represent exactly.`,
    );
  const repeated = repeatedMember(text);
  if (repeated !== null)
    throw issuerError(
      'NOT_JSON',
      url,
      `The response has the member ${visible(repeated.join('.'))} more than once, so readers disagree about its value.`,
    );
  return value;
}
