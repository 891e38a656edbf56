import { z } from 'zod';

/* What one file of sign-in configuration has. The gateway checks values; this checks the structure, so that a mistake in it is reported with its line. */

const text = z.string().min(1);

/** Where a secret comes from. The value is read when it is needed, and is never in the file, a plan or an output. */
const secretReference = z.union([
  z.strictObject({ fromEnv: text }).describe('The name of an environment variable.'),
  z.strictObject({ fromFile: text }).describe('The path of a file, relative to this one.'),
  z.string().describe('The secret itself: refused without --allow-plain-secrets.'),
]);

const openIdConnect = z.strictObject({
  id: text,
  issuer: text.optional(),
  orderCloudApiClientId: text,
  connectClientId: text,
  connectClientSecret: secretReference.optional(),
  appStartUrl: text,
  authorizationEndpoint: text.optional(),
  tokenEndpoint: text.optional(),
  urlEncoded: z.boolean().optional(),
  integrationEventId: text.nullish(),
  callSyncUserIntegrationEvent: z.boolean().optional(),
  additionalIdpScopes: z.array(text).optional(),
  customErrorUrl: text.nullish(),
});

const local = z.strictObject({
  user: z.strictObject({ name: text }).optional(),
  group: z.strictObject({ name: text }).optional(),
  groups: text.optional(),
});

const remote = z.strictObject({
  type: text,
  anyOneOf: z.array(text).optional(),
  notAnyOf: z.array(text).optional(),
  regex: z.boolean().optional(),
});

const oidcConfig = z.strictObject({
  idpId: text,
  description: z.string().optional(),
  enabled: z.boolean().optional(),
  issuer: text.optional(),
  accessMode: z.enum(['PROGRAM', 'PROGRAM_CONSOLE']),
  idpUrl: text.optional(),
  clientId: text,
  authorizationEndpoint: text.optional(),
  scope: z.array(text).optional(),
  responseType: z.enum(['ID_TOKEN']).optional(),
  responseMode: z.enum(['FRAGMENT', 'FORM_POST']).optional(),
  signingKey: z.union([text, z.looseObject({ keys: z.array(z.looseObject({})) })]).optional(),
  mapping: z
    .strictObject({
      id: text.optional(),
      rules: z.array(z.strictObject({ local: z.array(local), remote: z.array(remote) })),
    })
    .optional(),
});

/** The whole file. */
export const signInFile = z.strictObject({
  version: z.literal(1),
  issuers: z.record(text, z.strictObject({ url: text })).default({}),
  openIdConnects: z.array(openIdConnect).default([]),
  oidcConfigs: z.array(oidcConfig).default([]),
});

export type SignInFile = z.infer<typeof signInFile>;
export type OpenIdConnectEntry = SignInFile['openIdConnects'][number];
export type OidcConfigEntry = SignInFile['oidcConfigs'][number];
export type SecretReference = z.infer<typeof secretReference>;
