import type { Warning, WarningCode } from '../../domain/warnings.ts';

/** The stable codes of warnings that only Huawei Cloud IAM has, each with its meaning. */
export const WARNING_CODES = {
  IDENTITY_PROVIDER_DISABLED: 'The identity provider is disabled: sign-in through it fails.',
  SSO_TYPE_WITHOUT_OIDC:
    'The identity provider has a single sign-on type that does not work with OpenID Connect.',
  NO_USER_IN_RULES: 'No rule in the mapping assigns a user name.',
  RULE_NEVER_APPLIES:
    'A condition of a rule never holds, because its list of accepted values is empty.',
  PLACEHOLDER_NOT_FILLED:
    'A placeholder refers to a condition that has a list of values. Such a condition yields only true or false, so there is nothing to fill in.',
  RULE_NOT_SHOWN_WHOLE: 'A stored mapping rule contains more than this schema shows.',
} as const;

/** A warning about a configuration of Huawei Cloud IAM. */
export type HuaweiWarning = Warning<WarningCode | keyof typeof WARNING_CODES>;
