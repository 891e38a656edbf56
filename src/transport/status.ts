import type { OidcErrorCode } from '../domain/errors.ts';
import { MAX_INT } from '../domain/int.ts';

/** What a call does at the upstream. A write that was sent may have been applied, whatever comes back. */
export type Effect = 'read' | 'write';

/** Statuses that mean the same for every upstream; what is not here is decided by its class (`codeForStatus`). */
const BY_STATUS: Readonly<Record<number, OidcErrorCode | Readonly<Record<Effect, OidcErrorCode>>>> =
  {
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    408: { read: 'UPSTREAM_UNAVAILABLE', write: 'OUTCOME_UNKNOWN' },
    409: { read: 'UPSTREAM_REJECTED', write: 'ALREADY_EXISTS' },
    429: 'RATE_LIMITED',
  };

/**
 * The error that an HTTP status stands for, null for 2xx. A 400 or 422 is `UPSTREAM_REJECTED` here; it becomes
 * `INVALID_INPUT` where the body names a field of the input.
 */
export function codeForStatus(status: number, effect: Effect): OidcErrorCode | null {
  if (status >= 200 && status <= 299) return null;
  const listed = BY_STATUS[status];
  if (listed !== undefined) return typeof listed === 'string' ? listed : listed[effect];
  if (status >= 400 && status <= 499) return 'UPSTREAM_REJECTED';
  if (effect === 'write') return 'OUTCOME_UNKNOWN';
  return status >= 500 && status <= 599 ? 'UPSTREAM_UNAVAILABLE' : 'UPSTREAM_CONTRACT';
}

/** Whether a status says no more than that the request was refused, so that the upstream's own code may say what for. */
export function isLeftToCode(status: number): boolean {
  return status >= 400 && status <= 499 && BY_STATUS[status] === undefined;
}

/** The three forms of an HTTP date (RFC 9110 section 5.6.7): the current one, that of RFC 850, that of asctime. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

/**
 * Seconds from a `Retry-After` header, which is a number or an HTTP date (RFC 9110 section 10.2.3).
 * @returns null where it is absent or unreadable
 */
export function retryAfterSeconds(header: string | null, now: number = Date.now()): number | null {
  if (header === null) return null;
  const value = header.trim();
  if (/^\d+$/.test(value)) return Math.min(Number(value), MAX_INT);
  for (const form of HTTP_DATES) {
    const { day = '', month = '', year = '', time = '' } = form.exec(value)?.groups ?? {};
    const date = Date.parse(
      `${day.trim()} ${month} ${year.length === 2 ? `20${year}` : year} ${time} GMT`,
    );
    if (!Number.isNaN(date)) return Math.min(Math.max(0, Math.ceil((date - now) / 1000)), MAX_INT);
  }
  return null;
}
