import { MAX_INT } from '../../domain/json/int.ts';

/** The three forms of an HTTP date (RFC 9110 section 5.6.7): the current one, that of RFC 850, that of asctime. */
const HTTP_DATES = [
  /^[A-Z][a-z]{2}, (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{5,8}, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

/**
 * Seconds from a `Retry-After` header, which is a number or an HTTP date (RFC 9110 section 10.2.3).
 * @returns null if it is absent or unreadable
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
