import { parseInput, withoutNulls } from '../../domain/parse.ts';
import { CREATE_ERRORS, READ_ERRORS } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession, Session } from '../../transport/upstream.ts';
import { createOpenIdConnect, getOpenIdConnect } from './client.ts';
import { openIdConnectDraft, openIdConnectKey, openIdConnectWarnings } from './input.ts';
import { loginUrl, redirectUri } from './links.ts';
import type { OpenIdConnect } from './mapping.ts';
import type { OrderCloudSettings } from './upstream.ts';

/** A configuration together with whether its secret may be shown, and where its API is. */
interface Shown extends OpenIdConnect {
  readonly revealSecret: boolean;
  readonly apiUrl: string;
}

interface OpenIdConnectSuccess extends Success {
  readonly openIdConnect: Shown;
}

/** What the texts of the input and of the object say alike. */
const ABOUT = {
  orderCloudApiClientId: "ID of the OrderCloud API client that people sign in to. The platform's own client: not the OAuth `client_id` at the identity provider.",
  connectClientId: 'OAuth 2 `client_id` that the identity provider gave out for OrderCloud.',
  connectClientSecret: 'OAuth 2 `client_secret` that belongs to `connectClientId`.',
  appStartUrl:
    'URL template on the shop where people land after sign-in. Placeholders: `{0}` OrderCloud access token, `{1}` access token of the identity provider, `{2}` appStartPath, ' +
    '`{3}` OrderCloud refresh token, `{4}` refresh token of the identity provider. Not the OAuth `redirect_uri`. E.g. `https://shop.example.com/login?token={0}`.',
  authorizationEndpoint: '`authorization_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where people sign in.',
  tokenEndpoint: '`token_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where OrderCloud gets tokens.',
  urlEncoded:
    'How OrderCloud authenticates at the token endpoint. True: all values in a form post, like `client_secret_post`. False: HTTP Basic like `client_secret_basic`, ' +
    'but with a JSON body. If sign-in fails at the token endpoint, try the other one. OrderCloud takes false where nothing is given.',
  integrationEventId:
    'ID of the integration event (of type OpenIDConnect) that OrderCloud calls at sign-in to create or update the user. Documented as needed for configurations made after 2020-03-31.',
  callSyncUserIntegrationEvent: 'Whether the integration event is called at every sign-in, also when the user exists. OrderCloud takes false where nothing is given.',
  additionalIdpScopes: 'Scopes (RFC 6749 section 3.3) to ask for beside `openid profile email`, which OrderCloud always asks for by itself. One word each.',
  customErrorUrl: 'URL template on the shop where people land when sign-in fails; `{0}` is the error text.',
} as const;

function shown(configuration: OpenIdConnect, { baseUrl, settings }: Session<OrderCloudSettings>): Shown {
  return { ...configuration, revealSecret: settings.ORDERCLOUD_REVEAL_SECRET, apiUrl: baseUrl };
}

/** Adds the OpenID Connect configurations of OrderCloud. */
export function registerSchema({ builder, OidcConfiguration, OidcSuccess }: Graph, open: OpenSession<OrderCloudSettings>): void {
  const loginParameter = builder.inputType('OpenIdConnectLoginParameterInput', {
    description: 'A parameter that OrderCloud adds to the authorization request at the identity provider.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'Name, e.g. `response_mode`.' }),
      value: t.string({ required: true, description: 'Value, e.g. `form_post`, which Azure B2C needs.' }),
    }),
  });

  const openIdConnect = builder.objectRef<Shown>('OpenIdConnect').implement({
    description: 'An OpenID Connect configuration of Sitecore OrderCloud: lets people of one identity provider sign in to one API client.',
    interfaces: [OidcConfiguration],
    fields: (t) => ({
      id: t.exposeID('id', { description: 'ID of the configuration.' }),
      orderCloudApiClientId: t.exposeString('orderCloudApiClientId', { nullable: true, description: ABOUT.orderCloudApiClientId }),
      connectClientId: t.exposeString('connectClientId', { nullable: true, description: `${ABOUT.connectClientId} The same as \`clientId\`.` }),
      connectClientSecret: t.string({
        nullable: true,
        description:
          `${ABOUT.connectClientSecret} Secret: select it only where it is needed. OrderCloud shows it to whoever may read the configuration; ` +
          'this gateway shows it only to callers with OrderCloud credentials of their own, and not at all where the operator turned that off: then it is null.',
        resolve: ({ connectClientSecret, revealSecret }) => (revealSecret ? (connectClientSecret?.reveal() ?? null) : null),
      }),
      hasConnectClientSecret: t.boolean({
        description: 'Whether a client secret is stored, whoever asks.',
        resolve: ({ connectClientSecret }) => connectClientSecret !== null,
      }),
      appStartUrl: t.exposeString('appStartUrl', { nullable: true, description: ABOUT.appStartUrl }),
      authorizationEndpoint: t.exposeString('authorizationEndpoint', { nullable: true, description: ABOUT.authorizationEndpoint }),
      tokenEndpoint: t.exposeString('tokenEndpoint', { nullable: true, description: ABOUT.tokenEndpoint }),
      urlEncoded: t.exposeBoolean('urlEncoded', { description: ABOUT.urlEncoded }),
      integrationEventId: t.exposeString('integrationEventId', { nullable: true, description: ABOUT.integrationEventId }),
      callSyncUserIntegrationEvent: t.exposeBoolean('callSyncUserIntegrationEvent', { description: ABOUT.callSyncUserIntegrationEvent }),
      integrationEventName: t.exposeString('integrationEventName', { nullable: true, description: 'Name of the integration event; set by OrderCloud, read-only.' }),
      additionalIdpScopes: t.stringList({ description: ABOUT.additionalIdpScopes, resolve: ({ scopes }) => [...scopes] }),
      scopes: t.stringList({
        description: 'The same as `additionalIdpScopes`: what is stored. `openid profile email`, which OrderCloud adds by itself, are not in it.',
        resolve: ({ scopes }) => [...scopes],
      }),
      customErrorUrl: t.exposeString('customErrorUrl', { nullable: true, description: ABOUT.customErrorUrl }),
      redirectUri: t.string({
        description: 'OAuth `redirect_uri` to register at the identity provider. Follows from the URL of the API; nothing is called.',
        resolve: ({ apiUrl }) => redirectUri(apiUrl),
      }),
      loginUrl: t.string({
        nullable: true,
        description: 'Link that starts a sign-in. Follows from the configuration; nothing is called. Null where `orderCloudApiClientId` is.',
        args: {
          roles: t.arg.stringList({ required: true, description: 'Roles to ask for, e.g. `["Shopper"]`.' }),
          appStartPath: t.arg.string({ description: 'Path in the shop to land on, for the placeholder `{2}` of `appStartUrl`.' }),
          customParams: t.arg({ type: [loginParameter], description: 'Parameters to add to the authorization request.' }),
        },
        resolve: ({ id, orderCloudApiClientId: apiClientId, apiUrl }, args) => (apiClientId === null ? null : loginUrl(apiUrl, { id, apiClientId, ...args })),
      }),
    }),
  });

  const createInput = builder.inputType('CreateOpenIdConnectInput', {
    description: 'A new OpenID Connect configuration of OrderCloud. A field that is null is the same as one left out.',
    fields: (t) => ({
      id: t.id({
        description:
          'ID of the configuration: 1 to 100 letters, digits, hyphens and underscores. OrderCloud makes one where none is given; give one, so that a create whose answer is lost can be looked up.',
      }),
      orderCloudApiClientId: t.string({ required: true, description: ABOUT.orderCloudApiClientId }),
      connectClientId: t.string({ required: true, description: ABOUT.connectClientId }),
      connectClientSecret: t.string({ required: true, description: `${ABOUT.connectClientSecret} Pass it in a variable, never in the query text.` }),
      appStartUrl: t.string({ required: true, description: `${ABOUT.appStartUrl} Sent byte for byte.` }),
      authorizationEndpoint: t.string({ required: true, description: `${ABOUT.authorizationEndpoint} An absolute http(s) URL without a fragment; not called by the gateway.` }),
      tokenEndpoint: t.string({ required: true, description: `${ABOUT.tokenEndpoint} An absolute http(s) URL without a fragment; not called by the gateway.` }),
      urlEncoded: t.boolean({ description: ABOUT.urlEncoded }),
      integrationEventId: t.string({ description: ABOUT.integrationEventId }),
      callSyncUserIntegrationEvent: t.boolean({ description: ABOUT.callSyncUserIntegrationEvent }),
      additionalIdpScopes: t.stringList({ description: ABOUT.additionalIdpScopes }),
      customErrorUrl: t.string({ description: `${ABOUT.customErrorUrl} Sent byte for byte.` }),
    }),
  });

  const success = (name: string, description: string) =>
    builder.objectRef<OpenIdConnectSuccess>(name).implement({
      description,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        openIdConnect: t.field({ type: openIdConnect, description: 'The configuration as OrderCloud answered it.', resolve: (self) => self.openIdConnect }),
      }),
    });
  const createSuccess = success('CreateOpenIdConnectSuccess', 'The configuration was created.');
  const readSuccess = success('OpenIdConnectSuccess', 'The configuration exists.');

  builder.mutationField('createOpenIdConnect', (t) =>
    t.field({
      type: createSuccess,
      nullable: true,
      description:
        'Creates an OpenID Connect configuration in OrderCloud (`POST /openidconnects`). Needs the role OpenIDConnectAdmin or FullAccess, as a seller user. ' +
        'The input is checked first and all faults are reported at once. Never sent again once it may have arrived; read back by its id when the answer is lost.',
      args: { input: t.arg({ type: createInput, required: true, description: 'The new configuration.' }) },
      errors: { types: CREATE_ERRORS, union: { description: 'What `createOpenIdConnect` gives.' } },
      resolve: async (_root, { input }, context) => {
        context.scrubber.add(input.connectClientSecret);
        const session = open(context);
        const draft = parseInput(openIdConnectDraft, withoutNulls(input));
        // Before the call: once it is made, nothing may stand between it and its answer.
        const about = [...openIdConnectWarnings(draft)];
        if (draft.id === undefined) {
          about.unshift({ code: 'ID_MISSING', path: ['id'], message: 'Give an id: had this answer been lost, nobody could have looked up whether the create was applied.' });
        }
        const { value: created, warnings } = await session.call(createOpenIdConnect, draft);
        return { openIdConnect: shown(created, session), warnings: [...warnings, ...about] };
      },
    }),
  );

  builder.queryField('openIdConnect', (t) =>
    t.field({
      type: readSuccess,
      nullable: true,
      description: 'Reads an OpenID Connect configuration of OrderCloud (`GET /openidconnects/{id}`). Needs the role OpenIDConnectReader, OpenIDConnectAdmin or FullAccess, as a seller user.',
      args: { id: t.arg.id({ required: true, description: 'ID of the configuration, at most 100 characters.' }) },
      errors: { types: READ_ERRORS, union: { description: 'What `openIdConnect` gives.' } },
      resolve: async (_root, { id }, context) => {
        const session = open(context);
        const { value: stored } = await session.call(getOpenIdConnect, parseInput(openIdConnectKey, { id }));
        // Whoever reads it may store a new one; the secret is known only now, and may stand in later answers.
        if (stored.connectClientSecret !== null) context.scrubber.add(stored.connectClientSecret);
        return { openIdConnect: shown(stored, session), warnings: [...openIdConnectWarnings(stored)] };
      },
    }),
  );
}
