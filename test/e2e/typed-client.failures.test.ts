import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClient, GatewayRequestError } from 'oidc-config-client';
import { describe, expect, it } from 'vitest';
import { listenOn } from '../setup/listen-on.ts';

/* What the built typed client says of connections that fail, over sockets. */

const headers = { 'X-Auth-Token': 'example-token' };

describe('a failure', () => {
  const failureOf = async (call: Promise<unknown>): Promise<GatewayRequestError> => {
    const error: unknown = await call.catch((reason: unknown) => reason);
    if (error instanceof GatewayRequestError) return error;
    throw new Error(`not expected: ${String(error)}`);
  };
  const listen = (listener: RequestListener) => listenOn(createServer(listener));

  it('without a gateway has sent nothing', async () => {
    const address = await new Promise<string>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => {
          resolve(`http://127.0.0.1:${port}/`);
        });
      });
    });
    expect(await failureOf(createClient({ url: address }).oidcWatches())).toMatchObject({
      code: 'NETWORK',
      sent: false,
      message: 'The gateway cannot be reached (ECONNREFUSED).',
    });
  });

  it('of a connection that is cut may have been sent', async () => {
    const address = await listen((request) => request.socket.destroy());
    expect(await failureOf(createClient({ url: address }).oidcWatches())).toMatchObject({
      code: 'NETWORK',
      sent: 'unknown',
    });
  });

  it('by its signal ends while nothing is answered', async () => {
    const stop = new AbortController();
    const address = await listen(() => {
      stop.abort(new Error('enough'));
    });
    const call = createClient({ url: address }).oidcWatches({ signal: stop.signal });
    expect(await failureOf(call)).toMatchObject({
      code: 'ABORTED',
      sent: 'unknown',
      cause: new Error('enough'),
    });
  });

  it('of a redirect does not send the token anywhere else', async () => {
    const elsewhere: unknown[] = [];
    const target = await listen(({ headers: received }, response) => {
      elsewhere.push(received);
      response.end('{}');
    });
    const address = await listen((_request, response) => {
      response.writeHead(307, { location: target }).end();
    });
    const call = createClient({ url: address, headers }).oidcWatches();
    expect(await failureOf(call)).toMatchObject({ code: 'HTTP_STATUS', status: 307 });
    expect(elsewhere).toEqual([]);
  });
});
