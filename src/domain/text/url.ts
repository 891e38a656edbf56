import type { RuleIssue } from '../input-issue.ts';

/**
 * An absolute URL, null if the text is not one. Not `URL.canParse`: once Node.js 20 has optimized its callers, it refuses
 * valid URLs with letters such as `ü`, because it reads their Latin-1 bytes as UTF-8.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** What a URL may have, and its purpose. */
export interface UrlRules {
  readonly fragment?: boolean;
  /** Whether it is an issuer (OpenID Connect Discovery 1.0 section 2), which is often confused with the URL of its document. */
  readonly issuer?: boolean;
}

/** Placeholders as documentation and templates write them: `{x}`, `${x}`, `<x>`, also percent-encoded, and `$(x)`. */
const LEFT_IN = /[{}<>]|%(?:7B|7D|3C|3E)|\$\([A-Za-z_][\w.-]*\)/i;

/** Whether a URL still holds a placeholder instead of a value. */
export function hasPlaceholder(url: string): boolean {
  return LEFT_IN.test(url);
}

/** What is wrong with an absolute http(s) URL, other than placeholders. */
export function* urlIssues(
  value: string,
  { fragment = true, issuer = false }: UrlRules,
): Iterable<RuleIssue> {
  const parsed = parseHttpUrl(value.replaceAll(/[{}<>]/g, 'x'));
  if (parsed === null) {
    yield {
      code: 'INVALID_URL',
      message: 'Must be an absolute URL that begins with https:// or http://, without spaces.',
    };
    return;
  }
  const host = hostOf(value);
  // A URL may have brackets only around an IPv6 address.
  const rest = value.replace(/^(https?:\/\/)\[[\da-f:.]*\]/i, '$1');
  if (/[^\w.~!$&'()*+,;=:@%/?#{}<>-]/.test(rest) && !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(value)) {
    yield {
      code: 'INVALID_CHARACTER',
      message:
        'May only contain the characters of RFC 3986: write a host name in punycode (xn--…), and percent-encode all other characters.',
    };
  }
  if (host.includes('@'))
    yield { code: 'INVALID_URL', message: 'Must not contain a user name or password.' };
  else if (host.includes('%'))
    yield {
      code: 'INVALID_URL',
      message: 'Must not have percent-encoding in its host name: decode it.',
    };
  else if (/^\.|\.\./.test(host))
    yield {
      code: 'INVALID_URL',
      message: 'Must not have an empty part in its host name: check the dots.',
    };
  else if (/:0+$/.test(host))
    yield {
      code: 'INVALID_URL',
      message: 'Must not have port 0: nothing can be reached there.',
    };
  else if (/%(?![\da-f]{2})/i.test(value))
    yield {
      code: 'INVALID_URL',
      message:
        'Has a % that is not followed by two hexadecimal digits: write the % sign itself as %25.',
    };
  if (issuer && value.includes('?'))
    yield {
      code: 'INVALID_URL',
      message:
        'Must not have a query (?…): an issuer has none (OpenID Connect Discovery 1.0 section 3).',
    };
  if (!fragment && value.includes('#')) {
    yield {
      code: 'INVALID_URL',
      message: issuer
        ? 'Must not have a fragment (#…): an issuer has none (OpenID Connect Discovery 1.0 section 3).'
        : 'Must not have a fragment (#…), RFC 6749 section 3.1.',
    };
  }
  if (issuer) yield* documentIssues(value);
}

/** The URL of the document about an issuer was given instead of the issuer itself. */
function* documentIssues(value: string): Iterable<RuleIssue> {
  const [document] =
    /\/(?:\.|%2e)well(?:-|%2d)known\/(?:openid(?:-|%2d)configuration|oauth(?:-|%2d)authorization(?:-|%2d)server)(?=[/?#]|$)/i.exec(
      value,
    ) ?? [];
  if (document === undefined) return;
  const meant = value.replace(document, '').replace(/\/$/, '');
  // The only message that repeats a value: a URL with only a host and a path is not a secret.
  const advice = /^[\w.~:/[\]-]{1,255}$/.test(meant) ? `, here probably ${meant}` : '';
  yield {
    code: 'INVALID_URL',
    message: `Must be the issuer, not the URL of its discovery document${advice}. Copy the member issuer of that document exactly: a slash at its end matters.`,
  };
}

/** An absolute http(s) URL, null if the text is not one. `URL` accepts white space, backslashes and missing slashes; other parsers may not. */
function parseHttpUrl(value: string): URL | null {
  return /^https?:\/\/[^/?#]/i.test(value) && !/[\s\\]/.test(value) ? parseUrl(value) : null;
}

/** The part between the scheme and the path, including user name and port. */
function hostOf(url: string): string {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '';
}

/** Names between braces in a URL template, in order. */
export function placeholdersOf(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
}

/** True for a plain-http URL (or template) to another machine: its content can be read on the way. */
export function isCleartext(urlOrTemplate: string): boolean {
  if (!/^http:/i.test(urlOrTemplate)) return false;
  const url = parseHttpUrl(fillPlaceholders(urlOrTemplate));
  return url !== null && !isLoopback(url.hostname);
}

/** True for a host name of this machine. */
export function isLoopback(host: string): boolean {
  const hostname = host.replace(/\.$/, '');
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

/** A template with its placeholders filled: with a path if the placeholder follows the host, as in `https://shop.example.com:8080{2}`, else with a word. */
export function fillPlaceholders(template: string): string {
  return template
    .replace(/^(https?:\/\/[^/?#{}@\s\\]+)(?<!:)\{[^{}]*\}(?=(?:\{[^{}]*\})*(?:[/?#]|$))/i, '$1/x')
    .replaceAll(/\{[^{}]*\}/g, 'x');
}

/** Where Microsoft Entra ID has its issuers and endpoints. */
const ENTRA_HOST =
  /^(?:login\.microsoftonline\.(?:com|us|de)|login\.microsoft\.com|login\.partner\.microsoftonline\.cn|login\.chinacloudapi\.cn|(?:login|sts)\.windows\.net)$/;

/** Path segments that stand for any tenant. */
const MANY_TENANTS = /^(?:common|organizations|consumers|\{tenant_?id\}|\{tenant\})$/i;

/** Whether an issuer serves many tenants: the `iss` of their ID tokens differs from it. */
export function isMultiTenantIssuer(url: string): boolean {
  return tenantIn(url) !== null;
}

/** Whether users of any tenant can sign in at an endpoint. */
export function isMultiTenantEndpoint(url: string): boolean {
  const tenant = tenantIn(url);
  return (
    tenant !== null && (ENTRA_HOST.test(tenant.host) || /^(?:oauth2|v2\.0)$/i.test(tenant.next))
  );
}

/** A quick check before `tenantIn` parses: most URLs do not match. */
const TENANT_HINT = /^https?:\/\/[^/]{1,300}\/{1,300}(?:common|organizations|consumers|\{|%7B)/i;

function tenantIn(url: string): { readonly host: string; readonly next: string } | null {
  if (!TENANT_HINT.test(url)) return null;
  const parsed = parseUrl(url);
  const [, tenant = '', next = ''] =
    parsed?.pathname
      .replaceAll(/%7b/gi, '{')
      .replaceAll(/%7d/gi, '}')
      .replaceAll(/\/+/g, '/')
      .split('/', 3) ?? [];
  return parsed !== null && MANY_TENANTS.test(tenant) ? { host: parsed.hostname, next } : null;
}
