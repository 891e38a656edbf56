import { z } from 'zod';
import { oidcConfig } from './schema/oidc-config.ts';
import { openIdConnect, type secretReference } from './schema/open-id-connect.ts';
import { idText, url } from './schema/primitives.ts';

/*
 * What a file of sign-in configuration has, with the names of the GraphQL inputs. This checks the structure, so that a mistake is reported
 * with its line; the gateway checks values. The descriptions go into the JSON Schema that editors read.
 */

/** The whole file. */
export const signInFile = z
  .strictObject({
    version: z.literal(1).describe('Version of the format of this file: 1.'),
    issuers: z
      .record(
        idText(64),
        z.strictObject({
          url: url.describe(
            'The issuer, exactly as ID tokens have it in `iss`. A slash at its end matters.',
          ),
        }),
      )
      .default({})
      .describe(
        'Issuers by names of your choice (1 to 64 letters, digits, hyphens and underscores).',
      ),
    openIdConnects: z
      .array(openIdConnect)
      .default([])
      .describe('OpenID Connect configurations of Sitecore OrderCloud.'),
    oidcConfigs: z
      .array(oidcConfig)
      .default([])
      .describe(
        'OpenID Connect configurations of Huawei Cloud IAM, each with its identity provider, protocol and mapping.',
      ),
  })
  .describe('OpenID Connect sign-in on Sitecore OrderCloud and Huawei Cloud IAM.');

export type SignInFile = z.infer<typeof signInFile>;
export type OpenIdConnectEntry = SignInFile['openIdConnects'][number];
export type OidcConfigEntry = SignInFile['oidcConfigs'][number];
export type SecretReference = z.infer<typeof secretReference>;
