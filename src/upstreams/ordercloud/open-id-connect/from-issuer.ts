import { isHttpUrl } from '../../../domain/sign-in/findings.ts';
import type { Finding, FindingCode } from '../../../domain/sign-in/findings.ts';
import type { Issuer, IssuerMetadata } from '../../../domain/sign-in/issuer.ts';
import type { Filling } from '../../../domain/sign-in/filling.ts';
import { offers } from '../../../domain/sign-in/issuer.ts';
import type { OpenIdConnectDraft } from './input.ts';

/** The fields of a configuration that the metadata of an issuer determines. Null: the metadata has no usable value. */
export interface FromIssuer {
  readonly authorizationEndpoint: string | null;
  readonly tokenEndpoint: string | null;
  readonly urlEncoded: boolean;
}

/** The stable codes of findings that only OrderCloud has, each with its meaning. */
export const FINDING_CODES = {
  CLIENT_AUTHENTICATION_NOT_OFFERED:
    'The token endpoint accepts neither `client_secret_post` nor `client_secret_basic`, and OrderCloud has no other way.',
} as const;

export function fromIssuer({ metadata }: Pick<Issuer, 'metadata'>): FromIssuer {
  return {
    authorizationEndpoint: usable(metadata.authorizationEndpoint),
    tokenEndpoint: usable(metadata.tokenEndpoint),
    urlEncoded: methodsOf(metadata).includes('client_secret_post'),
  };
}

/** The values are filled in if they are omitted. Additional scopes are not: OrderCloud asks for the usual ones anyway. */
export const filling: Filling<OpenIdConnectDraft> = {
  fields: ['authorizationEndpoint', 'tokenEndpoint', 'urlEncoded'],
  valuesOf: (issuer) => ({ ...fromIssuer(issuer) }),
  *differences(draft, issuer) {
    const values = fromIssuer(issuer);
    for (const field of ['authorizationEndpoint', 'tokenEndpoint'] as const) {
      const published = values[field];
      if (published !== null && draft[field] !== published)
        yield { field, given: draft[field], published };
    }
    const methods = methodsOf(issuer.metadata);
    const method = draft.urlEncoded === true ? 'client_secret_post' : 'client_secret_basic';
    if (!methods.includes(method))
      yield {
        field: 'urlEncoded',
        given: `${String(draft.urlEncoded)} (${method})`,
        published: `token_endpoint_auth_methods_supported ${methods.join(' ')}`,
      };
  },
};

/** What keeps users of an issuer from signing in to OrderCloud. */
export function* findings({
  metadata,
}: Issuer): Iterable<Finding<FindingCode | keyof typeof FINDING_CODES>> {
  for (const name of ['authorizationEndpoint', 'tokenEndpoint'] as const) {
    if (usable(metadata[name]) === null)
      yield {
        code: 'ENDPOINT_MISSING',
        path: ['openIdConnect', name],
        message: 'OrderCloud needs this endpoint, and the metadata has no usable one.',
      };
  }
  if (!offers(metadata.responseTypesSupported, 'code'))
    yield {
      code: 'RESPONSE_TYPE_NOT_OFFERED',
      path: ['openIdConnect'],
      message: 'OrderCloud uses the response type code, and response_types_supported lacks it.',
    };
  const methods = methodsOf(metadata);
  if (!methods.includes('client_secret_post') && !methods.includes('client_secret_basic'))
    yield {
      code: 'CLIENT_AUTHENTICATION_NOT_OFFERED',
      path: ['openIdConnect', 'urlEncoded'],
      message:
        'token_endpoint_auth_methods_supported has neither client_secret_post nor client_secret_basic. Allow one of them for this client.',
    };
}

/** How clients may authenticate at the token endpoint. The default is that of OpenID Connect Discovery 1.0 section 3. */
export function methodsOf({ tokenEndpointAuthMethodsSupported: methods }: IssuerMetadata) {
  return methods ?? ['client_secret_basic'];
}

function usable(endpoint: string | null): string | null {
  return endpoint !== null && isHttpUrl(endpoint) ? endpoint : null;
}
