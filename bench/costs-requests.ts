import { rotatingBytes, rotatingId } from './costs-issuer.ts';
import type { PublishedType } from './costs-issuer.ts';
import { hostileBytes, KEY_SET_BYTES } from './costs-upstream.ts';
import { MUTATIONS } from './gateway-mutations.ts';

/** A kind of request designed to be expensive. */
export interface CostlyRequest {
  /** In words. */
  readonly name: string;
  /** Bytes of the upstream's response, if reading that takes the time. */
  readonly responseBytes?: number;
  /** @param index different for each request, so that no cache helps */
  readonly make: (index: number) => SentRequest;
}

export interface SentRequest {
  readonly method?: 'GET' | 'POST';
  /** With its query; the API's path if omitted. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const SMALL = 3_600;

const times = (count: number, text: (index: number) => string, separator = ' ') =>
  Array.from({ length: count }, (_, index) => text(index)).join(separator);

/** Repeated as often as it fits into a size. */
const filled = (bytes: number, text: (index: number) => string, separator = ' ') => {
  const parts: string[] = [];
  for (let size = 0; ;) {
    const part = text(parts.length);
    size += Buffer.byteLength(part) + separator.length;
    if (size > bytes) return parts.join(separator);
    parts.push(part);
  }
};

/** No document text repeats. */
const query =
  (text: string, variables?: unknown, more: object = {}) =>
  (index: number): SentRequest => ({
    body: JSON.stringify({ query: `#${index}\n${text}`, variables, ...more }),
  });

const CREATE =
  'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename ... on OidcInvalidInputError { issues { path code message } } } }';
const CREATE_CONFIG =
  'mutation ($input: CreateOidcConfigInput!) { createOidcConfig(input: $input) { __typename ... on CreateOidcConfigSuccess { oidcConfig { jwks signingKey fingerprint } warnings { code path message } } ... on OidcInvalidInputError { issues { path code message } } } }';
const CREATE_MAPPING =
  'mutation ($input: CreateHuaweiMappingInput!) { createHuaweiMapping(input: $input) { __typename ... on OidcInvalidInputError { issues { path code message } } } }';
const EVALUATE =
  'query ($input: EvaluateHuaweiMappingInput!) { evaluateHuaweiMapping(input: $input) { __typename ... on EvaluateHuaweiMappingSuccess { evaluation { reason } } } }';
const SIGN_IN =
  'mutation ($input: ProvisionOidcSignInInput!) { provisionOidcSignIn(input: $input) { __typename ... on OidcInvalidInputError { issues { path code message } } } }';
const condition = (lists: object) => ({
  local: [{ user: { name: 'u' } }],
  remote: [{ type: 'c', ...lists }],
});
const order = MUTATIONS.createOpenIdConnect.input('success');
const config = MUTATIONS.createOidcConfig.input('success');
const ALL =
  'id orderCloudApiClientId connectClientId connectClientSecret hasConnectClientSecret appStartUrl authorizationEndpoint tokenEndpoint scopes fingerprint redirectUri';
const EC = {
  kty: 'EC',
  crv: 'P-256',
  x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
  y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
};

/** Documents that take more time than their length suggests. */
const DOCUMENTS: readonly CostlyRequest[] = [
  { name: 'a create, for comparison', make: query(CREATE, { input: order }) },
  {
    name: '20 login links of each of 100 configurations',
    make: query(
      `{ openIdConnects(pageSize: 100) { ... on OpenIdConnectsSuccess { openIdConnects { ${times(20, (n) => `l${n}: loginUrl(roles: ["Shopper${n}"])`)} } } } }`,
    ),
  },
  {
    name: '20 fingerprints of each of 100 configurations',
    make: query(
      `{ openIdConnects(pageSize: 100) { ... on OpenIdConnectsSuccess { openIdConnects { ${times(20, (n) => `f${n}: fingerprint`)} } } } }`,
    ),
  },
  {
    name: 'three lists of 100 configurations with everything',
    make: query(
      `{ ${times(3, (n) => `l${n}: openIdConnects(pageSize: 100, page: ${n + 1}) { ... on OpenIdConnectsSuccess { openIdConnects { ${ALL} } warnings { code path message } } }`)} }`,
    ),
  },
  {
    name: '19 key sets of a configuration, parsed',
    make: query(
      `{ oidcConfig(idpId: "x") { ... on OidcConfigSuccess { oidcConfig { ${times(19, (n) => `k${n}: jwks`)} } warnings { code } } } }`,
    ),
  },
  {
    name: '20 configurations with large key sets',
    make: query(
      `{ ${times(20, (n) => `c${n}: oidcConfig(idpId: "x${n}") { ... on OidcConfigSuccess { oidcConfig { jwks signingKey fingerprint } warnings { code } } }`)} }`,
    ),
  },
  {
    name: 'a page of 100 configurations with everything',
    make: query(
      `{ openIdConnects(pageSize: 100) { ... on OpenIdConnectsSuccess { openIdConnects { ${ALL} } warnings { code path message } } } }`,
    ),
  },
  {
    name: 'a page of 100 configurations with as many fields as may be',
    make: query(
      `{ openIdConnects(pageSize: 100) { ... on OpenIdConnectsSuccess { openIdConnects { ${ALL} ${times(20, (n) => `a${n}: authorizationEndpoint`)} } } } }`,
    ),
  },
  {
    name: 'a long link of each of 100 configurations',
    make: query(
      `query ($r: [String!]!) { openIdConnects(pageSize: 100) { ... on OpenIdConnectsSuccess { openIdConnects { loginUrl(roles: $r) } } } }`,
      { r: ['é'.repeat(160)] },
    ),
  },
  {
    name: 'three links of each of 100 configurations',
    make: query(
      `query ($r: [String!]!) { openIdConnects(pageSize: 100) { ... on OpenIdConnectsSuccess { openIdConnects { ${times(3, (n) => `l${n}: loginUrl(roles: $r, appStartPath: "${n}")`)} } } } }`,
      { r: ['é'.repeat(50)] },
    ),
  },
  {
    name: '7 configurations with large key sets',
    responseBytes: 7 * KEY_SET_BYTES,
    make: query(
      `{ ${times(7, (n) => `c${n}: oidcConfig(idpId: "x${n}") { ... on OidcConfigSuccess { oidcConfig { jwks } warnings { code } } }`)} }`,
    ),
  },
  {
    name: '8 key sets of a configuration, parsed',
    make: query(
      `{ oidcConfig(idpId: "x") { ... on OidcConfigSuccess { oidcConfig { ${times(8, (n) => `k${n}: jwks`)} } warnings { code } } } }`,
    ),
  },
  {
    name: 'unknown fields, each near to a known one',
    make: query(`{ ${filled(SMALL, (n) => `openIdConnet${n}`)} }`),
  },
  { name: 'unknown fields, short', make: query(`{ ${filled(SMALL, (n) => `a${n}`)} }`) },
  {
    name: 'selections on a union without fragments',
    make: query(`{ ${times(20, (n) => `a${n}: openIdConnect(id: "x") { idd${n} }`)} }`),
  },
  {
    name: 'fields deeply inside of each other',
    make: query(`{ ${'a{'.repeat(480)}b${'}'.repeat(480)} }`),
  },
  {
    name: 'a long chain of fragments',
    make: query(
      `{ ...f0 } ${times(90, (n) => `fragment f${n} on Query { ...f${n + 1} }`)} fragment f90 on Query { __typename }`,
    ),
  },
  {
    name: 'fragments that double each time',
    make: query(
      `{ ...f0 } ${times(70, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f70 on Query { __typename }`,
    ),
  },
  {
    name: 'fields that may conflict',
    make: query(
      `{ openIdConnect(id: "x") { ... on OpenIdConnectSuccess { openIdConnect { ${'id clientId '.repeat(230)} } } } }`,
    ),
  },
  {
    name: 'fragments whose fields may conflict',
    make: query(
      `{ ${times(60, (n) => `...f${n}`)} } ${times(60, (n) => `fragment f${n} on Query { openIdConnect(id: "x") { ... on OpenIdConnectSuccess { requestId } } }`)}`,
    ),
  },
  {
    name: 'many variables',
    make: query(`query (${times(190, (n) => `$v${n}: Int`)}) { __typename }`),
  },
  {
    name: 'introspection, whole',
    make: query(
      '{ __schema { types { kind name description fields(includeDeprecated: true) { name description args { name description type { kind name ofType { kind name ofType { kind name } } } } type { kind name ofType { kind name ofType { kind name } } } } inputFields { name type { kind name ofType { kind name } } } enumValues { name description } possibleTypes { name } interfaces { name } } } }',
    ),
  },
  {
    name: 'introspection of types in fields of types',
    make: query(
      '{ __schema { types { fields { type { name fields { name description type { name ofType { name } } } ofType { name fields { name description } } } } } } }',
    ),
  },
  {
    name: 'introspection of all descriptions, 19 times',
    make: query(
      `{ __schema { ${times(19, (n) => `t${n}: types { name description fields { name description } }`)} } }`,
    ),
  },
  {
    name: '33 references to objects',
    make: query(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on OpenIdConnect { id fingerprint } } }',
      { r: Array.from({ length: 33 }, (_, n) => ({ __typename: 'OpenIdConnect', id: `x${n}` })) },
    ),
  },
  {
    name: '40 references to objects',
    make: query(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on OpenIdConnect { id fingerprint } } }',
      { r: Array.from({ length: 40 }, (_, n) => ({ __typename: 'OpenIdConnect', id: `x${n}` })) },
    ),
  },
];

/** Bodies of the maximum size. */
const BODIES: readonly CostlyRequest[] = [
  {
    name: '190 keys on a curve, stored',
    make: (index) =>
      query(CREATE_CONFIG, {
        input: {
          ...config,
          signingKey: {
            keys: Array.from({ length: 190 }, (_, n) => ({ ...EC, kid: `${index}-${n}` })),
          },
        },
      })(index),
  },
  {
    name: 'both parts of a sign-in with 190 keys, and an issuer that is not a URL',
    make: (index) =>
      query(SIGN_IN, {
        input: {
          issuer: 'idp.example',
          openIdConnect: { ...order, id: 'costly' },
          oidcConfig: {
            ...config,
            signingKey: {
              keys: Array.from({ length: 190 }, (_, n) => ({ ...EC, kid: `${index}-${n}` })),
            },
          },
        },
      })(index),
  },
  {
    name: 'a key set of empty keys',
    make: query(CREATE_CONFIG, {
      input: { ...config, signingKey: { keys: Array.from({ length: 80_000 }, () => ({})) } },
    }),
  },
  {
    name: 'a key set as text, escaped',
    make: query(CREATE_CONFIG, {
      input: { ...config, signingKey: `{"keys":[${'"\\u0030",'.repeat(20_000)}1]}` },
    }),
  },
  {
    name: 'a key with 20,000 members',
    make: query(CREATE_CONFIG, {
      input: {
        ...config,
        signingKey: {
          keys: [
            {
              ...EC,
              ...Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`m${n}`, 1])),
            },
          ],
        },
      },
    }),
  },
  {
    name: '20,000 scopes',
    make: query(CREATE, {
      input: {
        ...order,
        additionalIdpScopes: Array.from({ length: 20_000 }, (_, n) => `scope${n}`),
      },
    }),
  },
  {
    name: '20,000 scopes that are none',
    make: query(CREATE, {
      input: {
        ...order,
        additionalIdpScopes: Array.from({ length: 18_000 }, (_, n) => `scope ${n}`),
      },
    }),
  },
  {
    name: 'URLs of 60 KB',
    make: query(CREATE, {
      input: {
        ...order,
        appStartUrl: `https://a.example/${'{0}'.repeat(20_000)}`,
        authorizationEndpoint: `https://${'a.'.repeat(30_000)}example/`,
        tokenEndpoint: `https://a.example/${'%7b'.repeat(20_000)}`,
      },
    }),
  },
  {
    name: 'a secret of escapes and base64',
    make: query(CREATE, { input: { ...order, connectClientSecret: 'MIIEvQ=='.repeat(30_000) } }),
  },
  {
    name: 'texts that may begin a private key',
    make: query(CREATE, {
      input: { ...order, connectClientSecret: '0x30 0x82 MC '.repeat(19_000) },
    }),
  },
  {
    name: 'mapping rules, as many as fit',
    make: query(CREATE_MAPPING, {
      input: {
        id: 'm',
        rules: Array.from({ length: 2_400 }, () => ({
          local: [{ user: { name: '{0}' } }],
          remote: [{ type: 'UserName' }],
        })),
      },
    }),
  },
  {
    name: 'regular expressions over claims',
    make: query(EVALUATE, {
      input: {
        rules: [condition({ notAnyOf: [String.raw`\w{90}`], regex: true })],
        claims: { c: 'ab'.repeat(300) },
      },
    }),
  },
  {
    name: 'many regular expressions',
    make: query(EVALUATE, {
      input: {
        rules: [
          condition({
            notAnyOf: Array.from({ length: 200 }, (_, n) => String.raw`[a-c]x${n}\d+[^q]$`),
            regex: true,
          }),
        ],
        claims: { c: ['ab', 'cd'] },
      },
    }),
  },
  {
    name: 'claims with as many values as may be',
    make: query(EVALUATE, {
      input: {
        rules: [condition({ anyOneOf: Array.from({ length: 4_500 }, (_, n) => `v${n}!`) })],
        claims: { c: Array.from({ length: 5_000 }, (_, n) => `v${n}`) },
      },
    }),
  },
  {
    name: 'groups from many values, many times',
    make: query(EVALUATE, {
      input: {
        rules: [
          {
            local: Array.from({ length: 1_000 }, () => ({ groups: '{0}' })),
            remote: [{ type: 'c' }],
          },
        ],
        claims: { c: Array.from({ length: 1_000 }, (_, n) => `v${n}`) },
      },
    }),
  },
  {
    name: 'mapping rules of placeholders',
    make: query(CREATE_MAPPING, {
      input: {
        id: 'm',
        rules: [
          { local: [{ user: { name: '{0}{1}'.repeat(40_000) } }], remote: [{ type: 'UserName' }] },
        ],
      },
    }),
  },
  {
    name: 'references to one object',
    make: query(
      'query ($r: [_Any!]!) { _entities(representations: $r) { ... on OpenIdConnect { id } } }',
      { r: Array.from({ length: 1_000 }, () => ({ __typename: 'OpenIdConnect', id: 'x' })) },
    ),
  },
  {
    name: 'references, too many',
    make: query('query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', {
      r: Array.from({ length: 5_500 }, (_, n) => ({ __typename: 'OpenIdConnect', id: `${n}` })),
    }),
  },
  {
    name: 'references of unknown types',
    make: query('query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', {
      r: Array.from({ length: 80_000 }, () => ({})),
    }),
  },
  {
    name: 'a login link with 250 KB of roles, 20 times',
    make: query(
      `query ($r: [String!]!) { openIdConnect(id: "x") { ... on OpenIdConnectSuccess { openIdConnect { ${times(20, (n) => `l${n}: loginUrl(roles: $r, appStartPath: "${n}")`)} } } } }`,
      { r: [' '.repeat(255_000)] },
    ),
  },
  {
    name: 'login links of 100 configurations with 250 KB of roles',
    make: query(
      'query ($r: [String!]!) { openIdConnects(pageSize: 100) { ... on OpenIdConnectsSuccess { openIdConnects { loginUrl(roles: $r) } } } }',
      { r: [' '.repeat(255_000)] },
    ),
  },
  {
    name: 'variables that the document does not have',
    make: query(
      '{ __typename }',
      Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`v${n}`, n])),
    ),
  },
  {
    name: 'a JSON body of empty objects',
    make: (index) => ({
      body: `{"query":"#${index}\\n{ __typename }","variables":{"a":[${'{},'.repeat(85_000)}1]}}`,
    }),
  },
  {
    name: 'a JSON body of nested lists',
    make: (index) => ({
      body: `{"query":"#${index}\\n{ __typename }","variables":{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}}`,
    }),
  },
  {
    name: 'a JSON body of numbers',
    make: (index) => ({
      body: `{"query":"#${index}\\n{ __typename }","variables":{"a":[${'1.234567890123456789,'.repeat(12_000)}1]}}`,
    }),
  },
  {
    name: 'a JSON body with the same member again and again',
    make: (index) => ({
      body: `{"query":"#${index}\\n{ __typename }"${',"query":"{ __typename }"'.repeat(10_000)}}`,
    }),
  },
  { name: 'a JSON body that is a list', make: () => ({ body: `[${'{},'.repeat(85_000)}{}]` }) },
  {
    name: 'a document of comments',
    make: (index) => ({
      body: JSON.stringify({ query: `#${index}\n{ __typename }${'\n#'.repeat(80_000)}` }),
    }),
  },
  { name: 'a document of commas', make: query(`{ __typename ${','.repeat(255_000)} }`) },
  {
    name: 'a document with a string of escapes',
    make: query(`{ openIdConnect(id: "${'\\u0041'.repeat(36_000)}") { __typename } }`),
  },
  {
    name: 'a document with a block string',
    make: query(`{ openIdConnect(id: """${'\n '.repeat(80_000)}x""") { __typename } }`),
  },
  {
    name: 'a document of long names',
    make: query(`{ ${times(20, (n) => `${'a'.repeat(12_000)}${n}`)} }`),
  },
  {
    name: 'a document of values of wrong types',
    make: query(
      `mutation { createOpenIdConnect(input: { additionalIdpScopes: [${times(450, () => '1')}] }) { __typename } }`,
    ),
  },
  {
    name: 'a document of numbers with many digits',
    make: query(`{ oidcConfig(idpId: ${'9'.repeat(250_000)}) { __typename } }`),
  },
  {
    name: 'a long name of an operation',
    make: query('{ __typename }', undefined, { operationName: 'a'.repeat(255_000) }),
  },
  {
    name: 'a hash of a persisted query beside a long query',
    make: query(`{ __typename ${' '.repeat(250_000)} }`, undefined, {
      extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } },
    }),
  },
  {
    name: 'values of wrong types, in variables',
    make: query(CREATE, {
      input: { ...order, additionalIdpScopes: Array.from({ length: 80_000 }, () => 1) },
    }),
  },
  {
    name: 'unknown members of an input',
    make: query(CREATE, {
      input: {
        ...order,
        ...Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`end${n}`, 1])),
      },
    }),
  },
  {
    name: 'unknown members of an input, with a directive',
    make: query(
      `query ($f: OpenIdConnectFilterInput) { openIdConnects(filter: $f) @include(if: true) { __typename } }`,
      { f: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`end${n}`, 1])) },
    ),
  },
  {
    name: 'unknown members of an input beside a long text',
    make: query(CREATE, {
      input: {
        ...order,
        appStartUrl: 'x'.repeat(240_000),
        ...Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`end${n}`, 1])),
      },
    }),
  },
  {
    name: 'references of unknown types, with a directive',
    make: query(
      'query ($r: [_Any!]!) { _entities(representations: $r) @include(if: true) { __typename } }',
      { r: Array.from({ length: 80_000 }, () => ({})) },
    ),
  },
  {
    name: 'references of unknown types, as a stream',
    make: (index) => ({
      ...query('query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }', {
        r: Array.from({ length: 80_000 }, () => ({})),
      })(index),
      headers: { accept: 'text/event-stream' },
    }),
  },
  {
    name: 'variables in a form',
    make: (index) => ({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `query=%23${index}%0A{__typename}&variables={"a":[${'%7B%7D,'.repeat(36_000)}1]}`,
    }),
  },
  {
    name: 'a form of 250 KB of percent signs',
    make: (index) => ({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `query=%23${index}%0A{__typename}&variables=${'%c3%a4'.repeat(42_000)}`,
    }),
  },
  {
    name: 'a form of very many parameters',
    make: (index) => ({
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `query=%23${index}%0A{__typename}&${'a&'.repeat(125_000)}`,
    }),
  },
  {
    name: 'parts of a mapping rule, as many as fit',
    make: query(CREATE_MAPPING, {
      input: {
        id: 'm',
        rules: [
          {
            local: Array.from({ length: 7_000 }, () => ({ user: { name: '{0}' } })),
            remote: [{ type: 'UserName' }],
          },
        ],
      },
    }),
  },
  {
    name: 'empty parts of a mapping rule',
    make: query(CREATE_MAPPING, {
      input: {
        id: 'm',
        rules: [
          { local: Array.from({ length: 80_000 }, () => ({})), remote: [{ type: 'UserName' }] },
        ],
      },
    }),
  },
  {
    name: 'a JSON body of lists in lists',
    make: (index) => ({
      body: `{"query":"#${index}\\n{ __typename }","variables":{"a":[${'[[]],'.repeat(50_000)}1]}}`,
    }),
  },
  {
    name: 'a JSON body nested 100,000 levels deep',
    make: (index) => ({
      body: `{"query":"#${index}\\n{ __typename }","variables":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`,
    }),
  },
  {
    name: 'a JSON body of a number with 250,000 digits',
    make: (index) => ({
      body: `{"query":"#${index}\\n{ __typename }","variables":{"a":${'9'.repeat(250_000)}}}`,
    }),
  },
  {
    name: 'a document that is one name',
    make: (index) => ({ body: JSON.stringify({ query: `{ a${index}${'a'.repeat(250_000)} }` }) }),
  },
  {
    name: 'a document of a wrong value with a long text, again and again',
    make: query(
      `mutation { createOpenIdConnect(input: { ${times(30, (n) => `a${n}: [{ a: "${'a'.repeat(8_000)}" }]`)} }) { __typename } }`,
    ),
  },
  {
    name: 'halves of surrogate pairs',
    make: query(CREATE, { input: { ...order, connectClientSecret: '\ud800'.repeat(40_000) } }),
  },
  {
    name: 'filters with very many values',
    make: query(
      'query ($f: OpenIdConnectFilterInput) { openIdConnects(filter: $f) { __typename } }',
      { f: { connectClientId: { anyOf: Array.from({ length: 30_000 }, (_, n) => `${n}`) } } },
    ),
  },
];

const create = JSON.stringify({ query: CREATE, variables: { input: order } });

/** Headers of the maximum length. */
const HEADERS: readonly CostlyRequest[] = [
  ...(['x-ordercloud-authorization', 'authorization', 'x-auth-token'] as const).flatMap(
    (name): CostlyRequest[] => [
      {
        name: `${name} of 60 KB, short parts with commas`,
        make: () => ({ headers: { [name]: 'ab,'.repeat(20_000) }, body: create }),
      },
      {
        name: `${name} of 60 KB, one part`,
        make: () => ({ headers: { [name]: `Bearer ${'ab'.repeat(30_000)}` }, body: create }),
      },
    ],
  ),
  {
    name: 'Accept of 60 KB',
    make: () => ({
      headers: { accept: filled(60_000, (n) => `a/b${n};q=0.1`, ',') },
      body: create,
    }),
  },
  {
    name: 'Accept of 60 KB of quotes',
    make: () => ({ headers: { accept: '"\\'.repeat(30_000) }, body: create }),
  },
  {
    name: 'Content-Type with 60 KB of parameters',
    make: () => ({
      headers: { 'content-type': `application/json${';a=b'.repeat(15_000)}` },
      body: create,
    }),
  },
  {
    name: 'Content-Encoding of 60 KB',
    make: () => ({ headers: { 'content-encoding': 'identity,'.repeat(6_600) }, body: create }),
  },
  {
    name: 'cookies of 60 KB',
    make: () => ({ headers: { cookie: 'a=b;'.repeat(15_000) }, body: create }),
  },
  {
    name: 'a request id of 60 KB',
    make: () => ({ headers: { 'x-request-id': 'a'.repeat(60_000) }, body: create }),
  },
  {
    name: '1,900 headers',
    make: () => ({
      headers: Object.fromEntries(Array.from({ length: 1_900 }, (_, n) => [`x-h-${n}`, 'a'])),
      body: create,
    }),
  },
  {
    name: 'Accept-Encoding of 60 KB for GraphiQL',
    make: () => ({
      method: 'GET',
      headers: {
        accept: 'text/html',
        'accept-encoding': filled(59_000, (n) => `x${n};q=0.1`, ','),
      },
    }),
  },
  {
    name: 'GET with 60 KB of query',
    make: () => ({
      method: 'GET',
      path: `/graphql?query={__typename}&${filled(60_000, (n) => `a${n}=%41`, '&')}`,
      headers: { 'apollo-require-preflight': '1' },
    }),
  },
  {
    name: 'GET with 60 KB of percent signs',
    make: () => ({
      method: 'GET',
      path: `/graphql?query=${'%20'.repeat(20_000)}`,
      headers: { 'apollo-require-preflight': '1' },
    }),
  },
  {
    name: "GraphiQL's page",
    make: () => ({ method: 'GET', headers: { accept: 'text/html', 'accept-encoding': 'br' } }),
  },
];

/** Upstream responses: the path tells the stub which one to send. */
const UPSTREAM: readonly CostlyRequest[] = [
  ...['text', 'refusal', 'details', 'html'].map((kind): CostlyRequest => ({
    name: `an error of 900 KB from the upstream: ${kind}`,
    responseBytes: hostileBytes(`hostile-${kind}`),
    make: query(
      `{ openIdConnect(id: "hostile-${kind}") { __typename ... on OidcError { message upstream { details { code message data } } } } }`,
    ),
  })),
  {
    name: 'an error of 900 KB from the upstream, and a token of 60 KB',
    responseBytes: hostileBytes('hostile-text'),
    make: (index) => ({
      ...query('{ openIdConnect(id: "hostile-text") { __typename ... on OidcError { message } } }')(
        index,
      ),
      headers: { 'x-ordercloud-authorization': `Bearer ${'ab-'.repeat(20_000)}` },
    }),
  },
  {
    name: 'a refusal of 500 KB in the words of IAM',
    responseBytes: hostileBytes('hostile-iam'),
    make: query(
      '{ oidcConfig(idpId: "hostile-iam") { __typename ... on OidcError { message upstream { details { code message } } } } }',
    ),
  },
  ...['base64', 'members', 'entries'].map((kind): CostlyRequest => ({
    name: `an error of 900 KB from the upstream: ${kind}`,
    responseBytes: hostileBytes(`hostile-${kind}`),
    make: query(
      `{ openIdConnect(id: "hostile-${kind}") { __typename ... on OidcError { message upstream { details { code message data } } } } }`,
    ),
  })),
  {
    name: 'a configuration of 900 KB of escapes',
    responseBytes: hostileBytes('hostile-escapes'),
    make: query(
      '{ openIdConnect(id: "hostile-escapes") { ... on OpenIdConnectSuccess { openIdConnect { id } } } }',
    ),
  },
  {
    name: 'a configuration of 900 KB of scopes',
    responseBytes: hostileBytes('hostile-scopes'),
    make: query(
      '{ openIdConnect(id: "hostile-scopes") { ... on OpenIdConnectSuccess { openIdConnect { fingerprint scopes } warnings { code } } } }',
    ),
  },
];

/** Keys that rotate: nothing is in common, and everything is read. */
const KEYS: readonly CostlyRequest[] = (['elliptic', 'rsa'] as const).flatMap(
  (type: PublishedType): CostlyRequest[] => [
    {
      name: `keys that rotate, compared: ${type}`,
      responseBytes: rotatingBytes(type),
      make: (index) =>
        query(
          'query ($input: OidcConfigKeysInput!) { oidcConfigKeys(input: $input) { __typename ... on OidcConfigKeysSuccess { oidcConfigKeys { now { verdict message } afterRotation { verdict message } keys { kid kty alg use thumbprint status unusable published stored difference goneForSeconds } } warnings { code path message } } } }',
          { input: { idpId: rotatingId(type, index) } },
        )(index),
    },
    {
      name: `keys that rotate, synced: ${type}`,
      responseBytes: rotatingBytes(type),
      make: (index) =>
        query(
          'mutation ($input: SyncOidcConfigKeysInput!) { syncOidcConfigKeys(input: $input) { __typename ... on SyncOidcConfigKeysSuccess { action keys { kid kty alg use thumbprint action goneForSeconds } warnings { code path message } } } }',
          { input: { idpId: rotatingId(type, index), force: true } },
        )(index),
    },
  ],
);

export const COSTLY_REQUESTS: readonly CostlyRequest[] = [
  ...DOCUMENTS,
  ...BODIES,
  ...HEADERS,
  ...UPSTREAM,
  ...KEYS,
];
