import { lacksKeyOf, readIssuerOf } from '../../../domain/sign-in/evidence.ts';
import type { Evidence } from '../../../domain/sign-in/evidence.ts';
import type { Session, SignInCheck } from '../../../transport/upstream.ts';
import { ABOUT_ID } from '../open-id-connect/fields.ts';
import { existingId } from '../open-id-connect/input.ts';
import type { OrderCloudSettings } from '../settings.ts';
import { clientChecks } from './client-checks.ts';
import { needsOf } from './client-needs.ts';
import { probeAuthorization, probeSecret, probeTokenEndpoint } from './client-probes.ts';
import { CHECK_CODES } from './codes.ts';
import { eventChecks } from './event-checks.ts';
import { issuerChecks } from './issuer-checks.ts';
import { readStored } from './read-stored.ts';
import { redirectUri } from './sign-in-urls.ts';

/** The check of sign-in to OrderCloud, which reads and never writes. */
export const signInCheck: SignInCheck<Session<OrderCloudSettings>> = {
  field: 'checkOpenIdConnect',
  key: 'id',
  aboutKey: ABOUT_ID,
  id: existingId,
  codes: CHECK_CODES,
  defaultIssuer: '`iss` of `idToken`, because OrderCloud stores none.',
  takesClaims: false,
  probes:
    'a request without a person to the stored authorization endpoint, and token requests with a made-up code to the stored token endpoint, with the stored client secret only if the metadata of the issuer has both endpoints.',
  description:
    'Checks whether people can sign in to OrderCloud with an OpenID Connect configuration: it is compared with its API client and its integration event, with what the issuer publishes, and with an ID token if one is given. Requires a seller user with the role OpenIDConnectReader, OpenIDConnectAdmin or FullAccess. Checks that need ApiClientReader and IntegrationEventReader are skipped without them.',
  run: async ({ call, baseUrl, owner }, id, evidence) => {
    const stored = await readStored(call, id);
    const { config } = stored;
    const { probing } = evidence;
    const needs = needsOf(config, redirectUri(baseUrl));
    const issuer = evidence.issuer ?? issuerIn(evidence);
    const underWay =
      issuer === null
        ? Promise.resolve(null)
        : readIssuerOf(evidence, issuer, lacksKeyOf(evidence));
    const [reading, probed] = await Promise.all([
      underWay,
      probeAuthorization(config, needs, probing, underWay),
    ]);
    const [secret, absence] = await Promise.all([
      probeSecret(config, reading, needs.redirectUri, owner, probing),
      probeTokenEndpoint(config, reading, needs.redirectUri, probing),
    ]);
    return [
      ...clientChecks(stored),
      ...eventChecks(stored),
      ...(await issuerChecks(config, { reading, probed, secret, absence, needs }, evidence)),
    ];
  },
};

/** Nothing of the ID token is verified: it is as if the caller had named the issuer. */
function issuerIn({ idToken }: Evidence): string | null {
  const iss = idToken?.claims['iss'];
  return typeof iss === 'string' ? iss : null;
}
