import { createServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RSA_KEY, startIssuer } from '../../test/setup/issuer-server.ts';
import { listen } from '../../test/setup/sockets.ts';
import { IssuerError } from '../domain/errors.ts';
import type { AllowedHost } from './allowed-hosts.ts';
import { Issuers } from './issuers.ts';
import { readKeySet } from './key-set.ts';
import { lifetimeOf } from './lifetime.ts';
import { readMetadata } from './metadata.ts';

const URL = 'https://idp.example/keys';
const fetched = (text: string) => ({ url: URL, text, header: () => null });

const allowing = (protocol: 'https:' | 'http:', port: number): readonly AllowedHost[] => [
  { protocol, host: '127.0.0.1', port: String(port) },
];

async function outcomeOf(read: () => unknown): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    return error;
  }
}

describe('any document', () => {
  it('is read, or refused with a reason', async () => {
    const member = fc.constantFrom(
      'issuer',
      'jwks_uri',
      'keys',
      'kty',
      'kid',
      'n',
      'e',
      'use',
      'alg',
    );
    const document = fc.oneof(
      fc.json(),
      fc.string(),
      fc.dictionary(member, fc.jsonValue()).map((value) => JSON.stringify(value)),
      fc
        .array(fc.oneof(fc.dictionary(member, fc.jsonValue()), fc.constant(RSA_KEY)))
        .map((keys) => JSON.stringify({ keys })),
      fc
        .dictionary(fc.string(), fc.jsonValue())
        .map((value) => JSON.stringify({ ...value, issuer: URL, jwks_uri: URL })),
    );
    await fc.assert(
      fc.asyncProperty(document, async (text) => {
        for (const outcome of [
          await outcomeOf(() => readMetadata(URL, fetched(text))),
          await outcomeOf(() => readKeySet(fetched(text), ['RS256'])),
        ])
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(IssuerError);
      }),
      { numRuns: 500 },
    );
  });
});

describe('as many keys as are read', () => {
  const points = (kid: number) => ({
    kty: 'EC',
    crv: 'P-521',
    kid: String(kid),
    x: 'A'.repeat(88),
    y: 'A'.repeat(88),
  });

  it('are all judged', () => {
    const keys = Array.from({ length: 200 }, (_, kid) => points(kid));
    expect(readKeySet(fetched(JSON.stringify({ keys })), null)).toHaveLength(200);
  });

  it('keep nothing of a key that cannot be used but short texts', () => {
    const huge = 'A'.repeat(100_000);
    const [key] = readKeySet(
      fetched(
        JSON.stringify({ keys: [{ kty: 'RSA', n: huge, e: 'AQAB', kid: huge, x5c: [huge] }] }),
      ),
      null,
    );
    expect(JSON.stringify(key).length).toBeLessThan(500);
  });
});

describe('a response', () => {
  it('is cut off where it gets too large, whatever length it claims', async () => {
    let written = 0;
    const server = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const chunk = `4000\r\n${' '.repeat(0x4000)}\r\n`;
      const more = () => {
        while (!socket.destroyed && written < 100 * 0x4000) {
          written += 0x4000;
          if (!socket.write(chunk)) break;
        }
      };
      socket.on('drain', more);
      more();
    });
    onTestFinished(server.close);
    const issuers = new Issuers({
      allowedHosts: allowing('http:', server.port),
      takeFetch: () => null,
    });
    expect(await outcomeOf(() => issuers.read(server.origin, 'JWT alice'))).toMatchObject({
      issuerReason: 'TOO_LARGE',
    });
  });

  it.each([
    ['that is not HTTP', 'garbage\r\n\r\n'],
    ['with headers that do not end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`],
    ['that is cut', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{}'],
  ])('%s is a failure of the connection', async (_what, bytes) => {
    const server = await listen((socket) => socket.end(bytes));
    onTestFinished(server.close);
    const issuers = new Issuers({
      allowedHosts: allowing('http:', server.port),
      takeFetch: () => null,
    });
    expect(await outcomeOf(() => issuers.read(server.origin, 'JWT alice'))).toMatchObject({
      issuerReason: 'UNREACHABLE',
    });
  });

  it('says how long it may be kept, within bounds, whatever it says', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (control, age, seconds) => {
        for (const value of [control, `max-age=${seconds}`, `${control}, max-age=${seconds}`]) {
          const lifetime = lifetimeOf((name) => (name === 'age' ? age : value));
          expect(lifetime >= 60 && lifetime <= 3_600).toBe(true);
        }
      }),
    );
  });
});

describe('TLS', () => {
  const file = (name: string) =>
    readFileSync(new globalThis.URL(`../../test/vectors/tls/${name}`, import.meta.url));
  const failing = async (options: TlsOptions) => {
    const server = createServer(options, (socket) => {
      socket.on('error', () => undefined);
    });
    server.on('tlsClientError', () => undefined);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo; // what a listening TCP server has
    const issuers = new Issuers({
      allowedHosts: allowing('https:', port),
      takeFetch: () => null,
      tls: { ca: file('ca.pem') },
    });
    return outcomeOf(() => issuers.read(`https://127.0.0.1:${port}`, 'JWT alice'));
  };

  it.each(['expired', 'other-name', 'self-signed'])(
    'fails with a certificate that is %s',
    async (name) => {
      expect(await failing({ key: file(`${name}.key`), cert: file(`${name}.pem`) })).toMatchObject({
        issuerReason: 'TLS',
        message: expect.stringContaining('the certificate must be valid for this host') as unknown,
      });
    },
  );
});

it('issuers that fail are forgotten before they fill the memory', async () => {
  const server = await startIssuer();
  server.responses.clear();
  const issuers = new Issuers({
    allowedHosts: server.allowedHosts,
    takeFetch: () => null,
    now: () => 0,
  });
  for (let index = 0; index < 1_001; index += 1)
    await outcomeOf(() => issuers.read(`${server.issuer}/${index}`, 'JWT mallory'));
  await outcomeOf(() => issuers.read(`${server.issuer}/1000`, 'JWT mallory'));
  expect(server.requests).toHaveLength(1_001);
  await outcomeOf(() => issuers.read(`${server.issuer}/0`, 'JWT mallory'));
  expect(server.requests).toHaveLength(1_002);
});
