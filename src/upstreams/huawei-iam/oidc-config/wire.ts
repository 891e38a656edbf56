import * as z from 'zod';
import { ACCESS_MODE, RESPONSE_MODE, RESPONSE_TYPE } from './fields.ts';

/** Console-only members are null, absent or empty for `program`: the documentation says null, its example leaves them out. */
const consoleOnly = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .union([
      schema,
      z.literal('').transform(() => null),
      z.null(),
      z.undefined().transform(() => null),
    ])
    .optional();

const wireConfig = z.object({
  access_mode: z.enum(ACCESS_MODE),
  idp_url: z.string(),
  client_id: z.string(),
  authorization_endpoint: z.string().nullish(),
  /** Words joined by one space. */
  scope: z.string().nullish(),
  response_type: consoleOnly(z.enum(RESPONSE_TYPE)),
  response_mode: consoleOnly(z.enum(RESPONSE_MODE)),
  /** A JSON Web Key Set as JSON text: JSON inside JSON. */
  signing_key: z.string(),
});
type WireConfig = z.output<typeof wireConfig>;

/** A configuration in a response. */
export const openIdConnectConfig = z.object({ openid_connect_config: wireConfig });

export type WireOpenIdConnectConfig = z.output<typeof openIdConnectConfig>;

/** Body of a request that creates or changes a configuration; undefined fields are not sent. */
export interface OpenIdConnectConfigBody {
  readonly openid_connect_config: {
    readonly [Name in keyof WireConfig]: Exclude<WireConfig[Name], null>;
  };
}
