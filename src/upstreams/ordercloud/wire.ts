import { z } from 'zod';
import { isObject } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';

/** Body of `POST /openidconnects`. `IntegrationEventName` is read-only and not sent. */
export interface CreateOpenIdConnectBody {
  readonly ID?: string | undefined;
  readonly OrderCloudApiClientID: string;
  readonly ConnectClientID: string;
  readonly ConnectClientSecret: string;
  readonly AppStartUrl: string;
  readonly AuthorizationEndpoint: string;
  readonly TokenEndpoint: string;
  readonly UrlEncoded?: boolean | undefined;
  readonly IntegrationEventID?: string | undefined;
  readonly CallSyncUserIntegrationEvent?: boolean | undefined;
  readonly AdditionalIdpScopes?: string[] | undefined;
  readonly CustomErrorUrl?: string | undefined;
}

const text = z.string().nullish();

/**
 * An OpenIdConnect as answered. Only the ID is relied on: the answer's schema marks nothing as required, and a sparse
 * answer must not turn a create that succeeded into an unknown one.
 */
export const openIdConnect = z.object({
  ID: z.string().min(1),
  OrderCloudApiClientID: text,
  ConnectClientID: text,
  ConnectClientSecret: text,
  AppStartUrl: text,
  AuthorizationEndpoint: text,
  TokenEndpoint: text,
  UrlEncoded: z.boolean().nullish(),
  IntegrationEventID: text,
  CallSyncUserIntegrationEvent: z.boolean().nullish(),
  IntegrationEventName: text,
  AdditionalIdpScopes: z.array(z.string()).nullish(),
  CustomErrorUrl: text,
});

export type WireOpenIdConnect = z.output<typeof openIdConnect>;

/** Body of `PATCH /openidconnects/{id}`: only what changes; null clears. An `ID` renames. */
export type UpdateOpenIdConnectBody = {
  readonly [Name in keyof CreateOpenIdConnectBody]?: CreateOpenIdConnectBody[Name] | null;
};

/** A whole number of any size, Infinity for what JSON has beyond the largest number: it must not cost the items of a list. */
const count = z.custom<number>(
  (value) => typeof value === 'number' && (Number.isInteger(value) || Math.abs(value) === Infinity),
);

/** A page of a list. */
export const openIdConnectList = z.object({
  Meta: z.object({
    Page: count,
    PageSize: count,
    TotalCount: count,
    TotalPages: count,
    ItemRange: z.array(count),
    NextPageKey: text,
  }),
  Items: z.array(openIdConnect),
});

export type WireOpenIdConnectList = z.output<typeof openIdConnectList>;

/** No body, as a deletion is answered. */
export const nothing = z.undefined();

/** One error entry; every part may be missing. */
export interface ErrorEntry {
  readonly ErrorCode: string | null;
  readonly Message: string | null;
  readonly Data: Json;
}

const json = z.custom<Json>(() => true);
const word = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((value) => value ?? null)
  .catch(null);
const entry = z.object({
  ErrorCode: word,
  Message: word,
  Data: json.optional().transform((data) => data ?? null),
});
const listed = z.object({ Errors: z.array(z.unknown()).min(1) });
const flat = z.union([z.object({ ErrorCode: z.string() }), z.object({ Message: z.string() })]);
const oauth = z.object({ error: z.string(), error_description: word });

function hasForm({ ErrorCode, Message, Data }: ErrorEntry): boolean {
  return ErrorCode !== null || Message !== null || Data !== null;
}

/** Errors of OAuth 2 (RFC 6749 section 5.2, RFC 6750 section 3.1). */
export const OAUTH_ERRORS: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_token',
  'insufficient_scope',
]);

const ownEntry = z.object({ ErrorCode: z.string().min(1) });
const ownForms = z.union([
  z.object({
    Errors: z
      .array(z.unknown())
      .refine((entries) => entries.some((one) => ownEntry.safeParse(one).success)),
  }),
  ownEntry,
  z.object({ error: z.string().refine((error) => OAUTH_ERRORS.has(error)) }),
]);

/** Whether an error body is in a form of OrderCloud: any has a code. What stands between may answer with JSON as well. */
export function isOwnError(body: Json): boolean {
  return ownForms.safeParse(body).success;
}

/** More entries would cost time, and tell nobody more. */
const MAX_ENTRIES = 100;

/**
 * The first entries of an error body, of whichever form: `{Errors: […]}` as the API answers, the flat form of its
 * specification, and OAuth 2's `error` and `error_description` (RFC 6749 section 5.2), alone or beside `Errors`.
 */
export function errorEntries(body: Json): ErrorEntry[] {
  const entries: ErrorEntry[] = [];
  const list = listed.safeParse(body);
  if (list.success) {
    for (const item of list.data.Errors.slice(0, MAX_ENTRIES)) {
      const known = entry.safeParse(item);
      // What has not the form is kept whole, as data.
      entries.push(
        known.success && hasForm(known.data)
          ? known.data
          : { ErrorCode: null, Message: null, Data: json.parse(item) },
      );
    }
  } else if (flat.safeParse(body).success) {
    entries.push(entry.parse(body));
  }
  if (isObject(body) && typeof body['error'] === 'string') {
    const { error, error_description: description } = oauth.parse(body);
    entries.push({ ErrorCode: error, Message: description, Data: null });
  }
  return entries.length > 0 ? entries : [{ ErrorCode: null, Message: null, Data: body }];
}
