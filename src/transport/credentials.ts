import { Secret } from '../domain/secret.ts';

/** A request header in which a caller may send a token for one upstream. */
export interface TokenHeader {
  readonly name: string;
  /** Authentication scheme before the token, e.g. `Bearer`; none where the header is the token alone. */
  readonly scheme?: string;
}

/** How callers bring their own token for an upstream, and how it goes on. */
export interface CallerCredentials {
  /** Where to look, in order; the first header present decides. */
  readonly headers: readonly [TokenHeader, ...TokenHeader[]];
  /** Headers of the upstream request. */
  readonly toUpstream: (token: Secret) => Readonly<Record<string, string>>;
  /** What the caller is told to get, e.g. "an OrderCloud access token". */
  readonly kind: string;
}

/** A token, or what is wrong, in words for the caller. */
export type CallerToken = { readonly token: Secret } | { readonly fault: string };

/** Tokens are visible ASCII without spaces. A header with a line break or other bytes is no token. */
const TOKEN = /^[\x21-\x7e]+$/;

/** Whether a text can be sent as a token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Finds the caller's token. */
export function readCallerToken(
  { headers, kind }: CallerCredentials,
  header: (name: string) => string | null,
): CallerToken {
  const [preferred] = headers;
  const example = `${preferred.name}: ${preferred.scheme === undefined ? '' : `${preferred.scheme} `}<token>`;
  for (const { name, scheme } of headers) {
    const value = header(name)?.trim() ?? '';
    if (value === '') continue;
    const token = scheme === undefined ? value : withoutScheme(value, scheme);
    if (token === null)
      return {
        fault: `The header ${name} must begin with "${scheme ?? ''} ", followed by ${kind}.`,
      };
    if (!isToken(token))
      return {
        fault: `The token in the header ${name} has characters that no token has: only visible ASCII without spaces is allowed.`,
      };
    return { token: new Secret(token) };
  }
  return { fault: `This needs ${kind}. Send it as "${example}".` };
}

function withoutScheme(value: string, scheme: string): string | null {
  const space = value.indexOf(' ');
  return space !== -1 && value.slice(0, space).toLowerCase() === scheme.toLowerCase()
    ? value.slice(space + 1).trim()
    : null;
}
