// Apollo Server with a REST data source, as its documentation sets it up.
import { RESTDataSource } from '@apollo/datasource-rest';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

const { PORT, UPSTREAM_URL } = process.env;

const typeDefs = `#graphql
  type OpenIdConnect {
    id: ID!
    connectClientId: String
    appStartUrl: String
    authorizationEndpoint: String
    tokenEndpoint: String
    urlEncoded: Boolean
  }

  input CreateOpenIdConnectInput {
    id: ID!
    orderCloudApiClientId: String!
    connectClientId: String!
    connectClientSecret: String!
    appStartUrl: String!
    authorizationEndpoint: String!
    tokenEndpoint: String!
    urlEncoded: Boolean
    integrationEventId: String
    callSyncUserIntegrationEvent: Boolean
    additionalIdpScopes: [String!]
    customErrorUrl: String
  }

  type Query {
    ok: Boolean!
  }

  type Mutation {
    createOpenIdConnect(input: CreateOpenIdConnectInput!): OpenIdConnect
  }
`;

class OrderCloudApi extends RESTDataSource {
  baseURL = `${UPSTREAM_URL}/v1/`;

  constructor({ token, cache }) {
    super({ cache });
    this.token = token;
  }

  willSendRequest(_path, request) {
    request.headers.authorization = this.token;
  }

  createOpenIdConnect(input) {
    return this.post('openidconnects', {
      body: {
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
    });
  }
}

const resolvers = {
  OpenIdConnect: {
    id: ({ ID }) => ID,
    connectClientId: ({ ConnectClientID }) => ConnectClientID,
    appStartUrl: ({ AppStartUrl }) => AppStartUrl,
    authorizationEndpoint: ({ AuthorizationEndpoint }) => AuthorizationEndpoint,
    tokenEndpoint: ({ TokenEndpoint }) => TokenEndpoint,
    urlEncoded: ({ UrlEncoded }) => UrlEncoded,
  },
  Query: { ok: () => true },
  Mutation: {
    createOpenIdConnect: (_root, { input }, { dataSources }) =>
      dataSources.orderCloud.createOpenIdConnect(input),
  },
};

const server = new ApolloServer({ typeDefs, resolvers });

await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(PORT) },
  context: async ({ req }) => ({
    dataSources: {
      orderCloud: new OrderCloudApi({ token: req.headers.authorization, cache: server.cache }),
    },
  }),
});
