import { areComparable } from './absence.ts';
import { unguessable } from './ask-authorization.ts';
import type { Hide, Probe } from './probe.ts';
import { presenceIn, readTokenResponse, tokenProbe } from './token.ts';
import type { TokenRequest, TokenResult } from './token.ts';

/**
 * Sends a token request with a made-up code. Some token endpoints look at the code before the client, so that a refused
 * code alone says nothing: then a made-up secret must be refused in another way.
 * @returns `CODE` only if the client secret is certainly right
 * @throws RateLimitedError
 */
export async function askToken(
  probe: Probe,
  hide: Hide,
  request: Omit<TokenRequest, 'code'> & { readonly clientSecret: string },
): Promise<TokenResult> {
  const sent = async (clientSecret: string): Promise<TokenResult> => {
    const made = { ...request, clientSecret, code: unguessable() };
    const result = await probe(tokenProbe(made));
    return result.response === null
      ? { kind: 'UNCLEAR', said: result.problem }
      : readTokenResponse(result.response, request.form, hide);
  };
  const result = await sent(request.clientSecret);
  if (result.kind !== 'CODE') return result;
  const compared = await sent(unguessable());
  if (compared.kind === 'CLIENT') return result;
  return {
    kind: 'UNCLEAR',
    said:
      compared.kind === 'CODE'
        ? 'The token endpoint refuses a made-up code in the same way whether the client secret is the stored one or made up, so it does not show which it accepts.'
        : `The token endpoint refuses a made-up code, but what it says to a made-up client secret is not clear. ${compared.said}`,
  };
}

/**
 * Sends a token request without the client secret to a token endpoint that the metadata does not have. If nothing is there,
 * the published one gets the same request: if it responds with an error of OAuth, the stored one does not exist.
 * @returns what shows that it does not exist, as a sentence; null if that is not certain
 * @throws RateLimitedError
 */
export async function askForAbsence(
  probe: Probe,
  request: Omit<TokenRequest, 'code' | 'clientSecret'>,
  published: string | null,
): Promise<string | null> {
  if (!areComparable(request.endpoint, published)) return null;
  const sent = async (endpoint: string) =>
    (await probe(tokenProbe({ ...request, endpoint, clientSecret: null, code: unguessable() })))
      .response;
  const stored = await sent(request.endpoint);
  if (stored === null || presenceIn(stored) !== 'ABSENT') return null;
  const compared = await sent(published);
  return compared !== null && presenceIn(compared) === 'REFUSES'
    ? `The response has the status ${stored.status}.`
    : null;
}
