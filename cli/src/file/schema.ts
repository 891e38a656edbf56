import { z } from 'zod';

/*
 * What a file of sign-in configuration has, with the names of the GraphQL inputs. This checks the structure, so that a mistake is reported
 * with its line; the gateway checks values. The descriptions go into the JSON Schema that editors read.
 */

const text = z.string().min(1);
const url = text.describe('An absolute http(s) URL.');

const idText = (max: number) =>
  z
    .string()
    .regex(
      new RegExp(`^[A-Za-z0-9_-]{1,${max}}$`),
      `must be 1 to ${max} letters, digits, hyphens and underscores`,
    );

/** Id of an object of Huawei Cloud IAM. */
const federationId = idText(64);

const issuerName = text.describe('The name of one of `issuers`.');

/** A condition that the structure shows, so that it needs no gateway. */
function must<Value>(holds: (value: Value) => boolean, message: string) {
  return (context: z.core.ParsePayload<Value>): void => {
    if (!holds(context.value))
      context.issues.push({ code: 'custom', message, input: context.value });
  };
}

const secretReference = z
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

const openIdConnect = z.strictObject({
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

const name = z.strictObject({
  name: text.describe(
    'Name, which may contain placeholders: {0} for the claim of the first condition, {1} for the claim of the second.',
  ),
});

const local = z
  .strictObject({
    user: name.optional().describe('The federated user that the person is signed in as.'),
    group: name.optional().describe('A user group that the federated user belongs to.'),
    groups: text
      .optional()
      .describe('Several user groups in one string, e.g. `["admin","manager"]` or `{1}`.'),
  })
  .check(
    must((part) => Object.keys(part).length > 0, 'must have at least one of user, group, groups'),
  )
  .describe('Part of the identity that the user gets. At least one field is required.');

const remote = z
  .strictObject({
    type: text.describe('Name of the claim, e.g. `email`; `__NAMEID__` stands for the subject.'),
    anyOneOf: z
      .array(text)
      .optional()
      .describe('Holds if the claim is one of these. Not together with notAnyOf.'),
    notAnyOf: z
      .array(text)
      .optional()
      .describe('Holds if the claim is none of these. Not together with anyOneOf.'),
    regex: z
      .boolean()
      .optional()
      .describe('Whether the values are regular expressions. Default: false.'),
  })
  .check(
    must(
      ({ anyOneOf, notAnyOf }) => anyOneOf === undefined || notAnyOf === undefined,
      'must not have both anyOneOf and notAnyOf',
    ),
  )
  .describe('A condition on a claim of the ID token.');

const mappingRule = z
  .strictObject({
    local: z
      .array(local)
      .min(1)
      .describe('The identity that the user gets: a user name, and groups.'),
    remote: z.array(remote).min(1).max(10).describe('Conditions. All of them must hold.'),
  })
  .describe('If all conditions in `remote` hold, the user gets the identity that `local` defines.');

const mapping = z.strictObject({
  id: federationId
    .optional()
    .describe(
      'Id of the mapping: 1 to 64 letters, digits, hyphens and underscores. Default: the mapping that the protocol refers to, or else `mapping_<idpId>`.',
    ),
  rules: z
    .array(mappingRule)
    .min(1)
    .max(10)
    .optional()
    .describe(
      'The rules, in order. They replace all stored ones. If left out, an existing mapping keeps its rules, and a new one signs everyone in as FederationUser, which has no permissions.',
    ),
});

const keySet = z
  .looseObject({ keys: z.array(z.record(z.string(), z.json())) })
  .describe('A JSON Web Key Set.');

/** What a text is as JSON; undefined if it is none. */
function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Fields that Huawei Cloud IAM stores only for sign-in to the console. */
const CONSOLE_FIELDS = ['authorizationEndpoint', 'scope', 'responseType', 'responseMode'] as const;

const oidcConfig = z
  .strictObject({
    idpId: federationId.describe(
      'Id, which is also the name, of the identity provider: 1 to 64 letters, digits, hyphens and underscores.',
    ),
    description: z
      .string()
      .nullish()
      .describe(
        'Text for administrators, stored with the identity provider. Null or an empty text clears it.',
      ),
    enabled: z
      .boolean()
      .optional()
      .describe(
        'Whether users can sign in through the identity provider. Default at creation: true.',
      ),
    issuer: issuerName
      .optional()
      .describe(
        'The name of one of `issuers`. Its URL stands for idpUrl, and what it publishes for authorizationEndpoint, if they are left out; at creation also for scope, responseType, responseMode and signingKey.',
      ),
    accessMode: z
      .enum(['PROGRAM', 'PROGRAM_CONSOLE'])
      .describe('PROGRAM: API calls only. PROGRAM_CONSOLE: the API and the web console.'),
    idpUrl: url
      .optional()
      .describe(
        'Issuer, compared exactly with `iss` of the ID token, so a trailing slash matters. Default: the URL of `issuer`.',
      ),
    clientId: text.describe(
      'OAuth 2 `client_id` registered with the identity provider; compared with `aud` of the ID token.',
    ),
    authorizationEndpoint: url
      .optional()
      .describe(
        '`authorization_endpoint` of the identity provider. Only for PROGRAM_CONSOLE. Default: what the issuer says.',
      ),
    scope: z
      .array(text)
      .min(1)
      .optional()
      .describe(
        'Scopes of the authorization request, including `openid`. Only for PROGRAM_CONSOLE.',
      ),
    responseType: z
      .enum(['ID_TOKEN'])
      .optional()
      .describe('`response_type` of the authorization request. Only for PROGRAM_CONSOLE.'),
    responseMode: z
      .enum(['FRAGMENT', 'FORM_POST'])
      .optional()
      .describe('`response_mode` of the authorization request. Only for PROGRAM_CONSOLE.'),
    signingKey: z
      .union([
        keySet,
        z
          .string()
          .check(must((json) => keySet.safeParse(parsedJson(json)).success, 'is no key set'))
          .describe('A JSON Web Key Set as JSON in a text.'),
      ])
      .optional()
      .describe(
        'Public keys that verify the signatures of ID tokens. If left out, stored keys stay as they are: `oidc-config keys` keeps them current. Default at creation: the keys of the issuer.',
      ),
    mapping: mapping
      .optional()
      .describe('Which federated user a person is signed in as. If left out: see its fields.'),
  })
  .check((context) => {
    const { value } = context;
    if (value.accessMode !== 'PROGRAM') return;
    for (const field of CONSOLE_FIELDS) {
      if (value[field] !== undefined)
        context.issues.push({
          code: 'custom',
          path: [field],
          message: 'is only for accessMode PROGRAM_CONSOLE',
          input: value[field],
        });
    }
  });

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
