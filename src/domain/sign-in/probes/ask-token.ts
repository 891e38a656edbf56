import { unguessable } from './ask-authorization.ts';
import type { Hide, Probe } from './probe.ts';
import { readTokenResponse, tokenProbe } from './token.ts';
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
  request: Omit<TokenRequest, 'code'>,
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
