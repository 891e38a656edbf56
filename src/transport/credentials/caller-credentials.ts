import { Secret } from '../../domain/scrub/secret.ts';

/** A request header in which a caller may send a token for one upstream. */
export interface TokenHeader {
  readonly name: string;
  /** Authentication scheme before the token, e.g. `Bearer`; omitted if the header contains only the token. */
  readonly scheme?: string;
}

/** How callers send their own token for an upstream, and how the gateway passes it on. */
export interface CallerCredentials {
  /** The headers to look in, in this order. The first one that is present is used. */
  readonly headers: readonly [TokenHeader, ...TokenHeader[]];
  /** Headers of the upstream request. */
  readonly toUpstream: (token: Secret) => Readonly<Record<string, string>>;
  /** Name of the token in messages, e.g. "a Shop access token". */
  readonly kind: string;
}

/** A token, or a message for the caller. */
export type CallerToken = { readonly token: Secret } | { readonly issue: string };

/** Tokens are visible ASCII without spaces. Line breaks or other bytes could change the request. */
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
        issue: `The header ${name} must begin with "${scheme ?? ''} ", followed by ${kind}.`,
      };
    if (!isToken(token))
      return {
        issue: `The token in the header ${name} has characters that are not allowed: use only visible ASCII without spaces.`,
      };
    return { token: new Secret(token) };
  }
  return { issue: `This requires ${kind}. Send it as "${example}".` };
}

function withoutScheme(value: string, scheme: string): string | null {
  const space = value.indexOf(' ');
  return space !== -1 && value.slice(0, space).toLowerCase() === scheme.toLowerCase()
    ? value.slice(space + 1).trim()
    : null;
}
