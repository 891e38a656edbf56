import * as oauth from 'oauth4webapi';
import * as z from 'zod';
import { PermissionDeniedError } from '../../../domain/errors.ts';
import { isObject, parseJson, parseReason } from '../../../domain/json/json.ts';
import type { Json } from '../../../domain/json/json.ts';
import { Secret } from '../../../domain/scrub/secret.ts';
import { visible } from '../../../domain/text/visible.ts';
import { isToken } from '../../../transport/credentials/caller-credentials.ts';
import type { CallerCredentials } from '../../../transport/credentials/caller-credentials.ts';
import type { HttpResponse } from '../../../transport/http/http.ts';
import type {
  CredentialsTools,
  GatewayCredentials,
} from '../../../transport/credentials/gateway-credentials.ts';
import { baseUrl, fileOf, onlyWhen, required, secret } from '../../../transport/env-schema.ts';
import { checkLogin, checkWords, LoginFailedError } from '../../../transport/credentials/login.ts';
import type { IssuedToken } from '../../../transport/credentials/login.ts';
import { tokenAuthenticator } from '../../../transport/credentials/token-authenticator.ts';
import { TokenSource } from '../../../transport/credentials/token-source.ts';
import { OAUTH_ERRORS } from '../error-body.ts';
import { readError } from '../errors.ts';

/** A token that a caller brings. */
export const callerCredentials: CallerCredentials = {
  kind: 'an OrderCloud access token',
  headers: [
    { name: 'X-OrderCloud-Authorization', scheme: 'Bearer' },
    // Used only if inbound authentication is off; otherwise this header is for the gateway.
    { name: 'Authorization', scheme: 'Bearer' },
  ],
  toUpstream: (token) => ({ authorization: `Bearer ${token.reveal()}` }),
};

const WHEN_GATEWAY = 'when ORDERCLOUD_CREDENTIALS is gateway';

const caller = z.strictObject(
  {
    ORDERCLOUD_CREDENTIALS: z
      .literal('caller')
      .optional()
      .describe(
        "Credentials for calls to OrderCloud: `caller` uses each caller's own token; `gateway` uses the variables below. Not set: `caller`.",
      ),
  },
  onlyWhen('ORDERCLOUD_CREDENTIALS is gateway'),
);

const clientCredentials = z.strictObject({
  ORDERCLOUD_CREDENTIALS: z.literal('gateway'),
  ORDERCLOUD_CLIENT_ID: required(WHEN_GATEWAY).describe(
    'Id of the API client that the gateway logs in as (OAuth 2 client credentials). Its default context user must be a seller user with the roles in `ORDERCLOUD_ROLES`.',
  ),
  ORDERCLOUD_CLIENT_SECRET: secret(WHEN_GATEWAY).describe(
    'Secret of the API client in `ORDERCLOUD_CLIENT_ID`.',
  ),
  ORDERCLOUD_CLIENT_SECRET_FILE: fileOf('ORDERCLOUD_CLIENT_SECRET'),
  ORDERCLOUD_ROLES: z
    .string()
    .regex(/^\w+(?: \w+)*$/, 'must be role names separated by single spaces')
    .default('OpenIDConnectAdmin')
    .describe(
      'Roles that the gateway requests, separated by spaces. `OpenIDConnectReader` is enough if it only reads.',
    ),
  ORDERCLOUD_AUTH_URL: baseUrl({
    pattern: /^\/./,
    message:
      'must be the full URL of the token endpoint, e.g. https://sandboxapi.ordercloud.io/oauth/token',
  })
    .optional()
    .describe(
      'Token endpoint. Not set: `ORDERCLOUD_API_URL` with `/oauth/token` instead of its version path.',
    ),
});

/** OAuth 2 client credentials (RFC 6749 section 4.4) of an API client. */
export const gatewayCredentials: GatewayCredentials<
  z.output<typeof caller> | z.output<typeof clientCredentials>
> = {
  variable: 'ORDERCLOUD_CREDENTIALS',
  variables: { ...clientCredentials.shape, ...caller.shape },
  env: z.discriminatedUnion('ORDERCLOUD_CREDENTIALS', [caller, clientCredentials], {
    error: 'must be caller or gateway',
  }),
  open: (settings, tools) => {
    if (settings.ORDERCLOUD_CREDENTIALS !== 'gateway') return null;
    const source = new TokenSource({
      label: tools.label,
      login: () => logIn(settings, tools),
      advice: LOGIN_FAILURE_ADVICE,
      turn: tools.turn,
      report: tools.report,
    });
    return tokenAuthenticator(source, callerCredentials, isStale);
  },
  advice: (refusal) => {
    const [upstreamError] = refusal.upstream?.details ?? [];
    if (upstreamError?.code === 'Auth.UserNotAuthorizedToAdmin')
      return 'The default context user of the API client must be a seller user.';
    if (refusal instanceof PermissionDeniedError) {
      const { missing } = refusal;
      const role =
        missing.length === 0
          ? 'the role that this call needs'
          : `${missing.length === 1 ? 'the role' : 'one of the roles'} ${visible(missing.join(', '))}`;
      return `Give the default context user of the API client ${role}, and add it to ORDERCLOUD_ROLES.`;
    }
    return 'OrderCloud refuses the token that was issued to the gateway: check that ORDERCLOUD_AUTH_URL, if set, belongs to the same environment as the API.';
  },
};

/** Minimum lifetime of a token from an API client, in seconds: used if the response does not state one. */
const SHORTEST_LIFE_S = 600;

async function logIn(
  settings: z.output<typeof clientCredentials>,
  { base, send }: CredentialsTools,
): Promise<IssuedToken> {
  const url = new URL(
    settings.ORDERCLOUD_AUTH_URL ??
      `${base.origin}${base.pathname.replace(/\/v\d+\/?$/, '')}/oauth/token`,
  );
  const server: oauth.AuthorizationServer = { issuer: url.origin, token_endpoint: url.href };
  const client: oauth.Client = { client_id: settings.ORDERCLOUD_CLIENT_ID };
  let lifetimeMs = SHORTEST_LIFE_S * 1000;
  const secretInBody = oauth.ClientSecretPost(settings.ORDERCLOUD_CLIENT_SECRET.reveal());
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    secretInBody,
    { scope: settings.ORDERCLOUD_ROLES },
    {
      [oauth.customFetch]: async (_url, { headers, body }) => {
        const login = await send(url, { method: 'POST', headers, body: body.toString() });
        checkLogin(login, () => refusalIn(login));
        checkWords(login, refusalIn(login));
        // The library refuses a lifetime that is not a positive number. The token is usable anyway, so `expires_in` is withheld from the library.
        const { expires_in: life, ...members } = membersOf(login);
        checkType(members);
        if (life !== undefined)
          lifetimeMs =
            (typeof life === 'string' ? parseFloat(life) : typeof life === 'number' ? life : NaN) *
            1000;
        return new Response(JSON.stringify(members), {
          status: login.status,
          headers: { 'content-type': 'application/json' },
        });
      },
      // Only for loopback: the settings accept no other URL without TLS. The library marks the option as deprecated on
      // purpose, so that each use stands out, and has no other way to call http (oauth4webapi, `allowInsecureRequests`).
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- the library marks it so that it stands out; nothing replaces it
      [oauth.allowInsecureRequests]: url.protocol === 'http:',
    },
  );
  const { access_token: token } = await oauth.processClientCredentialsResponse(
    server,
    client,
    response,
  );
  if (!isToken(token))
    throw new Error('the login returned a token that cannot be sent in a header');
  return { value: new Secret(token), lifetimeMs };
}

/**
 * Prepares a login response for the library. It removes nulls and empty strings, which the library would not treat as
 * absent, and a byte order mark, which the library would not accept.
 */
function membersOf({ status, body }: HttpResponse): { readonly [member: string]: Json } {
  const json = parseJson(body);
  // The parser's own error would quote what may be a token.
  if (!isObject(json))
    throw new Error(`the login returned status ${status}, but not a JSON object`);
  return Object.fromEntries(
    Object.entries(json).filter(([, value]) => value !== null && value !== ''),
  );
}

/** Registered token types other than Bearer, by their names in lower case. Any other text might be a secret and is not shown. */
const OTHER_TYPES: ReadonlyMap<Json | undefined, string> = new Map([
  ['dpop', 'DPoP'],
  ['mac', 'mac'],
  ['pop', 'PoP'],
  ['n_a', 'N_A'],
]);

/**
 * Checks that a token is a bearer token (RFC 6749 section 7.1): the gateway cannot use any other type.
 * @throws LoginFailedError if it is not
 */
function checkType({
  access_token: token,
  token_type: type,
}: {
  readonly [member: string]: Json;
}): void {
  const name = typeof type === 'string' ? type.toLowerCase() : undefined;
  // The library itself reports a response that has no token.
  if (typeof token !== 'string' || name === 'bearer') return;
  const given =
    type === undefined
      ? 'without a type'
      : `of ${OTHER_TYPES.has(name) ? `the type ${String(OTHER_TYPES.get(name))}` : 'an unknown type'}`;
  throw new LoginFailedError(
    `the login returned a token ${given}, but the gateway uses only Bearer tokens`,
    0,
    {
      advice:
        'Check ORDERCLOUD_AUTH_URL: OrderCloud issues Bearer tokens. If a proxy or another authorization server responds there, let it issue them too.',
    },
  );
}

/** Advice by the OAuth error of a refused login (RFC 6749 section 5.2) or by OrderCloud's own code. */
const LOGIN_ADVICE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    invalid_client: 'Check ORDERCLOUD_CLIENT_ID and ORDERCLOUD_CLIENT_SECRET.',
    invalid_scope:
      'Check ORDERCLOUD_ROLES: the security profile of the default context user must include each of them.',
    unauthorized_client: 'The API client must allow the grant client_credentials, and be active.',
    'Auth.ClientNotActive': 'Activate the API client.',
    'Auth.UserNotActive': 'Activate the default context user of the API client.',
    'Auth.InsufficientRoles':
      'Check ORDERCLOUD_ROLES: the security profile of the default context user must include each of them.',
    'Auth.InsufficientRole':
      'Check ORDERCLOUD_ROLES: the security profile of the default context user must include each of them.',
  }),
);

const LOGIN_FAILURE_ADVICE =
  'Check ORDERCLOUD_AUTH_URL; if it is not set, the token endpoint is the URL of ORDERCLOUD_API_URL or ORDERCLOUD_REGION with /oauth/token instead of its version path.';

const ANY_LOGIN_ADVICE =
  'Check ORDERCLOUD_CLIENT_ID, ORDERCLOUD_CLIENT_SECRET, ORDERCLOUD_ROLES and, if set, ORDERCLOUD_AUTH_URL.';

function refusalIn({ status, body }: HttpResponse): {
  readonly said: string;
  readonly advice: string;
} {
  const json = parseReason(body);
  const { details } = readError({ status, json });
  const error = isObject(json) && typeof json['error'] === 'string' ? json['error'] : null;
  const codes = [
    ...new Set(
      [...details.map(({ code }) => code), error].filter(
        (code): code is string => code !== null && (code !== error || OAUTH_ERRORS.has(code)),
      ),
    ),
  ];
  const advice = codes.flatMap((code) => LOGIN_ADVICE.get(code) ?? [])[0] ?? ANY_LOGIN_ADVICE;
  // A proxy may send a message too; only OrderCloud sends a code.
  return {
    said: codes.length === 0 ? '' : [...codes, details[0]?.message].filter(Boolean).join(', '),
    advice,
  };
}

const STALE_CODES = new Set(['InvalidToken', 'Auth.TokenRevoked', 'invalid_token']);

/** Whether a 401 is about the token, by OrderCloud's own code or RFC 6750 section 3. A different 401 may come from a proxy in between. */
function isStale(response: HttpResponse): boolean {
  if (/^Bearer\b.*\berror="?invalid_token\b/i.test(response.header('www-authenticate') ?? ''))
    return true;
  return readError({ status: response.status, json: parseReason(response.body) }).details.some(
    ({ code }) => code !== null && STALE_CODES.has(code),
  );
}
