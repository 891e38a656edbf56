import { randomBytes } from 'node:crypto';
import { isHttpUrl } from '../findings.ts';
import { authorizationProbe, readAuthorizationResponse } from './authorization.ts';
import type { AuthorizationRequest, AuthorizationResult } from './authorization.ts';
import type { NotProbed, Probing } from './probe.ts';

/** What the stored authorization endpoint says of the client. */
export type ProbedAuthorization = AuthorizationResult | NotProbed;

/** A value that nobody can guess. */
export function unguessable(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * Sends a browser's first request of a sign-in, without a person.
 * @param asked null if what is stored is not enough for a request
 * @throws RateLimitedError
 */
export async function askAuthorization(
  probing: Probing,
  asked: Omit<AuthorizationRequest, 'state'> | null,
): Promise<ProbedAuthorization> {
  if (probing.probe === null) return { kind: probing.isRequested ? 'OFF' : 'NOT_REQUESTED' };
  const unclear = (seen: string): ProbedAuthorization => ({ kind: 'UNCLEAR', issuer: null, seen });
  if (asked === null || !isHttpUrl(asked.endpoint))
    return unclear('What is stored is not enough for a request.');
  const request = { ...asked, state: unguessable() };
  const sent = authorizationProbe(request);
  if (sent === null)
    return unclear('The stored endpoint has a parameter that the platform adds too.');
  const result = await probing.probe(sent);
  return result.response === null
    ? unclear(result.problem)
    : readAuthorizationResponse(result.response, request, probing.hide);
}
