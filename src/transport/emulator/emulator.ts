/** A request as the emulator received it. Repeated headers are joined with a comma. */
export interface RecordedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A stand-in for an upstream, running on loopback. */
export interface RunningEmulator {
  readonly url: string;
  /** The gateway's configuration to use this emulator. */
  readonly environment: Readonly<Record<string, string>>;
  /** The headers that a caller of the gateway sends with the examples. */
  readonly exampleHeaders: Readonly<Record<string, string>>;
  /** Printed at start-up: tokens, users and objects to try things with. */
  readonly notes: readonly { readonly label: string; readonly value: string }[];
  /** The redirect URIs that an OpenID Provider has to know, so that people can sign in here. */
  readonly redirectUris: readonly string[];
  /** The latest 1,000 requests, oldest first; the emulator's own routes are not among them. */
  readonly requests: readonly RecordedRequest[];
  /** Ends every connection, also hanging ones, and drops what was still to be applied. */
  close(): Promise<void>;
}

/** An OpenID Provider on loopback, for the configurations that an emulator has from its start. */
export interface ExampleProvider {
  /** As in the `iss` of its ID tokens. */
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Its public key set, as JSON. */
  readonly keySet: string;
  /** A page for what an app gets when somebody has signed in. */
  readonly appUrl: string;
}

export type StartEmulator = (options?: {
  readonly host?: string;
  readonly port?: number;
  /** Without one, the emulator's own configurations name an example that does not exist. */
  readonly provider?: ExampleProvider | undefined;
}) => Promise<RunningEmulator>;

/** One entry of an upstream's `examples.json`: a request and its response as the documentation has them. */
export interface EmulatorExample {
  readonly name: string;
  /** Who asks, in the emulator's own words; absent: nobody. */
  readonly as?: string | undefined;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly contentType?: string;
    readonly body?: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly body: unknown;
    /** Members whose values differ from run to run: only their types count. */
    readonly generated?: readonly string[];
  };
}

/** A request with its path decoded; a segment that cannot be decoded stays as it came. */
export interface EmulatorRequest extends RecordedRequest {
  readonly path: string;
  readonly segments: readonly string[];
  /** The emulator's own URL, without a path. */
  readonly origin: string;
  /** The body is not UTF-8: it has one character for each byte, and the request is refused. */
  readonly notUtf8?: boolean;
}

/** A string body is sent as it is, `undefined` as an empty body, anything else as JSON. */
export interface EmulatorResponse {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EmulatorRoute {
  readonly method: string;
  /** e.g. `/v1/things/:id`. The handler gets what the `:` segments matched, in order, decoded and never empty. */
  readonly path: string;
  readonly handle: (
    request: EmulatorRequest,
    ...ids: string[]
  ) => EmulatorResponse | Promise<EmulatorResponse>;
}

/** The emulator of one upstream. It holds the state, so each start makes a new one. */
export interface EmulatorDefinition extends Pick<RunningEmulator, 'exampleHeaders' | 'notes'> {
  readonly environment: (url: string) => Readonly<Record<string, string>>;
  readonly redirectUris?: (url: string) => readonly string[];
  readonly routes: readonly EmulatorRoute[];
  /** An error in the upstream's own shape, for unknown routes and for faults. */
  readonly errorResponse: (
    request: EmulatorRequest,
    status: number,
    message: string,
    data: unknown,
  ) => EmulatorResponse;
  /** Headers of every response. */
  readonly everyResponse?: () => Readonly<Record<string, string>>;
}

/** Thrown by a handler to respond at once. */
export class Refused extends Error {
  readonly response: EmulatorResponse;

  constructor(response: EmulatorResponse) {
    super(`refused with status ${response.status}`);
    this.response = response;
  }
}

/** Whether the request names this media type, with or without parameters. */
export function hasMediaType(request: RecordedRequest, type: string): boolean {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() === type;
}

/** The JSON body of a request; `undefined` if its type is not JSON, or the body is not. */
export function readJson(request: RecordedRequest): unknown {
  if (!hasMediaType(request, 'application/json')) return undefined;
  try {
    return JSON.parse(request.body) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
