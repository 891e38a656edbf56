import { parseInput, withoutNulls } from '../../domain/parse.ts';
import { CREATE_ERRORS, READ_ERRORS } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession } from '../../transport/upstream.ts';
import { createOidcConfig, getOidcConfig } from './client.ts';
import { oidcConfigDraft, oidcConfigKey, oidcConfigWarnings } from './input.ts';
import { jwkList } from './mapping.ts';
import type { OidcConfig } from './mapping.ts';
import type { HuaweiIamSettings } from './upstream.ts';

interface OidcConfigSuccess extends Success {
  readonly oidcConfig: OidcConfig;
}

/** What the texts of the input and of the object say alike. */
const ABOUT = {
  idpId: 'Id (which is also the name) of the identity provider in Huawei Cloud IAM that the configuration belongs to: 1 to 64 letters, digits, hyphens and underscores.',
  accessMode: 'Who may sign in through the identity provider.',
  idpUrl: 'Issuer of the identity provider: compared exactly with `iss` of the ID token (OpenID Connect Core 1.0 section 2), so that a slash at the end matters. 10 to 255 characters.',
  clientId: 'OAuth 2 `client_id` registered with the identity provider; compared with `aud` of the ID token. 5 to 255 characters.',
  authorizationEndpoint: '`authorization_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where people sign in. 10 to 255 characters.',
  scope: 'Scopes of the authorization request (OpenID Connect Core 1.0 section 5.4), with `openid` among them: 1 to 10 words of letters, digits and underscores, at most 255 characters joined by spaces.',
  responseType: '`response_type` of the authorization request (OpenID Connect Core 1.0 section 3.2.2.1).',
  responseMode: '`response_mode` of the authorization request (OAuth 2.0 Multiple Response Type Encoding Practices section 2.1).',
  signingKey: 'Public keys (JSON Web Key Set, RFC 7517 section 5) that ID tokens are signed with.',
  console: 'Only for PROGRAM_CONSOLE.',
} as const;

/** Adds the OpenID Connect configurations of Huawei Cloud IAM. */
export function registerSchema({ builder, OidcConfiguration, OidcSuccess }: Graph, open: OpenSession<HuaweiIamSettings>): void {
  const accessMode = builder.enumType('OidcConfigAccessMode', {
    description: ABOUT.accessMode,
    values: {
      PROGRAM: { description: 'Calls of the API only, `program`.' },
      PROGRAM_CONSOLE: { description: 'The API and the web console, `program_console`: needs authorizationEndpoint, scope, responseType and responseMode.' },
    } as const,
  });
  const responseType = builder.enumType('OidcConfigResponseType', {
    description: ABOUT.responseType,
    values: { ID_TOKEN: { description: 'An ID token alone, `id_token` (implicit flow): the identity provider must offer it.' } } as const,
  });
  const responseMode = builder.enumType('OidcConfigResponseMode', {
    description: ABOUT.responseMode,
    values: {
      FRAGMENT: { description: 'In the fragment of the redirect URL, `fragment`.' },
      FORM_POST: { description: 'In a form post, `form_post`: recommended, because tokens stay out of URLs.' },
    } as const,
  });

  const oidcConfig = builder.objectRef<OidcConfig>('OidcConfig').implement({
    description: 'The OpenID Connect configuration of an identity provider in Huawei Cloud IAM. It has no id of its own and goes with its identity provider.',
    interfaces: [OidcConfiguration],
    fields: (t) => ({
      idpId: t.exposeID('idpId', { description: ABOUT.idpId }),
      accessMode: t.expose('accessMode', { type: accessMode, description: ABOUT.accessMode }),
      idpUrl: t.exposeString('idpUrl', { description: ABOUT.idpUrl }),
      clientId: t.exposeString('clientId', { description: ABOUT.clientId }),
      authorizationEndpoint: t.exposeString('authorizationEndpoint', { nullable: true, description: `${ABOUT.authorizationEndpoint} Null for PROGRAM.` }),
      scope: t.stringList({ nullable: true, description: `${ABOUT.scope} Null for PROGRAM.`, resolve: ({ scope }) => (scope === null ? null : [...scope]) }),
      scopes: t.stringList({ description: 'The same as `scope`, empty where that is null.', resolve: ({ scopes }) => [...scopes] }),
      responseType: t.expose('responseType', { type: responseType, nullable: true, description: `${ABOUT.responseType} Null for PROGRAM.` }),
      responseMode: t.expose('responseMode', { type: responseMode, nullable: true, description: `${ABOUT.responseMode} Null for PROGRAM.` }),
      signingKey: t.exposeString('signingKey', { description: `${ABOUT.signingKey} The text exactly as stored; \`jwks\` is the same parsed. Compare it as a key set, never as text.` }),
      jwks: t.field({ type: 'OidcJwks', nullable: true, description: '`signingKey` parsed; null where the stored text is no JSON Web Key Set.', resolve: ({ jwks }) => jwks }),
    }),
  });

  const createInput = builder.inputType('CreateOidcConfigInput', {
    description: 'A new OpenID Connect configuration of an identity provider in Huawei Cloud IAM. A field that is null is the same as one left out.',
    fields: (t) => ({
      idpId: t.id({ required: true, description: `${ABOUT.idpId} It must exist, with the protocol \`oidc\`.` }),
      accessMode: t.field({ type: accessMode, required: true, description: ABOUT.accessMode }),
      idpUrl: t.string({ required: true, description: `${ABOUT.idpUrl} An absolute http(s) URL; sent byte for byte, and not called by the gateway.` }),
      clientId: t.string({ required: true, description: ABOUT.clientId }),
      authorizationEndpoint: t.string({ description: `${ABOUT.authorizationEndpoint} An absolute http(s) URL without a fragment. ${ABOUT.console}` }),
      scope: t.stringList({ description: `${ABOUT.scope} Duplicates are merged. ${ABOUT.console}` }),
      responseType: t.field({ type: responseType, description: `${ABOUT.responseType} ${ABOUT.console}` }),
      responseMode: t.field({ type: responseMode, description: `${ABOUT.responseMode} ${ABOUT.console}` }),
      signingKey: t.field({
        type: 'OidcJwks',
        required: true,
        description:
          `${ABOUT.signingKey} At least one: RSA with \`n\` and \`e\`, or EC with \`crv\`, \`x\` and \`y\`, \`use\` absent or \`sig\`; no private members. ` +
          '10 to 30,000 characters as compact JSON, and 32,768 bytes for the whole request. A copy: when the identity provider rotates its keys, sign-in fails until this is updated.',
      }),
    }),
  });

  const success = (name: string, description: string) =>
    builder.objectRef<OidcConfigSuccess>(name).implement({
      description,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        oidcConfig: t.field({ type: oidcConfig, description: 'The configuration as Huawei Cloud IAM answered it.', resolve: (self) => self.oidcConfig }),
      }),
    });
  const createSuccess = success('CreateOidcConfigSuccess', 'The configuration was created.');
  const readSuccess = success('OidcConfigSuccess', 'The configuration exists.');

  builder.mutationField('createOidcConfig', (t) =>
    t.field({
      type: createSuccess,
      nullable: true,
      description:
        'Creates the OpenID Connect configuration of an identity provider in Huawei Cloud IAM (`POST /v3.0/OS-FEDERATION/identity-providers/{idp_id}/openid-connect-config`). ' +
        'Needs Security Administrator or the action iam:identityProviders:createOpenIDConnectConfig. The input is checked first and all faults are reported at once. Never sent again once it may have arrived; read back when the answer is lost.',
      args: { input: t.arg({ type: createInput, required: true, description: 'The new configuration.' }) },
      errors: { types: CREATE_ERRORS, union: { description: 'What `createOidcConfig` gives.' } },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const draft = parseInput(oidcConfigDraft, withoutNulls(input));
        // Before the call: once it is made, nothing may stand between it and its answer.
        const about = [...oidcConfigWarnings({ ...draft, keys: draft.signingKey.keys })];
        const { value: created, warnings } = await session.call(createOidcConfig, draft);
        return { oidcConfig: created, warnings: [...warnings, ...about] };
      },
    }),
  );

  builder.queryField('oidcConfig', (t) =>
    t.field({
      type: readSuccess,
      nullable: true,
      description:
        'Reads the OpenID Connect configuration of an identity provider in Huawei Cloud IAM (`GET /v3.0/OS-FEDERATION/identity-providers/{idp_id}/openid-connect-config`). ' +
        'Needs Security Administrator or the action iam:identityProviders:getOpenIDConnectConfig.',
      args: { idpId: t.arg.id({ required: true, description: ABOUT.idpId }) },
      errors: { types: READ_ERRORS, union: { description: 'What `oidcConfig` gives.' } },
      resolve: async (_root, { idpId }, context) => {
        const session = open(context);
        const { value: stored } = await session.call(getOidcConfig, parseInput(oidcConfigKey, { idpId }));
        return { oidcConfig: stored, warnings: [...oidcConfigWarnings({ ...stored, keys: jwkList(stored) })] };
      },
    }),
  );
}
