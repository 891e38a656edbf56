/** What a fake of `fetch` answers. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, or what becomes JSON. */
  readonly body: unknown;
}

export interface Sent {
  readonly url: string;
  readonly init: RequestInit;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A response in which a root field has an error. */
export function dataFor(field: string): Answer {
  return { body: { data: { [field]: { __typename: 'OidcNotFoundError' } } } };
}

/** A `fetch` that always answers the same, and what was sent last. */
export function answering({ status = 200, headers = {}, body }: Answer): {
  readonly fetch: typeof globalThis.fetch;
  readonly sent: () => Sent;
} {
  let last: Sent | undefined;
  return {
    fetch: (url, init = {}) => {
      last = {
        url: url as string,
        init,
        headers: Object.fromEntries(new Headers(init.headers)),
        body: JSON.parse(init.body as string),
      };
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return Promise.resolve(new Response(text, { status, headers }));
    },
    sent: () => {
      if (last === undefined) throw new Error('nothing was sent');
      return last;
    },
  };
}
