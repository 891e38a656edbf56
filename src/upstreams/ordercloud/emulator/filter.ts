import { refused } from './error-bodies.ts';
import { FIELD_TYPES, isAbsent, type Configuration } from './model.ts';

// Otherwise a caller could find out a secret by guessing.
const FILTERABLE = new Set([...Object.keys(FIELD_TYPES), 'IntegrationEventName']);
FILTERABLE.delete('ConnectClientSecret');

/** The order of IDs, for sorting and for `<` and `>`: ignores case, unless IDs differ in nothing else. */
export function compareIds(one: string, other: string): number {
  return compare(one.toLowerCase(), other.toLowerCase()) || compare(one, other);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Whether a text matches a term in which `*` stands for any characters, ignoring case. Not a regular expression, which would backtrack over many `*`. */
export function likenessTo(term: string): (text: string) => boolean {
  const [begin = '', ...parts] = term.toLowerCase().split('*');
  const end = parts.pop();
  if (end === undefined) return (text) => text.toLowerCase() === begin;
  return (text) => {
    const lower = text.toLowerCase();
    const last = lower.length - end.length;
    if (!lower.startsWith(begin) || !lower.endsWith(end)) return false;
    let at = begin.length;
    for (const part of parts) {
      const found = lower.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return at <= last;
  };
}

/** What a filter matches. `|` separates alternatives, and `!` negates one of them; no way to escape them is documented. */
export function filterOf(
  field: string,
  expression: string,
): (configuration: Configuration) => boolean {
  if (!FILTERABLE.has(field))
    throw refused(400, 'List.InvalidProperty', `The list cannot be filtered by ${field}.`, field);
  const alternatives = expression.split('|').map((alternative) => {
    const negated = alternative.startsWith('!');
    const matches = matcherOf(field, negated ? alternative.slice(1) : alternative);
    return (texts: readonly string[]) => texts.some(matches) !== negated;
  });
  return (configuration) => {
    const texts = textsOf(configuration[field]);
    return alternatives.some((passes) => passes(texts));
  };
}

/** An absent text matches no term, so that `*` means present and `!*` absent. */
function textsOf(value: unknown): string[] {
  if (isAbsent(value)) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

function matcherOf(field: string, term: string): (text: string) => boolean {
  if (/^[<>]/.test(term)) return comparisonOf(field, term);
  if (FIELD_TYPES[field] === 'a boolean' && !/^(true|false|\*)$/i.test(term))
    throw invalidType(field, 'true or false');
  return likenessTo(term);
}

/** Only numbers, dates and IDs have an order, and the model has no numbers or dates. */
function comparisonOf(field: string, term: string): (text: string) => boolean {
  if (field !== 'ID') throw invalidType(field, 'text without < or > before it');
  const [sign, limit] = [term.startsWith('>') ? 1 : -1, term.slice(1)];
  return (id) => compareIds(id, limit) * sign > 0;
}

/** A value in the query string is of the wrong type. */
export function invalidType(name: string, wanted: string): Error {
  return refused(400, 'List.InvalidType', `${name} must be ${wanted}.`, name);
}
