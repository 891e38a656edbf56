import type { IdToken } from '../../../domain/sign-in/id-token.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { PROBES_ARE_OFF } from '../../../domain/sign-in/probes/probe.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { showsScopes } from '../../../domain/sign-in/scope-claims.ts';
import { visible } from '../../../domain/text/visible.ts';
import { RESPONSE_MODE } from '../oidc-config/fields.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { redirectUriOf } from './authorization-probe.ts';
import type { ProbedAuthorization } from './authorization-probe.ts';
import type { HuaweiCheckCode } from './codes.ts';

type ClientCheck = Check<HuaweiCheckCode>;

/** What is known of the client. */
export interface KnownClient {
  readonly probed: ProbedAuthorization;
  /** An ID token that the issuer has certainly issued for the stored client; null if there is none. */
  readonly own: IdToken | null;
  readonly live: Issuer | null;
  readonly consoleUrl: string;
}

/** The checks of what the issuer knows of the stored client. */
export function* clientChecks(config: OidcConfig, known: KnownClient): Iterable<ClientCheck> {
  yield clientCheck(known);
  if (config.accessMode === 'PROGRAM_CONSOLE') yield registrationCheck(config, known);
}

function clientCheck({ probed, own }: KnownClient): ClientCheck {
  const code = 'CLIENT_ID';
  const path = ['clientId'];
  if (probed.kind === 'CLIENT')
    return notPassed(
      code,
      'FAILED',
      path,
      `${probed.said} It does not know this client.`,
      'Store the client id that the issuer has, or register the client there.',
    );
  if (probed.kind === 'KNOWN')
    return passed(code, path, 'The authorization endpoint knows the client.');
  if (own !== null) return passed(code, path, 'The issuer has issued an ID token for it.');
  if (probed.kind === 'OFF')
    return notPassed(code, 'SKIPPED', path, PROBES_ARE_OFF.message, PROBES_ARE_OFF.advice);
  return notPassed(
    code,
    'UNDECIDED',
    path,
    probed.kind === 'UNCLEAR'
      ? probed.seen
      : 'Metadata does not show whether the issuer has a client with this id.',
    'Give an ID token that the issuer has issued for it.',
  );
}

function registrationCheck(config: OidcConfig, known: KnownClient): ClientCheck {
  const { probed, consoleUrl } = known;
  const code = 'CLIENT_REGISTRATION';
  const path = ['redirectUris'];
  const redirectUri = redirectUriOf(config, consoleUrl);
  const failed = (said: string, why: string, advice: string, of = path) =>
    notPassed(code, 'FAILED', of, `${said} ${why}`, advice);
  const undecided = (message: string, advice: string) =>
    notPassed(code, 'UNDECIDED', path, message, advice);
  switch (probed.kind) {
    case 'REDIRECT_URI':
      return failed(
        probed.said,
        'The redirect URI is not registered for the client.',
        `Register ${redirectUri} at the issuer.`,
      );
    case 'RESPONSE_TYPE':
      return failed(
        probed.said,
        'The client may not use the response type id_token.',
        'Allow the implicit flow with ID tokens for this client at the issuer.',
        ['responseType'],
      );
    case 'SCOPE':
      return failed(
        probed.said,
        'The client may not use the stored scopes.',
        'Allow them for the client at the issuer, or store only scopes that it may use.',
        ['scope'],
      );
    case 'OFF':
      return notPassed(code, 'SKIPPED', path, PROBES_ARE_OFF.message, PROBES_ARE_OFF.advice);
    case 'KNOWN': {
      const { channel } = probed;
      const doubt = doubtOf(config, known);
      if (config.responseMode !== null && channel !== RESPONSE_MODE[config.responseMode])
        return undecided(
          `The authorization endpoint knows the redirect URI, but it has responded as ${channel} although the request has the response mode ${RESPONSE_MODE[config.responseMode]}.`,
          'Allow that response mode at the issuer, or store another one.',
        );
      return doubt === null
        ? passed(
            code,
            path,
            'The authorization endpoint accepts the redirect URI, the response type and the scopes.',
          )
        : undecided(
            `The authorization endpoint accepts the redirect URI and the response type. ${doubt}`,
            'Give an ID token that the issuer has just issued for the client with these scopes, or open loginUrl.',
          );
    }
    default:
      return undecided(
        probed.kind === 'UNCLEAR'
          ? probed.seen
          : 'Only a sign-in, or a probe, shows whether the issuer accepts the redirect URI, the response type id_token and the scopes for this client.',
        `Register the redirect URI ${redirectUri} and allow the implicit flow at the issuer, then ${probed.kind === 'UNCLEAR' ? '' : 'set probe to true, or '}open loginUrl.`,
      );
  }
}

/** Why the client may still be refused because of its scopes, which some issuers look at only when the person is known; null if it is not. */
function doubtOf({ scopes }: OidcConfig, { own, live }: KnownClient): string | null {
  const others = scopes.filter((scope) => scope !== 'openid');
  if (others.length === 0) return null;
  if (own === null)
    return 'Whether the client may use the scopes may show only when somebody signs in.';
  const offered = live?.metadata.scopesSupported ?? [];
  const open = others.filter(
    (scope) => !offered.includes(scope) && !showsScopes(own.claims, [scope]),
  );
  return open.length === 0
    ? null
    : `Neither the metadata nor the ID token shows that the client may use ${visible(open.join(' '))}.`;
}
