import { describe, expect, it, onTestFinished } from 'vitest';
import { createVariables, CREATE, READ, startWithScript } from '../setup/ordercloud.ts';
import { responseText, listen } from '../setup/sockets.ts';

/* Only the operator decides where calls go: nothing that a caller sends changes that. */

/** A server that must not be called, and a gateway over another one. */
async function start() {
  const elsewhere = await listen((socket) => socket.write(responseText('{}')));
  onTestFinished(elsewhere.close);
  return {
    elsewhere,
    ...(await startWithScript((socket) => socket.write(responseText('{"ID":"example-existing"}')))),
  };
}

describe('a request', () => {
  it.each<
    [string, (host: string) => { readonly target?: string; readonly headers?: readonly string[] }]
  >([
    ['another Host', (host) => ({ headers: [`Host: ${host}`] })],
    [
      'X-Forwarded-Host',
      (host) => ({
        headers: [
          'Host: x',
          `X-Forwarded-Host: ${host}`,
          `X-Forwarded-Server: ${host}`,
          'X-Forwarded-Proto: http',
        ],
      }),
    ],
    [
      'Forwarded',
      (host) => ({ headers: ['Host: x', `Forwarded: for=192.0.2.1;host=${host};proto=http`] }),
    ],
    [
      'headers that rewrite URLs',
      (host) => ({
        headers: [
          'Host: x',
          `X-Original-URL: http://${host}/`,
          `X-Rewrite-URL: http://${host}/`,
          `X-Upstream: http://${host}`,
        ],
      }),
    ],
    [
      'a query',
      (host) => ({ target: `/graphql?url=http://${host}/&ORDERCLOUD_API_URL=http://${host}/v1` }),
    ],
  ])('with %s calls the upstream of the configuration', async (_what, options) => {
    const { elsewhere, server, say, requestText } = await start();
    const client = await say(
      requestText(JSON.stringify({ query: READ }), options(new URL(elsewhere.origin).host)),
    );
    await client.sees('"OpenIdConnectSuccess"');
    expect(server.requests.map(({ target, headers: { host } }) => [target, host])).toEqual([
      ['/v1/openidconnects/example-existing', new URL(server.origin).host],
    ]);
    expect(elsewhere.connections()).toBe(0);
  });

  it('whose input is made of URLs calls none of them', async () => {
    const { elsewhere, server, post, headers } = await start();
    const { input } = createVariables('example-existing');
    const urls = {
      appStartUrl: `${elsewhere.origin}/{0}`,
      authorizationEndpoint: `${elsewhere.origin}/authorize`,
      tokenEndpoint: `${elsewhere.origin}/token`,
      customErrorUrl: `${elsewhere.origin}/{0}`,
    };
    await post(CREATE, { input: { ...input, ...urls } }, { ...headers });
    expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'POST /v1/openidconnects',
    ]);
    expect(elsewhere.connections()).toBe(0);
  });
});
