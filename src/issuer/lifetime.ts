/** Bounds of how long a document is used before it is read again, in seconds. */
const MIN_S = 60;
const MAX_S = 3_600;

/** A directive of Cache-Control with seconds (RFC 9111 section 5.2.2). */
const SECONDS = /(?:^|[\s,])(s-maxage|max-age|no-store|no-cache)(?:="?(\d{1,10})"?)?(?=[\s,;]|$)/gi;

/** Longest header that is read, in characters. */
const MAX_LENGTH = 1_000;

/** How long a document may be used, in seconds: as its response says, within bounds. */
export function lifetimeOf(header: (name: string) => string | null): number {
  const control = (header('cache-control') ?? '').slice(0, MAX_LENGTH);
  const directives = new Map(
    [...control.matchAll(SECONDS)].map(([, name = '', seconds]) => [name.toLowerCase(), seconds]),
  );
  if (directives.has('no-store') || directives.has('no-cache')) return MIN_S;
  // Many callers share the cache.
  const seconds = Number(directives.get('s-maxage') ?? directives.get('max-age') ?? 0);
  const age = /^\d{1,10}$/.exec(header('age')?.trim() ?? '')?.[0] ?? '0';
  return Math.min(MAX_S, Math.max(MIN_S, seconds - Number(age)));
}
