import { parseUrl } from '../domain/text/url.ts';

/** A host, or all hosts below a domain, that the operator allows although the gateway would refuse it. */
export interface AllowedHost {
  readonly protocol: 'https:' | 'http:';
  /** As `URL` writes it; with a leading dot, every host that ends with it. */
  readonly host: string;
  /** As `URL` writes it: empty for the usual port of the protocol. */
  readonly port: string;
}

/** One entry: `host`, `.suffix`, either with `https://` or `http://` before it and a port after it. */
const ENTRY = /^(?:(https?):\/\/)?(\.?)([^\s/?#@,]+)$/i;

/** Reads an entry of ISSUER_ALLOWED_HOSTS; null if it is not one. */
export function parseAllowedHost(entry: string): AllowedHost | null {
  const [, scheme = 'https', dot = '', authority = ''] = ENTRY.exec(entry) ?? [];
  const url = authority === '' ? null : parseUrl(`${scheme}://${authority}`);
  // An empty part, such as in `..`, would allow more than it says.
  if (url === null || /^$|[*%]|^\.|\.\.|\.$/.test(url.hostname)) return null;
  // An address has no hosts below it.
  if (dot !== '' && (url.hostname.startsWith('[') || /^[\d.]+$/.test(url.hostname))) return null;
  const protocol = url.protocol === 'http:' ? 'http:' : 'https:';
  return { protocol, host: dot + url.hostname, port: url.port };
}

/** Whether the operator allows a URL, whatever its host resolves to. Protocol and port must be those of an entry. */
export function isAllowedByOperator(
  { protocol, hostname, port }: URL,
  allowed: readonly AllowedHost[],
): boolean {
  return allowed.some(
    (entry) =>
      entry.protocol === protocol &&
      entry.port === port &&
      (entry.host.startsWith('.') ? hostname.endsWith(entry.host) : hostname === entry.host),
  );
}
