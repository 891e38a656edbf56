import * as z from 'zod';
import { expectation } from '../../../../domain/fingerprint.ts';
import { wholeNumber } from '../../../../domain/primitives.ts';
import { issuerUrl } from '../../../../domain/sign-in/issuer-url.ts';
import { federationId } from '../../federation.ts';

/** How long a retired key stays stored, in seconds: a day, which is longer than ID tokens are used. */
export const KEEP_RETIRED_S = { usual: 86_400, min: 60, max: 30 * 86_400 } as const;

/** Input of `oidcConfigKeys`, without its nulls. */
export const keysInput = z.object({ idpId: federationId, issuer: issuerUrl.optional() });

/** Input of `syncOidcConfigKeys`, without its nulls. */
export const keysSync = z.object({
  idpId: federationId,
  issuer: issuerUrl.optional(),
  keepRetiredSeconds: wholeNumber(KEEP_RETIRED_S).default(KEEP_RETIRED_S.usual),
  dropNow: z.boolean().default(false),
  force: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  ...expectation,
});

/** A checked input of `syncOidcConfigKeys`. */
export type KeysSync = z.output<typeof keysSync>;
