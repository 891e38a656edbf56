import { randomBytes } from 'node:crypto';
import { isHttpUrl } from '../findings.ts';
import type { IssuerReading } from '../evidence.ts';
import { areComparable } from './absence.ts';
import { authorizationProbe, readAuthorizationResponse, unclear } from './authorization.ts';
import type { AuthorizationRequest, AuthorizationResult } from './authorization.ts';
import type { NotProbed, Probing } from './probe.ts';

/** What the stored authorization endpoint says of the client. `isCertain`: it certainly does not exist. */
export type ProbedAuthorization =
  | Exclude<AuthorizationResult, { kind: 'ABSENT' }>
  | (Extract<AuthorizationResult, { kind: 'ABSENT' }> & { readonly isCertain: boolean })
  | NotProbed;

/** A value that nobody can guess. */
export function unguessable(): string {
  return randomBytes(16).toString('base64url');
}

/** A request as a platform makes it. */
type Asked = Omit<AuthorizationRequest, 'state'>;

/**
 * Sends a browser's first request of a sign-in, without a person. If nothing is there, the published endpoint gets the same
 * request: if it responds, the stored one does not exist.
 * @param asked null if what is stored is not enough for a request
 * @param reading the issuer that was named; null if none was
 * @throws RateLimitedError
 */
export async function askAuthorization(
  probing: Probing,
  asked: Asked | null,
  reading: Promise<IssuerReading | null>,
): Promise<ProbedAuthorization> {
  if (probing.probe === null) return { kind: probing.isRequested ? 'OFF' : 'NOT_REQUESTED' };
  if (asked === null || !isHttpUrl(asked.endpoint))
    return unclear('What is stored is not enough for a request.');
  const result = await ask(probing, asked);
  if (result.kind !== 'ABSENT') return result;
  const published = (await reading)?.issuer?.metadata.authorizationEndpoint ?? null;
  const isCertain =
    areComparable(asked.endpoint, published) &&
    isResponse(await ask(probing, { ...asked, endpoint: published }));
  return { ...result, isCertain };
}

async function ask(
  { probe, hide }: Extract<Probing, { probe: object }>,
  asked: Asked,
): Promise<AuthorizationResult> {
  const request = { ...asked, state: unguessable() };
  const sent = authorizationProbe(request);
  if (sent === null)
    return unclear('The stored endpoint has a parameter that the platform adds too.');
  const result = await probe(sent);
  return result.response === null
    ? unclear(result.problem)
    : readAuthorizationResponse(result.response, request, hide);
}

/** Whether it is certainly from an authorization endpoint: it is at the redirect URI, or refuses the client or the redirect URI. */
function isResponse(result: AuthorizationResult): boolean {
  return result.kind === 'UNCLEAR' ? result.isResponse : result.kind !== 'ABSENT';
}
