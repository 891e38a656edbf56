import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { asksForHelp } from './command-line.ts';
import { readOwnAddress } from '../config/own-address.ts';
import { systemErrorCode } from '../domain/system-error.ts';

const USAGE = `Usage: node dist/main.js health

Asks the gateway that runs on this machine, with the same environment, whether it is ready: requests /readyz at HOST and
PORT. Prints one line. Exits with 0 if it is ready, and with 1 if it is not or does not respond within 2 seconds.
`;

/** How long the gateway may take to respond, in milliseconds. */
const TIMEOUT_MS = 2_000;

/** How much of a response is shown, in characters. The port may belong to another program. */
const MAX_SHOWN = 200;

/** Prints whether the gateway is ready, or the help. */
export async function run(args: readonly string[]): Promise<void> {
  if (asksForHelp(args, 'node dist/main.js health --help')) {
    process.stdout.write(USAGE);
    return;
  }
  const { isReady, text } = await ask();
  process.stdout.write(`${isReady ? 'ready' : 'not ready'}: ${text}\n`);
  process.exitCode = isReady ? 0 : 1;
}

async function ask(): Promise<{ readonly isReady: boolean; readonly text: string }> {
  const address = readOwnAddress();
  if ('issues' in address) return { isReady: false, text: `${address.issues.join('; ')}.` };
  const { host, port } = address;
  if (port === 0)
    return { isReady: false, text: 'PORT is 0, so that its port is not known: set another one.' };
  const url = `http://${isIPv6(host) ? `[${host}]` : host}:${port}/readyz`;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const [response] = (await once(get(url, { signal, agent: false }), 'response', {
      signal,
    })) as [IncomingMessage];
    const shown = await beginningOf(response);
    const isReady = response.statusCode === 200;
    return { isReady, text: `${url} returned ${String(response.statusCode)}: ${shown}` };
  } catch (error) {
    const reason = signal.aborted
      ? `did not respond within ${TIMEOUT_MS / 1000} s`
      : `cannot be reached (${systemErrorCode(error) ?? 'no HTTP response'})`;
    return { isReady: false, text: `${url} ${reason}.` };
  }
}

/** The beginning of a body, on one line and without control characters. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (text.length >= MAX_SHOWN) break;
  }
  return text
    .slice(0, MAX_SHOWN)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .trim();
}
