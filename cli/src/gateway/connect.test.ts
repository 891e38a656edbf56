import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GatewayRequestError } from 'oidc-config-client';
import { expect, it, onTestFinished } from 'vitest';
import { connect } from './connect.ts';

it.each([
  ['sends nothing', false],
  ['sends a response without an end', true],
])('gives up on a gateway that %s', async (_case, begins) => {
  const server = createServer((_request, response) => {
    if (begins) response.write(' ');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const { client } = connect({ url }, {}, { note: () => undefined }, 50);
  const error: unknown = await client.openIdConnect({ id: 'a' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GatewayRequestError);
  expect(error).toMatchObject({ code: 'NETWORK' });
  expect((error as GatewayRequestError).sent).not.toBe(false);
});

it('warns of a connection that others can read', () => {
  const notes: unknown[] = [];
  const note = (...lines: readonly unknown[]) => {
    notes.push(...lines);
  };
  connect({ url: 'http://gateway.example/graphql' }, { HUAWEI_TOKEN: 'a' }, { note });
  connect({ url: 'https://gateway.example/graphql' }, { HUAWEI_TOKEN: 'a' }, { note });
  expect(JSON.stringify(notes)).toMatch(/^\[\[[^[\]]*is not encrypted[^[\]]*\]\]$/);
});
