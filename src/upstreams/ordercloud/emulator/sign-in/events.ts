import { SignInFailed, quoted } from '../../../../transport/emulator/sign-in/failed.ts';
import { callLoopback } from '../../../../transport/emulator/sign-in/loopback.ts';
import { CUSTOM_AUTH_VALUE, EVENTS, middlewareUrl } from '../integration-events.ts';
import type { IntegrationEvent } from '../integration-events.ts';
import type { Configuration } from '../model.ts';
import { issueUserToken } from '../oauth.ts';
import { hashOf } from './middleware.ts';
import type { ProviderTokens } from './tokens.ts';
import type { User, Users } from './users.ts';

/**
 * The user who signs in. Identities of a provider are linked to user names: one without a link is taken to the event
 * `createuser`, or without an event to the user whose user name or ID is the e-mail address.
 * @throws SignInFailed
 */
export async function userOf(
  configuration: Configuration,
  tokens: ProviderTokens,
  users: Users,
  origin: string,
): Promise<User> {
  const identity = { configurationId: configuration.ID, subject: String(tokens.claims['sub']) };
  const linked = users.linkedTo(identity);
  const event = EVENTS.get(configuration['IntegrationEventID']);
  const call = { configuration, tokens, origin };
  if (linked) {
    if (event && configuration['CallSyncUserIntegrationEvent'] === true)
      await callEvent('syncuser', event, { ...call, user: linked });
    return linked;
  }
  const user = event
    ? users.named(await callEvent('createuser', event, { ...call, user: null }))
    : existing(users, tokens.claims['email']);
  users.link(identity, user);
  return user;
}

function existing(users: Users, email: unknown): User {
  const user = users.find(String(email));
  if (!user) throw new SignInFailed('no user has this e-mail address, and no event creates one');
  return user;
}

interface EventCall {
  readonly configuration: Configuration;
  readonly tokens: ProviderTokens;
  readonly origin: string;
  readonly user: User | null;
}

/** Calls the middleware. @returns the user name in its response, empty from `syncuser` */
async function callEvent(
  action: 'createuser' | 'syncuser',
  event: IntegrationEvent,
  { configuration, tokens, origin, user }: EventCall,
): Promise<string> {
  const url = middlewareUrl(event, origin);
  if (url === null) throw new SignInFailed('the integration event has no CustomImplementationUrl');
  const elevated = event.ElevatedRoles;
  const body = JSON.stringify({
    ExistingUser: user,
    OpenIdConnect: configuration,
    TokenResponse: { id_token: tokens.idToken, access_token: tokens.accessToken },
    Environment: 'Sandbox',
    OrderCloudAccessToken:
      elevated.length > 0
        ? issueUserToken({ usr: 'integration-event', usrtype: 'seller', minutes: 10 }, elevated)
        : null,
    ConfigData: event.ConfigData,
  });
  const { status, json } = await callLoopback(
    'the middleware of the integration event',
    url + '/' + action,
    {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(event.HashKey === null ? {} : { 'X-oc-hash': hashOf(body, event.HashKey) }),
        ...(event.CustomAuthHeaderName === null
          ? {}
          : { [event.CustomAuthHeaderName]: CUSTOM_AUTH_VALUE }),
      },
      body,
    },
  );
  // IntegrationEvent.BadRequest among the platform's error codes.
  if (status !== 200 || json === undefined)
    throw new SignInFailed(`the middleware of the integration event responded with ${status}`);
  const { ErrorMessage, Username } = json;
  if (typeof ErrorMessage === 'string' && ErrorMessage !== '')
    throw new SignInFailed(quoted(ErrorMessage));
  if (action === 'syncuser') return '';
  if (typeof Username !== 'string' || Username === '')
    throw new SignInFailed('the middleware of the integration event named no user');
  return Username;
}
