import { performance } from 'node:perf_hooks';
import { IssuerError } from '../domain/errors.ts';
import { allows } from '../domain/identity.ts';
import type { Evidence } from '../domain/sign-in/evidence.ts';
import { issuerUrl } from '../domain/sign-in/issuer-url.ts';
import type { Probing } from '../domain/sign-in/probes/probe.ts';
import type { GatewayContext } from '../graph/context.ts';

type Reader = Pick<GatewayContext, 'issuers' | 'callerKey'>;
type Prober = Reader & Pick<GatewayContext, 'identity' | 'scrubber'>;

/** Reads issuers for a check that begins now. An issuer may also come from a platform, where any text may be stored. */
export function issuerReader({ issuers, callerKey }: Reader): Evidence['readIssuer'] {
  const began = performance.now();
  return async (issuer, isStale) => {
    if (!issuerUrl.safeParse(issuer).success)
      return {
        issuer: null,
        problem:
          'The issuer is not an absolute http(s) URL without query and fragment, of at most 2,048 characters.',
        metadataIssuer: null,
      };
    try {
      const maxAgeMs = isStale ? performance.now() - began : Infinity;
      return { issuer: await issuers.read(issuer, callerKey, maxAgeMs) };
    } catch (error) {
      if (!(error instanceof IssuerError)) throw error;
      return { issuer: null, problem: error.message, metadataIssuer: error.metadataIssuer };
    }
  };
}

/** Whether a check may send probes for a caller, and how. */
export function probingFor(
  { issuers: { probe }, callerKey, identity, scrubber }: Prober,
  isRequested: boolean,
): Probing {
  if (!isRequested || probe === null) return { probe: null, isRequested };
  const hide = (text: string) => scrubber.text(text);
  return {
    hide,
    isAdmin: identity === null || allows(identity, 'oidc:admin'),
    probe: async (request) => {
      try {
        return { response: await probe(request, callerKey) };
      } catch (error) {
        if (!(error instanceof IssuerError)) throw error;
        return { response: null, problem: hide(error.message) };
      }
    },
  };
}
