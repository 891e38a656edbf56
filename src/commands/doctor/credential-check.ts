import { SCOPES } from '../../domain/identity.ts';
import { isApiKey } from '../../server/auth/api-keys.ts';
import { createAuthentication } from '../../server/auth/authentication.ts';
import type { AuthenticationError } from '../../server/auth/authentication-errors.ts';
import type { AuthenticationSettings } from '../../config/authentication-settings.ts';
import { sentence } from './check-result.ts';
import type { CheckResult } from './check-result.ts';

/** Checks whether the gateway would accept this token or API key. Only the claims that do not match are shown. */
export async function* tryCredential(
  settings: AuthenticationSettings | null,
  credential: string,
): AsyncIterable<CheckResult> {
  const isKey = isApiKey(credential);
  const subject = isKey ? 'the API key' : 'the token';
  if (settings === null) {
    yield {
      subject,
      state: 'NOTE',
      text: 'is not checked: anybody is let in, with or without it.',
    };
    return;
  }
  const { authenticate } = createAuthentication(settings);
  const result = await (isKey
    ? authenticate(null, credential)
    : authenticate(`Bearer ${credential}`, null));
  if ('reason' in result) {
    yield {
      subject,
      state: 'ERROR',
      text: `would not be let in: ${sentence(result.detail)}${mismatchOf(result)}`,
      advice: adviceOn(result),
    };
    return;
  }
  const scopes = SCOPES.filter((scope) => result.scopes.has(scope));
  if (scopes.length > 0)
    yield { subject, state: 'OK', text: `would be let in, with the scopes ${scopes.join(', ')}.` };
  else
    yield {
      subject,
      state: 'ERROR',
      text: 'would be let in, but has no scope of the gateway, so it may do nothing.',
      advice: `Configure the issuer to put one of ${SCOPES.join(', ')} into scope or scp.`,
    };
}

function mismatchOf({ mismatch }: AuthenticationError): string {
  const found = mismatch?.();
  if (found === undefined) return '';
  const words = (value: string | readonly string[]) =>
    typeof value === 'string'
      ? `"${value}"`
      : value.length === 0
        ? 'nothing'
        : value.map((one) => `"${one}"`).join(', ');
  return ` It has ${words(found.given)}; expected is ${words(found.expected)}.`;
}

function adviceOn({ reason, message }: AuthenticationError): string {
  switch (reason) {
    case 'EXPIRED':
      return 'Get a new one.';
    case 'UNAVAILABLE':
      return 'Check AUTH_JWKS_URL, and any proxy in between.';
    case 'MALFORMED':
      return message;
    default:
      return 'Check the AUTH_ variables, and what the credential was issued for.';
  }
}
