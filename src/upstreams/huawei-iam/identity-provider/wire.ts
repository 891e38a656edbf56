import * as z from 'zod';
import { onePage } from '../federation.ts';

/** An identity provider in a response. Only the id is required; absent members have the vendor's defaults. */
const wireIdentityProvider = z.object({
  id: z.string().min(1),
  description: z.string().nullish(),
  enabled: z.boolean().nullish(),
  sso_type: z.string().nullish(),
  remote_ids: z.array(z.string()).nullish(),
});

export const identityProvider = z.object({ identity_provider: wireIdentityProvider });
export const identityProviders = z.object({
  identity_providers: z.array(wireIdentityProvider),
  links: onePage,
});

export type WireIdentityProvider = z.output<typeof wireIdentityProvider>;

/** Body of a request that creates or changes an identity provider. */
export interface IdentityProviderBody {
  readonly identity_provider: {
    readonly sso_type?: 'virtual_user_sso' | 'iam_user_sso';
    readonly description?: string;
    readonly enabled?: boolean;
  };
}
