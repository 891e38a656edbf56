import type { StartEmulator } from '../../../transport/emulator/emulator.ts';
import { runEmulator } from '../../../transport/emulator/run-emulator.ts';
import { API_CLIENTS, apiClientRoutes, SHOP } from './api-clients.ts';
import { openConfigurations } from './configurations.ts';
import { errorResponse } from './error-bodies.ts';
import { EVENTS, eventRoutes } from './integration-events.ts';
import { listPage } from './list.ts';
import { readFields } from './model.ts';
import {
  authorize,
  issueToken,
  OAUTH_CLIENT,
  OAUTH_USER,
  READ_ROLES,
  TOKENS,
  WRITE_ROLES,
} from './oauth.ts';
import { REDIRECT_PATH, signInRoutes } from './sign-in/routes.ts';
import { EXISTING_USER } from './sign-in/users.ts';

const EVENT_ID = 'oidc-sync';
const OTHER_EVENT_ID = 'order-checkout';
const EXISTING_ID = 'example-existing';

const COLLECTION = '/v1/openidconnects';
const ONE = `${COLLECTION}/:id`;

/** An emulated OrderCloud with several API clients and integration events, and one configuration. */
export const startEmulator: StartEmulator = (options = {}) => {
  const { provider } = options;
  const configurations = openConfigurations({
    apiClients: new Set(API_CLIENTS.keys()),
    events: EVENTS,
  });
  configurations.create({
    ID: EXISTING_ID,
    OrderCloudApiClientID: SHOP,
    ConnectClientID: provider?.clientId ?? 'existing-app',
    ConnectClientSecret: provider?.clientSecret ?? 'existing-app-secret',
    AppStartUrl: `${provider?.appUrl ?? 'https://shop.example.com/start'}?token={0}&path={2}`,
    CustomErrorUrl: provider ? `${provider.appUrl}?error={0}` : null,
    AuthorizationEndpoint: provider?.authorizationEndpoint ?? 'https://idp.example.com/authorize',
    TokenEndpoint: provider?.tokenEndpoint ?? 'https://idp.example.com/token',
    UrlEncoded: provider !== undefined,
    IntegrationEventID: EVENT_ID,
  });

  return runEmulator(
    {
      // An empty region overrides one that is set.
      environment: (url) => ({
        ORDERCLOUD_API_URL: `${url}/v1`,
        ORDERCLOUD_REGION: '',
        ORDERCLOUD_ENVIRONMENT: '',
      }),
      redirectUris: (url) => [url + REDIRECT_PATH],
      exampleHeaders: { 'X-OrderCloud-Authorization': `Bearer ${TOKENS.checker}` },
      notes: [
        ...Object.entries(TOKENS).map(([who, value]) => ({ label: `token (${who})`, value })),
        { label: 'OAuth client id', value: OAUTH_CLIENT.id },
        { label: 'OAuth client secret', value: OAUTH_CLIENT.secret },
        { label: 'OAuth user name', value: OAUTH_USER.name },
        { label: 'OAuth password', value: OAUTH_USER.password },
        { label: 'API client', value: SHOP },
        { label: 'integration event', value: EVENT_ID },
        { label: 'integration event of another type', value: OTHER_EVENT_ID },
        { label: 'existing configuration', value: EXISTING_ID },
        { label: 'existing buyer user', value: EXISTING_USER },
      ],
      errorResponse,
      routes: [
        { method: 'POST', path: '/oauth/token', handle: issueToken },
        ...signInRoutes(configurations),
        ...apiClientRoutes,
        ...eventRoutes,
        {
          method: 'GET',
          path: COLLECTION,
          handle(request) {
            authorize(request, READ_ROLES);
            const { searchParams } = new URL(request.target, 'http://emulator');
            return { status: 200, body: listPage(configurations.all(), searchParams) };
          },
        },
        {
          method: 'POST',
          path: COLLECTION,
          handle(request) {
            authorize(request, WRITE_ROLES);
            const configuration = configurations.create(readFields(request));
            const Location = `${COLLECTION}/${encodeURIComponent(configuration.ID)}`;
            return { status: 201, body: configuration, headers: { Location } };
          },
        },
        {
          method: 'GET',
          path: ONE,
          handle(request, id) {
            authorize(request, READ_ROLES);
            return { status: 200, body: configurations.get(id) };
          },
        },
        {
          method: 'PUT',
          path: ONE,
          handle(request, id) {
            authorize(request, WRITE_ROLES);
            return { status: 200, body: configurations.save(id, readFields(request)) };
          },
        },
        {
          method: 'PATCH',
          path: ONE,
          handle(request, id) {
            authorize(request, WRITE_ROLES);
            return { status: 200, body: configurations.patch(id, readFields(request)) };
          },
        },
        {
          method: 'DELETE',
          path: ONE,
          handle(request, id) {
            authorize(request, WRITE_ROLES);
            configurations.remove(id);
            return { status: 204 };
          },
        },
      ],
    },
    options,
  );
};
