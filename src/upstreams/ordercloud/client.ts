import type { Operation } from '../../transport/answer.ts';
import type { OpenIdConnectDraft, OpenIdConnectKey } from './input.ts';
import { differences, FIELD_NAMES, fromWire, toWire } from './mapping.ts';
import type { OpenIdConnect } from './mapping.ts';
import { openIdConnect } from './wire.ts';
import type { WireOpenIdConnect } from './wire.ts';

const RESOURCE = 'OpenIdConnect';

/** `POST /openidconnects`. Not repeatable: a second one creates a second object, or conflicts with the first. */
export const createOpenIdConnect: Operation<OpenIdConnectDraft, WireOpenIdConnect, OpenIdConnect> = {
  name: 'createOpenIdConnect',
  purpose: 'create the OpenID Connect configuration',
  effect: 'write',
  repeatable: false,
  fields: Object.values(FIELD_NAMES),
  request: (draft) => ({ method: 'POST', path: '/openidconnects', body: { ...toWire(draft) } }),
  response: openIdConnect,
  result: fromWire,
  readBack: (draft, read) =>
    draft.id === undefined ? null : read(getOpenIdConnect, { id: draft.id }).then((found) => ({ found, differences: differences(draft, found) })),
  subject: ({ id }) => ({ resource: RESOURCE, id: id ?? null }),
  needs: () => ({
    resource: 'API client or integration event',
    id: null,
    advice: 'Check orderCloudApiClientId and integrationEventId: both must exist before the configuration.',
  }),
  verifyWith: ({ id }) =>
    id === undefined
      ? '# The create had no id, so it cannot be looked up by one: search the OpenID Connects in the OrderCloud portal.\nquery { __typename }'
      : `query { openIdConnect(id: ${JSON.stringify(id)}) { __typename ... on OpenIdConnectSuccess { openIdConnect { id orderCloudApiClientId connectClientId appStartUrl authorizationEndpoint tokenEndpoint } } ... on OidcError { code message } } }`,
};

/** `GET /openidconnects/{id}`. */
export const getOpenIdConnect: Operation<OpenIdConnectKey, WireOpenIdConnect, OpenIdConnect> = {
  name: 'getOpenIdConnect',
  purpose: 'read the OpenID Connect configuration',
  effect: 'read',
  repeatable: true,
  fields: ['id'],
  request: ({ id }) => ({ method: 'GET', path: `/openidconnects/${encodeURIComponent(id)}` }),
  response: openIdConnect,
  result: fromWire,
  subject: ({ id }) => ({ resource: RESOURCE, id }),
};
