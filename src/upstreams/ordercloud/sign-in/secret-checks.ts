import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { PROBES_ARE_OFF } from '../../../domain/sign-in/probes/probe.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { methodsOf } from '../open-id-connect/from-issuer.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';
import type { ProbedSecret } from './client-probes.ts';

/** What a token endpoint takes besides what it lists only shows if somebody tries. */
export function authenticationCheck(
  { urlEncoded }: OpenIdConnect,
  { metadata }: Issuer,
  secret: ProbedSecret,
): Check<'CLIENT_AUTHENTICATION'> {
  const code = 'CLIENT_AUTHENTICATION';
  const path = ['urlEncoded'];
  if (secret.kind === 'OTHER_FORM')
    return notPassed(
      code,
      'FAILED',
      path,
      `${secret.said} It does not take the JSON body that OrderCloud sends.`,
      'Set urlEncoded to true.',
    );
  if (secret.kind === 'SENT' && secret.result.kind === 'CODE')
    return passed(
      code,
      path,
      `The token endpoint takes it ${urlEncoded ? 'in a form' : 'in a header, with a JSON body'}.`,
    );
  const listed = metadata.tokenEndpointAuthMethodsSupported;
  const offered = methodsOf(metadata);
  const method = urlEncoded ? 'client_secret_post' : 'client_secret_basic';
  if (!['client_secret_post', 'client_secret_basic', 'none'].some((one) => offered.includes(one)))
    return notPassed(
      code,
      'FAILED',
      path,
      'The issuer lists neither client_secret_post nor client_secret_basic in token_endpoint_auth_methods_supported, and OrderCloud has no other way.',
      'Allow one of them at the issuer.',
    );
  if (!offered.includes(method))
    return notPassed(
      code,
      'UNDECIDED',
      path,
      listed === null
        ? 'The issuer does not say that it takes client_secret_post. Many do so all the same.'
        : `The issuer does not list ${method} in token_endpoint_auth_methods_supported.`,
      urlEncoded
        ? 'If sign-in fails at the token endpoint, set urlEncoded to false.'
        : 'Set urlEncoded to true.',
    );
  return urlEncoded
    ? passed(code, path, 'The issuer lists client_secret_post.')
    : notPassed(
        code,
        'UNDECIDED',
        path,
        'OrderCloud sends a JSON body then. A token endpoint that strictly conforms to RFC 6749 refuses it; many take it.',
        offered.includes('client_secret_post')
          ? 'Set urlEncoded to true: the issuer lists client_secret_post.'
          : 'If sign-in fails at the token endpoint, set urlEncoded to true.',
      );
}

/** The check of the client secret, which only the token endpoint shows. */
export function secretCheck(
  { connectClientSecret, urlEncoded }: OpenIdConnect,
  secret: ProbedSecret,
): Check<'CLIENT_SECRET'> {
  const code = 'CLIENT_SECRET';
  const path = ['connectClientSecret'];
  const open = (message: string, advice = OPEN) =>
    notPassed(code, 'UNDECIDED', path, message, advice);
  switch (secret.kind) {
    case 'OFF':
      return notPassed(code, 'SKIPPED', path, PROBES_ARE_OFF.message, PROBES_ARE_OFF.advice);
    case 'WITHHELD':
      return notPassed(code, 'SKIPPED', path, secret.message, secret.advice);
    case 'NOT_REQUESTED':
      return connectClientSecret === null
        ? open('OrderCloud does not show a client secret.')
        : open(
            'Only a sign-in, or a probe, shows whether the issuer accepts the client secret, and that it has not expired.',
            `Set probe to true. ${OPEN}`,
          );
    case 'OTHER_FORM':
      return secret.inForm.kind === 'CODE'
        ? passed(code, path, 'The token endpoint accepts it, but only in a form.')
        : open(
            `${secret.inForm.said} It was sent in a form, because the token endpoint takes nothing else.`,
            'Set urlEncoded to true, and check again.',
          );
    case 'SENT':
      break;
  }
  const { result, isSame } = secret;
  if (result.kind === 'CODE')
    return isSame
      ? passed(code, path, 'The token endpoint accepts it: it has refused only a made-up code.')
      : open(`The token endpoint accepts it, encoded as RFC 6749 says. ${ENCODING}`, IN_A_FORM);
  if (result.kind !== 'CLIENT') return open(result.said);
  if (!isSame) return open(`${result.said} ${ENCODING}`, IN_A_FORM);
  const [method, how] = urlEncoded
    ? ['client_secret_post', 'in a form']
    : ['client_secret_basic', 'in a header'];
  return notPassed(
    code,
    'FAILED',
    path,
    `${result.said} The client secret is wrong or has expired, or the client may not send it ${how} (${method}).`,
    `Store a client secret that is valid. If it is, allow ${method} for the client at the issuer, or set urlEncoded to ${String(!urlEncoded)}.`,
  );
}

const OPEN =
  'Open loginUrl. If sign-in ends with an error at the token endpoint, store the secret of the issuer again.';

const ENCODING =
  'Whether OrderCloud encodes it in the same way is not documented, and the client id or secret has characters for which this matters.';

const IN_A_FORM =
  'Set urlEncoded to true, or use a client id and secret of letters, digits and -._ only.';
