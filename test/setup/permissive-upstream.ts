import type { ScriptedResponse, SeenRequest } from './scripted-upstream.ts';

const KEYS = '{"keys":[{"kty":"RSA","e":"AQAB","use":"sig","n":"example","kid":"k1"}]}';

/** What both platforms have stored, in the words of the inputs. Its ids are `google`, `ACME` and `map1`. */
export const STORED = {
  openIdConnect: {
    id: 'google',
    orderCloudApiClientId: 'CID',
    connectClientId: 'idp-app',
    connectClientSecret: 'stored-client-secret',
    appStartUrl: 'https://shop.example.com/login?token={0}',
    authorizationEndpoint: 'https://idp.example.com/authorize',
    tokenEndpoint: 'https://idp.example.com/token',
  },
  oidcConfig: {
    idpId: 'ACME',
    accessMode: 'PROGRAM',
    idpUrl: 'https://idp.example.com',
    clientId: 'idp-app',
    signingKey: KEYS,
  },
  provider: { id: 'ACME', description: 'Our own', enabled: true },
  protocol: { idpId: 'ACME', mappingId: 'map1' },
  mapping: {
    id: 'map1',
    rules: [{ local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] }],
  },
} as const;

const { openIdConnect: connect, oidcConfig: config } = STORED;

/** The same, in the words of OrderCloud. */
export const WIRE_OPEN_ID_CONNECT = {
  ID: connect.id,
  OrderCloudApiClientID: connect.orderCloudApiClientId,
  ConnectClientID: connect.connectClientId,
  ConnectClientSecret: connect.connectClientSecret,
  AppStartUrl: connect.appStartUrl,
  AuthorizationEndpoint: connect.authorizationEndpoint,
  TokenEndpoint: connect.tokenEndpoint,
};
const WIRE_API_CLIENT = { Active: true, AllowAnyBuyer: true, AllowSeller: true };
const WIRE_EVENT = {
  EventType: 'OpenIDConnect',
  CustomImplementationUrl: 'https://middleware.example.com',
  HashKey: 'stored-hash-key',
  ElevatedRoles: ['BuyerUserAdmin'],
};
const WIRE_CONFIG = {
  access_mode: 'program',
  idp_url: config.idpUrl,
  client_id: config.clientId,
  signing_key: config.signingKey,
};
const WIRE_PROVIDER = { ...STORED.provider, sso_type: 'virtual_user_sso' };

/** That something does not exist, in the words of both platforms: a mere 404 might come from something in between. */
export const ABSENT: ScriptedResponse = {
  status: 404,
  body: JSON.stringify({
    Errors: [{ ErrorCode: 'NotFound', Message: 'Object not found.', Data: null }],
    error: { code: 404, message: 'Could not find it: x.', title: 'Not Found' },
  }),
};

/** What a request sends, as far as a response has to repeat it. */
interface Sent {
  readonly ID?: string;
}

const openIdConnect = (id: string, { ID = id }: Sent) => ({ ...WIRE_OPEN_ID_CONNECT, ID });

/** What is at a path, the first that fits: a response is about what was asked for, by the id in the path and by what was sent. */
const PLACES: readonly (readonly [RegExp, (id: string, sent: Sent) => object])[] = [
  [
    /^\/v1\/openidconnects(?:\?|$)/,
    () => ({
      Meta: {
        Page: 1,
        PageSize: 20,
        TotalCount: 1,
        TotalPages: 1,
        ItemRange: [1, 1],
        NextPageKey: null,
      },
      Items: [WIRE_OPEN_ID_CONNECT],
    }),
  ],
  [/^\/v1\/openidconnects\/([^/?]+)$/, openIdConnect],
  [/^\/v1\/apiclients\/assignments\?/, () => ({ Items: [] })],
  [
    /^\/v1\/apiclients\?ID=([^&]+)/,
    (ids) => ({ Items: ids.split('|').map((ID) => ({ ...WIRE_API_CLIENT, ID })) }),
  ],
  [
    /^\/v1\/integrationEvents\?ID=([^&]+)/,
    (ids) => ({ Items: ids.split('|').map((ID) => ({ ...WIRE_EVENT, ID })) }),
  ],
  [/^\/v1\/apiclients\/([^/?]+)$/, (ID) => ({ ...WIRE_API_CLIENT, ID })],
  [/^\/v1\/integrationEvents\/([^/?]+)$/, (ID) => ({ ...WIRE_EVENT, ID })],
  [
    /^\/v3\.0\/OS-FEDERATION\/identity-providers\/[^/?]+\/openid-connect-config$/,
    () => ({ openid_connect_config: WIRE_CONFIG }),
  ],
  [/^\/v3\/OS-FEDERATION\/identity_providers$/, () => ({ identity_providers: [WIRE_PROVIDER] })],
  [
    /^\/v3\/OS-FEDERATION\/identity_providers\/([^/?]+)$/,
    (id) => ({ identity_provider: { ...WIRE_PROVIDER, id } }),
  ],
  [
    /^\/v3\/OS-FEDERATION\/identity_providers\/[^/?]+\/protocols\/oidc$/,
    () => ({ protocol: { id: 'oidc', mapping_id: STORED.protocol.mappingId } }),
  ],
  [/^\/v3\/OS-FEDERATION\/mappings$/, () => ({ mappings: [STORED.mapping] })],
  [/^\/v3\/OS-FEDERATION\/mappings\/([^/?]+)$/, (id) => ({ mapping: { ...STORED.mapping, id } })],
];

/** The response of upstreams that have every object and accept every request. */
export function permissiveUpstream({
  method,
  target,
  body = '',
}: Pick<SeenRequest, 'method' | 'target'> & Partial<Pick<SeenRequest, 'body'>>): ScriptedResponse {
  if (method === 'DELETE') return { status: 204, body: '' };
  const found = foundAt(method, target, body === '' ? {} : (JSON.parse(body) as Sent));
  if (found === undefined) return ABSENT;
  const created = method === 'POST' || (method === 'PUT' && target.startsWith('/v3/'));
  return { status: created ? 201 : 200, body: JSON.stringify(found) };
}

function foundAt(method: string, target: string, sent: Sent): object | undefined {
  // The response to a create is the new object, not the list that it is sent to.
  if (method === 'POST' && target === '/v1/openidconnects') return openIdConnect(connect.id, sent);
  for (const [path, at] of PLACES) {
    const [matched, id = ''] = path.exec(target) ?? [];
    if (matched !== undefined) return at(decodeURIComponent(id), sent);
  }
  return undefined;
}

/** The response of the platform that the path belongs to, with an error in its own form. */
export function refusal(
  target: string,
  status: number,
  code: string,
  message: string,
): ScriptedResponse {
  const body = target.startsWith('/v1/')
    ? { Errors: [{ ErrorCode: code, Message: message, Data: null }] }
    : target.startsWith('/v3.0/')
      ? { error_code: code, error_msg: message }
      : { error: { code: status, message, title: code } };
  return { status, headers: { 'Retry-After': String(RETRY_AFTER_S) }, body: JSON.stringify(body) };
}

/** Seconds in the `Retry-After` of refusals: longer than a gateway waits, so that nothing is sent again. */
export const RETRY_AFTER_S = 6;

/** The page of a proxy between the gateway and the platform. */
export const HTML: ScriptedResponse = {
  status: 200,
  headers: { 'Content-Type': 'text/html' },
  body: '<html>Sign in</html>',
};
