import { createHash, createHmac } from 'node:crypto';
import {
  hasMediaType,
  isObject,
  readJson,
  Refused,
  runEmulator,
  type EmulatorAnswer,
  type EmulatorRequest,
  type StartEmulator,
} from '../../transport/emulator.ts';

const API_CLIENT_ID = '11111111-2222-3333-4444-555555555555';
// The characters of the secret and the password go wrong when a form is not encoded.
const OAUTH_CLIENT = {
  id: '22222222-3333-4444-5555-666666666666',
  secret: 'example+client/secret=1',
  roles: ['OpenIDConnectAdmin', 'OpenIDConnectReader'],
  contextUser: 'example-service',
};
const OAUTH_USER = { name: 'admin@example.com', password: 'Example+Passw0rd/1' };
const EVENT_ID = 'oidc-sync';
const OTHER_EVENT_ID = 'order-checkout';
const EXISTING_ID = 'example-existing';

const WRITE_ROLES = ['FullAccess', 'OpenIDConnectAdmin'];
const READ_ROLES = [...WRITE_ROLES, 'OpenIDConnectReader'];

const REQUIRED = [
  'OrderCloudApiClientID',
  'ConnectClientID',
  'ConnectClientSecret',
  'AppStartUrl',
  'AuthorizationEndpoint',
  'TokenEndpoint',
] as const;
// IntegrationEventName is missing on purpose: it is read-only, and ignored when it is sent.
const FIELD_TYPES: Readonly<Record<string, keyof typeof TYPE_CHECKS>> = {
  ID: 'a string',
  ...Object.fromEntries(REQUIRED.map((field) => [field, 'a string' as const])),
  UrlEncoded: 'a boolean',
  IntegrationEventID: 'a string',
  CallSyncUserIntegrationEvent: 'a boolean',
  AdditionalIdpScopes: 'an array of strings',
  CustomErrorUrl: 'a string',
};
const TYPE_CHECKS = {
  'a string': (value: unknown) => typeof value === 'string',
  'a boolean': (value: unknown) => typeof value === 'boolean',
  'an array of strings': (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

interface WireError {
  readonly ErrorCode: string;
  readonly Message: string;
  readonly Data: unknown;
}

function failed(status: number, errors: readonly WireError[]): EmulatorAnswer {
  return { status, body: { Errors: errors } };
}

function refused(status: number, ErrorCode: string, Message: string, Data: unknown = null): Refused {
  return new Refused(failed(status, [{ ErrorCode, Message, Data }]));
}

function notFound(ObjectType: string, ObjectID: unknown): Refused {
  return refused(404, 'NotFound', 'Object not found.', { ObjectType, ObjectID });
}

function oauthFailed(error: string, ErrorCode: string, Message: string, Data: unknown = null): EmulatorAnswer {
  return { status: 400, body: { error, error_description: Message, Errors: [{ ErrorCode, Message, Data }] } };
}

function errorAnswer(request: EmulatorRequest, status: number, message: string, data: unknown): EmulatorAnswer {
  const codes: Record<number, string> = { 401: 'InvalidToken', 403: 'Auth.InsufficientRoles', 404: 'NotFound', 409: 'IdExists' };
  const code = codes[status] ?? (status < 500 ? 'ValidationFailure' : 'ServerError');
  if (request.path.startsWith('/oauth/')) return { ...oauthFailed('invalid_request', code, message, data), status };
  return failed(status, [{ ErrorCode: code, Message: message, Data: data }]);
}

interface Claims {
  readonly usr: string;
  readonly cid: string;
  readonly role: readonly string[];
  readonly usrtype: 'seller' | 'buyer';
  readonly exp: number;
}

/** On create, null is the same as left out. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Seconds, as in a JWT. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}

function signature(text: string): string {
  return createHmac('sha256', 'emulator').update(text).digest('base64url');
}

function signed(claims: Claims): string {
  const parts = [{ alg: 'HS256', typ: 'JWT' }, { ...claims, nbf: 0, iss: 'emulator', aud: 'emulator' }];
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${signature(text)}`;
}

const YEAR_2100 = 4_102_444_800;
const seller = { usr: 'example', cid: 'example', usrtype: 'seller', exp: YEAR_2100 } as const;
/** Constant strings, so that what was copied from a page keeps working. */
const TOKENS = {
  admin: signed({ ...seller, role: ['OpenIDConnectAdmin'] }),
  reader: signed({ ...seller, role: ['OpenIDConnectReader'] }),
  'no role': signed({ ...seller, role: ['Shopper'] }),
  expired: signed({ ...seller, role: ['OpenIDConnectAdmin'], exp: 1_577_836_800 }),
  buyer: signed({ ...seller, role: ['OpenIDConnectAdmin'], usrtype: 'buyer' }),
};

function claimsOf(authorization = ''): Claims | undefined {
  const [, text = '', mark] = /^Bearer ([\w-]+\.[\w-]+)\.([\w-]+)$/i.exec(authorization) ?? [];
  if (mark !== signature(text)) return undefined;
  const claims = JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as Claims; // signed here, so these
  return claims.exp > now() ? claims : undefined;
}

function authorize(request: EmulatorRequest, sufficient: readonly string[]): void {
  const claims = claimsOf(request.headers['authorization']);
  if (!claims) throw refused(401, 'InvalidToken', 'Access token is invalid or expired.');
  if (claims.usrtype !== 'seller') {
    throw refused(403, 'Auth.UserNotAuthorizedToAdmin', 'Only seller users can do this, whatever their roles.');
  }
  if (!claims.role.some((role) => sufficient.includes(role))) {
    throw refused(403, 'Auth.InsufficientRoles', 'User does not have role(s) required to perform this action.', {
      SufficientRoles: sufficient,
      AssignedRoles: claims.role,
    });
  }
}

function issueToken(request: EmulatorRequest): EmulatorAnswer {
  if (!hasMediaType(request, 'application/x-www-form-urlencoded')) {
    return oauthFailed('invalid_request', 'Request.InvalidContentType', 'The body must be a URL-encoded form.');
  }
  const form = new URLSearchParams(request.body);
  const grant = form.get('grant_type');
  if (grant !== 'client_credentials' && grant !== 'password') {
    return oauthFailed('unsupported_grant_type', 'Auth.OauthError', 'The grant type is not supported.');
  }
  if (form.get('client_id') !== OAUTH_CLIENT.id || form.get('client_secret') !== OAUTH_CLIENT.secret) {
    return oauthFailed('invalid_client', 'Auth.OauthError', 'Client ID or client secret is invalid.');
  }
  if (grant === 'password') {
    const [name, password] = [form.get('username'), form.get('password')];
    if (!name || !password) {
      return oauthFailed('invalid_grant', 'Auth.UsernameAndPasswordRequired', 'Username and password are required.');
    }
    if (name !== OAUTH_USER.name || password !== OAUTH_USER.password) {
      return oauthFailed('invalid_grant', 'Auth.InvalidUsernameOrPassword', 'Username or password is invalid.');
    }
  }
  const asked = (form.get('scope') ?? '').split(' ').filter(Boolean);
  const missing = asked.filter((role) => !OAUTH_CLIENT.roles.includes(role));
  if (missing.length > 0) {
    return oauthFailed('invalid_scope', 'Auth.InsufficientRoles', `Roles not assigned: ${missing.join(' ')}.`);
  }
  const access_token = signed({
    usr: grant === 'password' ? OAUTH_USER.name : OAUTH_CLIENT.contextUser,
    cid: OAUTH_CLIENT.id,
    role: asked.length > 0 ? asked : OAUTH_CLIENT.roles,
    usrtype: 'seller',
    exp: now() + 36_000,
  });
  return { status: 200, body: { access_token, token_type: 'bearer', expires_in: 35_999, refresh_token: null } };
}

/** The body of a create or save, with every field of the right type and the required ones there. */
function readModel(request: EmulatorRequest): Record<string, unknown> {
  if (!hasMediaType(request, 'application/json')) {
    throw refused(400, 'Request.InvalidContentType', 'The content type must be application/json.');
  }
  const body = readJson(request);
  if (!isObject(body)) throw refused(400, 'Request.InvalidRequestBody', 'The body must be a JSON object.');

  const mistyped = Object.entries(FIELD_TYPES)
    .filter(([field, type]) => !isAbsent(body[field]) && !TYPE_CHECKS[type](body[field]))
    .map(([field, type]) => ({ ErrorCode: 'Request.InvalidRequestBody', Message: `${field} must be ${type}.`, Data: field }));
  if (mistyped.length > 0) throw new Refused(failed(400, mistyped));

  const invalid: WireError[] = REQUIRED
    .filter((field) => typeof body[field] !== 'string' || body[field].trim() === '')
    .map((field) => ({ ErrorCode: 'Required', Message: `${field} is required.`, Data: field }));
  if (typeof body['ID'] === 'string' && body['ID'].length > 100) {
    invalid.push({ ErrorCode: 'ValidationFailure', Message: 'ID must be at most 100 characters.', Data: { ID: body['ID'] } });
  }
  if (invalid.length > 0) throw new Refused(failed(400, invalid));
  return body;
}

/** An OrderCloud with one API client, two integration events and one configuration. */
export const startEmulator: StartEmulator = (options) => {
  const apiClients = new Set<unknown>([API_CLIENT_ID, OAUTH_CLIENT.id]);
  const events = new Map<unknown, { name: string; type: string }>([
    [EVENT_ID, { name: 'OpenID Connect user sync', type: 'OpenIDConnect' }],
    [OTHER_EVENT_ID, { name: 'Order checkout', type: 'OrderCheckout' }],
  ]);
  const configurations = new Map<string, unknown>();
  let generated = 0;

  // Looks random, but is the same after every start.
  function newId(): string {
    generated += 1;
    const id = createHash('sha256').update(`openidconnect ${generated}`).digest('base64url').slice(0, 22);
    return configurations.has(id) ? newId() : id;
  }

  function eventName(id: unknown): string | null {
    if (isAbsent(id)) return null;
    const event = events.get(id);
    if (!event) throw notFound('IntegrationEvent', id);
    if (event.type !== 'OpenIDConnect') {
      throw refused(400, 'IntegrationEvent.IncompatibleEventType', 'The integration event must be of type OpenIDConnect.', {
        IntegrationEventID: id,
        EventType: event.type,
      });
    }
    return event.name;
  }

  function create(body: Record<string, unknown>): EmulatorAnswer {
    const apiClientId = body['OrderCloudApiClientID'];
    if (!apiClients.has(apiClientId)) {
      const message = `OrderCloudApiClientID ${String(apiClientId)} is not the ID of an API client.`;
      throw refused(400, 'ApiClient.InvalidClientID', message, { OrderCloudApiClientID: apiClientId });
    }
    const integrationEventName = eventName(body['IntegrationEventID']);
    const id = typeof body['ID'] === 'string' && body['ID'] !== '' ? body['ID'] : newId();
    if (configurations.has(id)) {
      throw refused(409, 'IdExists', 'Object already exists.', { ObjectType: 'OpenIdConnect', ObjectID: id });
    }
    const configuration = {
      ID: id,
      ...Object.fromEntries(REQUIRED.map((field) => [field, body[field]])),
      UrlEncoded: body['UrlEncoded'] ?? false,
      IntegrationEventID: body['IntegrationEventID'] ?? null,
      CallSyncUserIntegrationEvent: body['CallSyncUserIntegrationEvent'] ?? false,
      IntegrationEventName: integrationEventName,
      AdditionalIdpScopes: body['AdditionalIdpScopes'] ?? [],
      CustomErrorUrl: body['CustomErrorUrl'] ?? null,
    };
    configurations.set(id, configuration);
    return { status: 201, body: configuration, headers: { Location: `/v1/openidconnects/${encodeURIComponent(id)}` } };
  }

  create({
    ID: EXISTING_ID,
    OrderCloudApiClientID: API_CLIENT_ID,
    ConnectClientID: 'existing-app',
    ConnectClientSecret: 'existing-app-secret',
    AppStartUrl: 'https://shop.example.com/start?token={0}&path={2}',
    AuthorizationEndpoint: 'https://idp.example.com/authorize',
    TokenEndpoint: 'https://idp.example.com/token',
    IntegrationEventID: EVENT_ID,
  });

  return runEmulator(
    {
      environment: (url) => ({ ORDERCLOUD_API_URL: `${url}/v1` }),
      exampleHeaders: { 'X-OrderCloud-Authorization': `Bearer ${TOKENS.admin}` },
      notes: [
        ...Object.entries(TOKENS).map(([who, value]) => ({ label: `token (${who})`, value })),
        { label: 'OAuth client id', value: OAUTH_CLIENT.id },
        { label: 'OAuth client secret', value: OAUTH_CLIENT.secret },
        { label: 'OAuth user name', value: OAUTH_USER.name },
        { label: 'OAuth password', value: OAUTH_USER.password },
        { label: 'API client', value: API_CLIENT_ID },
        { label: 'integration event', value: EVENT_ID },
        { label: 'integration event of another type', value: OTHER_EVENT_ID },
        { label: 'existing configuration', value: EXISTING_ID },
      ],
      errorAnswer,
      routes: [
        { method: 'POST', path: '/oauth/token', handle: issueToken },
        {
          method: 'POST',
          path: '/v1/openidconnects',
          handle(request) {
            authorize(request, WRITE_ROLES);
            return create(readModel(request));
          },
        },
        {
          method: 'GET',
          path: '/v1/openidconnects/:id',
          handle(request, id) {
            authorize(request, READ_ROLES);
            const configuration = configurations.get(id);
            if (!configuration) throw notFound('OpenIdConnect', id);
            return { status: 200, body: configuration };
          },
        },
      ],
    },
    options,
  );
};
