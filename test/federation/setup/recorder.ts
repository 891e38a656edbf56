import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request that passed through, with its response. */
export interface Exchange {
  readonly request: { readonly headers: IncomingHttpHeaders; readonly body: string };
  readonly response: {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  };
}

/** Stands between a router and a subgraph, and sees all that they say to each other. */
export interface Recorder {
  /** The URL that the router calls. */
  readonly url: string;
  /** All exchanges so far, oldest first; an exchange appears when its response is complete. */
  readonly exchanges: readonly Exchange[];
  /** From now on requests go to another URL. */
  readonly forwardTo: (url: string) => void;
  /** Breaks the connection to the router instead of sending the next response, as networks do. */
  readonly loseNext: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a recorder before this URL. */
export async function startRecorder(target: string): Promise<Recorder> {
  const exchanges: Exchange[] = [];
  let url = target;
  let losing = false;
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const { headers } = incoming;
      const body = await buffer(incoming);
      const call = request(url, { method: incoming.method, headers });
      const responded = once(call, 'response') as Promise<[IncomingMessage]>;
      call.end(body);
      const [response] = await responded;
      const text = await buffer(response);
      const { statusCode: status = 0 } = response; // never absent on the client's side
      exchanges.push({
        request: { headers, body: body.toString() },
        response: { status, headers: response.headers, body: text.toString() },
      });
      if (losing) outgoing.destroy();
      else outgoing.writeHead(status, response.headers).end(text);
      losing = false;
    })().catch(() => outgoing.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    exchanges,
    forwardTo: (other) => {
      url = other;
    },
    loseNext: () => {
      losing = true;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
