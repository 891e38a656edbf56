import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { readJwks } from '../../../domain/keys/jwks.ts';
import { oncePer } from '../../../domain/memo.ts';
import { parseInput } from '../../../domain/parse.ts';
import { withoutPrivateKey } from '../../../domain/keys/private-key.ts';
import { entity } from '../../../graph/federation/entity.ts';
import { costs } from '../../../graph/root-fields/cost.ts';
import { ABOUT_FINGERPRINT } from '../../../graph/root-fields/fingerprint.ts';
import type { Graph } from '../../../graph/graph.ts';
import { checkLinkArguments } from '../../../graph/link-arguments.ts';
import type { OpenSession, Session } from '../../../transport/upstream.ts';
import { FIELDS } from './fields.ts';
import { getOidcConfig } from './operations.ts';
import { oidcConfigKey } from './input.ts';
import { loginUrl, redirectUris } from '../sign-in/sign-in-urls.ts';
import { contentOf } from './translate.ts';
import type { OidcConfig } from './translate.ts';
import type { HuaweiIamSettings } from '../settings.ts';

/** A configuration together with the host of the console, for its links. */
export interface ConfigurationView extends OidcConfig {
  readonly consoleUrl: string;
}

export function viewOf(
  configuration: OidcConfig,
  { settings }: Session<HuaweiIamSettings>,
): ConfigurationView {
  return Object.assign(configuration, { consoleUrl: settings.HUAWEI_CONSOLE_URL });
}

const fingerprint = oncePer((stored: OidcConfig) => fingerprintOf(contentOf(stored)));
const publicSigningKey = oncePer(({ signingKey }: OidcConfig) => withoutPrivateKey(signingKey));
const jwks = oncePer((stored: OidcConfig) => readJwks(publicSigningKey(stored)));

/** Adds the object type `OidcConfig` and its enums. */
export function addOidcConfig(
  { builder, OidcConfiguration }: Graph,
  open: OpenSession<HuaweiIamSettings>,
) {
  const accessMode = builder.enumType('OidcConfigAccessMode', {
    description: FIELDS.accessMode.about,
    values: {
      PROGRAM: { description: '`program`: API calls only.' },
      PROGRAM_CONSOLE: {
        description:
          '`program_console`: the API and the web console. Requires authorizationEndpoint, scope, responseType and responseMode.',
      },
    } as const,
  });
  const responseType = builder.enumType('OidcConfigResponseType', {
    description: FIELDS.responseType.about,
    values: {
      ID_TOKEN: {
        description:
          '`id_token`: only an ID token (implicit flow). The identity provider must support it.',
      },
    } as const,
  });
  const responseMode = builder.enumType('OidcConfigResponseMode', {
    description: FIELDS.responseMode.about,
    values: {
      FRAGMENT: {
        description: '`fragment`: the response is sent in the fragment of the redirect URL.',
      },
      FORM_POST: {
        description:
          '`form_post`: the response is sent as a form post. Recommended, because tokens stay out of URLs.',
      },
    } as const,
  });

  const oidcConfig = builder.objectRef<ConfigurationView>('OidcConfig').implement({
    description:
      'The OpenID Connect configuration of an identity provider in Huawei Cloud IAM. It has no id of its own, and is deleted with its identity provider.',
    interfaces: [OidcConfiguration],
    extensions: entity({
      key: 'idpId',
      open: (context) => {
        const session = open(context);
        return async (idpId) =>
          viewOf(
            (await session.call(getOidcConfig, parseInput(oidcConfigKey, { idpId }))).value,
            session,
          );
      },
    }),
    fields: (t) => ({
      idpId: t.exposeID('idpId', { description: FIELDS.idpId.about }),
      accessMode: t.expose('accessMode', {
        type: accessMode,
        description: FIELDS.accessMode.about,
      }),
      idpUrl: t.exposeString('idpUrl', { description: FIELDS.idpUrl.about }),
      // Nullable as in OpenIdConnect, so that one document can select it from both, as routers of a supergraph do.
      clientId: t.exposeString('clientId', {
        nullable: true,
        description: `${FIELDS.clientId.about} Never null in practice; nullable because it is nullable in the interface \`OidcConfiguration\`.`,
      }),
      authorizationEndpoint: t.exposeString('authorizationEndpoint', {
        nullable: true,
        description: `${FIELDS.authorizationEndpoint.about} Null if \`accessMode\` is PROGRAM.`,
      }),
      scope: t.stringList({
        nullable: true,
        description: `${FIELDS.scope.about} Null if \`accessMode\` is PROGRAM.`,
        resolve: ({ scope }) => (scope === null ? null : [...scope]),
      }),
      scopes: t.stringList({
        description: 'The same as `scope`; empty if that is null.',
        resolve: ({ scopes }) => [...scopes],
      }),
      responseType: t.expose('responseType', {
        type: responseType,
        nullable: true,
        description: `${FIELDS.responseType.about} Null if \`accessMode\` is PROGRAM.`,
      }),
      responseMode: t.expose('responseMode', {
        type: responseMode,
        nullable: true,
        description: `${FIELDS.responseMode.about} Null if \`accessMode\` is PROGRAM.`,
      }),
      signingKey: t.string({
        description: `${FIELDS.signingKey.about} The string exactly as stored; \`jwks\` is the same, parsed. Compare them as key sets, never as strings. If a private or symmetric key is stored, it is omitted here (warning PRIVATE_KEY_STORED).`,
        extensions: costs(50),
        resolve: publicSigningKey,
      }),
      jwks: t.field({
        type: 'OidcJwks',
        nullable: true,
        description: '`signingKey` parsed; null if the stored string is not a JSON Web Key Set.',
        extensions: costs(600),
        resolve: jwks,
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: costs(50),
        resolve: fingerprint,
      }),
      redirectUris: t.stringList({
        description:
          'OAuth `redirect_uri` values to register with the identity provider, one for each response mode: FRAGMENT, then FORM_POST. Empty if `accessMode` is PROGRAM, because users then do not sign in with a browser. Derived from the host of the console, which the operator may have set; no request is made.',
        resolve: ({ accessMode: mode, consoleUrl }) =>
          mode === 'PROGRAM' ? [] : redirectUris(consoleUrl),
      }),
      loginUrl: t.string({
        nullable: true,
        description:
          'Link that starts a sign-in to the console. Derived from the host of the console; no request is made. Null if `accessMode` is PROGRAM.',
        args: {
          domainId: t.arg.id({
            required: true,
            description: 'Id of the account (domain) in Huawei Cloud.',
          }),
        },
        resolve: ({ accessMode: mode, idpId, consoleUrl }, { domainId }, { progress }) => {
          checkLinkArguments(domainId, progress);
          return mode === 'PROGRAM' ? null : loginUrl(consoleUrl, { domainId, idpId });
        },
      }),
    }),
  });

  return { oidcConfig, accessMode, responseType, responseMode };
}

/** The object type `OidcConfig` and its enums. */
export type OidcConfigTypes = ReturnType<typeof addOidcConfig>;
