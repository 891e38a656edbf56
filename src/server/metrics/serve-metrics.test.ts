import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { serveMetrics } from './serve-metrics.ts';

async function open(read = () => Promise.resolve('up 1\n')) {
  const server = await serveMetrics({ host: '127.0.0.1', port: 0 }, read);
  onTestFinished(server.close);
  return server;
}

it('serves the text of now in the format of Prometheus', async () => {
  let times = 0;
  const { url } = await open(() => Promise.resolve(`times ${(times += 1)}\n`));
  const [first, second] = [await fetch(url), await fetch(`${url}?x=1`)];
  expect([first.status, first.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  expect([await first.text(), await second.text()]).toEqual(['times 1\n', 'times 2\n']);
});

it.each([
  ['GET', '/', 404],
  ['GET', '/metrics/', 404],
  ['GET', '/graphql', 404],
  ['POST', '/metrics', 405],
  ['HEAD', '/metrics', 405],
])('%s %s gets %i', async (method, path, status) => {
  const { url } = await open();
  const response = await fetch(new URL(path, url), { method });
  expect(response.status).toBe(status);
  if (status === 405) expect(response.headers.get('allow')).toBe('GET');
});

it('says no more than that the metrics cannot be read', async () => {
  const { url } = await open(() => Promise.reject(new Error('for nobody')));
  const response = await fetch(url);
  expect([response.status, await response.text()]).toEqual([500, 'The metrics cannot be read.\n']);
});

it('closes connections on which a request does not arrive in time', async () => {
  const { url } = await open();
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET /metrics HTTP/1.1\r\nhost: ');
  let received = '';
  socket.on('data', (data) => {
    received += data.toString();
  });
  await once(socket, 'close');
  expect(received).toMatch(/^HTTP\/1\.1 408 /);
});

it('closes open connections with the server', async () => {
  const server = await open();
  await (await fetch(server.url)).text();
  server.close();
  await expect(fetch(server.url)).rejects.toThrow();
});

it('fails if the port is in use', async () => {
  const { url } = await open();
  await expect(
    serveMetrics({ host: '127.0.0.1', port: Number(new URL(url).port) }, () => Promise.resolve('')),
  ).rejects.toThrow('EADDRINUSE');
});
