import { createHash } from 'node:crypto';
import {
  isObject,
  type EmulatorResponse,
  type EmulatorRequest,
  type EmulatorRoute,
} from '../../../transport/emulator/emulator.ts';
import { badSignature, invalidBody, refused } from './error-bodies.ts';
import { memberObject } from './request-body.ts';
import { isSigned, signatureError } from './signature.ts';

export const DOMAIN = { id: '0123456789abcdef0123456789abcdef', name: 'IAMDomain' };
const USER = { id: '11111111111111111111111111111111', name: 'IAMUser' };
const PASSWORD = 'Example+Passw0rd/1';
const PROJECT = { id: '22222222222222222222222222222222', name: 'ap-southeast-1', domain: DOMAIN };
const KEYS = {
  accessKey: 'EMULATORACCESSKEY001',
  secretKey: 'EmulatorSecretKey00000000000000000000001',
};

const DAY = 86_400_000;

/** Generates the same token each time, so that a token copied from a page keeps working. */
function opaqueToken(who: string): string {
  return `MIIEmulator${who}Token${createHash('sha512').update(who).digest('base64url')}`.slice(
    0,
    60,
  );
}

interface Grant {
  readonly may: (action: string) => boolean;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const ADMIN: Grant = { may: () => true, expires: Infinity };
const TOKENS: Readonly<Record<string, Grant & { readonly value: string }>> = {
  admin: { ...ADMIN, value: opaqueToken('Admin') },
  reader: {
    value: opaqueToken('Reader'),
    may: (action) => /:(get|list)/.test(action),
    expires: Infinity,
  },
  'no permission': { value: opaqueToken('Powerless'), may: () => false, expires: Infinity },
  expired: { value: opaqueToken('Expired'), may: () => true, expires: 0 },
};

export const ADMIN_TOKEN = opaqueToken('Admin');

/** All credentials that the emulator accepts. */
export const CREDENTIAL_NOTES = [
  ...Object.entries(TOKENS).map(([who, { value }]) => ({ label: `token (${who})`, value })),
  { label: 'access key (AK)', value: KEYS.accessKey },
  { label: 'secret key (SK)', value: KEYS.secretKey },
  { label: 'IAM user', value: USER.name },
  { label: 'IAM password', value: PASSWORD },
  { label: 'account (domain) name', value: DOMAIN.name },
  { label: 'account (domain) id', value: DOMAIN.id },
];

function at(value: unknown, ...path: string[]): unknown {
  return path.reduce((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
}

/** Checks the password of a token request. @returns the scope of the token */
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
  const known = [USER.name, DOMAIN.name, PASSWORD].every(
    (expected, index) => expected === credentials[index],
  );
  if (!known || (named !== undefined && named !== DOMAIN.id && named !== DOMAIN.name)) {
    throw refused(request, 401, 'IAM.0062', 'The username or password is wrong.');
  }
  return forProject ? 'project' : 'domain';
}

/** Creates a route that requires credentials with the action `iam:identityProviders:<right>`, or with `right` if that is a whole action. */
export type Guard = (
  method: string,
  path: string,
  right: string,
  handle: EmulatorRoute['handle'],
) => EmulatorRoute;

export interface Access {
  readonly tokenRoute: EmulatorRoute;
  readonly guarded: Guard;
}

/** Checks credentials; `requestId` gives the id of the response being made. */
export function createAccessControl(requestId: () => string): Access {
  const grants = new Map<string, Grant>(Object.values(TOKENS).map((grant) => [grant.value, grant]));
  let issued = 0;

  function issueToken(request: EmulatorRequest): EmulatorResponse {
    const scope = authenticate(request);
    issued += 1;
    const token = opaqueToken(`Issued${issued}`);
    const expires = Date.now() + DAY;
    grants.set(token, { may: () => scope === 'domain', expires }); // IAM belongs to the account, not to a project
    const [issued_at, expires_at] = [expires - DAY, expires].map((time) =>
      new Date(time).toISOString().replace('Z', '000Z'),
    );
    const owner = scope === 'domain' ? { domain: DOMAIN } : { project: PROJECT };
    const user = { ...USER, domain: DOMAIN, password_expires_at: '' };
    const body = {
      token: {
        methods: ['password'],
        issued_at,
        expires_at,
        user,
        ...owner,
        roles: [],
        catalog: [],
      },
    };
    return { status: 201, body, headers: { 'X-Subject-Token': token } };
  }

  /** If there is a token, any signature is ignored. */
  function grantOf(request: EmulatorRequest): Grant {
    const token = request.headers['x-auth-token'];
    if (token) return grantOfToken(request, token);
    if (isSigned(request)) return grantOfSignature(request);
    throw refused(request, 401, 'IAM.0001', 'The request you have made requires authentication.');
  }

  function grantOfToken(request: EmulatorRequest, token: string): Grant {
    const grant = grants.get(token);
    if (!grant) throw refused(request, 401, 'IAM.0067', 'Invalid token.');
    if (grant.expires <= Date.now())
      throw refused(request, 401, 'IAM.0066', 'The token has expired.');
    return grant;
  }

  function grantOfSignature(request: EmulatorRequest): Grant {
    const error = signatureError(request, KEYS, Date.now());
    if (error !== null) throw badSignature(error, requestId());
    const { 'x-domain-id': domain = DOMAIN.id } = request.headers;
    // The vendor's message for this is not documented.
    if (domain !== DOMAIN.id)
      throw badSignature(`the access key does not belong to the domain ${domain}`, requestId());
    return ADMIN;
  }

  return {
    tokenRoute: { method: 'POST', path: '/v3/auth/tokens', handle: issueToken },
    guarded: (method, path, right, handle) => ({
      method,
      path,
      handle(request, ...ids) {
        const action = right.includes(':') ? right : `iam:identityProviders:${right}`;
        if (!grantOf(request).may(action)) {
          throw refused(
            request,
            403,
            'IAM.0003',
            `Policy doesn't allow ${action} to be performed.`,
          );
        }
        return handle(request, ...ids);
      },
    }),
  };
}
