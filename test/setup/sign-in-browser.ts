/** Where a browser ends up. */
export interface Landing {
  readonly url: string;
  /** Undefined if the URL is beyond this machine, where the browser does not go. */
  readonly status: number | undefined;
  readonly text: string;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
}

interface Navigation {
  readonly url: URL;
  readonly form?: URLSearchParams;
}

interface Form {
  readonly action: string;
  readonly values: URLSearchParams;
  readonly label: string;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost']);

/** More steps than any sign-in takes. */
const MAX_STEPS = 20;

/**
 * Does what a browser does at a sign-in: follows redirects, keeps cookies, sends forms that send themselves and fragments
 * that a page asks for, and chooses a user at the provider. It does not leave this machine.
 * @param button the button to press on the provider's page
 */
export async function browse(link: string, button = 'Sign in as ada'): Promise<Landing> {
  const cookies: Cookie[] = [];
  let next: Navigation = { url: new URL(link) };
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { url } = next;
    if (!LOOPBACK.has(url.hostname)) return { url: url.href, status: undefined, text: '' };
    const response = await load(next, cookies);
    const text = await response.text();
    const follow = following(url, response, text, button);
    if (!follow) return { url: url.href, status: response.status, text };
    next = follow;
  }
  throw new Error(`more than ${MAX_STEPS} steps from ${link}`);
}

async function load({ url, form }: Navigation, cookies: Cookie[]): Promise<Response> {
  const sent = cookies.filter(
    ({ host, path }) =>
      host === url.hostname && `${url.pathname}/`.startsWith(path.replace(/\/?$/, '/')),
  );
  const response = await fetch(url, {
    method: form ? 'POST' : 'GET',
    body: form ?? null,
    redirect: 'manual',
    headers: { Cookie: sent.map(({ name, value }) => `${name}=${value}`).join('; ') },
  });
  for (const line of response.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const [, path = '/'] = /;\s*path=([^;]+)/i.exec(line) ?? [];
    const known = cookies.findIndex((each) => each.name === name && each.path === path);
    if (known !== -1) cookies.splice(known, 1);
    if (value !== '') cookies.push({ name, value, path, host: url.hostname });
  }
  return response;
}

function following(
  url: URL,
  response: Response,
  text: string,
  button: string,
): Navigation | undefined {
  const location = response.headers.get('location');
  if (location !== null) {
    const target = new URL(location, url);
    // A fragment survives a redirect that has none of its own (RFC 9110 section 10.2.2).
    if (target.hash === '') target.hash = url.hash;
    return { url: target };
  }
  const forms = formsIn(text);
  const pressed =
    forms.find(({ label }) => label === button) ?? forms.find(() => /\.submit\(\)/.test(text));
  if (!pressed) return undefined;
  // The page of a redirect URI that gets a fragment puts its parameters into the form.
  if (text.includes('location.hash')) {
    for (const [name, value] of new URLSearchParams(url.hash.slice(1)))
      pressed.values.append(name, value);
  }
  return { url: new URL(pressed.action, url), form: pressed.values };
}

function formsIn(text: string): Form[] {
  return [...text.matchAll(/<form method="post" action="([^"]*)">(.*?)<\/form>/gs)].map(
    ([, action = '', content = '']) => ({
      action: unescaped(action),
      values: new URLSearchParams(
        [...content.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"\/>/g)].map(
          ([, name = '', value = '']) => [name, unescaped(value)],
        ),
      ),
      label: /<button>([^<]*)</.exec(content)?.[1] ?? '',
    }),
  );
}

function unescaped(text: string): string {
  return text
    .replace(/&quot;/g, '"')
    .replace(/&#x27;|&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}
