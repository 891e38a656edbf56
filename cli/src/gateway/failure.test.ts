import { GatewayRequestError } from 'oidc-config-client';
import { expect, it, onTestFinished } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from './connect.ts';
import { describeRequestError } from './failure.ts';

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
