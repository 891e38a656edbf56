import { KEY_STATUSES } from '../../../domain/keys/rotation/compare.ts';
import type { ComparedKey } from '../../../domain/keys/rotation/compare.ts';
import { KEY_ACTIONS } from '../../../domain/keys/rotation/plan.ts';
import type { PlannedKey } from '../../../domain/keys/rotation/plan.ts';
import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { readJwks } from '../../../domain/keys/jwks.ts';
import { oncePer } from '../../../domain/memo.ts';
import { parseInput } from '../../../domain/parse.ts';
import { withoutPrivateKey } from '../../../domain/keys/private-key.ts';
import { describedValues } from '../../../graph/builder.ts';
import type { Builder, ObjectFields, TypeOf } from '../../../graph/builder.ts';
import { entity } from '../../../graph/federation/entity.ts';
import { costs } from '../../../graph/root-fields/cost.ts';
import { ABOUT_FINGERPRINT } from '../../../graph/root-fields/fingerprint.ts';
import type { Graph } from '../../../graph/graph.ts';
import { checkLinkArguments } from '../../../graph/link-arguments.ts';
import type { OpenSession, Session } from '../../../transport/upstream.ts';
import { FIELDS } from './fields.ts';
import { KEYS_VERDICTS, messageOf } from './keys/outlook.ts';
import type { KeysOutlook } from './keys/outlook.ts';
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

const ABOUT_GONE =
  'For how long the gateway has seen that the issuer no longer publishes the key, in whole seconds; null if the issuer publishes it, or if that is not known.';

/** A key beside those of an issuer, with what the gateway remembers of it. */
export type ShownKey = ComparedKey & Pick<PlannedKey, 'goneForS'>;

/** What is shown of every key. */
function keyFields<Key extends Omit<PlannedKey, 'action' | 'losesKid'>>(t: ObjectFields<Key>) {
  return {
    kid: t.string({
      nullable: true,
      resolve: ({ kid }) => kid,
      description: 'Key id, by which an ID token names the key; null if it has none.',
    }),
    kty: t.string({
      nullable: true,
      resolve: ({ kty }) => kty,
      description: 'Key type, e.g. `RSA`; null if it is not a string.',
    }),
    alg: t.string({
      nullable: true,
      resolve: ({ alg }) => alg,
      description: 'Algorithm that the key is for, e.g. `RS256`; null if any.',
    }),
    use: t.string({
      nullable: true,
      resolve: ({ use }) => use,
      description: '`sig` or `enc`; null if the key is for both.',
    }),
    thumbprint: t.string({
      nullable: true,
      resolve: ({ thumbprint }) => thumbprint,
      description:
        'RFC 7638 thumbprint with SHA-256, in base64url: the same for the same public key, whatever its `kid`. Null if the key is incomplete or of an unknown type.',
    }),
    goneForSeconds: t.int({
      nullable: true,
      description: ABOUT_GONE,
      resolve: ({ goneForS }) => (goneForS === null ? null : Math.floor(goneForS)),
    }),
  };
}

/** Adds the type of a key beside those of an issuer. */
export function addComparedKey(builder: Builder): TypeOf<ShownKey> {
  const status = builder.enumType('OidcConfigKeyStatus', {
    description: 'How a key stands that an issuer publishes, or that is stored.',
    values: describedValues(KEY_STATUSES),
  });
  return builder.objectRef<ShownKey>('OidcConfigKey').implement({
    description: 'A public key (JSON Web Key, RFC 7517) that is published, stored, or both.',
    fields: (t) => ({
      ...keyFields(t),
      status: t.expose('status', { type: status, description: 'How it stands.' }),
      unusable: t.exposeString('unusable', {
        nullable: true,
        description:
          'Why ID tokens signed with it cannot be verified, in human-readable form; null if they can.',
      }),
      published: t.exposeBoolean('isPublished', {
        description: 'Whether the issuer publishes it, for whatever use.',
      }),
      stored: t.exposeBoolean('isStored', { description: 'Whether it is stored.' }),
      difference: t.exposeString('difference', {
        nullable: true,
        description:
          'Why IAM may not accept what the issuer signs with it, although it is stored, in human-readable form: it is stored with another `kid`, `use`, `key_ops` or `alg`, or another key that is stored has the same `kid`. Null if nothing was found.',
      }),
    }),
  });
}

/** Adds the type of what keys say about sign-in. */
export function addKeysOutlook(builder: Builder): TypeOf<KeysOutlook> {
  const verdict = builder.enumType('OidcConfigKeysVerdict', {
    description: 'What keys say about sign-in.',
    values: describedValues(KEYS_VERDICTS),
  });
  return builder.objectRef<KeysOutlook>('OidcConfigKeysOutlook').implement({
    description: 'What keys say about sign-in at one time.',
    fields: (t) => ({
      verdict: t.expose('verdict', { type: verdict, description: 'The whole.' }),
      message: t.string({
        description: 'Why, and what to do, in human-readable form.',
        resolve: (self) => messageOf(self),
      }),
    }),
  });
}

/** Adds the type of a key with what becomes of it. */
export function addPlannedKey(builder: Builder): TypeOf<PlannedKey> {
  const action = builder.enumType('OidcConfigKeyAction', {
    description: 'What becomes of a key when the stored keys are brought up to date.',
    values: describedValues(KEY_ACTIONS),
  });
  return builder.objectRef<PlannedKey>('OidcConfigSyncedKey').implement({
    description: 'A public key (JSON Web Key, RFC 7517), and what becomes of it.',
    fields: (t) => ({
      ...keyFields(t),
      action: t.expose('action', { type: action, description: 'What becomes of it.' }),
    }),
  });
}
