import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { dial } from '../setup/sockets.ts';

/* A body is read to its end, however it comes: from Node 26 on, what has arrived is read piece by piece. */

const MAX_BODY = 262_144;
const QUERY = '{"query":"{ __typename }"}';

describe.each(['true', 'false'])('with FAST_PATH=%s, a body', (fastPath) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({
      ORDERCLOUD_API_URL: 'https://sandboxapi.ordercloud.io/v1',
      FAST_PATH: fastPath,
    });
  });
  afterAll(() => gateway.stop());

  /** Sends a request in these pieces, each in a packet of its own where the kernel leaves it at that. */
  const send = async (pieces: readonly Buffer[]): Promise<string> => {
    const client = await dial(gateway.url);
    for (const piece of pieces) {
      await new Promise<void>((resolve) => {
        client.socket.write(piece, () => {
          resolve();
        });
      });
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    return client.ended;
  };
  const head = (framing: string) =>
    Buffer.from(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`,
    );
  const cut = (bytes: Buffer, size: number) =>
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
  const SIZES = [
    QUERY.length,
    100,
    1_000,
    16_383,
    16_384,
    65_535,
    65_536,
    65_537,
    100_000,
    131_072,
    200_000,
    MAX_BODY - 1,
    MAX_BODY,
  ];
  const bodyOf = (size: number) =>
    Buffer.from(`{"query":"{ __typename }"${' '.repeat(Math.max(0, size - QUERY.length))}}`);

  it.each(SIZES)('of %i bytes is read whole', async (size) => {
    const body = bodyOf(size);
    expect(body).toHaveLength(size);
    const length = head(`Content-Length: ${body.length}`);
    const chunked = (pieces: readonly Buffer[]) =>
      Buffer.concat([
        head('Transfer-Encoding: chunked'),
        ...pieces.map((piece) =>
          Buffer.concat([
            Buffer.from(`${piece.length.toString(16)}\r\n`),
            piece,
            Buffer.from('\r\n'),
          ]),
        ),
        Buffer.from('0\r\n\r\n'),
      ]);
    for (const pieces of [
      [Buffer.concat([length, body])],
      [length, body],
      [length, ...cut(body, 30_000)],
      [Buffer.concat([length, body.subarray(0, 10)]), body.subarray(10)],
      [chunked([body])],
      [chunked(cut(body, 1_000))],
      cut(chunked(cut(body, 50_000)), 40_000),
    ]) {
      expect(await send(pieces)).toMatch(/^HTTP\/1\.1 200 [^]*\{"data":\{"__typename":"Query"\}\}/);
    }
  });

  it.each([MAX_BODY + 1, MAX_BODY + 70_000])('of %i bytes is refused', async (size) => {
    const body = bodyOf(size);
    const { status } = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array(body),
    });
    expect(status).toBe(413);
  });

  it('of one byte, or none, gets an error that explains the problem', async () => {
    for (const body of ['', '{', ' '])
      expect(await send([head(`Content-Length: ${body.length}`), Buffer.from(body)])).toMatch(
        /^HTTP\/1\.1 400 [^]*not valid JSON/,
      );
  });
});
