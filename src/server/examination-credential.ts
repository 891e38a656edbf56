import { SCOPES } from '../domain/identity.ts';
import { createAuthentication, isApiKey } from './authentication.ts';
import type { AuthenticationFault } from './authentication-faults.ts';
import type { AuthenticationSettings } from './authentication-settings.ts';
import { sentence } from './finding.ts';
import type { Finding } from './finding.ts';

/** Tries whether a caller with this token or API key would be let in. Nothing of it is shown but what does not fit. */
export async function* tryCredential(
  settings: AuthenticationSettings | null,
  credential: string,
): AsyncIterable<Finding> {
  const isKey = isApiKey(credential);
  const subject = isKey ? 'the API key' : 'the token';
  if (settings === null) {
    yield {
      subject,
      state: 'NOTE',
      text: 'is not looked at: anybody is let in, with or without it.',
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
      state: 'FAULT',
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
      state: 'FAULT',
      text: 'would be let in, but has no scope of the gateway, so it may do nothing.',
      advice: `Let the issuer put one of ${SCOPES.join(', ')} into scope or scp.`,
    };
}

function mismatchOf({ mismatch }: AuthenticationFault): string {
  const found = mismatch?.();
  if (found === undefined) return '';
  const words = (value: string | readonly string[]) =>
    typeof value === 'string'
      ? `"${value}"`
      : value.length === 0
        ? 'nothing'
        : value.map((one) => `"${one}"`).join(', ');
  return ` It has ${words(found.given)}; needed is ${words(found.expected)}.`;
}

function adviceOn({ reason, message }: AuthenticationFault): string {
  switch (reason) {
    case 'EXPIRED':
      return 'Get a new one.';
    case 'UNAVAILABLE':
      return 'Check AUTH_JWKS_URL, and what stands between.';
    case 'MALFORMED':
      return message;
    default:
      return 'Check the AUTH_ variables, and for what the credential was issued.';
  }
}
