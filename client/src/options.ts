/** Headers of a request, such as the caller's tokens. */
export type RequestHeaders = Readonly<Record<string, string>>;

export interface ClientOptions {
  /** Address of the gateway's GraphQL endpoint, e.g. `http://127.0.0.1:4000/graphql`. In a browser, it may be relative to the page. */
  readonly url: string;
  /** Headers of every request, or a function that is called before each request: for tokens that expire. What it throws, the method throws. */
  readonly headers?: RequestHeaders | (() => RequestHeaders | Promise<RequestHeaders>);
  /** Sends the requests. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * Whether to send the hash of a document instead of its text, for gateways that accept only persisted documents
   * (`PERSISTED_ONLY`). The operator needs `oidc-config-client/persisted-documents.json` of this version. Default: false.
   */
  readonly persisted?: boolean;
  /** Largest response that is read, in bytes. Default: 33,554,432 (32 MiB). */
  readonly maxResponseBytes?: number;
}

export interface RequestOptions {
  /** Ends the request, e.g. `AbortSignal.timeout(30_000)`. By default, the client waits for as long as `fetch` does. */
  readonly signal?: AbortSignal | undefined;
  /** More headers. They replace those of the client with the same name. */
  readonly headers?: RequestHeaders | undefined;
}

export interface MutationOptions extends RequestOptions {
  /**
   * Names the write, so that sending it again does not repeat it: 1 to 255 visible ASCII characters without quotes,
   * backslashes, commas and semicolons, e.g. a UUID. A new one for each write.
   */
  readonly idempotencyKey?: string | undefined;
}
