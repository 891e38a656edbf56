import { z } from 'zod';
import type { Json } from '../../domain/scrub.ts';

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
    readonly authorization_endpoint?: string;
    /** Words joined by one space. */
    readonly scope?: string;
    readonly response_type?: (typeof RESPONSE_TYPES)[number];
    readonly response_mode?: (typeof RESPONSE_MODES)[number];
    /** A JSON Web Key Set as JSON text: JSON inside JSON. */
    readonly signing_key: string;
  };
}

/** Console-only members are null, absent or empty for `program`: the page says null, its example leaves them out. */
const consoleOnly = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema, z.literal('').transform(() => null), z.null(), z.undefined().transform(() => null)]).optional();

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

const member = z.union([z.string(), z.number().transform(String)]).nullish().transform((value) => value ?? null).catch(null);
const v30 = z.object({ error_code: member, error_msg: member, request_id: member });
const keystone = z.object({ code: z.unknown().optional(), message: member });
const named = ['error_code', 'error_msg', 'code', 'message'];

/**
 * Reads `{error_code, error_msg}` of the `/v3.0` APIs and of the API gateway (with `request_id`, and sometimes
 * `encoded_authorization_message`), and `{error: {code, message, title}}` of the `/v3` APIs, whose numeric code is the
 * HTTP status and no IAM code. Anything else is kept whole in `rest`.
 */
export function errorBody(body: Json): ErrorBody {
  const inner = isObject(body) && isObject(body['error']) ? body['error'] : body;
  if (!isObject(inner)) return { code: null, message: null, requestId: null, rest: inner };
  const others = Object.fromEntries(Object.entries(inner).filter(([name]) => !named.includes(name)));
  const rest = Object.keys(others).length === 0 ? null : others;
  if ('error_code' in inner || 'error_msg' in inner) {
    const { error_code: code, error_msg: message, request_id: requestId } = v30.parse(inner);
    return { code, message, requestId, rest };
  }
  const { code, message } = keystone.parse(inner);
  return { code: typeof code === 'string' ? code : null, message, requestId: null, rest };
}

function isObject(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
