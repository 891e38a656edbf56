import { visible } from '../../text/visible.ts';
import type { IdToken } from '../id-token.ts';
import type { Issuer } from '../issuer.ts';
import { notPassed, passed } from '../report.ts';
import type { Check } from '../report.ts';
import { showsScope } from '../scope-claims.ts';
import type { ProbedAuthorization } from './ask-authorization.ts';
import type { ResponseChannel } from './authorization.ts';
import { PROBES_ARE_OFF } from './probe.ts';

/** What is known of a client. */
export interface KnownClient {
  readonly probed: ProbedAuthorization;
  /** An ID token that the issuer has certainly issued for the stored client; null if there is none. */
  readonly own: IdToken | null;
  /** The issuer at which people certainly sign in; null if it is not known. */
  readonly live: Issuer | null;
}

/** What a platform needs of a client. */
export interface ClientNeeds {
  readonly redirectUri: string;
  readonly responseType: string;
  /** The flow, as it has to be allowed at the issuer. */
  readonly flow: string;
  /** All scopes that are requested. */
  readonly scopes: readonly string[];
  /** How the platform takes the response; null if that is not known. */
  readonly channels: readonly ResponseChannel[] | null;
  /** The paths of what is stored about them. */
  readonly paths: Readonly<
    Record<'redirectUri' | 'responseType' | 'scopes' | 'clientId', readonly string[]>
  >;
}

/** The check that the issuer has the client. */
export function clientCheck(
  { paths: { clientId: path } }: ClientNeeds,
  { probed, own }: KnownClient,
): Check<'CLIENT_ID'> {
  const code = 'CLIENT_ID';
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
    'seen' in probed
      ? probed.seen
      : 'Metadata does not show whether the issuer has a client with this id.',
    'Give an ID token that the issuer has issued for it.',
  );
}

/** The check of what the client may do at the issuer. */
export function registrationCheck(
  needs: ClientNeeds,
  known: KnownClient,
): Check<'CLIENT_REGISTRATION'> {
  const code = 'CLIENT_REGISTRATION';
  const { redirectUri, responseType, flow, channels, paths } = needs;
  const { probed } = known;
  const path = paths.redirectUri;
  const failed = (said: string, why: string, advice: string, of = path) =>
    notPassed(code, 'FAILED', of, `${said} ${why}`, advice);
  const undecided = (message: string, advice: string) =>
    notPassed(code, 'UNDECIDED', path, message, advice);
  switch (probed.kind) {
    case 'CLIENT':
      return undecided(
        'The issuer does not know the client, so nothing shows what it may do there.',
        'Correct what the check CLIENT_ID names.',
      );
    case 'REDIRECT_URI':
      return failed(
        probed.said,
        'The redirect URI is not registered for the client.',
        `Register ${redirectUri} at the issuer.`,
      );
    case 'RESPONSE_TYPE':
      return failed(
        probed.said,
        `The client may not use the response type ${responseType}.`,
        `Allow ${flow} for this client at the issuer.`,
        paths.responseType,
      );
    case 'SCOPE':
      return failed(
        probed.said,
        'The client may not use the scopes that the platform requests.',
        'Allow them for the client at the issuer, or store only scopes that it may use.',
        paths.scopes,
      );
    case 'OFF':
      return notPassed(code, 'SKIPPED', path, PROBES_ARE_OFF.message, PROBES_ARE_OFF.advice);
    case 'KNOWN': {
      const doubt = doubtOf(needs, known);
      if (channels?.includes(probed.channel) === false)
        return undecided(
          `The authorization endpoint knows the redirect URI, but it has responded as ${probed.channel}, and the platform needs ${channels.join(' or ')}.`,
          'Allow that response mode for the client at the issuer.',
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
        'seen' in probed
          ? probed.seen
          : `Only a sign-in, or a probe, shows whether the issuer accepts the redirect URI, the response type ${responseType} and the scopes for this client.`,
        `Register the redirect URI ${redirectUri} and allow ${flow} at the issuer, then ${'seen' in probed ? '' : 'set probe to true, or '}open loginUrl.`,
      );
  }
}

/** Why the client may still be refused because of its scopes, which some issuers look at only when the person is known; null if it is not. */
function doubtOf({ scopes }: ClientNeeds, { own, live }: KnownClient): string | null {
  const others = scopes.filter((scope) => scope !== 'openid');
  if (others.length === 0) return null;
  if (own === null)
    return 'Whether the client may use the scopes may show only when somebody signs in.';
  const offered = live?.metadata.scopesSupported ?? [];
  const open = others.filter((scope) => !offered.includes(scope) && !showsScope(own.claims, scope));
  return open.length === 0
    ? null
    : `Neither the metadata nor the ID token shows that the client may use ${visible(open.join(' '))}.`;
}
