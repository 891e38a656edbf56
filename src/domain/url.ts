import type { RuleIssue } from './parse.ts';

/**
 * An absolute URL, null where the text is none. Not `URL.canParse`: once Node.js 20 has optimised its callers, it
 * refuses good URLs with letters such as `ü`, whose single bytes it takes for UTF-8.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

/** What is allowed in a URL beside what every URL may have. */
export interface UrlRules {
  readonly fragment?: boolean;
  /** Whether it is an issuer (OpenID Connect Discovery 1.0 section 2), which people mix up with the URL of its document. */
  readonly issuer?: boolean;
}

/** What was to be replaced, in the forms of documentation and of templates: `{x}`, `${x}`, `<x>`, also percent-encoded, and `$(x)`. */
const LEFT_IN = /[{}<>]|%(?:7B|7D|3C|3E)|\$\([A-Za-z_][\w.-]*\)/i;

/** Whether a URL still holds what stands for a value, and not the value. */
export function hasPlaceholder(url: string): boolean {
  return LEFT_IN.test(url);
}

/** What is wrong with an absolute http(s) URL, other than placeholders that were left in. */
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
  // The brackets of an IPv6 address are the only ones that a URL may have.
  const rest = value.replace(/^(https?:\/\/)\[[\da-f:.]*\]/i, '$1');
  if (/[^\w.~!$&'()*+,;=:@%/?#{}<>-]/.test(rest) && !/[\p{Cc}\p{Cf}\p{Cs}]/u.test(value)) {
    yield {
      code: 'INVALID_CHARACTER',
      message:
        'May only have the characters of RFC 3986: write a host name in punycode (xn--…), and percent-encode other letters and signs.',
    };
  }
  if (host.includes('@'))
    yield { code: 'INVALID_URL', message: 'Must not hold a user name or password.' };
  else if (host.includes('%'))
    yield {
      code: 'INVALID_URL',
      message: 'Must not have a percent-encoding in its host name: write it out.',
    };
  else if (/^\.|\.\./.test(host))
    yield {
      code: 'INVALID_URL',
      message: 'Must not have an empty part in its host name: check the dots.',
    };
  else if (/:0+$/.test(host))
    yield {
      code: 'INVALID_URL',
      message: 'Must not have the port 0, at which nothing can be reached.',
    };
  else if (/%(?![\da-f]{2})/i.test(value))
    yield {
      code: 'INVALID_URL',
      message: 'Has a % that is not followed by two hexadecimal digits; the sign itself is %25.',
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

/** The URL of the document about an issuer, where the issuer itself belongs. */
function* documentIssues(value: string): Iterable<RuleIssue> {
  const [document] =
    /\/(?:\.|%2e)well(?:-|%2d)known\/(?:openid(?:-|%2d)configuration|oauth(?:-|%2d)authorization(?:-|%2d)server)(?=[/?#]|$)/i.exec(
      value,
    ) ?? [];
  if (document === undefined) return;
  const meant = value.replace(document, '').replace(/\/$/, '');
  // The one place that repeats a value: a URL that has only a host and a path is not a secret.
  const advice = /^[\w.~:/[\]-]{1,255}$/.test(meant) ? `, here probably ${meant}` : '';
  yield {
    code: 'INVALID_URL',
    message: `Must be the issuer, not the URL of the document about it${advice}. Take the member issuer of that document as it is: a slash at its end matters.`,
  };
}

/** The URL parser forgives white space, backslashes and missing slashes; the browsers and servers to come may not. */
export function parseHttpUrl(value: string): URL | null {
  return /^https?:\/\/[^/?#]/i.test(value) && !/[\s\\]/.test(value) ? parseUrl(value) : null;
}

/** What stands between the scheme and the path, user name and port included. */
function hostOf(url: string): string {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1] ?? '';
}

/** Where Microsoft Entra ID has its issuers and endpoints. */
const ENTRA_HOST =
  /^(?:login\.microsoftonline\.(?:com|us|de)|login\.microsoft\.com|login\.partner\.microsoftonline\.cn|login\.chinacloudapi\.cn|(?:login|sts)\.windows\.net)$/;

/** What stands there instead of a tenant. */
const MANY_TENANTS = /^(?:common|organizations|consumers|\{tenant_?id\}|\{tenant\})$/i;

/** Whether an issuer is not a tenant's own: the `iss` of ID tokens is another one then. */
export function isMultiTenantIssuer(url: string): boolean {
  return tenantIn(url) !== null;
}

/** Whether people of any tenant can sign in at an endpoint. */
export function isMultiTenantEndpoint(url: string): boolean {
  const tenant = tenantIn(url);
  return (
    tenant !== null && (ENTRA_HOST.test(tenant.host) || /^(?:oauth2|v2\.0)$/i.test(tenant.next))
  );
}

/** What a URL has that `tenantIn` looks for, so that most need not be parsed. */
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
