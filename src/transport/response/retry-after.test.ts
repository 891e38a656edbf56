import { afterEach, describe, expect, it, vi } from 'vitest';
import { retryAfterSeconds } from './retry-after.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('retryAfterSeconds', () => {
  const now = Date.UTC(2026, 10, 21, 12, 0, 0);

  it.each([
    ['0', 0],
    ['120', 120],
    [' 7 ', 7],
    ['007', 7],
    ['999999999', 999_999_999],
    ['Sat, 21 Nov 2026 12:00:30 GMT', 30],
    ['Sat, 21 Nov 2026 12:00:00 GMT', 0],
    ['Fri, 20 Nov 2026 12:00:00 GMT', 0],
  ])('reads %j as %i', (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });

  it.each(['Saturday, 21-Nov-26 12:00:30 GMT', 'Sat Nov 21 12:00:30 2026'])(
    'reads the older form %j (RFC 9110 section 5.6.7), in whatever time zone it runs',
    (header) => {
      vi.stubEnv('TZ', 'Asia/Tokyo');
      expect(new Date(now).getHours()).toBe(21);
      expect(retryAfterSeconds(header, now)).toBe(30);
    },
  );

  it('counts a part of a second as a whole one', () => {
    expect(retryAfterSeconds('Sat, 21 Nov 2026 12:00:30 GMT', now + 500)).toBe(30);
  });

  it.each([
    null,
    '',
    ' ',
    'soon',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    '5 s',
    '5,6',
    '2026-11-21T12:00:30Z',
    'Sat, 99 Foo 2026 12:00:30 GMT',
    'Try, 5',
    'Infinity',
    '٣',
  ])('finds nothing in %j', (header) => {
    expect(retryAfterSeconds(header, now)).toBeNull();
  });

  it.each(['9999999999', '99999999999999999999', 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'gives no more seconds than a GraphQL Int holds: %s',
    (header) => {
      expect(retryAfterSeconds(header, now) ?? 0).toBeLessThanOrEqual(2 ** 31 - 1);
    },
  );
});
