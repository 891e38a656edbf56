import { Dispatcher } from 'undici';

/** What comes back to a request: a response, or the connection breaks before one. */
export type Instant =
  | {
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'RESET'
  | 'REFUSED'
  | 'SILENCE';

/** A request as it is sent. */
export interface InstantRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** A dispatcher without a network, which responds at once: only what waits for a time takes any. */
export class InstantUpstream extends Dispatcher {
  readonly requests: InstantRequest[] = [];
  readonly #respond: (request: InstantRequest) => Instant;

  constructor(respond: (request: InstantRequest) => Instant) {
    super();
    this.#respond = respond;
  }

  override dispatch(
    { method, path, body }: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    const controller: Dispatcher.DispatchController = {
      aborted: false,
      paused: false,
      reason: null,
      rawHeaders: null,
      rawTrailers: null,
      abort: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
    };
    const request = { method, path, body: typeof body === 'string' ? body : '' };
    const chosen = this.#respond(request);
    if (chosen !== 'REFUSED') {
      this.requests.push(request);
      handler.onRequestStart?.(controller, {});
    }
    if (chosen === 'SILENCE') return true;
    queueMicrotask(() => {
      if (typeof chosen === 'string') {
        handler.onResponseError?.(
          controller,
          Object.assign(new Error(chosen), {
            code: chosen === 'RESET' ? 'ECONNRESET' : 'ECONNREFUSED',
          }),
        );
        return;
      }
      handler.onResponseStart?.(controller, chosen.status, { ...chosen.headers }, '');
      handler.onResponseData?.(controller, Buffer.from(chosen.body ?? ''));
      handler.onResponseEnd?.(controller, {});
    });
    return true;
  }

  override close(): Promise<void>;
  override close(callback: () => void): void;
  override close(callback?: () => void): Promise<void> | undefined {
    callback?.();
    return Promise.resolve();
  }

  override destroy(): Promise<void>;
  override destroy(...rest: unknown[]): Promise<void> {
    for (const callback of rest) if (typeof callback === 'function') (callback as () => void)();
    return Promise.resolve();
  }
}
