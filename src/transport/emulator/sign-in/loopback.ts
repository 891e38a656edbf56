import { bufferUpTo } from '../bounded-body.ts';
import { isObject } from '../emulator.ts';
import { quoted, SignInFailed } from './failed.ts';

/** Longest response that is read, in bytes. */
const MAX_RESPONSE_BYTES = 256 * 1024;
const TIMEOUT_MS = 10_000;

export interface LoopbackRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoopbackResponse {
  readonly status: number;
  /** Undefined if the body is not a JSON object. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Calls a server on this machine, and no other: an emulator reaches nothing beyond it. Follows no redirects.
 * @param what the server, for messages
 * @throws SignInFailed if the server is on another machine, or there is no complete response
 */
export async function callLoopback(
  what: string,
  url: unknown,
  request: LoopbackRequest = {},
): Promise<LoopbackResponse> {
  if (!isLoopbackUrl(url))
    throw new SignInFailed(
      `${what} is not on this machine, and the emulator calls no other: ${quoted(String(url))}`,
    );
  try {
    const response = await fetch(url, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body = response.body ? await bufferUpTo(response.body, MAX_RESPONSE_BYTES) : '';
    return { status: response.status, json: objectIn(body.toString()) };
  } catch {
    throw new SignInFailed(`${what} cannot be reached: ${quoted(url)}`);
  }
}

function isLoopbackUrl(url: unknown): url is string {
  try {
    const { protocol, hostname } = new URL(String(url));
    return /^https?:$/.test(protocol) && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  } catch {
    return false;
  }
}

function objectIn(text: string): LoopbackResponse['json'] {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
