import { describe, expect, it } from 'vitest';
import { MessageReader, statusOf } from './http-messages.ts';

const read = (chunks: readonly string[]) => {
  const messages: { status: number; body: string }[] = [];
  const reader = new MessageReader((message) => {
    messages.push({ status: statusOf(message), body: message.body.toString('utf8') });
  });
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return messages;
};

const withLength = 'HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nbody';
const chunked =
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\nB\r\n four, five\r\n0\r\n\r\n';
const bodiless = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';

describe('a message reader', () => {
  it.each([
    ['a body with a length', withLength, { status: 201, body: 'body' }],
    ['chunks', chunked, { status: 200, body: 'one four, five' }],
    ['no body', bodiless, { status: 404, body: '' }],
  ])('reads %s, wherever the bytes are cut', (_name, text, expected) => {
    expect(read([text])).toEqual([expected]);
    for (let cut = 1; cut < text.length; cut += 1)
      expect(read([text.slice(0, cut), text.slice(cut)])).toEqual([expected]);
  });

  it('reads messages that come together', () => {
    expect(
      read([withLength + chunked.slice(0, 60), chunked.slice(60) + bodiless]).map(
        ({ status }) => status,
      ),
    ).toEqual([201, 200, 404]);
  });

  it('waits for the rest of a message', () => {
    expect(read([withLength.slice(0, -1)])).toEqual([]);
  });
});
