import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { expect, it, vi } from 'vitest';
import { createFile } from './file.ts';

/** What is handed over to be sent. */
async function sent(file: ReturnType<typeof createFile>, acceptEncoding: string): Promise<unknown> {
  const request = {
    method: 'GET',
    headers: { 'accept-encoding': acceptEncoding },
  } as unknown as IncomingMessage;
  const response = new ServerResponse(request);
  const end = vi.spyOn(response, 'end').mockReturnValue(response);
  await file.send(request, response, true);
  return end.mock.calls[0]?.[0];
}

it.each(['br', 'gzip', 'identity'])(
  'is made once for everybody who takes it as %s, at the same time or later',
  async (coding) => {
    const file = createFile('content '.repeat(1_000), 'text/plain');
    const [first, second] = await Promise.all([sent(file, coding), sent(file, coding)]);
    expect(first).toBeInstanceOf(Buffer);
    expect(second).toBe(first);
    expect(await sent(file, coding)).toBe(first);
  },
);

it('has another hash for other content', () => {
  const [one, same, other] = ['a', 'a', 'b'].map(
    (content) => createFile(content, 'text/plain').hash,
  );
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});
