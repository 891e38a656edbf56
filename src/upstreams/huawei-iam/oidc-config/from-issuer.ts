import { oncePer } from '../../../domain/memo.ts';
import { thumbprint } from '../../../domain/keys/id-token-keys.ts';
import { isSigningKeyType } from '../../../domain/keys/jwks.ts';
import type { Jwk } from '../../../domain/keys/key-material.ts';
import { isHttpUrl } from '../../../domain/sign-in/findings.ts';
import type { Finding, FindingCode } from '../../../domain/sign-in/findings.ts';
import type { Difference, Filling } from '../../../domain/sign-in/filling.ts';
import { offers, usableKeySet } from '../../../domain/sign-in/issuer.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { CONSOLE_FIELDS, RESPONSE_MODE, SIGNING_KEY_LENGTH, URL_LENGTH } from './fields.ts';
import type { ResponseMode, ResponseType } from './fields.ts';
import type { OidcConfigDraft } from './input.ts';

/** The fields of a configuration that the metadata and keys of an issuer determine. Null: they have no usable value. */
export interface FromIssuer {
  readonly idpUrl: string;
  readonly authorizationEndpoint: string | null;
  readonly scope: readonly string[];
  readonly responseType: ResponseType;
  readonly responseMode: ResponseMode | null;
  readonly signingKey: { readonly keys: readonly Jwk[] } | null;
}

/** The stable codes of findings that only Huawei Cloud IAM has, each with its meaning. */
export const FINDING_CODES = {
  RESPONSE_MODE_NOT_OFFERED:
    'The issuer lists neither the response mode `form_post` nor `fragment`, and Huawei Cloud IAM has no other.',
  RS256_NOT_OFFERED:
    'The issuer does not list RS256 among the algorithms for ID tokens. Huawei Cloud IAM is not documented to accept others.',
  SIGNING_KEY_MISSING:
    'The issuer has no usable RSA or EC key, and Huawei Cloud IAM is not documented to accept others.',
} as const;

/** The better one first: tokens stay out of URLs. */
const MODES = ['FORM_POST', 'FRAGMENT'] as const satisfies readonly ResponseMode[];

/** Scopes that bring claims which mapping rules commonly use. */
const USUAL_SCOPES = ['profile', 'email'];

export const fromIssuer = oncePer((issuer: Issuer): FromIssuer => {
  const { metadata } = issuer;
  const { authorizationEndpoint: endpoint } = metadata;
  const { keys } = fittingKeys(issuer);
  return {
    idpUrl: metadata.issuer,
    authorizationEndpoint: endpoint !== null && isHttpUrl(endpoint) ? endpoint : null,
    scope: [
      'openid',
      ...USUAL_SCOPES.filter((scope) => metadata.scopesSupported?.includes(scope) === true),
    ],
    responseType: 'ID_TOKEN',
    responseMode:
      MODES.find((mode) => offers(metadata.responseModesSupported, RESPONSE_MODE[mode])) ?? null,
    signingKey: keys.length === 0 ? null : { keys },
  };
});

/** The values are filled in if they are omitted, those for the console only for access to it. */
export const filling: Filling<OidcConfigDraft> = {
  fields: ['idpUrl', ...CONSOLE_FIELDS, 'signingKey'],
  valuesOf: (issuer, { accessMode }) => {
    const { idpUrl, signingKey, ...console } = fromIssuer(issuer);
    return { idpUrl, signingKey, ...(accessMode === 'PROGRAM_CONSOLE' && console) };
  },
  *differences(draft, issuer) {
    const { metadata } = issuer;
    const { idpUrl, authorizationEndpoint: published } = fromIssuer(issuer);
    if (draft.idpUrl !== idpUrl) yield { field: 'idpUrl', given: draft.idpUrl, published: idpUrl };
    yield* keyDifferences(draft.signingKey.keys, issuer);
    if (draft.accessMode === 'PROGRAM') return;
    const { authorizationEndpoint, scope, responseMode } = draft;
    if (published !== null && authorizationEndpoint !== published)
      yield { field: 'authorizationEndpoint', given: authorizationEndpoint, published };
    const { scopesSupported: scopes, responseModesSupported: modes } = metadata;
    if (!scope.every((word) => offers(scopes, word)))
      yield {
        field: 'scope',
        given: scope.join(' '),
        published: `scopes_supported ${(scopes ?? []).join(' ')}`,
      };
    if (!offers(modes, RESPONSE_MODE[responseMode]))
      yield {
        field: 'responseMode',
        given: RESPONSE_MODE[responseMode],
        published: `response_modes_supported ${(modes ?? []).join(' ')}`,
      };
  },
};

/** Keys are compared by thumbprint, so that a new `kid` or certificates make no difference. */
function* keyDifferences(given: readonly Jwk[], issuer: Issuer): Iterable<Difference> {
  const { live, fitting } = publishedThumbprints(issuer);
  const stored = thumbprintsOf(given);
  if (stored.every((one) => live.includes(one)) && fitting.every((one) => stored.includes(one)))
    return;
  const listed = (thumbprints: readonly string[]) =>
    thumbprints.length === 0
      ? 'no usable key'
      : `keys with the thumbprints ${thumbprints.join(' ')}`;
  yield { field: 'signingKey', given: listed(stored), published: listed(fitting) };
}

const publishedThumbprints = oncePer((issuer: Issuer) => ({
  live: thumbprintsOf(usableKeySet(issuer).keys),
  fitting: thumbprintsOf(fittingKeys(issuer).keys),
}));

function thumbprintsOf(keys: readonly Jwk[]): readonly string[] {
  return keys.flatMap((key) => thumbprint(key) ?? []);
}

/** What keeps users of an issuer from signing in to Huawei Cloud. */
export function* findings(
  issuer: Issuer,
): Iterable<Finding<FindingCode | keyof typeof FINDING_CODES>> {
  const { metadata } = issuer;
  const { authorizationEndpoint, responseMode, signingKey } = fromIssuer(issuer);
  if (authorizationEndpoint === null)
    yield {
      code: 'ENDPOINT_MISSING',
      path: ['oidcConfig', 'authorizationEndpoint'],
      message:
        'Sign-in to the console needs this endpoint, and the metadata has no usable one. Access by API alone (PROGRAM) works without it.',
    };
  for (const [name, value] of [
    ['idpUrl', metadata.issuer],
    ['authorizationEndpoint', authorizationEndpoint ?? ''],
  ] as const) {
    if (value.length > URL_LENGTH.max)
      yield {
        code: 'VALUE_TOO_LONG',
        path: ['oidcConfig', name],
        message: `Has ${value.length} characters; Huawei Cloud IAM accepts at most ${URL_LENGTH.max}.`,
      };
  }
  if (!offers(metadata.responseTypesSupported, 'id_token'))
    yield {
      code: 'RESPONSE_TYPE_NOT_OFFERED',
      path: ['oidcConfig', 'responseType'],
      message:
        'Sign-in to the console uses the response type id_token (implicit flow), and response_types_supported lacks it. Turn the implicit flow on at the issuer.',
    };
  if (responseMode === null)
    yield {
      code: 'RESPONSE_MODE_NOT_OFFERED',
      path: ['oidcConfig', 'responseMode'],
      message: 'response_modes_supported has neither form_post nor fragment.',
    };
  if (!offers(metadata.idTokenSigningAlgValuesSupported, 'RS256'))
    yield {
      code: 'RS256_NOT_OFFERED',
      path: ['oidcConfig', 'signingKey'],
      message:
        'id_token_signing_alg_values_supported lacks RS256, which every issuer must support. Have the ID tokens of this client signed with RS256.',
    };
  if (signingKey === null)
    yield {
      code: 'SIGNING_KEY_MISSING',
      path: ['oidcConfig', 'signingKey'],
      message: 'No RSA or EC key of the issuer can verify ID tokens.',
    };
  const { left } = fittingKeys(issuer);
  if (left > 0)
    yield {
      code: 'VALUE_TOO_LONG',
      path: ['oidcConfig', 'signingKey'],
      message: `Huawei Cloud IAM stores at most ${SIGNING_KEY_LENGTH.max} characters: the last ${left} keys do not fit and were left out. ID tokens signed with them will be refused.`,
    };
}

/** The usable keys of types that are documented, as many as fit, and the number of those left out. */
const fittingKeys = oncePer(
  (issuer: Issuer): { readonly keys: readonly Jwk[]; readonly left: number } => {
    const keys = usableKeySet(issuer).keys.filter(({ kty }) => isSigningKeyType(kty));
    let length = JSON.stringify({ keys: [] }).length;
    let fits = 0;
    for (const key of keys) {
      length += JSON.stringify(key).length + 1;
      if (length - 1 > SIGNING_KEY_LENGTH.max) break;
      fits += 1;
    }
    return { keys: keys.slice(0, fits), left: keys.length - fits };
  },
);
