import type { FieldMap } from '@pothos/core';
import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { oncePer } from '../../../domain/memo.ts';
import { parseInput } from '../../../domain/parse.ts';
import { SENSITIVE, entity } from '../../../graph/federation/entity.ts';
import { COSTS_OF_FINGERPRINT } from '../../../graph/root-fields/cost.ts';
import { ABOUT_FINGERPRINT } from '../../../graph/root-fields/fingerprint.ts';
import type { Graph } from '../../../graph/graph.ts';
import { checkLinkArguments } from '../../../graph/link-arguments.ts';
import type { OpenSession, Session } from '../../../transport/upstream.ts';
import { FIELDS, PLAIN_FIELDS } from './fields.ts';
import type { NameWith } from './fields.ts';
import { openIdConnectKey } from './input.ts';
import { loginUrl, redirectUri } from '../sign-in/sign-in-urls.ts';
import { contentOf } from './translate.ts';
import type { OpenIdConnect } from './translate.ts';
import { getOpenIdConnect } from './operations.ts';
import type { OrderCloudSettings } from '../settings.ts';

/** A configuration as a caller sees it: whether its secret may be shown, and the URL of its API. */
export interface ConfigurationView extends OpenIdConnect {
  readonly revealSecret: boolean;
  readonly apiUrl: string;
}

/** Modifies a configuration that was just read, because copying it would take 1 µs (for comparison, validating the whole input takes 1.6 µs). */
export function viewOf(
  configuration: OpenIdConnect,
  { baseUrl, settings, owner }: Session<OrderCloudSettings>,
): ConfigurationView {
  // A caller with their own credentials could also read it directly from OrderCloud.
  return Object.assign(configuration, {
    revealSecret: settings.ORDERCLOUD_REVEAL_SECRET && owner === 'caller',
    apiUrl: baseUrl,
  });
}

const fingerprint = oncePer((stored: OpenIdConnect) => fingerprintOf(contentOf(stored)));

type Text = NameWith<{ kind: 'text' }>;
type Flag = NameWith<{ kind: 'flag' }>;
type List = NameWith<{ kind: 'list' }>;

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

  return builder.objectRef<ConfigurationView>('OpenIdConnect').implement({
    description:
      'An OpenID Connect configuration of Sitecore OrderCloud. It lets users of one identity provider sign in to one API client.',
    interfaces: [OidcConfiguration],
    extensions: entity({
      key: 'id',
      open: (context) => {
        const session = open(context);
        return async (id) => {
          const key = parseInput(openIdConnectKey, { id });
          return viewOf((await session.call(getOpenIdConnect, key)).value, session);
        };
      },
    }),
    fields: (t) => ({
      id: t.exposeID('id', { description: 'ID of the configuration.' }),
      ...Object.fromEntries<FieldMap[string]>(
        PLAIN_FIELDS.map(([name, { kind, about: description }]) => {
          if (kind === 'flag') return [name, t.exposeBoolean(name as Flag, { description })];
          return kind === 'list'
            ? [name, t.exposeStringList(name as List, { description })]
            : [name, t.exposeString(name as Text, { nullable: true, description })];
        }),
      ),
      connectClientId: t.exposeString('connectClientId', {
        nullable: true,
        description: `${FIELDS.connectClientId.about} The same as \`clientId\`.`,
      }),
      connectClientSecret: t.string({
        nullable: true,
        extensions: SENSITIVE,
        description:
          `${FIELDS.connectClientSecret.about} It is a secret: select it only if you need it. OrderCloud shows it to everyone who may read the configuration. ` +
          'This gateway shows it only to callers with their own OrderCloud credentials, and not at all if the operator turned that off. If it is not shown, it is null.',
        resolve: ({ connectClientSecret: secret, revealSecret }) =>
          secret !== null && revealSecret && !secret.isWithheld ? secret.reveal() : null,
      }),
      hasConnectClientSecret: t.boolean({
        description: 'Whether a client secret is stored. Shown to every caller.',
        resolve: ({ connectClientSecret }) => connectClientSecret !== null,
      }),
      scopes: t.stringList({
        description:
          'The same as `additionalIdpScopes`, as stored. It does not include `openid profile email`, which OrderCloud always adds.',
        resolve: ({ scopes }) => [...scopes],
      }),
      fingerprint: t.string({
        description: ABOUT_FINGERPRINT.fingerprint,
        extensions: COSTS_OF_FINGERPRINT,
        resolve: fingerprint,
      }),
      redirectUri: t.string({
        description:
          'OAuth `redirect_uri` to register with the identity provider. Derived from the URL of the API; no request is made.',
        resolve: ({ apiUrl }) => redirectUri(apiUrl),
      }),
      loginUrl: t.string({
        nullable: true,
        description:
          'Link that starts a sign-in. Derived from the configuration; no request is made. Null if `orderCloudApiClientId` is null.',
        args: {
          roles: t.arg.stringList({
            required: true,
            description: 'Roles to request, e.g. `["Shopper"]`.',
          }),
          appStartPath: t.arg.string({
            description:
              'Storefront path to send the user to, for the placeholder `{2}` of `appStartUrl`.',
          }),
          customParams: t.arg({
            type: [loginParameter],
            description: 'Parameters to add to the authorization request.',
          }),
        },
        resolve: ({ id, orderCloudApiClientId: apiClientId, apiUrl }, args, { progress }) => {
          checkLinkArguments(args, progress);
          return apiClientId === null ? null : loginUrl(apiUrl, { id, apiClientId, ...args });
        },
      }),
    }),
  });
}

/** The object type `OpenIdConnect`. */
export type OpenIdConnectRef = ReturnType<typeof addOpenIdConnect>;
