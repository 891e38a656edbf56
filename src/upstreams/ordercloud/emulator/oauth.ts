import { createHmac } from 'node:crypto';
import {
  hasMediaType,
  type EmulatorResponse,
  type EmulatorRequest,
} from '../../../transport/emulator/emulator.ts';
import { oauthFailed, refused } from './error-bodies.ts';

// These characters of the secret and the password break if a form is not encoded.
export const OAUTH_CLIENT = {
  id: '22222222-3333-4444-5555-666666666666',
  secret: 'example+client/secret=1',
  roles: ['OpenIDConnectAdmin', 'OpenIDConnectReader'],
  /** What it may ask for besides. */
  otherRoles: ['ApiClientReader', 'IntegrationEventReader'],
  contextUser: 'example-service',
};
export const OAUTH_USER = { name: 'admin@example.com', password: 'Example+Passw0rd/1' };

export const WRITE_ROLES = ['FullAccess', 'OpenIDConnectAdmin'];
export const READ_ROLES = [...WRITE_ROLES, 'OpenIDConnectReader'];

interface Claims {
  readonly usr: string;
  readonly cid: string;
  readonly role: readonly string[];
  readonly usrtype: 'seller' | 'buyer';
  readonly exp: number;
}

/** Seconds, as in a JWT. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}

function signature(text: string): string {
  return createHmac('sha256', 'emulator').update(text).digest('base64url');
}

function signed(claims: Claims): string {
  const parts = [
    { alg: 'HS256', typ: 'JWT' },
    { ...claims, nbf: 0, iss: 'emulator', aud: 'emulator' },
  ];
  const text = parts
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${signature(text)}`;
}

const YEAR_2100 = 4_102_444_800;
const seller = { usr: 'example', cid: 'example', usrtype: 'seller', exp: YEAR_2100 } as const;
/** Constant, so that a token copied from a page keeps working. */
export const TOKENS = {
  admin: signed({ ...seller, role: ['OpenIDConnectAdmin'] }),
  reader: signed({ ...seller, role: ['OpenIDConnectReader'] }),
  checker: signed({
    ...seller,
    role: ['OpenIDConnectAdmin', 'ApiClientReader', 'IntegrationEventReader'],
  }),
  'no role': signed({ ...seller, role: ['Shopper'] }),
  expired: signed({ ...seller, role: ['OpenIDConnectAdmin'], exp: 1_577_836_800 }),
  buyer: signed({ ...seller, role: ['OpenIDConnectAdmin'], usrtype: 'buyer' }),
};

/** A token for a user of OrderCloud's own, valid for some minutes. */
export function issueUserToken(
  { minutes, ...who }: Pick<Claims, 'usr' | 'usrtype'> & { readonly minutes: number },
  role: readonly string[],
): string {
  return signed({ ...who, cid: 'example', role, exp: now() + minutes * 60 });
}

function claimsOf(authorization = ''): Claims | undefined {
  const [, text = '', mark] = /^Bearer ([\w-]+\.[\w-]+)\.([\w-]+)$/i.exec(authorization) ?? [];
  if (mark !== signature(text)) return undefined;
  const claims = JSON.parse(
    Buffer.from(text.split('.')[1] ?? '', 'base64url').toString(),
  ) as Claims; // signed here, so these
  return claims.exp > now() ? claims : undefined;
}

/** Refuses a caller without a valid token of a seller user who has one of these roles. */
export function authorize(request: EmulatorRequest, sufficient: readonly string[]): void {
  const claims = claimsOf(request.headers['authorization']);
  if (!claims) throw refused(401, 'InvalidToken', 'Access token is invalid or expired.');
  if (claims.usrtype !== 'seller') {
    throw refused(
      403,
      'Auth.UserNotAuthorizedToAdmin',
      'Only seller users can do this, whatever their roles.',
    );
  }
  if (!claims.role.some((role) => sufficient.includes(role))) {
    throw refused(
      403,
      'Auth.InsufficientRoles',
      'User does not have role(s) required to perform this action.',
      {
        SufficientRoles: sufficient,
        AssignedRoles: claims.role,
      },
    );
  }
}

/** The token endpoint. */
export function issueToken(request: EmulatorRequest): EmulatorResponse {
  if (!hasMediaType(request, 'application/x-www-form-urlencoded')) {
    return oauthFailed(
      'invalid_request',
      'Request.InvalidContentType',
      'The body must be a URL-encoded form.',
    );
  }
  const form = new URLSearchParams(request.body);
  const grant = form.get('grant_type');
  if (grant !== 'client_credentials' && grant !== 'password') {
    return oauthFailed(
      'unsupported_grant_type',
      'Auth.OauthError',
      'The grant type is not supported.',
    );
  }
  if (
    form.get('client_id') !== OAUTH_CLIENT.id ||
    form.get('client_secret') !== OAUTH_CLIENT.secret
  ) {
    return oauthFailed(
      'invalid_client',
      'Auth.OauthError',
      'Client ID or client secret is invalid.',
    );
  }
  if (grant === 'password') {
    const [name, password] = [form.get('username'), form.get('password')];
    if (!name || !password) {
      return oauthFailed(
        'invalid_grant',
        'Auth.UsernameAndPasswordRequired',
        'Username and password are required.',
      );
    }
    if (name !== OAUTH_USER.name || password !== OAUTH_USER.password) {
      return oauthFailed(
        'invalid_grant',
        'Auth.InvalidUsernameOrPassword',
        'Username or password is invalid.',
      );
    }
  }
  const asked = (form.get('scope') ?? '').split(' ').filter(Boolean);
  const missing = asked.filter(
    (role) => ![...OAUTH_CLIENT.roles, ...OAUTH_CLIENT.otherRoles].includes(role),
  );
  if (missing.length > 0) {
    return oauthFailed(
      'invalid_scope',
      'Auth.InsufficientRoles',
      `Roles not assigned: ${missing.join(' ')}.`,
    );
  }
  const access_token = signed({
    usr: grant === 'password' ? OAUTH_USER.name : OAUTH_CLIENT.contextUser,
    cid: OAUTH_CLIENT.id,
    role: asked.length > 0 ? asked : OAUTH_CLIENT.roles,
    usrtype: 'seller',
    exp: now() + 36_000,
  });
  return {
    status: 200,
    body: { access_token, token_type: 'bearer', expires_in: 35_999, refresh_token: null },
  };
}
