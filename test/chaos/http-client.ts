import { Agent, request } from 'node:http';

/** What came back; null if the connection broke, or the caller hung up. */
export interface HttpReply {
  readonly status: number;
  readonly text: string;
}

/** One caller's connections, from a separate address. */
export class HttpClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #address: string;

  /** @param number of the caller, from 1 */
  constructor(number: number) {
    this.#address = `127.0.1.${1 + (number % 250)}`;
  }

  /** Sends JSON, nothing if it is null. @param hangUpAfter in milliseconds, null to wait for the response */
  send(
    method: string,
    url: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
    hangUpAfter: number | null,
  ): Promise<HttpReply | null> {
    return new Promise((resolve) => {
      const text = body === null ? '' : JSON.stringify(body);
      const sent = request(
        url,
        {
          method,
          agent: this.#agent,
          localAddress: this.#address,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
            ...headers,
          },
        },
        (response) => {
          let reply = '';
          response.setEncoding('utf8').on('data', (piece: string) => {
            reply += piece;
          });
          response.on('end', () => {
            resolve({ status: response.statusCode ?? 0, text: reply });
          });
          response.on('error', () => {
            resolve(null);
          });
          response.on('close', () => {
            resolve(null);
          });
        },
      );
      sent.on('error', () => {
        resolve(null);
      });
      sent.end(text);
      if (hangUpAfter !== null)
        setTimeout(() => {
          sent.destroy();
        }, hangUpAfter);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
