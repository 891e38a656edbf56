import * as z from 'zod';
import { OidcError } from '../../../domain/errors.ts';
import type { IdToken } from '../../../domain/sign-in/id-token.ts';
import type { Call } from '../../../transport/connection.ts';
import type { Operation } from '../../../transport/operation.ts';

interface ExchangeArgs {
  readonly idpId: string;
  readonly idToken: IdToken;
}

const names = z
  .array(z.object({ name: z.string() }))
  .nullish()
  .transform((groups) => (groups ?? []).map(({ name }) => name));

/** The token that is made for the person: its description in the body, not the token itself, which is in a header. */
const exchanged = z.object({
  token: z.object({
    user: z.object({ name: z.string(), 'OS-FEDERATION': z.object({ groups: names }).nullish() }),
  }),
});

/** Who is signed in. */
export interface SignedIn {
  readonly user: string;
  readonly groups: readonly string[];
}

/**
 * `POST /v3.0/OS-AUTH/id-token/tokens`: sign-in by API. The ID token is the credential, so nothing else is sent. Without a
 * scope, the token that IAM makes authorizes nothing; it comes in a header that is not read.
 */
const exchangeIdToken: Operation<ExchangeArgs, z.output<typeof exchanged>, SignedIn> = {
  name: 'exchangeIdToken',
  purpose: 'sign in with the ID token',
  effect: 'read',
  repeatable: false,
  anonymous: true,
  fields: ['idToken'],
  secretFields: ['idToken'],
  request: ({ idpId, idToken: { text } }) => ({
    method: 'POST',
    path: '/v3.0/OS-AUTH/id-token/tokens',
    headers: { 'x-idp-id': idpId },
    body: { auth: { id_token: { id: text } } },
  }),
  response: exchanged,
  result: ({ token: { user } }) => ({
    user: user.name,
    groups: user['OS-FEDERATION']?.groups ?? [],
  }),
  subject: ({ idpId }) => ({ resource: 'identity_provider', id: idpId }),
};

/** What Huawei Cloud IAM does with an ID token. */
export type Exchange =
  | ({ readonly kind: 'ACCEPTED' } & SignedIn)
  /** IAM itself refuses it. Which reason has which code is not documented. */
  | { readonly kind: 'REFUSED' }
  /** `status` is null without a response. */
  | { readonly kind: 'UNCLEAR'; readonly status: number | null }
  /** The caller has asked for it, but it is turned off. */
  | { readonly kind: 'OFF' };

/** The statuses that the documentation of the operation has for refusals. */
const REFUSALS: ReadonlySet<number | null> = new Set([400, 401, 403, 404]);

/** Signs in with an ID token by API, once. */
export async function tryExchange(call: Call, args: ExchangeArgs): Promise<Exchange> {
  try {
    return { kind: 'ACCEPTED', ...(await call(exchangeIdToken, args)).value };
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    const { status = null, details = [] } = error.upstream ?? {};
    // Other codes are those of what stands before IAM, and say nothing about the token.
    const isOfIam = details.some(({ code }) => code?.startsWith('IAM.') === true);
    return isOfIam && REFUSALS.has(status) ? { kind: 'REFUSED' } : { kind: 'UNCLEAR', status };
  }
}
