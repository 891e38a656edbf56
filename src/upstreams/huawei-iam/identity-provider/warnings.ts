import { notWritable } from '../../../domain/parse.ts';
import type { HuaweiWarning } from '../warning-codes.ts';
import { identityProviderDraft } from './input.ts';
import type { IdentityProvider } from './translate.ts';

/** Warnings about a stored identity provider. */
export function* storedWarnings(stored: IdentityProvider): Iterable<HuaweiWarning> {
  yield* identityProviderWarnings(stored);
  const { id, description: text, enabled, ssoType: type } = stored;
  // An unknown type is shown as null; written back, that would become the default.
  yield* notWritable(identityProviderDraft, {
    id,
    description: text === '' ? undefined : text,
    enabled,
    ssoType: type ?? 'unknown',
  });
}

/** Warnings about settings that are accepted but likely to cause problems. */
export function* identityProviderWarnings({
  enabled,
  ssoType,
}: Pick<IdentityProvider, 'enabled' | 'ssoType'>): Iterable<HuaweiWarning> {
  if (!enabled)
    yield {
      code: 'IDENTITY_PROVIDER_DISABLED',
      path: ['enabled'],
      message: 'Sign-in through the identity provider fails until it is enabled.',
    };
  if (ssoType === 'IAM_USER_SSO')
    yield {
      code: 'SSO_TYPE_WITHOUT_OIDC',
      path: ['ssoType'],
      message: 'OpenID Connect needs VIRTUAL_USER_SSO; IAM_USER_SSO is for SAML.',
    };
}
