import type { LookupFunction } from 'node:net';
import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { IssuerError } from '../domain/errors.ts';
import { Issuers } from './issuers.ts';
import { NotPublic, publicLookup } from './public-lookup.ts';
import type { Resolve } from './public-lookup.ts';

/* How it works in a network is shown in test/addresses/. */

const PUBLIC = ['93.184.215.14', '2606:2800:21f:cb07::1'];

const looked = (resolve: Resolve, all: boolean) =>
  new Promise<readonly unknown[]>((done) => {
    const lookup: LookupFunction = publicLookup(resolve);
    lookup('idp.example', { all }, (...result) => {
      done(result);
    });
  });

describe('the lookup of a connection', () => {
  it('gives all addresses, or the first one', async () => {
    const resolve = () => Promise.resolve(PUBLIC);
    expect(await looked(resolve, true)).toEqual([
      null,
      [
        { address: PUBLIC[0], family: 4 },
        { address: PUBLIC[1], family: 6 },
      ],
    ]);
    expect(await looked(resolve, false)).toEqual([null, PUBLIC[0], 4]);
  });

  it.each<[string, Resolve]>([
    ['without addresses', () => Promise.resolve([])],
    ['with one that is not public', () => Promise.resolve([...PUBLIC, '10.0.0.1'])],
    ['that cannot be resolved', () => Promise.reject(new Error('SERVFAIL'))],
  ])('refuses a name %s', async (_which, resolve) => {
    for (const all of [true, false]) {
      const [error] = await looked(resolve, all);
      expect(error).toBeInstanceOf(NotPublic);
    }
  });
});

it('a name that is refused takes a second, whether it resolves or not, and says the same', async () => {
  const failures = await Promise.all(
    [[], ['10.0.0.1'], [...PUBLIC, '::1']].map(async (addresses) => {
      const began = performance.now();
      const issuers = new Issuers({
        allowedHosts: [],
        takeFetch: () => null,
        resolve: () => Promise.resolve(addresses),
      });
      const error: unknown = await issuers
        .read('https://idp.example', 'JWT a')
        .catch((thrown: unknown) => thrown);
      return { error, ms: performance.now() - began };
    }),
  );
  for (const { error, ms } of failures) {
    expect(error).toBeInstanceOf(IssuerError);
    expect(error).toMatchObject({
      issuerReason: 'NOT_ALLOWED',
      message:
        'The gateway cannot use https://idp.example/.well-known/openid-configuration. Check the spelling of the host name: it does not resolve, or not to public addresses only. The operator of the gateway can allow it with ISSUER_ALLOWED_HOSTS.',
    });
    expect(ms).toBeGreaterThanOrEqual(1_000);
  }
});
