import * as z from 'zod';
import { expectation } from '../../../domain/fingerprint.ts';
import { fieldsRule, kept } from '../../../domain/parse.ts';
import { text } from '../../../domain/primitives.ts';
import { federationId, wordsOf } from '../federation.ts';
import { SSO_TYPE } from './translate.ts';

const description = text();
const ssoType = z.enum(wordsOf(SSO_TYPE));

/** Input of `createHuaweiIdentityProvider`, without its nulls. */
export const identityProviderDraft = z.object({
  id: federationId,
  description: description.optional(),
  enabled: z.boolean().optional(),
  ssoType: ssoType.optional(),
});
export type IdentityProviderDraft = z.output<typeof identityProviderDraft>;

/** An empty description is shown as an empty text, so an empty text clears it like null. */
const clearedDescription = z
  .unknown()
  .transform((value) => (value === '' ? null : value))
  .pipe(description.nullable())
  .optional();

/** Input of `updateHuaweiIdentityProvider`. */
export const identityProviderPatch = z
  .object({
    id: federationId,
    description: clearedDescription,
    enabled: kept(z.boolean()),
    ...expectation,
  })
  .check(
    fieldsRule(function* ({ description: text, enabled }) {
      if (text === undefined && enabled === undefined)
        yield {
          code: 'REQUIRED',
          message: 'Must change something: give a description or enabled.',
        };
    }),
  );
export type IdentityProviderPatch = Omit<
  z.output<typeof identityProviderPatch>,
  'expectedFingerprint'
>;

/** The key that identifies an identity provider. */
export const identityProviderKey = z.object({ id: federationId });
export const identityProviderDeletion = identityProviderKey.extend(expectation);
