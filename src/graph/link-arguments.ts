import { GraphQLError } from 'graphql';
import type { Progress } from './context.ts';

/** Why a text is not accepted in a link. Quotes nothing from a request. */
const ILL_FORMED =
  'A text contains half of a surrogate pair, which is not a character: a link cannot contain it.';

/** Maximum number of characters of all arguments of a link, encoded: many browsers and servers refuse longer links. */
const MAX_CHARACTERS = 2_000;

const TOO_LONG = `The encoded arguments of a link have more than ${MAX_CHARACTERS} characters. Many browsers and servers do not accept longer links.`;

/** The same for all links of a request: half of that length for each item of the largest page. */
const MAX_CHARACTERS_OF_REQUEST = 50 * MAX_CHARACTERS;

const TOO_MANY = `The links of the request have more than ${MAX_CHARACTERS_OF_REQUEST} characters of arguments. Request fewer at once.`;

/** All error messages of this file. They quote nothing from a request. */
export const LINK_REFUSALS: ReadonlySet<string> = new Set([ILL_FORMED, TOO_LONG, TOO_MANY]);

/**
 * Refuses arguments that do not fit into a link. They have no input type, so their issues are not collected.
 * @param progress counts the characters in all links of the request
 * @throws GraphQLError
 */
export function checkLinkArguments(args: unknown, progress: Progress): void {
  progress.linkCharacters += charactersOf(args, 0);
  if (progress.linkCharacters > MAX_CHARACTERS_OF_REQUEST) throw new GraphQLError(TOO_MANY);
}

/** Counts one character more than a text has, because a list of empty texts takes time too. */
function charactersOf(value: unknown, before: number): number {
  let count = before;
  if (typeof value === 'string') {
    // A text that is too long already need not be encoded.
    if (count + value.length >= MAX_CHARACTERS) throw new GraphQLError(TOO_LONG);
    if (!value.isWellFormed()) throw new GraphQLError(ILL_FORMED);
    count += encodeURIComponent(value).length + 1;
    if (count > MAX_CHARACTERS) throw new GraphQLError(TOO_LONG);
  }
  if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) count = charactersOf(item, count);
  return count;
}
