import type { Provider } from 'oidc-provider';
import type { ProviderUser } from './example.ts';

type Middleware = Parameters<Provider['use']>[0];

/** A page with a button for each user, and one to decline. */
export function loginPages(provider: Provider, users: readonly ProviderUser[]): Middleware {
  return async (context, next) => {
    const [, uid] = /^\/interaction\/([\w-]+)$/.exec(context.path) ?? [];
    if (uid === undefined) {
      await next();
      return;
    }
    await provider.interactionDetails(context.req, context.res);
    if (context.method === 'GET') {
      context.type = 'html';
      context.set('Cache-Control', 'no-store');
      context.body = loginPage(uid, users);
      return;
    }
    const chosen = new URLSearchParams(context.querystring).get('user') ?? '';
    const result = users.some(({ sub }) => sub === chosen)
      ? { login: { accountId: chosen } }
      : { error: 'access_denied', error_description: 'The sign-in was declined.' };
    context.respond = false;
    await provider.interactionFinished(context.req, context.res, result);
  };
}

function loginPage(uid: string, users: readonly ProviderUser[]): string {
  const form = (user: string, label: string) =>
    `<form method="post" action="/interaction/${uid}?user=${encodeURIComponent(user)}"><button>${escaped(label)}</button></form>`;
  const forms = [...users.map(({ sub }) => form(sub, `Sign in as ${sub}`)), form('', 'Decline')];
  const note = '<p>For development on this machine. There are no passwords.</p>';
  return htmlPage('Example OpenID Provider', note + forms.join(''));
}

/** What an app would get. */
export const examplePage: Middleware = async (context, next) => {
  if (context.path !== '/example-app') {
    await next();
    return;
  }
  const got = [...new URLSearchParams(context.querystring)].map(
    ([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`,
  );
  context.type = 'html';
  context.set('Cache-Control', 'no-store');
  context.body = htmlPage(
    'Example app',
    `<p>The sign-in ended here, with:</p><dl>${got.join('')}</dl>`,
  );
};

export function htmlPage(title: string, body: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head><body><h1>${escaped(title)}</h1>${body}</body></html>`;
}

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
