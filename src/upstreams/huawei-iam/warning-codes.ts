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
  UNANCHORED_REGEX:
    'A regular expression may match anywhere in the value of a claim, so it may also match values that were not meant.',
  USER_NAME_NOT_ALLOWED:
    'The user name has a character that the user guide of IAM does not allow, or begins with a digit.',
  USER_NAME_FROM_SEVERAL_VALUES:
    'The user name is made from a claim with several values, and contains all of them as a list.',
  GROUP_NAME_FROM_SEVERAL_VALUES:
    'A `group` is made from a claim with several values, and its name contains all of them as a list.',
  GROUPS_NOT_READABLE: 'The text of `groups` looks like a list, but not of strings.',
  GROUPS_OVERAGE:
    'Microsoft Entra ID leaves out the claim `groups` if a user is in too many groups.',
  CLAIM_NOT_TEXT: 'A claim, or an item of it, is ignored because it is not a string.',
  KEYS_LEFT_OUT: 'Not all keys fit: ID tokens that are signed with those left out are refused.',
  KEY_ID_REUSED:
    'The issuer publishes a new key with the kid of a retired one, which stays stored without its kid.',
  RETIRED_KEYS_NOT_REMEMBERED:
    'The gateway cannot tell for how long keys have been retired, because it does not reach Redis. They stay stored.',
  RULE_NOT_SHOWN_WHOLE: 'A stored mapping rule contains more than this schema shows.',
} as const;

/** A warning about a configuration of Huawei Cloud IAM. */
export type HuaweiWarning = Warning<WarningCode | keyof typeof WARNING_CODES>;
