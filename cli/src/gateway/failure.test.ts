import { GatewayRequestError } from 'oidc-config-client';
import type { OidcUpstream } from 'oidc-config-client';
import { expect, it, onTestFinished } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from './connect.ts';
import { describeError, describeRequestError } from './failure.ts';

it('says which variables let a caller in', async () => {
  const server = createServer((_request, response) => {
    response
      .writeHead(401, { 'content-type': 'application/json' })
      .end('{"errors":[{"message":"This requires authentication."}]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const { client } = connect({ url }, {}, { note: () => undefined });
  const error: unknown = await client.openIdConnect({ id: 'a' }).catch((thrown: unknown) => thrown);
  if (!(error instanceof GatewayRequestError)) throw new Error('it was not refused');
  expect(describeRequestError(error, url)).toMatch(
    /This requires authentication\. Set OIDC_CONFIG_TOKEN to a token, or OIDC_CONFIG_API_KEY to an API key, that the gateway accepts\./,
  );
});

/* The messages of the gateway, as it has them. */
const MISSING =
  'This requires an OrderCloud access token. Send it as "X-OrderCloud-Authorization: Bearer <token>". Nothing was sent.';
const MISSING_HUAWEI = 'This requires an IAM token. Send it as "X-Auth-Token: <token>".';
const REFUSED = 'The credentials are not accepted.';

it.each<[string, OidcUpstream | null, Record<string, string>, string]>([
  [MISSING, null, { HUAWEI_TOKEN: 'a' }, 'Set ORDERCLOUD_TOKEN.'],
  [MISSING_HUAWEI, null, { ORDERCLOUD_TOKEN: 'a' }, 'Set HUAWEI_TOKEN.'],
  // Without inbound authentication, the gateway passes Authorization on to OrderCloud.
  [REFUSED, 'ORDERCLOUD', { OIDC_CONFIG_TOKEN: 'a' }, 'Set ORDERCLOUD_TOKEN.'],
  [REFUSED, 'HUAWEI_IAM', { HUAWEI_TOKEN: 'a' }, 'The token in HUAWEI_TOKEN is not accepted.'],
  [
    REFUSED,
    'ORDERCLOUD',
    { ORDERCLOUD_TOKEN_FILE: 'a' },
    'The token in the file that ORDERCLOUD_TOKEN_FILE names is not accepted.',
  ],
  ['Another message.', null, {}, 'ORDERCLOUD_TOKEN and HUAWEI_TOKEN have the tokens.'],
])('says which token of a platform is wanted: %s %s %j', (message, upstream, env, advice) => {
  const failure = upstream && { upstream, status: 401, requestId: null, details: [] };
  expect(
    describeError({ code: 'UNAUTHENTICATED', message, requestId: 'r', upstream: failure }, env),
  ).toBe(`${message} ${advice} (UNAUTHENTICATED, request r)`);
});
