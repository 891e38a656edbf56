import {
  isCleartext,
  fillPlaceholders,
  parseUrl,
  placeholdersOf,
} from '../../../domain/text/url.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import type { ApiClient, Assignments } from '../api-client/translate.ts';
import type { OrderCloudCheckCode } from './codes.ts';
import { notStored } from './not-stored.ts';
import type { StoredSignIn } from './read-stored.ts';

type ClientCheck = Check<OrderCloudCheckCode>;

const PATH = ['orderCloudApiClientId'];

/** The kinds of users, with the elevated role that lets a middleware create them. */
const CREATED_BY = {
  BuyerUserAdmin: 'buyers',
  SupplierUserAdmin: 'suppliers',
  AdminUserAdmin: 'sellers',
} as const;

/** The checks of the API client that people sign in to, and of the app that they get to. */
export function* clientChecks(stored: StoredSignIn): Iterable<ClientCheck> {
  const { client, config } = stored;
  if (client === null)
    yield notPassed('API_CLIENT', 'FAILED', PATH, 'None is stored.', 'Store its ID.');
  else if (client.kind !== 'STORED')
    yield notStored('API_CLIENT', PATH, client, 'ApiClient', {
      status: 'FAILED',
      message: 'The API client does not exist.',
      advice: 'Store the ID of one that exists.',
    });
  else {
    yield activeCheck(client.stored);
    yield accessCheck(client.stored, stored);
  }
  yield startUrlCheck(config.appStartUrl);
  if (client?.kind === 'STORED' && placeholdersOf(config.appStartUrl ?? '').includes('3'))
    yield refreshCheck(client.stored);
}

function activeCheck({ isActive }: ApiClient): ClientCheck {
  if (isActive === true) return passed('API_CLIENT', PATH, 'It exists and is active.');
  return notPassed(
    'API_CLIENT',
    isActive === false ? 'FAILED' : 'UNDECIDED',
    PATH,
    isActive === false
      ? 'The API client is not active, so nobody can sign in to it.'
      : 'OrderCloud does not say whether the API client is active.',
    'Set Active of the API client to true.',
  );
}

/** Companies whose users may use an API client: those of a kind, or those that are assigned. */
function admitted(client: ApiClient, assignments: Assignments | null): string[] {
  const kinds: [string, boolean | null | undefined][] = [
    ['buyers', client.allowsAnyBuyer],
    ['suppliers', client.allowsAnySupplier],
    ['sellers', client.allowsSeller],
    ['buyers', assignments?.hasBuyer],
    ['suppliers', assignments?.hasSupplier],
  ];
  return kinds.filter(([, isAdmitted]) => isAdmitted === true).map(([kind]) => kind);
}

/** The kinds of users that a middleware creates, as far as its elevated roles show. The guide of OrderCloud is about buyers. */
function expected({ event }: StoredSignIn): string[] {
  const roles = event?.kind === 'STORED' ? event.stored.elevatedRoles : [];
  const kinds = Object.entries(CREATED_BY)
    .filter(([role]) => roles.includes(role) || roles.includes('FullAccess'))
    .map(([, kind]) => kind);
  return kinds.length > 0 ? kinds : ['buyers'];
}

function accessCheck(client: ApiClient, stored: StoredSignIn): ClientCheck {
  const code = 'API_CLIENT_ACCESS';
  const path = ['apiClient', 'allowAnyBuyer'];
  const { assignments } = stored;
  const list = assignments?.kind === 'STORED' ? assignments.stored : null;
  const kinds = admitted(client, list);
  const wanted = expected(stored);
  if (kinds.some((kind) => wanted.includes(kind)))
    return passed(
      code,
      path,
      client.allowsAnyBuyer === true
        ? 'Users of any buyer may use it.'
        : `It is for these users only, the assigned ones or all: ${[...new Set(kinds)].join(', ')}. The middleware must sign people in as such users.`,
    );
  const advice =
    'Set AllowAnyBuyer, AllowAnySupplier or AllowSeller of the API client, or assign the company of these users to it.';
  if (assignments !== null && assignments.kind !== 'STORED')
    return notStored(code, path, assignments, 'ApiClient', {
      status: 'UNDECIDED',
      message: 'The assignments of the API client cannot be found.',
      advice,
    });
  if (kinds.length > 0)
    return notPassed(
      code,
      'UNDECIDED',
      path,
      `Only ${kinds.join(' and ')} may use it, but the integration event is for ${wanted.join(' and ')}, as far as its elevated roles show.`,
      advice,
    );
  const isCertain =
    list?.isEmpty === true &&
    client.allowsAnyBuyer === false &&
    client.allowsAnySupplier === false &&
    client.allowsSeller === false;
  return notPassed(
    code,
    isCertain ? 'FAILED' : 'UNDECIDED',
    path,
    isCertain
      ? 'Nobody may use the API client: it allows no kind of users, and no company is assigned to it.'
      : 'OrderCloud does not say who may use the API client.',
    advice,
  );
}

/** Other schemes than http(s) may open an app on the device of the person. */
function startUrlCheck(template: string | null): ClientCheck {
  const code = 'APP_START_URL';
  const path = ['appStartUrl'];
  const url = template === null ? null : parseUrl(fillPlaceholders(template));
  if (template === null || url === null || !/^https?:$/.test(url.protocol))
    return notPassed(
      code,
      url === null ? 'FAILED' : 'UNDECIDED',
      path,
      template === null
        ? 'None is stored.'
        : url === null
          ? 'It is not an absolute URL.'
          : 'It is not an http(s) URL. Whether the browsers of people can open it is not known.',
      'Store the URL of the app that people get to after sign-in.',
    );
  const advice = isCleartext(template) ? 'Tokens go there over plain http: use https.' : null;
  return passed(code, path, 'It is an absolute URL.', advice);
}

/** Without a refresh token, people sign in all the same. Whether the app works is not known. */
function refreshCheck({ accessTokenMinutes, refreshTokenMinutes }: ApiClient): ClientCheck {
  const code = 'REFRESH_TOKEN';
  const path = ['apiClient', 'refreshTokenDuration'];
  if (refreshTokenMinutes === null || refreshTokenMinutes <= 0)
    return notPassed(
      code,
      'UNDECIDED',
      path,
      refreshTokenMinutes === null
        ? 'OrderCloud does not say whether the API client has refresh tokens.'
        : 'The API client has no refresh tokens: people sign in, but nothing is put into {3} of appStartUrl. Whether the app works without is not known.',
      'Set RefreshTokenDuration of the API client to more minutes than AccessTokenDuration, or remove {3}.',
    );
  if (accessTokenMinutes !== null && refreshTokenMinutes <= accessTokenMinutes)
    return passed(
      code,
      path,
      'It is put into {3}, but does not live longer than the access token.',
      'Set RefreshTokenDuration of the API client to more minutes than AccessTokenDuration.',
    );
  return passed(code, path, 'It is put into {3}.');
}
