import * as z from 'zod';
import { rule } from '../../../domain/parse.ts';
import { httpUrl, text, urlTemplate, words } from '../../../domain/primitives.ts';
import { Secret } from '../../../domain/scrub/secret.ts';

/** A field of the resource, except its ID. */
export interface Field {
  /** Its name on the wire. */
  readonly wire: string;
  /** The type of its values. A secret is a text that is not shown to everyone. */
  readonly kind: 'text' | 'secret' | 'flag' | 'list';
  /** OrderCloud demands required fields, defaults those with a default to false, and accepts clearable ones without a value. */
  readonly presence: 'required' | 'defaulted' | 'clearable' | 'readOnly';
  /** Checks the input. */
  readonly schema: z.ZodType;
  /** Its description everywhere, and an addition for inputs. */
  readonly about: string;
  readonly aboutInput?: string;
}

/** What a person or tool writes instead of a hidden secret. */
const MASK = /^(?:[*•x.]{3,}|<\s*redacted.*>|\[redacted\]|redacted)$/i;

const clientSecret = text()
  .check(
    rule(function* (value: string) {
      if (MASK.test(value.trim()))
        yield {
          code: 'MASKED_SECRET',
          message: 'This is a mask, not the secret: enter the secret itself.',
        };
    }),
  )
  .transform((value) => new Secret(value));

const endpoint = httpUrl({ fragment: false });
const ABOUT_ENDPOINT = 'An absolute http(s) URL without a fragment; not called by the gateway.';
const EXACT = 'Sent unchanged.';

export const ABOUT_ID = 'ID of the configuration, at most 100 characters.';

const REQUIRED = { kind: 'text', presence: 'required' } as const;
const CLEARABLE = { kind: 'text', presence: 'clearable' } as const;
const FLAG = { kind: 'flag', presence: 'defaulted', schema: z.boolean() } as const;

/** All fields but the ID, in the order of OrderCloud. What is derived from them is listed in `docs/decisions/fields-declared-once.md`. */
export const FIELDS = {
  orderCloudApiClientId: {
    ...REQUIRED,
    wire: 'OrderCloudApiClientID',
    schema: text().brand<'ApiClientId'>(),
    about:
      "ID of the OrderCloud API client that users sign in to. This is OrderCloud's own API client, not the OAuth `client_id` registered with the identity provider.",
  },
  connectClientId: {
    ...REQUIRED,
    wire: 'ConnectClientID',
    schema: text().brand<'ClientId'>(),
    about: 'OAuth 2 `client_id` that the identity provider issued for OrderCloud.',
  },
  connectClientSecret: {
    ...REQUIRED,
    wire: 'ConnectClientSecret',
    kind: 'secret',
    schema: clientSecret,
    about: 'OAuth 2 `client_secret` that belongs to `connectClientId`.',
    aboutInput:
      'Pass it in a variable, never in the query text. A mask such as `********` is refused.',
  },
  appStartUrl: {
    ...REQUIRED,
    wire: 'AppStartUrl',
    schema: urlTemplate(['0', '1', '2', '3', '4'], ['token']),
    about:
      'Template for the storefront URL that users are sent to after sign-in. Placeholders: `{0}` OrderCloud access token, `{1}` access token of the identity provider, `{2}` appStartPath, ' +
      '`{3}` OrderCloud refresh token, `{4}` refresh token of the identity provider. Not the OAuth `redirect_uri`. E.g. `https://shop.example.com/login?token={0}`.',
    aboutInput: EXACT,
  },
  authorizationEndpoint: {
    ...REQUIRED,
    wire: 'AuthorizationEndpoint',
    schema: endpoint,
    about:
      '`authorization_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where users sign in.',
    aboutInput: ABOUT_ENDPOINT,
  },
  tokenEndpoint: {
    ...REQUIRED,
    wire: 'TokenEndpoint',
    schema: endpoint,
    about:
      '`token_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where OrderCloud gets tokens.',
    aboutInput: ABOUT_ENDPOINT,
  },
  urlEncoded: {
    ...FLAG,
    wire: 'UrlEncoded',
    about:
      'How OrderCloud authenticates at the token endpoint. True: all values in a form post, like `client_secret_post`. False: HTTP Basic like `client_secret_basic`, ' +
      'but with a JSON body. If sign-in fails at the token endpoint, try the other value.',
  },
  integrationEventId: {
    ...CLEARABLE,
    wire: 'IntegrationEventID',
    schema: text(),
    about:
      'ID of the integration event (of type OpenIDConnect) that OrderCloud calls at sign-in to create or update the user. According to the documentation of OrderCloud, configurations created after 2020-03-31 require one.',
  },
  callSyncUserIntegrationEvent: {
    ...FLAG,
    wire: 'CallSyncUserIntegrationEvent',
    about:
      'Whether the integration event is called at every sign-in, even if the user already exists.',
  },
  integrationEventName: {
    wire: 'IntegrationEventName',
    kind: 'text',
    presence: 'readOnly',
    schema: z.never(),
    about: 'Name of the integration event. Set by OrderCloud; read-only.',
  },
  additionalIdpScopes: {
    ...CLEARABLE,
    wire: 'AdditionalIdpScopes',
    kind: 'list',
    schema: words(),
    about:
      'Scopes (RFC 6749 section 3.3) to request in addition to `openid profile email`, which OrderCloud always requests. A scope contains no spaces.',
  },
  customErrorUrl: {
    ...CLEARABLE,
    wire: 'CustomErrorUrl',
    schema: urlTemplate(['0']),
    about:
      'Template for the storefront URL that users are sent to if sign-in fails; `{0}` is the error text.',
    aboutInput: EXACT,
  },
} as const satisfies Readonly<Record<string, Field>>;

export type Fields = typeof FIELDS;
export type FieldName = keyof Fields;

/** Names of the fields with these properties. */
export type NameWith<Facts extends Partial<Field>> = {
  [Name in FieldName]: Fields[Name] extends Facts ? Name : never;
}[FieldName];

/** The fields with their names: all, and those that can be written. */
export const ALL_FIELDS = Object.entries(FIELDS) as readonly [FieldName, Field][];
export type WritableName = Exclude<FieldName, NameWith<{ presence: 'readOnly' }>>;
export const WRITABLE_FIELDS = ALL_FIELDS.filter(
  ([, { presence }]) => presence !== 'readOnly',
) as readonly [WritableName, Field][];

/** All fields except the secret. */
export const PLAIN_FIELDS = ALL_FIELDS.filter(([, { kind }]) => kind !== 'secret') as readonly [
  Exclude<FieldName, NameWith<{ kind: 'secret' }>>,
  Field,
][];

/** The input's names of writable fields, by wire name. */
export const FIELD_NAMES = Object.fromEntries([
  ['ID', 'id'],
  ...WRITABLE_FIELDS.map(([name, { wire }]) => [wire, name]),
]) as { readonly ID: 'id' } & { readonly [Name in WritableName as Fields[Name]['wire']]: Name };

/** Schemas of the fields of one presence, by name. */
export function schemasOf<Presence extends Field['presence']>(presence: Presence) {
  const found = ALL_FIELDS.filter(([, field]) => field.presence === presence);
  return Object.fromEntries(found.map(([name, { schema }]) => [name, schema])) as {
    [Name in NameWith<{ presence: Presence }>]: Fields[Name]['schema'];
  };
}
