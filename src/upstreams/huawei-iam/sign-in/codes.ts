import type { CheckCode } from '../../../domain/sign-in/report.ts';

/** The stable codes of checks that only Huawei Cloud IAM has, each with its meaning. */
export const CHECK_CODES = {
  PROVIDER_ENABLED: 'The identity provider is enabled.',
  PROVIDER_TYPE: 'The identity provider is for virtual users, as OpenID Connect needs.',
  PROTOCOL: 'The identity provider has the protocol `oidc`.',
  ACCESS_MODE: 'What the access mode lets people do.',
  RESPONSE_MODE: 'The issuer offers the stored response mode.',
  STORED_KEYS: 'The stored keys are those that the issuer publishes now.',
  ID_TOKEN_SIGNATURE_STORED: 'A stored key verifies the signature of the ID token.',
  ID_TOKEN_EXCHANGE: 'Huawei Cloud IAM accepts the ID token.',
  MAPPING: 'The mapping of the protocol exists, and has rules that can sign somebody in.',
  MAPPING_CLAIMS: 'The issuer lists the claims that the mapping refers to.',
  MAPPING_RESULT: 'The mapping signs in the person with these claims.',
} as const;

export type HuaweiCheckCode = CheckCode | keyof typeof CHECK_CODES;
