import { z } from 'zod';
import { parseJson, parseReason } from '../../domain/json.ts';
import { Secret } from '../../domain/secret.ts';
import { isToken } from '../../transport/credentials.ts';
import type { CallerCredentials } from '../../transport/credentials.ts';
import type { HttpAnswer } from '../../transport/http.ts';
import { checkLogin, checkWords, tokenAuthenticator } from '../../transport/own-credentials.ts';
import type { CredentialsTools, OwnCredentials } from '../../transport/own-credentials.ts';
import { fileOf, onlyWhen, required, secret } from '../../transport/settings.ts';
import { TokenSource } from '../../transport/token-source.ts';
import type { IssuedToken } from '../../transport/token-source.ts';
import { readError } from './errors.ts';
import { SIGNATURE_REFUSED, signing } from './signing.ts';

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
        "Whose credentials Huawei Cloud IAM is called with: `caller`, each caller's own token, or `gateway`, those of the variables below. Not set: `caller`.",
      ),
  },
  onlyWhen('HUAWEI_CREDENTIALS is gateway'),
);

const WHEN_PASSWORD = 'when HUAWEI_AUTH_METHOD is password';
const WHEN_KEY = 'when HUAWEI_AUTH_METHOD is access-key';

/** What goes into a header as it is, and into the signature of it. */
const VISIBLE = /^[\x21-\x7e]*$/;
const ONLY_VISIBLE = 'must have no characters but visible ASCII';
const headerSecret = (when: string) =>
  secret(when).refine((value) => VISIBLE.test(value.reveal()), ONLY_VISIBLE);

const accessKey = z.strictObject(
  {
    HUAWEI_CREDENTIALS: z.literal('gateway'),
    HUAWEI_AUTH_METHOD: z
      .literal('access-key')
      .describe(
        'How the gateway itself authenticates: `access-key` signs each request, which Huawei Cloud recommends; `password` gets a token of an IAM user.',
      ),
    HUAWEI_ACCESS_KEY: headerSecret(WHEN_KEY).describe(
      'Access key id (AK) of an IAM user with Security Administrator, or with the actions that the gateway is to do.',
    ),
    HUAWEI_ACCESS_KEY_FILE: fileOf('HUAWEI_ACCESS_KEY'),
    HUAWEI_SECRET_KEY: secret(WHEN_KEY).describe('Secret access key (SK) that belongs to it.'),
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
      'Name of the IAM user. One that signs in with a HUAWEI ID, by federation or with a second factor cannot be used.',
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
export const ownCredentials: OwnCredentials<z.output<typeof caller> | z.output<typeof gateway>> = {
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
      return `${signatureAdvice(text)} The gateway sends nothing for 5 minutes then, because access keys lock.`;
    return 'Check that the IAM user is active and its credentials hold. With an access key, the gateway sends nothing for a second after a 401, twice as long after each one that follows, and 5 minutes at most.';
  },
};

/** What there is to fix, by the API gateway's words about a signature. */
function signatureAdvice(text: string): string {
  if (text.includes('signature expired'))
    return "Set this machine's clock (NTP): a signature holds for 15 minutes.";
  if (text.includes('ak not exist')) return 'Check HUAWEI_ACCESS_KEY: there is no such access key.';
  return 'Check HUAWEI_ACCESS_KEY, HUAWEI_SECRET_KEY, HUAWEI_SECURITY_TOKEN and HUAWEI_DOMAIN_ID: they must belong together.';
}

/** A time in milliseconds, NaN if it cannot be read: the token is one all the same. */
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
  const answer = await send(new URL('/v3/auth/tokens?nocatalog=true', base), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: { identity: { methods: ['password'], password: { user } }, scope: { domain } },
    }),
  });
  const words = {
    said: saidIn(answer),
    advice:
      'Check HUAWEI_DOMAIN_NAME, HUAWEI_USER_NAME and HUAWEI_PASSWORD. The user must be allowed to use the API (programmatic access), and must not need a second factor.',
  };
  checkLogin(answer, () => words);
  checkWords(answer, words);
  const token = answer.header('x-subject-token');
  const body = tokenBody.safeParse(parseJson(answer.body));
  if (token === null || !isToken(token) || !body.success)
    throw new Error(`the login was answered with status ${answer.status}, but without a token`);
  const { issued_at, expires_at } = body.data.token;
  // By the upstream's own clock alone, so that this machine's may be wrong.
  return { value: new Secret(token), lifetimeMs: expires_at - issued_at };
}

/** What a refusal says in a form of IAM or its API gateway: anything else may come from something in between, JSON too. */
function saidIn({ status, body }: HttpAnswer): string {
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

/** In the shape of Keystone a 401 has no code, and only its words say that it is about something else. */
const keystoneRefusal = z.object({
  error: z.object({
    code: z.literal(401),
    message: z.string().regex(/^(?!.*(?:lock|disabled|password))/i),
  }),
});

/** Whether a 401 is about the token, in IAM's own words: another one may come from something in between. */
function isStale({ status, body }: HttpAnswer): boolean {
  const json = parseReason(body);
  return (
    readError({ status, json }).details.some(({ code }) => STALE_CODES.has(code)) ||
    keystoneRefusal.safeParse(json).success
  );
}
