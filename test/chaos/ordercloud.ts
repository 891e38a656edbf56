import type { Ledger, Stored } from './ledger.ts';
import { objectIn } from './model.ts';
import type { Incoming, Model, Response, Verdict } from './model.ts';

/* OpenIdConnects of Sitecore OrderCloud, in memory, as its documentation has them. */

const COLLECTION = '/v1/openidconnects';
const FIELDS = [
  'ID',
  'OrderCloudApiClientID',
  'ConnectClientID',
  'ConnectClientSecret',
  'AppStartUrl',
  'AuthorizationEndpoint',
  'TokenEndpoint',
  'UrlEncoded',
  'IntegrationEventID',
  'CallSyncUserIntegrationEvent',
  'AdditionalIdpScopes',
  'CustomErrorUrl',
];
const REQUIRED = FIELDS.slice(1, 7);
const DEFAULTS = {
  UrlEncoded: false,
  IntegrationEventID: null,
  CallSyncUserIntegrationEvent: false,
  IntegrationEventName: null,
  AdditionalIdpScopes: [],
  CustomErrorUrl: null,
};
const STRANGER = {
  ...DEFAULTS,
  ID: 'stranger',
  OrderCloudApiClientID: 'stranger-client',
  ConnectClientID: 'mark-0-0',
  ConnectClientSecret: 'CANARY-of-a-stranger',
  AppStartUrl: 'https://stranger.example.com/{0}',
  AuthorizationEndpoint: 'https://stranger.example.com/authorize',
  TokenEndpoint: 'https://stranger.example.com/token',
};

const error = (status: number, code: string, message: string, data: unknown = null): Response => ({
  status,
  body: { Errors: [{ ErrorCode: code, Message: message, Data: data }] },
});
const refuse = (response: Response): Verdict => ({ ...response, changes: [] });
const done = (status: number, key: string, value: Stored): Verdict => ({
  status,
  body: value,
  changes: [{ key, value }],
});
const known = (body: Stored) =>
  Object.fromEntries(
    Object.entries(body).filter(([name, value]) => FIELDS.includes(name) && value !== undefined),
  );
const without = (body: Stored) =>
  Object.fromEntries(Object.entries(known(body)).filter(([, value]) => value !== null));

function judge({ method, path, headers, body }: Incoming, ledger: Ledger): Verdict {
  if (!String(headers['authorization']).startsWith('Bearer CANARY-oc-'))
    return refuse(error(401, 'InvalidToken', 'Access token is invalid or expired.'));
  const id = idIn(path);
  if (id === null) return method === 'GET' ? list(ledger) : create(body ?? {}, ledger);
  const key = `oc/${id}`;
  const stored = ledger.get(key);
  if (method === 'PUT') return save(id, body ?? {}, ledger);
  if (stored === undefined)
    return refuse(
      error(404, 'NotFound', 'Object not found.', { ObjectType: 'OpenIdConnect', ObjectID: id }),
    );
  if (method === 'GET') return { status: 200, body: stored, changes: [] };
  if (method === 'DELETE') return { status: 204, changes: [{ key }] };
  const changed = {
    ...stored,
    ...known(body ?? {}),
    ...Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => body?.[name] === null)),
  };
  return move(id, changed, ledger);
}

function list(ledger: Ledger): Verdict {
  const items = ledger.list('oc/').map(([, value]) => value);
  const shown = items.slice(0, 20);
  return {
    status: 200,
    body: {
      Meta: {
        Page: 1,
        PageSize: 20,
        TotalCount: items.length,
        TotalPages: Math.ceil(items.length / 20),
        ItemRange: [1, shown.length],
        NextPageKey: null,
      },
      Items: shown,
    },
    changes: [],
  };
}

function create(body: Stored, ledger: Ledger): Verdict {
  const id = typeof body['ID'] === 'string' ? body['ID'] : `made-${ledger.applications.length}`;
  const key = `oc/${id}`;
  if (REQUIRED.some((name) => typeof body[name] !== 'string'))
    return refuse(error(400, 'ValidationFailure', 'Model or property was invalid'));
  if (ledger.get(key) !== undefined)
    return refuse(error(409, 'IdExists', 'Object already exists.', { ObjectID: id }));
  return done(201, key, { ...DEFAULTS, ...without(body), ID: id });
}

function save(id: string, body: Stored, ledger: Ledger): Verdict {
  if (REQUIRED.some((name) => typeof body[name] !== 'string'))
    return refuse(error(400, 'ValidationFailure', 'Model or property was invalid'));
  return move(id, { ...DEFAULTS, ID: id, ...without(body) }, ledger);
}

/** Stores under the ID in the body, which may be another one. */
function move(from: string, value: Stored, ledger: Ledger): Verdict {
  const key = `oc/${String(value['ID'])}`;
  if (key === `oc/${from}`) return done(200, key, value);
  if (ledger.get(key) !== undefined)
    return refuse(error(409, 'IdExists', 'Object already exists.'));
  return { status: 200, body: value, changes: [{ key: `oc/${from}` }, { key, value }] };
}

function idIn(path: string): string | null {
  return path.startsWith(`${COLLECTION}/`)
    ? decodeURIComponent(path.slice(COLLECTION.length + 1))
    : null;
}

export const ordercloud: Model = {
  judge,
  keyOf: (path) => {
    const id = idIn(path);
    return id === null ? null : `oc/${id}`;
  },
  refusals: {
    throttled: error(429, 'Api.Throttled', 'Too many requests.'),
    expired: error(401, 'InvalidToken', 'Access token is invalid or expired.'),
    echoing: (body) =>
      error(400, 'ValidationFailure', `Model or property was invalid: ${body}`, { sent: body }),
    failed: error(500, 'ServerError', 'An unexpected error occurred.'),
    offline: error(503, 'Api.Offline', 'Down briefly for maintenance, try again in a few seconds.'),
  },
  mixUp: (body) => (typeof objectIn(body)['ID'] === 'string' ? STRANGER : null),
  unsolicited: STRANGER,
};
