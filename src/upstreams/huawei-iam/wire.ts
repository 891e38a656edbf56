import { z } from 'zod';
import { isObject } from '../../domain/json.ts';
import type { Json } from '../../domain/json.ts';

/** Values of `access_mode`. */
export const ACCESS_MODES = ['program', 'program_console'] as const;
/** Values of `response_type`. */
export const RESPONSE_TYPES = ['id_token'] as const;
/** Values of `response_mode`. */
export const RESPONSE_MODES = ['fragment', 'form_post'] as const;

/** Body of `POST …/openid-connect-config`. */
export interface OpenIdConnectConfigBody {
  readonly openid_connect_config: {
    readonly access_mode: (typeof ACCESS_MODES)[number];
    readonly idp_url: string;
    readonly client_id: string;
    readonly authorization_endpoint?: string | undefined;
    /** Words joined by one space. */
    readonly scope?: string | undefined;
    readonly response_type?: (typeof RESPONSE_TYPES)[number] | undefined;
    readonly response_mode?: (typeof RESPONSE_MODES)[number] | undefined;
    /** A JSON Web Key Set as JSON text: JSON inside JSON. */
    readonly signing_key: string;
  };
}

/** Console-only members are null, absent or empty for `program`: the page says null, its example leaves them out. */
const consoleOnly = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .union([
      schema,
      z.literal('').transform(() => null),
      z.null(),
      z.undefined().transform(() => null),
    ])
    .optional();

/** A configuration as answered. */
export const openIdConnectConfig = z.object({
  openid_connect_config: z.object({
    access_mode: z.enum(ACCESS_MODES),
    idp_url: z.string(),
    client_id: z.string(),
    authorization_endpoint: z.string().nullish(),
    scope: z.string().nullish(),
    response_type: consoleOnly(z.enum(RESPONSE_TYPES)),
    response_mode: consoleOnly(z.enum(RESPONSE_MODES)),
    signing_key: z.string(),
  }),
});

export type WireOpenIdConnectConfig = z.output<typeof openIdConnectConfig>;

/** Levels of JSON in a rule: it has five, and unknown members may add some. Whatever looks through it recurses. */
const DEEPEST_RULE = 16;

const rule = z.custom<Json>((value) => isShallow(value, DEEPEST_RULE));

function isShallow(value: unknown, levels: number): boolean {
  return (
    typeof value !== 'object' ||
    value === null ||
    (levels > 0 && Object.values(value).every((item) => isShallow(item, levels - 1)))
  );
}

/** An identity provider as answered. Only the id is relied on; the rest has the defaults of the vendor where it is absent. */
const wireIdentityProvider = z.object({
  id: z.string().min(1),
  description: z.string().nullish(),
  enabled: z.boolean().nullish(),
  sso_type: z.string().nullish(),
  remote_ids: z.array(z.string()).nullish(),
});
const wireProtocol = z.object({ id: z.string().min(1), mapping_id: z.string().nullish() });
/** Rules stay as they are: whatever they hold, an update must not drop it unseen. */
const wireMapping = z.object({ id: z.string().min(1), rules: z.array(rule) });

export const identityProvider = z.object({ identity_provider: wireIdentityProvider });
/** Lists come whole: another page would be one that nobody asked for, and a part must not pass for all. */
const links = z.object({ next: z.null().optional() }).optional();

export const identityProviders = z.object({
  identity_providers: z.array(wireIdentityProvider),
  links,
});
export const protocol = z.object({ protocol: wireProtocol });
export const mapping = z.object({ mapping: wireMapping });
export const mappings = z.object({ mappings: z.array(wireMapping), links });

export type WireIdentityProvider = z.output<typeof wireIdentityProvider>;
export type WireProtocol = z.output<typeof wireProtocol>;
export type WireMapping = z.output<typeof wireMapping>;

/** Body of a create or change of an identity provider. */
export interface IdentityProviderBody {
  readonly identity_provider: {
    readonly sso_type?: 'virtual_user_sso' | 'iam_user_sso';
    readonly description?: string;
    readonly enabled?: boolean;
  };
}

/** A rule of a mapping: what people have (`remote`) and what they become (`local`). */
export interface WireMappingRule {
  readonly local: readonly {
    readonly user?: { readonly name: string };
    readonly group?: { readonly name: string };
    readonly groups?: string;
  }[];
  readonly remote: readonly {
    readonly type: string;
    readonly any_one_of?: readonly string[];
    readonly not_any_of?: readonly string[];
    readonly regex?: boolean;
  }[];
}

/** No body, as a deletion is answered. */
export const nothing = z.undefined();

/** An error body, whichever of the forms it came in. */
export interface ErrorBody {
  /** An IAM or API gateway code; null where the body has only the HTTP status. */
  readonly code: string | null;
  readonly message: string | null;
  /** Id given by the API gateway in front of IAM. */
  readonly requestId: string | null;
  /** All other members. */
  readonly rest: Json;
}

/** A code of IAM, or of a service of the platform in front of it. */
const OWN_CODE = /^[A-Z][A-Z\d]*\.\d+$/;

/** An error of Keystone (`/v3`), which has no code of IAM. */
export const keystoneError = z.object({
  error: z.object({ code: z.int(), message: z.string(), title: z.string() }),
});

/** Errors of IAM and of the API gateway in front of it; some of them have a bare number for a code. */
const codedError = z.union([
  z.object({
    error_code: z.union([z.string().regex(OWN_CODE), z.string().regex(/^\d{1,6}$/), z.int()]),
  }),
  z.object({ code: z.string().regex(OWN_CODE) }),
]);

const ownForms = z.union([keystoneError, codedError, z.object({ error: codedError })]);

/** Whether an error body is in a form of IAM or its API gateway. What else stands between may answer with JSON as well. */
export function isOwnError(body: Json): boolean {
  return ownForms.safeParse(body).success;
}

/** Where a code and a message may stand, in order. A value of another type than text or number is neither, and stays in `rest`. */
const CODES = ['error_code', 'code'];
const MESSAGES = ['error_msg', 'message'];

/**
 * Reads `{error_code, error_msg}` of the `/v3.0` APIs and of the API gateway (with `request_id`, and sometimes
 * `encoded_authorization_message`), and `{error: {code, message, title}}` of the `/v3` APIs, whose numeric code is the
 * HTTP status and no IAM code. Anything else is kept whole in `rest`.
 */
export function errorBody(body: Json): ErrorBody {
  if (!isObject(body)) return { code: null, message: null, requestId: null, rest: body };
  const { error, ...outer } = body;
  const members = isObject(error) ? { ...outer, ...error } : body;
  const first = (names: readonly string[]) => names.find((name) => isWord(members[name]));
  const [code, message] = [first(CODES), first(MESSAGES)];
  const text = (name: string | undefined) =>
    name !== undefined && isWord(members[name]) ? String(members[name]) : null;
  const others = Object.entries(members).filter(([name]) => name !== code && name !== message);
  return {
    code: code === 'code' && typeof members[code] === 'number' ? null : text(code),
    message: text(message),
    requestId: text('request_id'),
    rest: others.length === 0 ? null : Object.fromEntries(others),
  };
}

function isWord(value: Json | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}
