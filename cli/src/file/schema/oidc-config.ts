import { z } from 'zod';
import { mapping } from './mapping.ts';
import { federationId, issuerName, must, text, url } from './primitives.ts';

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

/** An OpenID Connect configuration of Huawei Cloud IAM, with what it belongs to. */
export const oidcConfig = z
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
          .check(must((json) => keySet.safeParse(parsedJson(json)).success, 'is not a key set'))
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
