import { createHash } from 'node:crypto';
import {
  isObject,
  readJson,
  runEmulator,
  type EmulatorAnswer,
  type EmulatorRequest,
  type EmulatorRoute,
  type StartEmulator,
} from '../../transport/emulator.ts';
import { conflict, errorAnswer, invalidBody, invalidField, missing, refused } from './emulator-errors.ts';

const DOMAIN = { id: '0123456789abcdef0123456789abcdef', name: 'IAMDomain' };
const USER = { id: '11111111111111111111111111111111', name: 'IAMUser' };
const PASSWORD = 'Example+Passw0rd/1';
const PROJECT = { id: '22222222222222222222222222222222', name: 'ap-southeast-1', domain: DOMAIN };

const V3_PROVIDERS = '/v3/OS-FEDERATION/identity_providers';
const CONFIG = '/v3.0/OS-FEDERATION/identity-providers/:idp/openid-connect-config';
const LINKS = `https://iam.myhuaweicloud.com${V3_PROVIDERS}`;

const LARGEST_BODY = 32_768;
const DAY = 86_400_000;

/** The same after every start, so that what was copied from a page keeps working. */
function opaqueToken(who: string): string {
  return `MIIEmulator${who}Token${createHash('sha512').update(who).digest('base64url')}`.slice(0, 60);
}

interface Grant {
  readonly may: (action: string) => boolean;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const TOKENS: Readonly<Record<string, Grant & { readonly value: string }>> = {
  admin: { value: opaqueToken('Admin'), may: () => true, expires: Infinity },
  reader: { value: opaqueToken('Reader'), may: (action) => /:(get|list)/.test(action), expires: Infinity },
  'no permission': { value: opaqueToken('Powerless'), may: () => false, expires: Infinity },
  expired: { value: opaqueToken('Expired'), may: () => true, expires: 0 },
};
const ADMIN_TOKEN = opaqueToken('Admin');

type Check = (value: string) => boolean;
const length = (least: number, most: number): Check => (value) => value.length >= least && value.length <= most;
const oneOf = (...values: string[]): Check => (value) => values.includes(value);

function isScope(value: string): boolean {
  const words = value.split(' ');
  return value.length <= 255 && words.length <= 10 && words.includes('openid') && words.every((word) => /^\w+$/.test(word));
}

function isKeySet(value: string): boolean {
  try {
    const keySet: unknown = JSON.parse(value);
    return length(10, 30_000)(value) && isObject(keySet) && Array.isArray(keySet['keys']) && keySet['keys'].length > 0;
  } catch {
    return false;
  }
}

const CONSOLE_CHECKS = {
  authorization_endpoint: length(10, 255),
  scope: isScope,
  response_type: oneOf('id_token'),
  response_mode: oneOf('fragment', 'form_post'),
};
const CHECKS: Readonly<Record<string, Check>> = {
  access_mode: oneOf('program', 'program_console'),
  idp_url: length(10, 255),
  client_id: length(5, 255),
  ...CONSOLE_CHECKS,
  signing_key: isKeySet,
};

/** The configuration of a create, checked; null is the same as left out. */
function readConfig(request: EmulatorRequest): Record<string, unknown> {
  const size = Buffer.byteLength(request.body);
  if (size === 0 || size > LARGEST_BODY) {
    throw refused(request, 400, 'IAM.1101', `The request body size ${size} is invalid.`);
  }
  const body = readJson(request);
  if (!isObject(body)) throw invalidBody(request);
  const sent = body['openid_connect_config'] ?? undefined;
  if (sent !== undefined && !isObject(sent)) throw invalidBody(request);
  const config = Object.fromEntries(Object.keys(CHECKS).map((field) => [field, sent?.[field] ?? undefined]));

  const forConsole = config['access_mode'] === 'program_console';
  const required = sent ? Object.keys(CHECKS).filter((field) => forConsole || !(field in CONSOLE_CHECKS)) : [];
  const absent = sent ? required.find((field) => config[field] === undefined) : 'openid_connect_config';
  if (absent !== undefined) throw refused(request, 400, 'IAM.0072', `'${absent}' is a required property.`);

  for (const [field, check] of Object.entries(CHECKS)) {
    const value = config[field];
    if (value !== undefined && !(typeof value === 'string' && check(value))) throw invalidField(request, field, value);
  }
  // What console access needs cannot be chosen for programmatic access.
  if (!forConsole && Object.keys(CONSOLE_CHECKS).some((field) => config[field] !== undefined)) throw invalidBody(request);
  return config;
}

interface Provider {
  readonly description: unknown;
  readonly enabled: unknown;
  readonly sso_type: unknown;
  protocol?: { readonly mapping_id: unknown };
  config?: Readonly<Record<string, unknown>>;
}

function readProvider(request: EmulatorRequest, id: string): Provider {
  const sent = memberObject(request, 'identity_provider');
  const { description = '', enabled = false, sso_type = 'virtual_user_sso' } = sent;
  if (!/^[\w-]{1,64}$/.test(id)) throw invalidField(request, 'id', id);
  if (typeof description !== 'string') throw invalidField(request, 'description', description);
  if (typeof enabled !== 'boolean') throw invalidField(request, 'enabled', enabled);
  if (sso_type !== 'virtual_user_sso' && sso_type !== 'iam_user_sso') throw invalidField(request, 'sso_type', sso_type);
  return { description, enabled, sso_type };
}

function memberObject(request: EmulatorRequest, name: string): Record<string, unknown> {
  const body = readJson(request);
  const member = isObject(body) ? body[name] : undefined;
  if (!isObject(member)) throw invalidBody(request);
  return member;
}

function describeProvider(id: string, { description, enabled, sso_type }: Provider): unknown {
  const links = { self: `${LINKS}/${id}`, protocols: `${LINKS}/${id}/protocols` };
  return { id, description, enabled, remote_ids: [], sso_type, links };
}

function describeProtocol(idp: string, { protocol }: Provider): unknown {
  const links = { identity_provider: `${LINKS}/${idp}`, self: `${LINKS}/${idp}/protocols/oidc` };
  return { protocol: { id: 'oidc', mapping_id: protocol?.mapping_id, links } };
}

function readyMade(more: Partial<Provider>): Provider {
  return { description: '', enabled: true, sso_type: 'virtual_user_sso', ...more };
}

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

/** Who asks for a token: the scope that the token is for, if the password is right. */
function authenticate(request: EmulatorRequest): 'domain' | 'project' {
  const { identity, scope } = memberObject(request, 'auth');
  const methods = at(identity, 'methods');
  const user = at(identity, 'password', 'user');
  const credentials = [at(user, 'name'), at(user, 'domain', 'name'), at(user, 'password')];
  const named = at(scope, 'domain', 'id') ?? at(scope, 'domain', 'name');
  const forProject = at(scope, 'project') !== undefined;
  const byPassword = Array.isArray(methods) && methods.includes('password');
  const complete = credentials.every((each) => typeof each === 'string');
  if (!byPassword || !complete || (scope !== undefined && named === undefined && !forProject)) {
    throw invalidBody(request);
  }
  const known = [USER.name, DOMAIN.name, PASSWORD].every((expected, index) => expected === credentials[index]);
  if (!known || (named !== undefined && named !== DOMAIN.id && named !== DOMAIN.name)) {
    throw refused(request, 401, 'IAM.0062', 'The username or password is wrong.');
  }
  return forProject ? 'project' : 'domain';
}

/** A Huawei Cloud account with one user and three identity providers: ready, configured, and without a protocol. */
export const startEmulator: StartEmulator = (options) => {
  const grants = new Map<string, Grant>(Object.values(TOKENS).map((grant) => [grant.value, grant]));
  const protocol = { mapping_id: 'mapping_ACME' };
  const config = {
    access_mode: 'program_console',
    idp_url: 'https://accounts.example.com',
    client_id: 'client_id_example',
    authorization_endpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    signing_key: '{"keys":[{"kty":"RSA","e":"AQAB","use":"sig","n":"example","kid":"kid_example","alg":"RS256"}]}',
  };
  const providers = new Map<string, Provider>([
    ['ACME', readyMade({ protocol })],
    ['ACME-CONFIGURED', readyMade({ protocol, config })],
    ['ACME-NO-PROTOCOL', readyMade({})],
  ]);
  let answered = 0;
  let issued = 0;

  function issueToken(request: EmulatorRequest): EmulatorAnswer {
    const scope = authenticate(request);
    issued += 1;
    const token = opaqueToken(`Issued${issued}`);
    const expires = Date.now() + DAY;
    grants.set(token, { may: () => scope === 'domain', expires }); // IAM belongs to the account, not to a project
    const [issued_at, expires_at] = [expires - DAY, expires].map((time) => new Date(time).toISOString().replace('Z', '000Z'));
    const owner = scope === 'domain' ? { domain: DOMAIN } : { project: PROJECT };
    const user = { ...USER, domain: DOMAIN, password_expires_at: '' };
    const body = { token: { methods: ['password'], issued_at, expires_at, user, ...owner, roles: [], catalog: [] } };
    return { status: 201, body, headers: { 'X-Subject-Token': token } };
  }

  function authorize(request: EmulatorRequest, action: string): void {
    const token = request.headers['x-auth-token'];
    if (!token) throw refused(request, 401, 'IAM.0001', 'The request you have made requires authentication.');
    const grant = grants.get(token);
    if (!grant) throw refused(request, 401, 'IAM.0067', 'Invalid token.');
    if (grant.expires <= Date.now()) throw refused(request, 401, 'IAM.0066', 'The token has expired.');
    if (!grant.may(action)) throw refused(request, 403, 'IAM.0003', `Policy doesn't allow ${action} to be performed.`);
  }

  function guarded(method: string, path: string, right: string, handle: EmulatorRoute['handle']): EmulatorRoute {
    return {
      method,
      path,
      handle(request, ...ids) {
        authorize(request, `iam:identityProviders:${right}`);
        return handle(request, ...ids);
      },
    };
  }

  function findProvider(request: EmulatorRequest, id: string): Provider {
    const provider = providers.get(id);
    if (!provider) throw missing(request, 'identity_provider', id);
    return provider;
  }

  return runEmulator(
    {
      environment: (url) => ({ HUAWEI_IAM_URL: url }),
      exampleHeaders: { 'X-Auth-Token': ADMIN_TOKEN },
      notes: [
        ...Object.entries(TOKENS).map(([who, { value }]) => ({ label: `token (${who})`, value })),
        { label: 'IAM user', value: USER.name },
        { label: 'IAM password', value: PASSWORD },
        { label: 'account (domain) name', value: DOMAIN.name },
        { label: 'account (domain) id', value: DOMAIN.id },
        { label: 'identity provider to configure', value: 'ACME' },
        { label: 'identity provider with a configuration', value: 'ACME-CONFIGURED' },
        { label: 'identity provider without a protocol', value: 'ACME-NO-PROTOCOL' },
      ],
      errorAnswer,
      everyAnswer() {
        answered += 1;
        return { 'X-Request-Id': `req-${String(answered).padStart(6, '0')}` };
      },
      routes: [
        { method: 'POST', path: '/v3/auth/tokens', handle: issueToken },
        guarded('POST', CONFIG, 'createOpenIDConnectConfig', (request, idp) => {
          const created = readConfig(request);
          const provider = findProvider(request, idp);
          if (!provider.protocol) throw missing(request, 'protocol', 'oidc');
          if (provider.config) throw conflict(request, 'openid_connect_config', idp);
          provider.config = created;
          return { status: 201, body: { openid_connect_config: created } };
        }),
        guarded('GET', CONFIG, 'getOpenIDConnectConfig', (request, idp) => {
          const { config: stored } = findProvider(request, idp);
          if (!stored) throw missing(request, 'openid_connect_config', idp);
          return { status: 200, body: { openid_connect_config: stored } };
        }),
        guarded('GET', V3_PROVIDERS, 'listIdentityProviders', () => {
          const identity_providers = [...providers].map(([id, provider]) => describeProvider(id, provider));
          return { status: 200, body: { identity_providers, links: { self: LINKS, previous: null, next: null } } };
        }),
        guarded('GET', `${V3_PROVIDERS}/:idp`, 'getIdentityProvider', (request, idp) => (
          { status: 200, body: { identity_provider: describeProvider(idp, findProvider(request, idp)) } }
        )),
        guarded('PUT', `${V3_PROVIDERS}/:idp`, 'createIdentityProvider', (request, idp) => {
          const provider = readProvider(request, idp);
          if (providers.has(idp)) throw conflict(request, 'identity_provider', idp);
          providers.set(idp, provider);
          return { status: 201, body: { identity_provider: describeProvider(idp, provider) } };
        }),
        guarded('GET', `${V3_PROVIDERS}/:idp/protocols/oidc`, 'getProtocol', (request, idp) => {
          const provider = findProvider(request, idp);
          if (!provider.protocol) throw missing(request, 'protocol', 'oidc');
          return { status: 200, body: describeProtocol(idp, provider) };
        }),
        guarded('PUT', `${V3_PROVIDERS}/:idp/protocols/oidc`, 'createProtocol', (request, idp) => {
          const { mapping_id } = memberObject(request, 'protocol');
          const provider = findProvider(request, idp);
          const optional = provider.sso_type === 'iam_user_sso' && mapping_id === undefined;
          if (!optional && typeof mapping_id !== 'string') throw invalidField(request, 'mapping_id', mapping_id ?? null);
          if (provider.protocol) throw conflict(request, 'federation_protocol', 'oidc');
          provider.protocol = { mapping_id };
          return { status: 201, body: describeProtocol(idp, provider) };
        }),
      ],
    },
    options,
  );
};
