import { z } from 'zod';
import { idText, issuerName, text, url } from './primitives.ts';

export const secretReference = z
  .union([
    z
      .strictObject({ fromEnv: text.describe('Name of the environment variable.') })
      .describe('An environment variable.'),
    z
      .strictObject({
        fromFile: text.describe('Path of the file, relative to the one it is named in.'),
      })
      .describe('A file. One line break at its end is dropped.'),
    text.describe('The secret itself. Refused without --allow-plain-secrets.'),
  ])
  .describe('Where a secret comes from. It is read when it is needed, and is never in a plan.');

/** An OpenID Connect configuration of Sitecore OrderCloud. */
export const openIdConnect = z.strictObject({
  id: idText(100).describe(
    'ID of the configuration: 1 to 100 letters, digits, hyphens and underscores. Login links contain it.',
  ),
  issuer: issuerName
    .optional()
    .describe(
      'The name of one of `issuers`. What it publishes stands for authorizationEndpoint and tokenEndpoint if they are left out; at creation also for urlEncoded.',
    ),
  orderCloudApiClientId: text.describe(
    'ID of the OrderCloud API client that users sign in to. Not the OAuth `client_id`.',
  ),
  connectClientId: text.describe(
    'OAuth 2 `client_id` that the identity provider issued for OrderCloud.',
  ),
  connectClientSecret: secretReference
    .optional()
    .describe(
      'OAuth 2 `client_secret` that belongs to connectClientId: where it comes from. Required at creation.',
    ),
  appStartUrl: text.describe(
    'Template for the storefront URL that users are sent to after sign-in. Placeholders: {0} OrderCloud access token, {1} access token of the identity provider, {2} appStartPath, {3} OrderCloud refresh token, {4} refresh token of the identity provider. Not the OAuth `redirect_uri`.',
  ),
  authorizationEndpoint: url
    .optional()
    .describe('`authorization_endpoint` of the identity provider. Default: what the issuer says.'),
  tokenEndpoint: url
    .optional()
    .describe('`token_endpoint` of the identity provider. Default: what the issuer says.'),
  urlEncoded: z
    .boolean()
    .optional()
    .describe(
      'How OrderCloud authenticates at the token endpoint. True: all values in a form post. False: HTTP Basic with a JSON body.',
    ),
  integrationEventId: text
    .nullish()
    .describe(
      'ID of the integration event that OrderCloud calls at sign-in to create or update the user. Null clears it.',
    ),
  callSyncUserIntegrationEvent: z
    .boolean()
    .optional()
    .describe(
      'Whether the integration event is called at every sign-in, even if the user already exists.',
    ),
  additionalIdpScopes: z
    .array(text)
    .nullish()
    .describe(
      'Scopes to request in addition to `openid profile email`: the whole list. Null clears it.',
    ),
  customErrorUrl: text
    .nullish()
    .describe(
      'Template for the storefront URL that users are sent to if sign-in fails; {0} is the error text. Null clears it.',
    ),
});
