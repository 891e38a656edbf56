const { GATEWAY_URL, ORDERCLOUD_TOKEN, CONNECT_CLIENT_SECRET } = process.env;

export const url = GATEWAY_URL ?? 'http://127.0.0.1:4000/graphql';
export const headers = { 'X-OrderCloud-Authorization': `Bearer ${ORDERCLOUD_TOKEN ?? ''}` };

/** The id of the configuration: the first argument of the command line. */
export const [id = 'my-shop'] = process.argv.slice(2);

export const input = {
  id,
  orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
  connectClientId: 'my-client',
  connectClientSecret: CONNECT_CLIENT_SECRET ?? '',
  appStartUrl: 'https://shop.example.com/start?token={0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
};
