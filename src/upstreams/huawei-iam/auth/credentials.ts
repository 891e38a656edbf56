import * as z from 'zod';
import { parseJson, parseReason } from '../../../domain/json/json.ts';
import { Secret } from '../../../domain/scrub/secret.ts';
import { isToken } from '../../../transport/credentials/caller-credentials.ts';
import type { CallerCredentials } from '../../../transport/credentials/caller-credentials.ts';
import type { HttpResponse } from '../../../transport/http/http.ts';
import type {
  CredentialsTools,
  GatewayCredentials,
} from '../../../transport/credentials/gateway-credentials.ts';
import { fileOf, onlyWhen, required, secret } from '../../../transport/env-schema.ts';
import { checkLogin, checkWords } from '../../../transport/credentials/login.ts';
import type { IssuedToken } from '../../../transport/credentials/login.ts';
import { tokenAuthenticator } from '../../../transport/credentials/token-authenticator.ts';
import { TokenSource } from '../../../transport/credentials/token-source.ts';
import { readError } from '../errors.ts';
import { SIGNATURE_REFUSED, signing } from './request-signer.ts';

/** A token that a caller brings. */
export const callerCredentials: CallerCredentials = {
  kind: 'a domain-scoped IAM token',
  headers: [{ name: 'X-Auth-Token' }],
  toUpstream: (token) => ({ 'x-auth-token': token.reveal() }),
};

const caller = z.strictObject(
  {
    HUAWEI_CREDENTIALS: z
      .literal('caller')
      .optional()
      .describe(
        "Credentials for calls to Huawei Cloud IAM: `caller` uses each caller's own token; `gateway` uses the variables below. Not set: `caller`.",
      ),
  },
  onlyWhen('HUAWEI_CREDENTIALS is gateway'),
);

const WHEN_PASSWORD = 'when HUAWEI_AUTH_METHOD is password';
const WHEN_KEY = 'when HUAWEI_AUTH_METHOD is access-key';

/** A value that goes unchanged into a header, and into its signature. */
const VISIBLE = /^[\x21-\x7e]*$/;
const ONLY_VISIBLE = 'must have only visible ASCII characters';
const headerSecret = (when: string) =>
  secret(when).refine((value) => VISIBLE.test(value.reveal()), ONLY_VISIBLE);

const accessKey = z.strictObject(
  {
    HUAWEI_CREDENTIALS: z.literal('gateway'),
    HUAWEI_AUTH_METHOD: z
      .literal('access-key')
      .describe(
        'How the gateway itself authenticates: `access-key` signs each request, which Huawei Cloud recommends; `password` gets a token for an IAM user.',
      ),
    HUAWEI_ACCESS_KEY: headerSecret(WHEN_KEY).describe(
      'Access key id (AK) of an IAM user that has Security Administrator, or the actions that the gateway performs.',
    ),
    HUAWEI_ACCESS_KEY_FILE: fileOf('HUAWEI_ACCESS_KEY'),
    HUAWEI_SECRET_KEY: secret(WHEN_KEY).describe(
      'Secret access key (SK) that belongs to `HUAWEI_ACCESS_KEY`.',
    ),
    HUAWEI_SECRET_KEY_FILE: fileOf('HUAWEI_SECRET_KEY'),
    HUAWEI_SECURITY_TOKEN: headerSecret(WHEN_KEY)
      .optional()
      .describe('Security token of a temporary access key.'),
    HUAWEI_SECURITY_TOKEN_FILE: fileOf('HUAWEI_SECURITY_TOKEN'),
    HUAWEI_DOMAIN_ID: required(WHEN_KEY)
      .regex(VISIBLE, ONLY_VISIBLE)
      .optional()
      .describe('Id of the account (domain) of the access key, sent as `X-Domain-Id`.'),
  },
  onlyWhen('HUAWEI_AUTH_METHOD is password'),
);

const password = z.strictObject(
  {
    HUAWEI_CREDENTIALS: z.literal('gateway'),
    HUAWEI_AUTH_METHOD: z.literal('password'),
    HUAWEI_DOMAIN_NAME: required(WHEN_PASSWORD).describe(
      'Name of the account (domain) that the IAM user belongs to, and that the token is for.',
    ),
    HUAWEI_USER_NAME: required(WHEN_PASSWORD).describe(
      'Name of the IAM user. A user that signs in with a HUAWEI ID, by federation or with a second factor cannot be used.',
    ),
    HUAWEI_PASSWORD: secret(WHEN_PASSWORD).describe('Password of the IAM user.'),
    HUAWEI_PASSWORD_FILE: fileOf('HUAWEI_PASSWORD'),
  },
  onlyWhen('HUAWEI_AUTH_METHOD is access-key'),
);

const gateway = z.discriminatedUnion('HUAWEI_AUTH_METHOD', [accessKey, password], {
  error: 'must be access-key or password when HUAWEI_CREDENTIALS is gateway',
});

/** A password token, or requests signed with an access key. */
export const gatewayCredentials: GatewayCredentials<
  z.output<typeof caller> | z.output<typeof gateway>
> = {
  variable: 'HUAWEI_CREDENTIALS',
  variables: { ...password.shape, ...accessKey.shape, ...caller.shape },
  env: z.discriminatedUnion('HUAWEI_CREDENTIALS', [caller, gateway], {
    error: 'must be caller or gateway',
  }),
  open: (settings, tools) => {
    if (settings.HUAWEI_CREDENTIALS !== 'gateway') return null;
    if (settings.HUAWEI_AUTH_METHOD === 'access-key') {
      const {
        HUAWEI_ACCESS_KEY: id,
        HUAWEI_SECRET_KEY: keySecret,
        HUAWEI_SECURITY_TOKEN: securityToken,
        HUAWEI_DOMAIN_ID: domainId,
      } = settings;
      return signing({ id, secret: keySecret, securityToken, domainId }, tools);
    }
    const source = new TokenSource({
      label: tools.label,
      login: () => logIn(settings, tools),
      advice: 'Check HUAWEI_IAM_URL or HUAWEI_REGION: tokens are issued there.',
      turn: tools.turn,
      report: tools.report,
    });
    return tokenAuthenticator(source, callerCredentials, isStale);
  },
  advice: ({ code, upstream }) => {
    const [said] = upstream?.details ?? [];
    const text = said?.message ?? '';
    if (code === 'PERMISSION_DENIED')
      return 'Give the IAM user Security Administrator, or the action that is named.';
    if (said?.code === SIGNATURE_REFUSED)
      return `${signatureAdvice(text)} The gateway then sends nothing for 5 minutes, because access keys lock.`;
    return 'Check that the IAM user is active and its credentials are valid. With an access key, the gateway sends nothing for a second after a 401, twice as long after each further one, and at most 5 minutes.';
  },
};

/** What to fix, by the API gateway's message about a signature. */
function signatureAdvice(text: string): string {
  if (text.includes('signature expired'))
    return "Set this machine's clock (NTP): a signature is valid for 15 minutes.";
  if (text.includes('ak not exist'))
    return 'Check HUAWEI_ACCESS_KEY: this access key does not exist.';
  return 'Check HUAWEI_ACCESS_KEY, HUAWEI_SECRET_KEY, HUAWEI_SECURITY_TOKEN and HUAWEI_DOMAIN_ID: they must belong together.';
}

/** A time in milliseconds. NaN if it cannot be read, which does not make the token unusable. */
const time = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .catch(NaN);

/** Body of the response to `POST /v3/auth/tokens`. */
const tokenBody = z.object({ token: z.object({ issued_at: time, expires_at: time }) });

/** Gets a token for the whole account: IAM belongs to no project. */
async function logIn(
  settings: z.output<typeof password>,
  { base, send }: CredentialsTools,
): Promise<IssuedToken> {
  const domain = { name: settings.HUAWEI_DOMAIN_NAME };
  const user = {
    name: settings.HUAWEI_USER_NAME,
    password: settings.HUAWEI_PASSWORD.reveal(),
    domain,
  };
  const response = await send(new URL('/v3/auth/tokens?nocatalog=true', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: { identity: { methods: ['password'], password: { user } }, scope: { domain } },
    }),
  });
  const words = {
    said: saidIn(response),
    advice:
      'Check HUAWEI_DOMAIN_NAME, HUAWEI_USER_NAME and HUAWEI_PASSWORD. The user must be allowed to use the API (programmatic access), and must not need a second factor.',
  };
  checkLogin(response, () => words);
  checkWords(response, words);
  const token = response.header('x-subject-token');
  const body = tokenBody.safeParse(parseJson(response.body));
  if (token === null || !isToken(token) || !body.success)
    throw new Error(`the login returned status ${response.status}, but no token`);
  const { issued_at, expires_at } = body.data.token;
  // Only by the upstream's clock, because the clock of this machine may be wrong.
  return { value: new Secret(token), lifetimeMs: expires_at - issued_at };
}

/** What a refusal says in a form of IAM or its API gateway. Anything else, even JSON, may come from a proxy in between. */
function saidIn({ status, body }: HttpResponse): string {
  const {
    details: [said],
    inOwnWords,
  } = readError({ status, json: parseReason(body) });
  if (inOwnWords !== true) return '';
  return [said?.code, said?.message].filter(Boolean).join(', ') || 'without a reason';
}

/** Codes of a 401 about the token. */
const STALE_CODES: ReadonlySet<string | null> = new Set([
  'IAM.0001',
  'IAM.0066',
  'IAM.0067',
  'APIGW.0307',
]);

/** A 401 in Keystone's form has no code; only its message shows that it is about something other than the token. */
const keystoneRefusal = z.object({
  error: z.object({
    code: z.literal(401),
    message: z.string().regex(/^(?!.*(?:lock|disabled|password))/i),
  }),
});

/** Whether a 401 is about the token, by IAM's own code or message. Another 401 may come from a proxy in between. */
function isStale({ status, body }: HttpResponse): boolean {
  const json = parseReason(body);
  return (
    readError({ status, json }).details.some(({ code }) => STALE_CODES.has(code)) ||
    keystoneRefusal.safeParse(json).success
  );
}
