/*
 * The fields of a configuration, by their names in the schema. The wire has the same names in snake case.
 */

/** The ways of access for federated users, with their values on the wire. */
export const ACCESS_MODE = { PROGRAM: 'program', PROGRAM_CONSOLE: 'program_console' } as const;
export const RESPONSE_TYPE = { ID_TOKEN: 'id_token' } as const;
export const RESPONSE_MODE = { FRAGMENT: 'fragment', FORM_POST: 'form_post' } as const;

export type AccessMode = keyof typeof ACCESS_MODE;
export type ResponseType = keyof typeof RESPONSE_TYPE;
export type ResponseMode = keyof typeof RESPONSE_MODE;

/** Inclusive bounds, in characters: of URLs, and of the key set as compact JSON. */
export const URL_LENGTH = { min: 10, max: 255 } as const;
export const SIGNING_KEY_LENGTH = { min: 10, max: 30_000 } as const;

/** Fields that PROGRAM_CONSOLE requires and PROGRAM does not allow. */
export const CONSOLE_FIELDS = [
  'authorizationEndpoint',
  'scope',
  'responseType',
  'responseMode',
] as const;
export type ConsoleField = (typeof CONSOLE_FIELDS)[number];

/** What descriptions say about a field. */
export interface Field {
  /** In the object and in every input. */
  readonly about: string;
  /** In inputs alone. */
  readonly aboutInput?: string;
  /** In the input of a change alone. */
  readonly aboutChange?: string;
}

export const FIELDS = {
  idpId: {
    about:
      'Id (which is also the name) of the identity provider in Huawei Cloud IAM that the configuration belongs to: 1 to 64 letters, digits, hyphens and underscores.',
  },
  accessMode: {
    about:
      'How users who sign in through the identity provider may access Huawei Cloud: only through the API, or also through the web console.',
  },
  idpUrl: {
    about:
      'Issuer of the identity provider: compared exactly with `iss` of the ID token (OpenID Connect Core 1.0 section 2), so a trailing slash matters. 10 to 255 characters.',
    aboutInput: 'An absolute http(s) URL; sent unchanged, and not called by the gateway.',
  },
  clientId: {
    about:
      'OAuth 2 `client_id` registered with the identity provider; compared with `aud` of the ID token. 5 to 255 characters.',
  },
  authorizationEndpoint: {
    about:
      '`authorization_endpoint` of the identity provider (OpenID Connect Discovery 1.0 section 3), where users sign in. 10 to 255 characters.',
    aboutInput: 'An absolute http(s) URL without a fragment.',
  },
  scope: {
    about:
      'Scopes of the authorization request (OpenID Connect Core 1.0 section 5.4), including `openid`: 1 to 10 scopes, each made of letters, digits and underscores; at most 255 characters when joined with spaces.',
    aboutInput: 'Duplicates are merged.',
  },
  responseType: {
    about:
      '`response_type` of the authorization request (OpenID Connect Core 1.0 section 3.2.2.1).',
  },
  responseMode: {
    about:
      '`response_mode` of the authorization request (OAuth 2.0 Multiple Response Type Encoding Practices section 2.1).',
  },
  signingKey: {
    about:
      'Public keys (JSON Web Key Set, RFC 7517 section 5) that verify the signatures of ID tokens.',
    aboutInput:
      'At least one key must be RSA (with `n` and `e`) or EC (with `crv`, `x` and `y`), with `use` absent or `sig`. Private members are not allowed. ' +
      '10 to 30,000 characters as compact JSON; the whole request to IAM is limited to 32,768 bytes. This is a copy: when the identity provider rotates its keys, sign-in fails until you update it.',
    aboutChange: 'The whole set: it replaces the stored one.',
  },
} as const satisfies Readonly<Record<string, Field>>;

export type FieldName = keyof typeof FIELDS;

/** The names of the fields, in order. */
export const ALL_FIELDS = Object.keys(FIELDS) as readonly FieldName[];
