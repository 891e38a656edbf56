import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callLoopback } from './loopback.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it.each([
  'https://idp.example.com/token',
  'http://127.0.0.1.example.com/',
  'http://localhost.example.com/',
  'http://127.0.0.1@example.com/',
  'http://10.0.0.1/',
  'http://[::ffff:10.0.0.1]/',
  'http://0.0.0.0/',
  'file:///etc/passwd',
  'not a URL',
  undefined,
])('calls no other machine: %s', async (url) => {
  await expect(callLoopback('the issuer', url)).rejects.toThrow(
    'the issuer is not on this machine, and the emulator calls no other',
  );
});

describe('a response', () => {
  it('is read as a JSON object', async () => {
    const url = await serve((_, response) => response.end('{"a":1}'));
    expect(await callLoopback('it', url)).toEqual({ status: 200, json: { a: 1 } });
    expect(await callLoopback('it', url.replace('127.0.0.1', 'localhost'))).toMatchObject({
      status: 200,
    });
  });

  it.each(['', '[]', '<html>'])('that is none has a status only: %o', async (body) => {
    const url = await serve((_, response) => response.writeHead(502).end(body));
    expect(await callLoopback('it', url)).toEqual({ status: 502, json: undefined });
  });

  it('is not followed elsewhere', async () => {
    const url = await serve((_, response) =>
      response.writeHead(302, { Location: 'https://idp.example.com/' }).end(),
    );
    expect(await callLoopback('it', url)).toEqual({ status: 302, json: undefined });
  });

  it('is not read to its end if it is too long', async () => {
    const url = await serve((_, response) => {
      const more = () => {
        if (!response.destroyed && response.write(Buffer.alloc(65_536))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    await expect(callLoopback('the issuer', url)).rejects.toThrow('the issuer cannot be reached');
  });
});
