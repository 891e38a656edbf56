// The same two mutations as a tutorial would write them: Yoga and Pothos out of the box, zod, and undici's `request`.
import { createServer } from 'node:http';
import SchemaBuilder from '@pothos/core';
import { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { request } from 'undici';
import { z } from 'zod';

const { PORT, UPSTREAM_URL } = process.env;

const openIdConnect = z.object({
  id: z.string().regex(/^[A-Za-z0-9_-]{1,100}$/),
  orderCloudApiClientId: z.string().min(1),
  connectClientId: z.string().min(1),
  connectClientSecret: z.string().min(1),
  appStartUrl: z.string().min(1),
  authorizationEndpoint: z.url(),
  tokenEndpoint: z.url(),
  urlEncoded: z.boolean().optional(),
  integrationEventId: z.string().optional(),
  callSyncUserIntegrationEvent: z.boolean().optional(),
  additionalIdpScopes: z.array(z.string()).optional(),
  customErrorUrl: z.string().optional(),
});

const oidcConfig = z.object({
  idpId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  accessMode: z.enum(['PROGRAM', 'PROGRAM_CONSOLE']),
  idpUrl: z.url(),
  clientId: z.string().min(5),
  authorizationEndpoint: z.url().optional(),
  scope: z.array(z.string()).optional(),
  responseType: z.enum(['ID_TOKEN']).optional(),
  responseMode: z.enum(['FRAGMENT', 'FORM_POST']).optional(),
  signingKey: z.string().min(10),
});

const builder = new SchemaBuilder({});

const OpenIdConnect = builder.objectRef('OpenIdConnect').implement({
  fields: (t) => ({
    id: t.exposeString('ID'),
    connectClientId: t.exposeString('ConnectClientID'),
    appStartUrl: t.exposeString('AppStartUrl'),
    authorizationEndpoint: t.exposeString('AuthorizationEndpoint'),
    tokenEndpoint: t.exposeString('TokenEndpoint'),
    urlEncoded: t.exposeBoolean('UrlEncoded'),
  }),
});

const CreateOpenIdConnectInput = builder.inputType('CreateOpenIdConnectInput', {
  fields: (t) => ({
    id: t.id({ required: true }),
    orderCloudApiClientId: t.string({ required: true }),
    connectClientId: t.string({ required: true }),
    connectClientSecret: t.string({ required: true }),
    appStartUrl: t.string({ required: true }),
    authorizationEndpoint: t.string({ required: true }),
    tokenEndpoint: t.string({ required: true }),
    urlEncoded: t.boolean(),
    integrationEventId: t.string(),
    callSyncUserIntegrationEvent: t.boolean(),
    additionalIdpScopes: t.stringList(),
    customErrorUrl: t.string(),
  }),
});

const AccessMode = builder.enumType('OidcConfigAccessMode', {
  values: ['PROGRAM', 'PROGRAM_CONSOLE'],
});
const ResponseType = builder.enumType('OidcConfigResponseType', { values: ['ID_TOKEN'] });
const ResponseMode = builder.enumType('OidcConfigResponseMode', {
  values: ['FRAGMENT', 'FORM_POST'],
});

const OidcConfig = builder.objectRef('OidcConfig').implement({
  fields: (t) => ({
    idpId: t.exposeString('idpId'),
    accessMode: t.field({ type: AccessMode, resolve: (self) => self.access_mode.toUpperCase() }),
    idpUrl: t.exposeString('idp_url'),
    clientId: t.exposeString('client_id'),
    scope: t.stringList({ resolve: (self) => self.scope.split(' ') }),
    responseMode: t.field({
      type: ResponseMode,
      resolve: (self) => self.response_mode.toUpperCase(),
    }),
  }),
});

const CreateOidcConfigInput = builder.inputType('CreateOidcConfigInput', {
  fields: (t) => ({
    idpId: t.id({ required: true }),
    accessMode: t.field({ type: AccessMode, required: true }),
    idpUrl: t.string({ required: true }),
    clientId: t.string({ required: true }),
    authorizationEndpoint: t.string(),
    scope: t.stringList(),
    responseType: t.field({ type: ResponseType }),
    responseMode: t.field({ type: ResponseMode }),
    signingKey: t.string({ required: true }),
  }),
});

async function post(path, headers, body) {
  const response = await request(`${UPSTREAM_URL}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const json = await response.body.json();
  if (response.statusCode !== 201) {
    const message =
      json.Errors?.[0]?.Message ?? json.error_msg ?? 'The upstream refused the request.';
    throw new GraphQLError(message, {
      extensions: { code: 'UPSTREAM_ERROR', status: response.statusCode },
    });
  }
  return json;
}

builder.queryType({ fields: (t) => ({ ok: t.boolean({ resolve: () => true }) }) });
builder.mutationType({
  fields: (t) => ({
    createOpenIdConnect: t.field({
      type: OpenIdConnect,
      nullable: true,
      args: { input: t.arg({ type: CreateOpenIdConnectInput, required: true }) },
      resolve: (_root, args, context) => {
        const input = openIdConnect.parse(args.input);
        return post(
          '/v1/openidconnects',
          { authorization: context.request.headers.get('authorization') },
          {
            ID: input.id,
            OrderCloudApiClientID: input.orderCloudApiClientId,
            ConnectClientID: input.connectClientId,
            ConnectClientSecret: input.connectClientSecret,
            AppStartUrl: input.appStartUrl,
            AuthorizationEndpoint: input.authorizationEndpoint,
            TokenEndpoint: input.tokenEndpoint,
            UrlEncoded: input.urlEncoded,
            IntegrationEventID: input.integrationEventId,
            CallSyncUserIntegrationEvent: input.callSyncUserIntegrationEvent,
            AdditionalIdpScopes: input.additionalIdpScopes,
            CustomErrorUrl: input.customErrorUrl,
          },
        );
      },
    }),
    createOidcConfig: t.field({
      type: OidcConfig,
      nullable: true,
      args: { input: t.arg({ type: CreateOidcConfigInput, required: true }) },
      resolve: async (_root, args, context) => {
        const input = oidcConfig.parse(args.input);
        const path = `/v3.0/OS-FEDERATION/identity-providers/${input.idpId}/openid-connect-config`;
        const { openid_connect_config: config } = await post(
          path,
          { 'x-auth-token': context.request.headers.get('x-auth-token') },
          {
            openid_connect_config: {
              access_mode: input.accessMode.toLowerCase(),
              idp_url: input.idpUrl,
              client_id: input.clientId,
              authorization_endpoint: input.authorizationEndpoint,
              scope: input.scope?.join(' '),
              response_type: input.responseType?.toLowerCase(),
              response_mode: input.responseMode?.toLowerCase(),
              signing_key: input.signingKey,
            },
          },
        );
        return { ...config, idpId: input.idpId };
      },
    }),
  }),
});

createServer(createYoga({ schema: builder.toSchema() })).listen(Number(PORT), '127.0.0.1');
