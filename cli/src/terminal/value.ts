import { keysOf } from '../plan/compare.ts';
import { canonicalJson, isJsonObject } from '../plan/json.ts';
import type { Json } from '../plan/json.ts';
import type { Change } from '../plan/step.ts';

/** How long a value may be, in characters. */
const MAX_LENGTH = 200;

/** A change in words: what a field has, and what it will have. */
export function describeChange(change: Change): string {
  if ('secret' in change) return change.secret;
  const { path, from, to } = change;
  if (path[0] === 'signingKey') return describeKeys(from, to);
  return from === null ? describeValue(to) : `${describeValue(from)} -> ${describeValue(to)}`;
}

/** A value in one line. Text is as it is, unless that could be mistaken. */
function describeValue(value: Json): string {
  if (value === null) return '(none)';
  const text =
    typeof value === 'string' && value !== '' && value === value.trim()
      ? value
      : JSON.stringify(value);
  return text.length > MAX_LENGTH
    ? `${text.slice(0, MAX_LENGTH)}… (${text.length} characters)`
    : text;
}

function describeKeys(from: Json, to: Json): string {
  const [before, after] = [keysOf(from), keysOf(to)];
  if (after === null) return `${from === null ? '' : 'another value -> '}${describeValue(to)}`;
  if (before === null)
    return `${from === null ? '' : 'a value that is not a key set -> '}${keySet(after)}`;
  const sameIds = canonicalJson(idsOf(before).sort()) === canonicalJson(idsOf(after).sort());
  return `${keySet(before)} -> ${idsOf(after).join(', ')}${sameIds ? ' (the same ids, other keys)' : ''}`;
}

function keySet(keys: readonly Json[]): string {
  const count = keys.length === 1 ? '1 key' : `${keys.length} keys`;
  return `key set of ${count}: kid ${idsOf(keys).join(', ')}`;
}

function idsOf(keys: readonly Json[]): string[] {
  return keys.map((key) => {
    const kid = isJsonObject(key) ? key['kid'] : undefined;
    return typeof kid === 'string' ? kid : '(none)';
  });
}
