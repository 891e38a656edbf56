import { randomUUID } from 'node:crypto';
import type {
  EmulatorRequest,
  EmulatorResponse,
  EmulatorRoute,
} from '../../../../transport/emulator/emulator.ts';
import { SignInFailed, quoted } from '../../../../transport/emulator/sign-in/failed.ts';
import { failurePage, redirectTo } from '../../../../transport/emulator/sign-in/page.ts';
import { PendingSignIns } from '../../../../transport/emulator/sign-in/pending.ts';
import { admitsBuyer, API_CLIENTS } from '../api-clients.ts';
import type { ApiClient } from '../api-clients.ts';
import type { Configurations } from '../configurations.ts';
import { refused } from '../error-bodies.ts';
import type { Configuration } from '../model.ts';
import { issueUserToken } from '../oauth.ts';
import { userOf } from './events.ts';
import { middlewareRoutes } from './middleware.ts';
import { filled } from './template.ts';
import { redeem } from './tokens.ts';
import { Users } from './users.ts';

/** Where the provider sends people back to, below the emulator's URL. */
export const REDIRECT_PATH = '/ocrpcode';
const SCOPES = ['openid', 'profile', 'email'];

/** What is remembered while somebody is at the provider. */
interface Started {
  readonly id: string;
  /** Empty: all that the user has. */
  readonly roles: readonly string[];
  readonly appStartPath: string;
}

/** Sign-in through the stored configurations, as a relying party of the OpenID Provider that they name. */
export function signInRoutes(configurations: Configurations): EmulatorRoute[] {
  const pending = new PendingSignIns<Started>();
  const users = new Users();

  function login({ target, origin }: EmulatorRequest): EmulatorResponse {
    const query = new URL(target, origin).searchParams;
    const configuration = configurations.get(query.get('id') ?? '');
    const cid = query.get('cid') ?? '';
    if (cid !== configuration['OrderCloudApiClientID'])
      throw refused(400, 'ApiClient.InvalidClientID', 'cid is not that of the configuration.');
    const endpoint = parsed(configuration['AuthorizationEndpoint']);
    if (!endpoint) return ended(configuration, 'the authorization endpoint is not a URL');
    const state = pending.start({
      id: configuration.ID,
      roles: (query.get('roles') ?? '').split(' ').filter(Boolean),
      appStartPath: query.get('appstartpath') ?? '',
    });
    const additional = configuration['AdditionalIdpScopes'] as readonly string[]; // as stored
    const custom = query.getAll('customParams').flatMap((each) => [...new URLSearchParams(each)]);
    const parameters = {
      ...Object.fromEntries(custom),
      response_type: 'code',
      client_id: String(configuration['ConnectClientID']),
      redirect_uri: origin + REDIRECT_PATH,
      scope: [...SCOPES, ...additional].join(' '),
      state,
    };
    for (const [name, value] of Object.entries(parameters)) endpoint.searchParams.set(name, value);
    return redirectTo(endpoint.href);
  }

  async function callback(parameters: URLSearchParams, origin: string): Promise<EmulatorResponse> {
    const started = pending.take(parameters.get('state') ?? '');
    if (!started) return failurePage('This sign-in is unknown, too old, or was finished before.');
    const configuration = configurations.get(started.id);
    try {
      return await finish(configuration, started, parameters, origin);
    } catch (error) {
      if (!(error instanceof SignInFailed)) throw error;
      return ended(configuration, error.message);
    }
  }

  async function finish(
    configuration: Configuration,
    { roles, appStartPath }: Started,
    parameters: URLSearchParams,
    origin: string,
  ): Promise<EmulatorResponse> {
    const code = parameters.get('code');
    if (code === null) throw new SignInFailed(providerError(parameters));
    const tokens = await redeem(configuration, code, origin + REDIRECT_PATH);
    const user = await userOf(configuration, tokens, users, origin);
    const client = usable(API_CLIENTS.get(configuration['OrderCloudApiClientID']));
    const granted = user.AvailableRoles.filter(
      (role) => roles.length === 0 || roles.includes(role),
    );
    const token = issueUserToken(
      { usr: user.Username, usrtype: 'buyer', minutes: client.AccessTokenDuration },
      granted,
    );
    const refreshToken = client.RefreshTokenDuration > 0 ? randomUUID() : '';
    const values = [token, tokens.accessToken, appStartPath, refreshToken, tokens.refreshToken];
    return redirectTo(filled(String(configuration['AppStartUrl']), values));
  }

  return [
    { method: 'GET', path: '/ocrplogin', handle: login },
    {
      method: 'GET',
      path: REDIRECT_PATH,
      handle: ({ target, origin }) => callback(new URL(target, origin).searchParams, origin),
    },
    {
      method: 'POST',
      path: REDIRECT_PATH,
      handle: ({ body, origin }) => callback(new URLSearchParams(body), origin),
    },
    ...middlewareRoutes,
  ];
}

function parsed(url: unknown): URL | undefined {
  try {
    return new URL(String(url));
  } catch {
    return undefined;
  }
}

/** Sends the person to `CustomErrorUrl`, or shows the reason if there is none. */
function ended({ CustomErrorUrl }: Configuration, reason: string): EmulatorResponse {
  if (typeof CustomErrorUrl !== 'string') return failurePage(reason);
  return redirectTo(filled(CustomErrorUrl, [reason]));
}

function providerError(parameters: URLSearchParams): string {
  const [error, description] = [parameters.get('error'), parameters.get('error_description')];
  if (error === null) return 'the provider sent no code';
  return quoted(description === null ? error : `${error}: ${description}`);
}

/** An API client that this user may use. */
function usable(client: ApiClient | undefined): ApiClient {
  if (!client?.Active) throw new SignInFailed('the API client is not active');
  if (!admitsBuyer(client)) throw new SignInFailed('the API client does not allow this user');
  return client;
}
