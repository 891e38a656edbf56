/** The stable codes of warnings that every upstream may use, each with its meaning. Each upstream adds its own. */
export const WARNING_CODES = {
  ID_MISSING:
    'The create request has no id. If the response is lost, the gateway cannot look up whether it was applied.',
  CONFIRMED_BY_READING:
    'The response to the write was lost. Reading the object back showed everything as requested.',
  REPEATED:
    'The write took more than one attempt. An earlier attempt may still arrive late and undo what others write in the meantime.',
  DIFFERS_FROM_ISSUER:
    'A given value differs from what the metadata or keys of the given issuer say. The given value is kept.',
  ENDPOINT_CLEARTEXT:
    'The issuer, an endpoint of the identity provider, or the error page uses plain http.',
  MULTI_TENANT_ISSUER:
    'The issuer or an endpoint is shared by many tenants, like `/common` of Microsoft Entra ID.',
  SURROUNDING_SPACE: 'The string begins or ends with white space, which is sent unchanged.',
  WEAK_RSA_KEY: 'The modulus of an RSA key has fewer than 2,048 bits.',
  UNUSABLE_KEY: 'A key in the set cannot be used to verify signatures; the message says why.',
  DUPLICATE_KEY_ID: 'Different keys of the set have the same kid.',
  PRIVATE_KEY_STORED:
    'A private or symmetric key is stored. It is not shown; replace it, and treat it as compromised.',
  NO_RSA_KEY:
    'The key set has no RSA signing key, which is what most identity providers sign with.',
  NOT_WRITABLE:
    'A stored value would be refused if it were written back as shown; the message says why.',
  UNSUPPORTED_KEY_TYPE: 'A key is neither RSA nor EC and is likely ignored.',
} as const;

export type WarningCode = keyof typeof WARNING_CODES;

/** Something that is accepted, but likely to cause problems. */
export interface Warning<Code extends string = string> {
  readonly code: Code;
  /** The path of input names, as in `InputIssue.path`. */
  readonly path: readonly string[];
  readonly message: string;
}
