import { IssuerError } from '../domain/errors.ts';
import type { Evidence } from '../domain/sign-in/evidence.ts';
import type { GatewayContext } from '../graph/context.ts';
import { issuerUrl } from '../domain/sign-in/issuer-url.ts';

/** Reads issuers for a caller. An issuer may also come from a platform, where any text may be stored. */
export function issuerReader({
  issuers,
  callerKey,
}: Pick<GatewayContext, 'issuers' | 'callerKey'>): Evidence['readIssuer'] {
  return async (issuer) => {
    if (!issuerUrl.safeParse(issuer).success)
      return {
        issuer: null,
        problem:
          'The issuer is not an absolute http(s) URL without query and fragment, of at most 2,048 characters.',
        metadataIssuer: null,
      };
    try {
      return { issuer: await issuers.read(issuer, callerKey) };
    } catch (error) {
      if (!(error instanceof IssuerError)) throw error;
      return { issuer: null, problem: error.message, metadataIssuer: error.metadataIssuer };
    }
  };
}
