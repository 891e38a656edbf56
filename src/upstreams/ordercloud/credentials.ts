import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import { isObject, parseJson, parseReason } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';
import { Secret } from '../../domain/secret.ts';
import { isToken } from '../../transport/credentials.ts';
import type { CallerCredentials } from '../../transport/credentials.ts';
import type { HttpAnswer } from '../../transport/http.ts';
import { checkLogin, checkWords, tokenAuthenticator } from '../../transport/own-credentials.ts';
import type { CredentialsTools, OwnCredentials } from '../../transport/own-credentials.ts';
import { baseUrl, fileOf, onlyWhen, required, secret } from '../../transport/settings.ts';
import { LoginFailedError, TokenSource } from '../../transport/token-source.ts';
import type { IssuedToken } from '../../transport/token-source.ts';
import { readError } from './errors.ts';
import { OAUTH_ERRORS } from './wire.ts';

/** A token that a caller brings. */
export const callerCredentials: CallerCredentials = {
  kind: 'an OrderCloud access token',
  headers: [
    { name: 'X-OrderCloud-Authorization', scheme: 'Bearer' },
    // Stands in while the gateway has no inbound authentication of its own.
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
        "Whose credentials OrderCloud is called with: `caller`, each caller's own token, or `gateway`, those of the variables below. Not set: `caller`.",
      ),
  },
  onlyWhen('ORDERCLOUD_CREDENTIALS is gateway'),
);

const clientCredentials = z.strictObject({
  ORDERCLOUD_CREDENTIALS: z.literal('gateway'),
  ORDERCLOUD_CLIENT_ID: required(WHEN_GATEWAY).describe(
    'Id of the API client that the gateway logs in as (OAuth 2 client credentials). Its default context user must be a seller user with the roles.',
  ),
  ORDERCLOUD_CLIENT_SECRET: secret(WHEN_GATEWAY).describe('Secret of that API client.'),
  ORDERCLOUD_CLIENT_SECRET_FILE: fileOf('ORDERCLOUD_CLIENT_SECRET'),
  ORDERCLOUD_ROLES: z
    .string()
    .regex(/^\w+(?: \w+)*$/, 'must be names of roles with one space between')
    .default('OpenIDConnectAdmin')
    .describe(
      'Roles that the gateway asks for, with a space between. `OpenIDConnectReader` is enough where it only reads.',
    ),
  ORDERCLOUD_AUTH_URL: baseUrl({
    pattern: /^\/./,
    message:
      'must be the whole URL of the token endpoint, e.g. https://sandboxapi.ordercloud.io/oauth/token',
  })
    .optional()
    .describe(
      'Token endpoint. Not set: `/oauth/token` in place of the version of `ORDERCLOUD_API_URL`.',
    ),
});

/** OAuth 2 client credentials (RFC 6749 section 4.4) of an API client. */
export const ownCredentials: OwnCredentials<
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
  advice: ({ code, upstream }) => {
    const [said] = upstream?.details ?? [];
    if (said?.code === 'Auth.UserNotAuthorizedToAdmin')
      return 'The default context user of the API client must be a seller user.';
    if (code === 'PERMISSION_DENIED')
      return 'Give the default context user of the API client the role OpenIDConnectAdmin (reading: OpenIDConnectReader), and name it in ORDERCLOUD_ROLES.';
    return 'OrderCloud refuses the token that was issued to the gateway: check that ORDERCLOUD_AUTH_URL, if set, belongs to the same environment as the API.';
  },
};

/** How long a token lives at least that an API client issues, in seconds: for a response that does not say. */
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
        const answer = await send(url, { method: 'POST', headers, body: body.toString() });
        checkLogin(answer, () => refusalIn(answer));
        checkWords(answer, refusalIn(answer));
        // The library refuses a life that is not a positive number. A token has one that counts, whatever is said of it.
        const { expires_in: life, ...members } = membersOf(answer);
        checkType(members);
        if (life !== undefined)
          lifetimeMs =
            (typeof life === 'string' ? parseFloat(life) : typeof life === 'number' ? life : NaN) *
            1000;
        return new Response(JSON.stringify(members), {
          status: answer.status,
          headers: { 'content-type': 'application/json' },
        });
      },
      // Only for loopback: the settings take nothing else without TLS.
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
    throw new Error('the login was answered with a token that no header can hold');
  return { value: new Secret(token), lifetimeMs };
}

/** What the library is given, which does not take OrderCloud's nulls, or empty texts, for what is absent, nor a byte order mark. */
function membersOf({ status, body }: HttpAnswer): { readonly [member: string]: Json } {
  const json = parseJson(body);
  // The parser's own error would quote what may be a token.
  if (!isObject(json))
    throw new Error(`the login was answered with status ${status}, but not with a JSON object`);
  return Object.fromEntries(
    Object.entries(json).filter(([, value]) => value !== null && value !== ''),
  );
}

/** Registered types of tokens that are not Bearer, by their names in lower case: another text may be anything, and is not shown. */
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
  // The library says what is wrong with a response that has no token.
  if (typeof token !== 'string' || name === 'bearer') return;
  const given =
    type === undefined
      ? 'without a type'
      : `of ${OTHER_TYPES.has(name) ? `the type ${String(OTHER_TYPES.get(name))}` : 'an unknown type'}`;
  throw new LoginFailedError(
    `the login gave a token ${given}, and the gateway uses Bearer tokens alone`,
    0,
    {
      advice:
        'Check ORDERCLOUD_AUTH_URL: OrderCloud issues Bearer tokens. If a proxy or another authorization server answers there, let it issue them too.',
    },
  );
}

/** What there is to fix, by the OAuth error of a refused login (RFC 6749 section 5.2) or OrderCloud's own code. */
const LOGIN_ADVICE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    invalid_client: 'Check ORDERCLOUD_CLIENT_ID and ORDERCLOUD_CLIENT_SECRET.',
    invalid_scope:
      'Check ORDERCLOUD_ROLES: the security profile of the default context user must hold each of them.',
    unauthorized_client: 'The API client must allow the grant client_credentials, and be active.',
    'Auth.ClientNotActive': 'Activate the API client.',
    'Auth.UserNotActive': 'Activate the default context user of the API client.',
    'Auth.InsufficientRoles':
      'Check ORDERCLOUD_ROLES: the security profile of the default context user must hold each of them.',
    'Auth.InsufficientRole':
      'Check ORDERCLOUD_ROLES: the security profile of the default context user must hold each of them.',
  }),
);

const LOGIN_FAILURE_ADVICE =
  'Check ORDERCLOUD_AUTH_URL; where it is not set, the token endpoint is beside the API of ORDERCLOUD_API_URL or ORDERCLOUD_REGION.';

const ANY_LOGIN_ADVICE =
  'Check ORDERCLOUD_CLIENT_ID, ORDERCLOUD_CLIENT_SECRET, ORDERCLOUD_ROLES and, if set, ORDERCLOUD_AUTH_URL.';

function refusalIn({ status, body }: HttpAnswer): {
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
  // Anybody may answer with a message; a code is OrderCloud's own.
  return {
    said: codes.length === 0 ? '' : [...codes, details[0]?.message].filter(Boolean).join(', '),
    advice,
  };
}

const STALE_CODES = new Set(['InvalidToken', 'Auth.TokenRevoked', 'invalid_token']);

/** Whether a 401 is about the token, in OrderCloud's own words or by RFC 6750 section 3: another one may come from something in between. */
function isStale(answer: HttpAnswer): boolean {
  if (/^Bearer\b.*\berror="?invalid_token\b/i.test(answer.header('www-authenticate') ?? ''))
    return true;
  return readError({ status: answer.status, json: parseReason(answer.body) }).details.some(
    ({ code }) => code !== null && STALE_CODES.has(code),
  );
}
