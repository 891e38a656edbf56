import { randomBytes } from 'node:crypto';
import type {
  EmulatorRequest,
  EmulatorResponse,
  EmulatorRoute,
} from '../../../../transport/emulator/emulator.ts';
import { SignInFailed, quoted } from '../../../../transport/emulator/sign-in/failed.ts';
import {
  escaped,
  failurePage,
  page,
  redirectTo,
} from '../../../../transport/emulator/sign-in/page.ts';
import { PendingSignIns } from '../../../../transport/emulator/sign-in/pending.ts';
import type { Account } from '../account.ts';
import { DOMAIN } from '../auth.ts';
import { accept, usable } from './relying-party.ts';

/** Where the provider sends people back to, by response mode, below the emulator's URL. */
const REDIRECT_PATHS = { fragment: '/authui/oidc/redirect', form_post: '/authui/oidc/post' };

/** What a provider has to know of the emulator at this URL. */
export function redirectUris(url: string): string[] {
  return Object.values(REDIRECT_PATHS).map((path) => url + path);
}

/** What is remembered while somebody is at the provider. */
interface Started {
  readonly idp: string;
  readonly nonce: string;
}

/** A page that sends the parameters in its fragment, which only the browser knows, to the same path. */
const FRAGMENT_PAGE = page(
  200,
  'Signing in',
  `<form method="post" action="${REDIRECT_PATHS.fragment}"></form><script>
for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
  document.forms[0].append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
}
document.forms[0].submit();
</script>`,
);

/** Sign-in to the console, as a relying party of the OpenID Provider that is stored. */
export function consoleRoutes(account: Account): EmulatorRoute[] {
  const pending = new PendingSignIns<Started>();

  function start({ target, origin }: EmulatorRequest): EmulatorResponse {
    const query = new URL(target, origin).searchParams;
    if (query.get('domain_id') !== DOMAIN.id) throw new SignInFailed('there is no such account');
    if (query.get('protocol') !== 'oidc') throw new SignInFailed('the protocol is not oidc');
    const idp = query.get('idp') ?? '';
    const { config } = usable(account, account.providers.get(idp));
    if (config['access_mode'] !== 'program_console')
      throw new SignInFailed('the configuration is for programmatic access only');
    const endpoint = parsed(config['authorization_endpoint']);
    const nonce = randomBytes(16).toString('base64url');
    const mode = config['response_mode'] === 'fragment' ? 'fragment' : 'form_post';
    const parameters = {
      response_type: 'id_token',
      response_mode: mode,
      client_id: String(config['client_id']),
      redirect_uri: origin + REDIRECT_PATHS[mode],
      scope: String(config['scope']),
      state: pending.start({ idp, nonce }),
      nonce,
    };
    for (const [name, value] of Object.entries(parameters)) endpoint.searchParams.set(name, value);
    return redirectTo(endpoint.href);
  }

  function finish({ body }: EmulatorRequest): EmulatorResponse {
    const parameters = new URLSearchParams(body);
    const started = pending.take(parameters.get('state') ?? '');
    if (!started) throw new SignInFailed('it is unknown, too old, or was finished before');
    const token = parameters.get('id_token');
    if (token === null) throw new SignInFailed(providerError(parameters));
    const user = accept(usable(account, account.providers.get(started.idp)), token, started.nonce);
    const groups = user.groups.map(({ name }) => `<li>${escaped(name)}</li>`).join('');
    return page(
      200,
      'Signed in',
      `<p>User: <b>${escaped(user.name)}</b></p><p>Groups:</p><ul>${groups}</ul>`,
    );
  }

  return [
    { method: 'GET', path: '/authui/federation/websso', handle: explained(start) },
    { method: 'GET', path: REDIRECT_PATHS.fragment, handle: () => FRAGMENT_PAGE },
    ...Object.values(REDIRECT_PATHS).map((path) => ({
      method: 'POST',
      path,
      handle: explained(finish),
    })),
  ];
}

/** Shows a failed sign-in as a page. */
function explained(
  handle: (request: EmulatorRequest) => EmulatorResponse,
): (request: EmulatorRequest) => EmulatorResponse {
  return (request) => {
    try {
      return handle(request);
    } catch (error) {
      if (error instanceof SignInFailed) return failurePage(error.message);
      throw error;
    }
  };
}

function parsed(url: unknown): URL {
  try {
    return new URL(String(url));
  } catch {
    throw new SignInFailed('the authorization endpoint is not a URL');
  }
}

function providerError(parameters: URLSearchParams): string {
  const [error, description] = [parameters.get('error'), parameters.get('error_description')];
  if (error === null) return 'the provider sent no ID token';
  return quoted(description === null ? error : `${error}: ${description}`);
}
