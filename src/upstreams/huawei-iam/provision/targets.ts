/** What is brought to its desired state, in this order: each needs the ones before. */
export const TARGETS = {
  IDENTITY_PROVIDER:
    'The identity provider. The step makes sure that it exists, is enabled and has the given description.',
  MAPPING: 'The mapping. The step makes sure that it exists with the given rules.',
  PROTOCOL:
    'The protocol `oidc` of the identity provider. The step makes sure that it exists and refers to the mapping.',
  OIDC_CONFIG:
    'The OpenID Connect configuration of the identity provider. The step makes sure that it exists with the given values.',
} as const;

export type ProvisionTarget = keyof typeof TARGETS;
