import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { TlsOptions, TLSSocket } from 'node:tls';
import { performance } from 'node:perf_hooks';
import type { Pool } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { responseText } from '../../../test/setup/sockets.ts';
import { asOutcome, openPool, send } from './http.ts';
import type { Outcome } from './http.ts';

const file = (name: string) =>
  readFileSync(new URL(`../../../test/vectors/tls/${name}`, import.meta.url));
const certificate = (name: string) => ({ key: file(`${name}.key`), cert: file(`${name}.pem`) });
const ca = file('ca.pem');

/** A TLS server that responds once it has read anything. */
async function serving(
  options: TlsOptions,
  respond: (socket: TLSSocket) => void = (socket) => socket.end(responseText('{}')),
): Promise<number> {
  const server = createServer(options, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      respond(socket);
    });
  });
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as AddressInfo).port; // what a listening TCP server has
}

async function outcomeOf(pool: Pool): Promise<Outcome> {
  onTestFinished(() => pool.destroy());
  const options = {
    deadline: performance.now() + 10_000,
    maxBytes: 1_000,
    signal: new AbortController().signal,
    cancellable: false,
  };
  return send(pool, { method: 'POST', path: '/things', headers: {}, body: '{}' }, options).catch(
    asOutcome,
  );
}

const trusting = (port: number, options: object = {}) =>
  outcomeOf(openPool(`https://127.0.0.1:${port}`, { ca, ...options }));

describe('a secure connection', () => {
  it('is made if the certificate is valid', async () => {
    expect(await trusting(await serving(certificate('good')))).toMatchObject({
      status: 200,
      body: '{}',
    });
  });

  it.each<[string, string, TlsOptions, object]>([
    ['the certificate has expired', 'CERT_HAS_EXPIRED', certificate('expired'), {}],
    ['it is for another host', 'ERR_TLS_CERT_ALTNAME_INVALID', certificate('other-name'), {}],
    [
      'nobody vouches for it',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      certificate('good'),
      { ca: undefined },
    ],
    ['it vouches for itself', 'DEPTH_ZERO_SELF_SIGNED_CERT', certificate('self-signed'), {}],
    [
      'no version is spoken by both',
      'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
      { ...certificate('good'), maxVersion: 'TLSv1.2' },
      { minVersion: 'TLSv1.3' },
    ],
  ])('is refused before anything is sent if %s: %s', async (_why, code, server, client) => {
    const outcome = await trusting(await serving(server), client);
    expect(outcome).toMatchObject({
      reason: 'TLS_FAILED',
      sent: false,
      status: null,
      cause: { code },
    });
  });

  it('may fail after the request was sent', async () => {
    let clientSide: Socket | undefined;
    const port = await serving(certificate('good'), () => {
      // Nothing that could be decrypted: like an alert that the other side sends on its way out.
      clientSide?.end(Buffer.of(0x15, 3, 3, 0, 2, 2, 40));
    });
    const between = createTcpServer((socket) => {
      clientSide = socket;
      const behind = connect(port, '127.0.0.1');
      for (const one of [socket, behind]) one.on('error', () => undefined);
      socket.pipe(behind);
      behind.on('data', (chunk: Buffer) => socket.write(chunk));
    });
    await once(between.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      between.close();
    });
    expect(await trusting((between.address() as AddressInfo).port)).toMatchObject({
      reason: 'TLS_FAILED',
      sent: true,
    });
  });

  it('is asked of a server without TLS in vain', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      server.close();
    });
    expect(
      await outcomeOf(openPool(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)),
    ).toMatchObject({ reason: 'TLS_FAILED', sent: false });
  });
});
