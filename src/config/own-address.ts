import { serverEnvironment } from './server-settings.ts';
import { issueLines } from './upstream-settings.ts';

/** Addresses to listen on that stand for all, and the one at which this machine reaches itself there. */
const LOOPBACK: ReadonlyMap<string, string> = new Map([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
]);

/** Where this machine reaches the gateway of the same environment. */
export interface OwnAddress {
  readonly host: string;
  /** 0 if the gateway picks one. */
  readonly port: number;
}

/**
 * Reads only where the gateway listens, and none of the rest of the configuration: programs that ask a running gateway
 * start often.
 * @returns the address, or everything that is wrong with it
 */
export function readOwnAddress(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): OwnAddress | { readonly issues: readonly string[] } {
  const { HOST, PORT } = environment;
  const { success, data, error } = serverEnvironment('production')
    .pick({ HOST: true, PORT: true })
    // An empty variable counts as not set.
    .safeParse({ HOST: HOST === '' ? undefined : HOST, PORT: PORT === '' ? undefined : PORT });
  if (!success) return { issues: error.issues.flatMap((issue) => issueLines(issue)) };
  return { host: LOOPBACK.get(data.HOST) ?? data.HOST, port: data.PORT };
}
