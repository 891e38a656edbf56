import { parseUrl } from '../../text/url.ts';

/** Statuses of a server that has nothing at a path, or nothing for the method (RFC 9110 section 15.5). */
const ABSENT: ReadonlySet<number> = new Set([404, 405, 410]);

/** Whether a status says that the server has nothing for the request. Alone, it is not certain: something in between may say so too. */
export function isAbsent(status: number): boolean {
  return ABSENT.has(status);
}

/**
 * Whether two endpoints that differ can be compared, so that what the published one does with a request shows what the
 * status of the stored one means: they are on the same origin. The servers of two origins may treat the gateway in
 * different ways, and nothing is to go to a host that is not stored.
 * @param published null if the issuer has none, or is not known
 */
export function areComparable(stored: string, published: string | null): published is string {
  if (published === null || published === stored) return false;
  const [one, other] = [parseUrl(stored), parseUrl(published)];
  return one !== null && other !== null && one.origin === other.origin;
}
