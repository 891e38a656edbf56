import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A request that passed through, with its answer. */
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
  /** What the router is told to call. */
  readonly url: string;
  /** Everything so far, oldest first; an exchange is there when its answer is whole. */
  readonly exchanges: readonly Exchange[];
  /** From now on requests go to another URL. */
  readonly forwardTo: (url: string) => void;
  /** Cuts the connection to the router where the next answer should go, as networks do. */
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
      const answered = once(call, 'response') as Promise<[IncomingMessage]>;
      call.end(body);
      const [response] = await answered;
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
