import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { SharedSecrets } from '../../domain/scrub/shared-secrets.ts';
import { createRetiredKeys } from '../../issuer/retired-keys.ts';
import type { Connection } from '../../transport/connection.ts';
import { CancelSource } from '../../transport/waiting/cancel-signal.ts';
import { createContexts } from './request-context.ts';

const UPSTREAMS = [
  { id: 'SHOP', tokenHeaders: ['x-shop-token'] },
  { id: 'BANK', tokenHeaders: ['x-bank-token', 'authorization'] },
];
const TEXT = 'first:shop-key-1/bank-key-2/own-key-333';

/** A text as a request with tokens for both upstreams shows it. */
function shown(configured: readonly string[], ownHeaders: readonly string[] = []): string {
  const connections = new Map(configured.map((id) => [id, {} as Connection])); // Nothing is called.
  const contextOf = createContexts({
    upstreams: UPSTREAMS,
    connections,
    issuers: { read: () => Promise.reject(new Error('no issuer is read')), probe: null },
    retiredKeys: createRetiredKeys(),
    ownHeaders: new Set(ownHeaders),
    gatewaySecrets: new SharedSecrets(),
    readWatches: () => Promise.resolve([]),
    beforeWrite: () => null,
  });
  const headers = {
    'x-shop-token': 'shop-key-1',
    'x-bank-token': 'bank-key-2',
    authorization: 'Bearer own-key-333',
  };
  const api = {
    request: { headers, rawHeaders: Object.entries(headers).flat() } as unknown as IncomingMessage,
    response: {} as unknown as ServerResponse,
    requestId: 'r1',
    path: '/graphql',
    signal: new CancelSource(),
    traced: null,
  };
  const admitted = {
    identity: null,
    callerKey: 'ADDRESS 127.0.0.1',
    secretHeaders: ownHeaders.length > 0 ? ['Bearer own-key-333'] : [],
  };
  return contextOf(api, admitted, null).scrubber.text(TEXT);
}

it.each<[string, readonly string[], readonly string[], string]>([
  ['of every upstream', ['SHOP', 'BANK'], [], 'first:[redacted]/[redacted]/[redacted]'],
  [
    'of an upstream that is configured alone',
    ['SHOP'],
    [],
    'first:[redacted]/bank-key-2/own-key-333',
  ],
  [
    'of the gateway itself as well',
    ['SHOP'],
    ['authorization'],
    'first:[redacted]/bank-key-2/[redacted]',
  ],
])('the tokens in headers %s are secrets of a request', (_which, configured, ownHeaders, text) => {
  expect(shown(configured, ownHeaders)).toBe(text);
});
