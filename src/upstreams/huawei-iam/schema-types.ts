import { fingerprintOf } from '../../domain/fingerprint.ts';
import { readJwks } from '../../domain/jwks.ts';
import { oncePer } from '../../domain/memo.ts';
import { parseInput } from '../../domain/parse.ts';
import { withoutPrivateKey } from '../../domain/private-key.ts';
import { entity } from '../../graph/federation.ts';
import { costs } from '../../graph/cost.ts';
import { ABOUT_FINGERPRINT } from '../../graph/fingerprint.ts';
import type { Graph } from '../../graph/graph.ts';
import { refuseUnlinkable } from '../../graph/scalars.ts';
import type { OpenSession, Session } from '../../transport/upstream.ts';
import { getOidcConfig } from './client.ts';
import { oidcConfigKey } from './input.ts';
import { loginUrl, redirectUris } from './links.ts';
import { contentOf } from './mapping.ts';
import type { OidcConfig } from './mapping.ts';
import type { HuaweiIamSettings } from './upstream.ts';

/** A configuration together with the host of the console, for its links. */
export interface Shown extends OidcConfig {
  readonly consoleUrl: string;
}

export function shown(configuration: OidcConfig, { settings }: Session<HuaweiIamSettings>): Shown {
  return Object.assign(configuration, { consoleUrl: settings.HUAWEI_CONSOLE_URL });
}

const fingerprint = oncePer((stored: OidcConfig) => fingerprintOf(contentOf(stored)));
const publicSigningKey = oncePer(({ signingKey }: OidcConfig) => withoutPrivateKey(signingKey));
const jwks = oncePer((stored: OidcConfig) => readJwks(publicSigningKey(stored)));

/** What the texts of the inputs and of the object say alike. */
export const ABOUT = {
  idpId:
    'Id (which is also the name) of the identity provider in Huawei Cloud IAM that the configuration belongs to: 1 to 64 letters, digits, hyphens and underscores.',
  accessMode: 'Who may sign in through the identity provider.',
  idpUrl:
    'Issuer of the identity provider: compared exactly with `iss` of the ID token (OpenID Connect Core 1.0 section 2), so that a slash at the end matters. 10 to 255 characters.',
  clientId:
    'OAuth 2 `client_id` registered with the identity provider; compared with `aud` of the ID token. 5 to 255 characters.',
  authorizationEndpoint:
    '`authorization_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where people sign in. 10 to 255 characters.',
  scope:
    'Scopes of the authorization request (OpenID Connect Core 1.0 section 5.4), with `openid` among them: 1 to 10 words of letters, digits and underscores, at most 255 characters joined by spaces.',
  responseType:
    '`response_type` of the authorization request (OpenID Connect Core 1.0 section 3.2.2.1).',
  responseMode:
    '`response_mode` of the authorization request (OAuth 2.0 Multiple Response Type Encoding Practices section 2.1).',
  signingKey: 'Public keys (JSON Web Key Set, RFC 7517 section 5) that ID tokens are signed with.',
} as const;

/** Adds the object type `OidcConfig` and its enums. */
export function addOidcConfig(
  { builder, OidcConfiguration }: Graph,
  open: OpenSession<HuaweiIamSettings>,
) {
  const accessMode = builder.enumType('OidcConfigAccessMode', {
    description: ABOUT.accessMode,
    values: {
      PROGRAM: { description: 'Calls of the API only, `program`.' },
      PROGRAM_CONSOLE: {
        description:
          'The API and the web console, `program_console`: needs authorizationEndpoint, scope, responseType and responseMode.',
      },
    } as const,
  });
  const responseType = builder.enumType('OidcConfigResponseType', {
    description: ABOUT.responseType,
    values: {
      ID_TOKEN: {
        description:
          'An ID token alone, `id_token` (implicit flow): the identity provider must offer it.',
      },
    } as const,
  });
  const responseMode = builder.enumType('OidcConfigResponseMode', {
    description: ABOUT.responseMode,
    values: {
      FRAGMENT: { description: 'In the fragment of the redirect URL, `fragment`.' },
      FORM_POST: {
        description: 'In a form post, `form_post`: recommended, because tokens stay out of URLs.',
      },
    } as const,
  });

  const oidcConfig = builder.objectRef<Shown>('OidcConfig').implement({
    description:
      'The OpenID Connect configuration of an identity provider in Huawei Cloud IAM. It has no id of its own and goes with its identity provider.',
    interfaces: [OidcConfiguration],
    extensions: entity({
      key: 'idpId',
      open: (context) => {
        const session = open(context);
        return async (idpId) =>
          shown(
            (await session.call(getOidcConfig, parseInput(oidcConfigKey, { idpId }))).value,
            session,
          );
      },
    }),
    fields: (t) => ({
      idpId: t.exposeID('idpId', { description: ABOUT.idpId }),
      accessMode: t.expose('accessMode', { type: accessMode, description: ABOUT.accessMode }),
      idpUrl: t.exposeString('idpUrl', { description: ABOUT.idpUrl }),
      // Nullable as in OpenIdConnect: one document can select it from both, as routers of a supergraph do.
      clientId: t.exposeString('clientId', {
        nullable: true,
        description: `${ABOUT.clientId} Never null; nullable as in \`OidcConfiguration\`.`,
      }),
      authorizationEndpoint: t.exposeString('authorizationEndpoint', {
        nullable: true,
        description: `${ABOUT.authorizationEndpoint} Null for PROGRAM.`,
      }),
      scope: t.stringList({
        nullable: true,
        description: `${ABOUT.scope} Null for PROGRAM.`,
        resolve: ({ scope }) => (scope === null ? null : [...scope]),
      }),
      scopes: t.stringList({
        description: 'The same as `scope`, empty where that is null.',
        resolve: ({ scopes }) => [...scopes],
      }),
      responseType: t.expose('responseType', {
        type: responseType,
        nullable: true,
        description: `${ABOUT.responseType} Null for PROGRAM.`,
      }),
      responseMode: t.expose('responseMode', {
        type: responseMode,
        nullable: true,
        description: `${ABOUT.responseMode} Null for PROGRAM.`,
      }),
      signingKey: t.string({
        description: `${ABOUT.signingKey} The text exactly as stored; \`jwks\` is the same parsed. Compare it as a key set, never as text. If a private or symmetric key is stored, it is left out here (warning PRIVATE_KEY_STORED).`,
        extensions: costs(50),
        resolve: publicSigningKey,
      }),
      jwks: t.field({
        type: 'OidcJwks',
        nullable: true,
        description: '`signingKey` parsed; null if the stored text is not a JSON Web Key Set.',
        extensions: costs(300),
        resolve: jwks,
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: costs(50),
        resolve: fingerprint,
      }),
      redirectUris: t.stringList({
        description:
          'OAuth `redirect_uri` values to register at the identity provider: for FRAGMENT and for FORM_POST; empty for PROGRAM, which has no sign-in in a browser. They follow from the host of the console, which the operator may have set; nothing is called.',
        resolve: ({ accessMode: mode, consoleUrl }) =>
          mode === 'PROGRAM' ? [] : redirectUris(consoleUrl),
      }),
      loginUrl: t.string({
        nullable: true,
        description:
          'Link that starts a sign-in to the console. Follows from the host of the console; nothing is called. Null for PROGRAM.',
        args: {
          domainId: t.arg.id({
            required: true,
            description: 'Id of the account (domain) in Huawei Cloud.',
          }),
        },
        resolve: ({ accessMode: mode, idpId, consoleUrl }, { domainId }) => {
          refuseUnlinkable(domainId);
          return mode === 'PROGRAM' ? null : loginUrl(consoleUrl, { domainId, idpId });
        },
      }),
    }),
  });

  return { oidcConfig, accessMode, responseType, responseMode };
}

/** The object type `OidcConfig` and its enums. */
export type OidcConfigTypes = ReturnType<typeof addOidcConfig>;
