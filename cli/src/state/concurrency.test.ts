import { GatewayRequestError } from 'oidc-config-client';
import { expect, it } from 'vitest';
import { createLimit } from './concurrency.ts';

it('runs at most so many at a time, and all of them', async () => {
  const limit = createLimit(4);
  let running = 0;
  let most = 0;
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      limit(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return index;
      }),
    ),
  );
  expect(results).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect(most).toBe(4);
});

it('goes on after one that fails', async () => {
  const limit = createLimit(1);
  await expect(limit(() => Promise.reject(new Error('fails')))).rejects.toThrow('fails');
  await expect(limit(() => Promise.resolve(1))).resolves.toBe(1);
});

it('starts nothing more once a request got no result', async () => {
  const limit = createLimit(2);
  const error = new GatewayRequestError('Gone.', { code: 'NETWORK', sent: 'unknown' });
  let started = 0;
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, () =>
      limit(() => {
        started += 1;
        return Promise.reject(error);
      }),
    ),
  );
  expect(results.every((result) => result.status === 'rejected' && result.reason === error)).toBe(
    true,
  );
  expect(started).toBe(2);
});
