import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import type { Found } from '../../../transport/exchange/find.ts';
import type { HuaweiCheckCode } from './codes.ts';
import type { StoredSignIn } from './read-stored.ts';

type HuaweiCheck = Check<HuaweiCheckCode>;

/** The checks of the identity provider and its protocol. */
export function* objectChecks({ provider, protocol }: StoredSignIn): Iterable<HuaweiCheck> {
  if (provider.kind !== 'STORED') {
    const action = 'getIdentityProvider';
    yield notStored('PROVIDER_ENABLED', ['identityProvider'], provider, action, {
      message: 'The identity provider does not exist.',
      advice: 'Create it, or run provisionOidcConfig.',
    });
  } else {
    const { enabled, ssoType } = provider.stored;
    const path = ['identityProvider', 'enabled'];
    yield enabled
      ? passed('PROVIDER_ENABLED', path, 'It is enabled.')
      : notPassed(
          'PROVIDER_ENABLED',
          'FAILED',
          path,
          'The identity provider is disabled.',
          'Enable it with updateHuaweiIdentityProvider.',
        );
    yield typeCheck(ssoType);
  }
  if (protocol.kind === 'STORED')
    yield passed('PROTOCOL', ['protocol'], 'The protocol oidc exists.');
  else
    yield notStored('PROTOCOL', ['protocol'], protocol, 'getProtocol', {
      message: 'The identity provider does not have the protocol oidc.',
      advice: 'Create it with createHuaweiProtocol.',
    });
}

function typeCheck(ssoType: string | null): HuaweiCheck {
  const path = ['identityProvider', 'ssoType'];
  if (ssoType === 'VIRTUAL_USER_SSO')
    return passed('PROVIDER_TYPE', path, 'It is for virtual users.');
  return notPassed(
    'PROVIDER_TYPE',
    ssoType === null ? 'UNDECIDED' : 'FAILED',
    path,
    ssoType === null
      ? 'The gateway does not know this type of single sign-on.'
      : 'The identity provider is for IAM users, which OpenID Connect does not work with.',
    'The type cannot be changed: use another identity provider.',
  );
}

/** A check of an object that could not be read. */
export function notStored(
  code: HuaweiCheckCode,
  path: readonly string[],
  found: Exclude<Found<unknown>, { kind: 'STORED' }>,
  action: string,
  missing: { readonly message: string; readonly advice: string },
): HuaweiCheck {
  if (found.kind === 'MISSING')
    return notPassed(code, 'FAILED', path, missing.message, missing.advice);
  if (found.kind === 'UNREADABLE')
    return notPassed(
      code,
      'UNDECIDED',
      path,
      'Its id does not consist of 1 to 64 letters, digits, hyphens and underscores, so the gateway does not read it.',
      'Check it in the console.',
    );
  const rights =
    found.missing.length > 0
      ? found.missing.join(', ')
      : `the Security Administrator role or the action iam:identityProviders:${action}`;
  return notPassed(
    code,
    'SKIPPED',
    path,
    'The credentials do not allow reading it.',
    `Ask for ${rights}.`,
  );
}
