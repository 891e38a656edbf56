import { fingerprintOf } from '../../domain/fingerprint.ts';
import { oncePer } from '../../domain/memo.ts';
import { parseInput } from '../../domain/parse.ts';
import { SENSITIVE, entity } from '../../graph/federation.ts';
import { COSTS_OF_FINGERPRINT } from '../../graph/cost.ts';
import { ABOUT_FINGERPRINT } from '../../graph/fingerprint.ts';
import type { Graph } from '../../graph/graph.ts';
import { refuseUnlinkable } from '../../graph/scalars.ts';
import type { OpenSession, Session } from '../../transport/upstream.ts';
import { openIdConnectKey } from './input.ts';
import { loginUrl, redirectUri } from './links.ts';
import { contentOf } from './mapping.ts';
import type { OpenIdConnect } from './mapping.ts';
import { readStored } from './schema-stored.ts';
import type { OrderCloudSettings } from './upstream.ts';

/** A configuration together with whether its secret may be shown, and where its API is. */
export interface Shown extends OpenIdConnect {
  readonly revealSecret: boolean;
  readonly apiUrl: string;
}

/** Completes a configuration that was just read; a copy would take 1 µs, checking the input takes 1.6. */
export function shown(
  configuration: OpenIdConnect,
  { baseUrl, settings, owner }: Session<OrderCloudSettings>,
): Shown {
  // Who came with credentials of their own could read it there as well.
  return Object.assign(configuration, {
    revealSecret: settings.ORDERCLOUD_REVEAL_SECRET && owner === 'caller',
    apiUrl: baseUrl,
  });
}

const fingerprint = oncePer((stored: OpenIdConnect) => fingerprintOf(contentOf(stored)));

/** What the texts of the inputs and of the object say alike. */
export const ABOUT = {
  orderCloudApiClientId:
    "ID of the OrderCloud API client that people sign in to. The platform's own client: not the OAuth `client_id` at the identity provider.",
  connectClientId: 'OAuth 2 `client_id` that the identity provider gave out for OrderCloud.',
  connectClientSecret: 'OAuth 2 `client_secret` that belongs to `connectClientId`.',
  appStartUrl:
    'URL template on the shop where people land after sign-in. Placeholders: `{0}` OrderCloud access token, `{1}` access token of the identity provider, `{2}` appStartPath, ' +
    '`{3}` OrderCloud refresh token, `{4}` refresh token of the identity provider. Not the OAuth `redirect_uri`. E.g. `https://shop.example.com/login?token={0}`.',
  authorizationEndpoint:
    '`authorization_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where people sign in.',
  tokenEndpoint:
    '`token_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where OrderCloud gets tokens.',
  urlEncoded:
    'How OrderCloud authenticates at the token endpoint. True: all values in a form post, like `client_secret_post`. False: HTTP Basic like `client_secret_basic`, ' +
    'but with a JSON body. If sign-in fails at the token endpoint, try the other one. OrderCloud takes false where nothing is given.',
  integrationEventId:
    'ID of the integration event (of type OpenIDConnect) that OrderCloud calls at sign-in to create or update the user. Documented as needed for configurations made after 2020-03-31.',
  callSyncUserIntegrationEvent:
    'Whether the integration event is called at every sign-in, also when the user exists. OrderCloud takes false where nothing is given.',
  integrationEventName: 'Name of the integration event; set by OrderCloud, read-only.',
  additionalIdpScopes:
    'Scopes (RFC 6749 section 3.3) to ask for beside `openid profile email`, which OrderCloud always asks for by itself. One word each.',
  customErrorUrl:
    'URL template on the shop where people land when sign-in fails; `{0}` is the error text.',
} as const;

/** Adds the object type `OpenIdConnect`. */
export function addOpenIdConnect(
  { builder, OidcConfiguration }: Graph,
  open: OpenSession<OrderCloudSettings>,
) {
  const loginParameter = builder.inputType('OpenIdConnectLoginParameterInput', {
    description:
      'A parameter that OrderCloud adds to the authorization request at the identity provider.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'Name, e.g. `response_mode`.' }),
      value: t.string({
        required: true,
        description: 'Value, e.g. `form_post`, which Azure B2C needs.',
      }),
    }),
  });

  return builder.objectRef<Shown>('OpenIdConnect').implement({
    description:
      'An OpenID Connect configuration of Sitecore OrderCloud: lets people of one identity provider sign in to one API client.',
    interfaces: [OidcConfiguration],
    extensions: entity({
      key: 'id',
      open: (context) => {
        const session = open(context);
        return async (id) =>
          shown(await readStored(session, parseInput(openIdConnectKey, { id }), context), session);
      },
    }),
    fields: (t) => ({
      id: t.exposeID('id', { description: 'ID of the configuration.' }),
      orderCloudApiClientId: t.exposeString('orderCloudApiClientId', {
        nullable: true,
        description: ABOUT.orderCloudApiClientId,
      }),
      connectClientId: t.exposeString('connectClientId', {
        nullable: true,
        description: `${ABOUT.connectClientId} The same as \`clientId\`.`,
      }),
      connectClientSecret: t.string({
        nullable: true,
        extensions: SENSITIVE,
        description:
          `${ABOUT.connectClientSecret} Secret: select it only where it is needed. OrderCloud shows it to whoever may read the configuration; ` +
          'this gateway shows it only to callers with OrderCloud credentials of their own, and not at all where the operator turned that off: then it is null.',
        resolve: ({ connectClientSecret, revealSecret }) =>
          revealSecret ? (connectClientSecret?.reveal() ?? null) : null,
      }),
      hasConnectClientSecret: t.boolean({
        description: 'Whether a client secret is stored, whoever asks.',
        resolve: ({ connectClientSecret }) => connectClientSecret !== null,
      }),
      appStartUrl: t.exposeString('appStartUrl', {
        nullable: true,
        description: ABOUT.appStartUrl,
      }),
      authorizationEndpoint: t.exposeString('authorizationEndpoint', {
        nullable: true,
        description: ABOUT.authorizationEndpoint,
      }),
      tokenEndpoint: t.exposeString('tokenEndpoint', {
        nullable: true,
        description: ABOUT.tokenEndpoint,
      }),
      urlEncoded: t.exposeBoolean('urlEncoded', { description: ABOUT.urlEncoded }),
      integrationEventId: t.exposeString('integrationEventId', {
        nullable: true,
        description: ABOUT.integrationEventId,
      }),
      callSyncUserIntegrationEvent: t.exposeBoolean('callSyncUserIntegrationEvent', {
        description: ABOUT.callSyncUserIntegrationEvent,
      }),
      integrationEventName: t.exposeString('integrationEventName', {
        nullable: true,
        description: ABOUT.integrationEventName,
      }),
      additionalIdpScopes: t.stringList({
        description: ABOUT.additionalIdpScopes,
        resolve: ({ scopes }) => [...scopes],
      }),
      scopes: t.stringList({
        description:
          'The same as `additionalIdpScopes`: what is stored. `openid profile email`, which OrderCloud adds by itself, are not in it.',
        resolve: ({ scopes }) => [...scopes],
      }),
      customErrorUrl: t.exposeString('customErrorUrl', {
        nullable: true,
        description: ABOUT.customErrorUrl,
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: COSTS_OF_FINGERPRINT,
        resolve: fingerprint,
      }),
      redirectUri: t.string({
        description:
          'OAuth `redirect_uri` to register at the identity provider. Follows from the URL of the API; nothing is called.',
        resolve: ({ apiUrl }) => redirectUri(apiUrl),
      }),
      loginUrl: t.string({
        nullable: true,
        description:
          'Link that starts a sign-in. Follows from the configuration; nothing is called. Null where `orderCloudApiClientId` is.',
        args: {
          roles: t.arg.stringList({
            required: true,
            description: 'Roles to ask for, e.g. `["Shopper"]`.',
          }),
          appStartPath: t.arg.string({
            description: 'Path in the shop to land on, for the placeholder `{2}` of `appStartUrl`.',
          }),
          customParams: t.arg({
            type: [loginParameter],
            description: 'Parameters to add to the authorization request.',
          }),
        },
        resolve: ({ id, orderCloudApiClientId: apiClientId, apiUrl }, args) => {
          refuseUnlinkable(args);
          return apiClientId === null ? null : loginUrl(apiUrl, { id, apiClientId, ...args });
        },
      }),
    }),
  });
}

/** The object type `OpenIdConnect`. */
export type OpenIdConnectRef = ReturnType<typeof addOpenIdConnect>;
