import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { readBody } from './request-body.ts';

function requestWith(...chunks: readonly string[]): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  for (const chunk of chunks) request.push(Buffer.from(chunk));
  request.push(null);
  request.complete = true;
  return request;
}

it('a body that has arrived whole is there at once', () => {
  expect(readBody(requestWith('{"a"', ':1}'), 7)).toEqual(Buffer.from('{"a":1}'));
  expect(readBody(requestWith(), 7)).toEqual(Buffer.alloc(0));
});

it('a body that has arrived completely is refused if it is too large, whatever its headers say', () => {
  expect(readBody(requestWith('{"a"', ':10}'), 7)).toMatchObject({
    status: 413,
    code: 'REQUEST_ENTITY_TOO_LARGE',
  });
});

it('a request whose caller has gone already has no body', async () => {
  const request = new IncomingMessage(new Socket());
  request.destroy();
  await once(request, 'close');
  expect(readBody(request, 10)).toBeNull();
});
