import { Agent, request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { print } from 'graphql';
import type { DocumentNode } from 'graphql';

/** A response, with what HTTP says about its connection. */
export interface HttpCallerResponse {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A caller with one connection at a time, which is kept as long as the server keeps it. Nothing is sent twice: what is lost fails. */
export interface HttpCaller {
  readonly get: (url: URL) => Promise<HttpCallerResponse>;
  readonly send: (
    url: string,
    document: DocumentNode,
    variables: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<HttpCallerResponse>;
  readonly close: () => void;
}

export function httpCaller(): HttpCaller {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const exchange = (
    url: URL,
    method: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ) =>
    new Promise<HttpCallerResponse>((resolve, reject) => {
      request(url, { agent, method, headers }, (response) => {
        text(response).then((all) => {
          resolve({ status: response.statusCode, headers: response.headers, body: all });
        }, reject);
      })
        .on('error', reject)
        .end(body);
    });
  return {
    get: (url) => exchange(url, 'GET', {}, ''),
    send: (url, document, variables, headers) =>
      exchange(
        new URL(url),
        'POST',
        { 'content-type': 'application/json', ...headers },
        JSON.stringify({ query: print(document), variables }),
      ),
    close: () => {
      agent.destroy();
    },
  };
}
