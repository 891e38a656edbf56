import { Agent, createServer, request as send } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Where a request is when everything stops: not forwarded, forwarded and without its response, or with it. */
export const MOMENTS = ['BEFORE', 'BETWEEN', 'AFTER'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A request that came by. */
export interface Exchange {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Of the response; null as long as there is none. */
  status: number | null;
}

interface Stop {
  readonly request: number;
  readonly moment: Moment;
  /** Whether other requests are still forwarded. */
  readonly isAlone?: boolean;
}

/** Something that forwards HTTP, and stops at a request. */
export interface StoppingProxy {
  readonly origin: string;
  /** All requests since `begin`. Those that came after the stop are not among them. */
  readonly seen: readonly Exchange[];
  /**
   * Forgets what was, and forwards to this origin from now on.
   * @param stop the number of a request, from 0: nothing is forwarded any more from that moment on, or only this one is not
   * @returns resolves at that moment
   */
  readonly begin: (origin: string, stop?: Stop) => Promise<void>;
  /** Where requests go from now on, with nothing forgotten. */
  readonly forwardTo: (origin: string) => void;
  /** From now on everything is forwarded again. What was held is lost, and its connection breaks, or is forwarded late. */
  readonly release: (held?: 'LOST' | 'LATE') => void;
  readonly close: () => Promise<void>;
}

/** A run of the proxy between two calls of `begin`. */
interface Run {
  origin: string;
  readonly seen: Exchange[];
  readonly stop: Stop | undefined;
  readonly reached: () => void;
  /** Calls that let go of what is held. */
  readonly held: Set<(how: 'LOST' | 'LATE') => void>;
  isStopped: boolean;
}

export async function startStoppingProxy(): Promise<StoppingProxy> {
  const agent = new Agent({ keepAlive: true });
  let run: Run = {
    origin: '',
    seen: [],
    stop: undefined,
    reached: () => undefined,
    held: new Set(),
    isStopped: false,
  };

  /** Forwards a request, unless everything stops there. */
  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse, now: Run) => {
    const body = await buffer(incoming);
    const hold = (late: () => void) =>
      now.held.add((how) => {
        if (how === 'LATE') late();
        else outgoing.destroy();
      });
    if (now.isStopped) {
      hold(() => outgoing.destroy());
      return;
    }
    const exchange: Exchange = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: incoming.headers,
      body: body.toString(),
      status: null,
    };
    const number = now.seen.push(exchange) - 1;
    const here = now.stop?.request === number ? now.stop : null;
    const stopsAt = (moment: Moment) => here?.moment === moment;
    const stop = () => {
      now.isStopped = here?.isAlone !== true;
      now.reached();
    };
    const pass = async () => {
      const response = await forward(now.origin, incoming, body, agent);
      exchange.status = response.status;
      const answer = () => {
        if (stopsAt('AFTER')) now.isStopped = true;
        outgoing.writeHead(response.status, response.headers).end(response.body, () => {
          if (stopsAt('AFTER')) now.reached();
        });
      };
      if (!stopsAt('BETWEEN') && !now.isStopped) {
        answer();
        return;
      }
      hold(answer);
      if (stopsAt('BETWEEN')) stop();
    };
    if (stopsAt('BEFORE')) {
      hold(() => void pass().catch(() => outgoing.destroy()));
      stop();
    } else await pass();
  };

  const server = createServer((incoming, outgoing) => {
    const now = run;
    serve(incoming, outgoing, now).catch(() => outgoing.destroy());
  });
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const release: StoppingProxy['release'] = (how = 'LOST') => {
    run.isStopped = false;
    const held = [...run.held];
    run.held.clear();
    for (const letGo of held) letGo(how);
  };
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get seen() {
      return run.seen;
    },
    begin: (origin, stop) =>
      new Promise((resolve) => {
        release();
        run = { origin, seen: [], stop, reached: resolve, held: new Set(), isStopped: false };
      }),
    forwardTo: (origin) => {
      run.origin = origin;
    },
    release,
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function forward(
  origin: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  agent: Agent,
): Promise<Response> {
  const { host } = new URL(origin);
  return new Promise((resolve, reject) => {
    send(`${origin}${url ?? ''}`, { method, headers: { ...headers, host }, agent }, (response) => {
      const { 'transfer-encoding': _, connection: __, ...rest } = response.headers;
      buffer(response).then((content) => {
        resolve({ status: response.statusCode ?? 0, headers: rest, body: content });
      }, reject);
    })
      .on('error', reject)
      .end(body);
  });
}
