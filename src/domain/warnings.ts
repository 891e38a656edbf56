/** The stable codes of warnings, each with what it stands for. */
export const WARNING_CODES = {
  ID_MISSING:
    'A create without an id: if its answer is lost, nobody can look up whether it was applied.',
  CONFIRMED_BY_READING:
    'The response to the write was lost; reading back found everything as it was asked for.',
  REPEATED:
    'The write took more than one attempt. An earlier attempt may still arrive late, and would then undo what others write meanwhile.',
  INTEGRATION_EVENT_MISSING:
    'No integration event is set; configurations made after 2020-03-31 are documented to need one of type OpenIDConnect.',
  APP_START_URL_CLEARTEXT:
    'The start URL is plain http: what it carries, mostly tokens, can be read and changed on the way.',
  ENDPOINT_CLEARTEXT:
    'The issuer or an endpoint of the identity provider, or the page for errors, is plain http.',
  MULTI_TENANT_ISSUER:
    'The issuer or an endpoint is the one of many tenants, as `/common` of Microsoft Entra ID.',
  STALE_TOKEN_PLACEHOLDER:
    'The template uses {token}, which older documentation names; the current placeholder is {0}.',
  ACCESS_TOKEN_PLACEHOLDER_MISSING:
    'The template has no {0}: the application gets no access token.',
  SURROUNDING_SPACE: 'The text begins or ends with white space, which is sent as it is.',
  WEAK_RSA_KEY: 'The modulus of an RSA key has fewer than 2,048 bits.',
  UNUSABLE_KEY: 'No verifier can check a signature with a key of the set; the message says why.',
  DUPLICATE_KEY_ID: 'Different keys of the set have the same kid.',
  PRIVATE_KEY_STORED:
    'A private or symmetric key is stored. It is not shown; replace it, and treat it as disclosed.',
  NO_RSA_KEY:
    'The key set has no RSA signing key, which is what most identity providers sign with.',
  IDENTITY_PROVIDER_DISABLED: 'The identity provider is disabled: nobody can sign in through it.',
  SSO_TYPE_WITHOUT_OIDC:
    'The identity provider has a type of single sign-on that OpenID Connect does not work with.',
  NO_USER_IN_RULES: 'No rule of a mapping gives people a user name.',
  RULE_NEVER_APPLIES:
    'A condition of a rule cannot hold, because its list of accepted values is empty.',
  PLACEHOLDER_NOT_FILLED:
    'A placeholder stands for a condition with values, which gives only true or false.',
  NOT_WRITABLE:
    'A stored value is not accepted when it is written back as it is shown; the message says why.',
  RULE_NOT_SHOWN_WHOLE: 'A stored mapping rule holds more than this schema shows.',
  COUNT_CAPPED:
    "The upstream reports a number beyond what GraphQL's Int can hold; the nearest that it can hold, such as 2147483647, stands in its place.",
  UNSUPPORTED_KEY_TYPE: 'A key is neither RSA nor EC and is likely ignored.',
} as const;

export type WarningCode = keyof typeof WARNING_CODES;

/** Something that is accepted, but likely to cause problems. */
export interface Warning {
  readonly code: WarningCode;
  /** Where, in the input's own words, as in `InputIssue.path`. */
  readonly path: readonly string[];
  readonly message: string;
}
