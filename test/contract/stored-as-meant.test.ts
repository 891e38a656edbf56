import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STORED, WIRE_OPEN_ID_CONNECT } from '../setup/permissive-upstream.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { Result, ScriptedGateway } from '../setup/scripted-gateway.ts';

/*
 * What callers give is stored as they meant it or refused, and what is stored is shown so that it can be given back, or
 * a warning says why not. The upstream of these tests is one object of each kind, which holds whatever is put there.
 */

type Json = null | boolean | number | string | Json[] | { [member: string]: Json };
interface Kept {
  config: Record<string, Json>;
  mapping: Record<string, Json>;
  provider: Record<string, Json>;
  protocol: Record<string, Json>;
  connect: Record<string, Json>;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const RSA: Readonly<Record<string, string>> = {
  ...(rsa.publicKey.export({ format: 'jwk' }) as Record<string, string>),
  kid: 'r',
  use: 'sig',
  alg: 'RS256',
};
const EC: Readonly<Record<string, string>> = {
  ...(ec.publicKey.export({ format: 'jwk' }) as Record<string, string>),
  kid: 'e',
};
const PEM = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const DER = rsa.privateKey.export({ type: 'pkcs1', format: 'der' }).toString('base64url');
const SECRET = String(ec.privateKey.export({ format: 'jwk' }).d);

const CONFIG = {
  access_mode: 'program',
  idp_url: 'https://idp.example.com',
  client_id: 'idp-app',
  signing_key: JSON.stringify({ keys: [RSA] }),
};

const kept: Kept = { config: {}, mapping: {}, provider: {}, protocol: {}, connect: {} };
const writes: string[] = [];
let gateway: ScriptedGateway;
beforeAll(async () => {
  gateway = await startScriptedGateway();
  gateway.upstream.respondWith(({ method, target, body }) => {
    const [kind, wrapper] = /^\/v1\//.test(target)
      ? (['connect', ''] as const)
      : /openid-connect-config$/.test(target)
        ? (['config', 'openid_connect_config'] as const)
        : /\/protocols\//.test(target)
          ? (['protocol', 'protocol'] as const)
          : /\/mappings\//.test(target)
            ? (['mapping', 'mapping'] as const)
            : (['provider', 'identity_provider'] as const);
    if (method !== 'GET') {
      writes.push(method);
      const given = JSON.parse(body) as Record<string, Record<string, Json>>;
      kept[kind] = { ...kept[kind], ...(wrapper === '' ? given : given[wrapper]) };
    }
    return {
      status: method === 'POST' ? 201 : 200,
      body: JSON.stringify(wrapper === '' ? kept[kind] : { [wrapper]: kept[kind] }),
    };
  });
});
afterAll(() => gateway.stop());

const COMMON =
  '__typename ... on OidcSuccess { warnings { code path message } } ... on OidcError { code message } ... on OidcInvalidInputError { issues { path code message } }';
const CONFIG_FIELDS =
  'oidcConfig { idpId accessMode idpUrl clientId authorizationEndpoint scope responseType responseMode signingKey jwks fingerprint }';
const RULES =
  'rules { local { user { name } group { name } groups } remote { type anyOneOf notAnyOf regex } }';

interface Noted {
  readonly code: string;
  readonly path: readonly string[];
  readonly message: string;
}

const told = (list: unknown) =>
  ((list ?? []) as readonly Noted[]).map(({ path, code }) => `${path.join('.')} ${code}`);
const warningsOf = (result: Result) => told(result['warnings']);
const issuesOf = (result: Result) => told(result['issues']);

async function send(
  kind: 'query' | 'mutation',
  field: string,
  selection: string,
  variables: Record<string, unknown>,
  type: string,
): Promise<Result> {
  writes.length = 0;
  return gateway.run(
    `${kind} (${type}) { result: ${field} { ${COMMON} ${selection} } }`,
    variables,
  );
}

const create = (changes: object) =>
  send(
    'mutation',
    'createOidcConfig(input: $input)',
    `... on CreateOidcConfigSuccess { ${CONFIG_FIELDS} }`,
    { input: { ...STORED.oidcConfig, signingKey: { keys: [RSA] }, ...changes } },
    '$input: CreateOidcConfigInput!',
  );
const update = (changes: object) =>
  send(
    'mutation',
    'updateOidcConfig(input: $input)',
    `... on UpdateOidcConfigSuccess { ${CONFIG_FIELDS} }`,
    { input: { idpId: 'ACME', ...changes } },
    '$input: UpdateOidcConfigInput!',
  );
const readConfig = () =>
  send(
    'query',
    'oidcConfig(idpId: $id)',
    `... on OidcConfigSuccess { ${CONFIG_FIELDS} }`,
    { id: 'ACME' },
    '$id: ID!',
  );
const readMapping = () =>
  send(
    'query',
    'huaweiMapping(id: $id)',
    `... on HuaweiMappingSuccess { huaweiMapping { id ${RULES} } }`,
    { id: 'm' },
    '$id: ID!',
  );
const writeMapping = (rules: unknown) =>
  send(
    'mutation',
    'updateHuaweiMapping(input: $input)',
    '',
    { input: { id: 'm', rules } },
    '$input: UpdateHuaweiMappingInput!',
  );
const provision = (changes: object) =>
  send(
    'mutation',
    'provisionOidcConfig(input: $input)',
    `... on OidcConfigProvision { warnings { code path message } steps { target action changes { path from to } } }`,
    { input: { ...STORED.oidcConfig, signingKey: { keys: [RSA] }, ...changes } },
    '$input: ProvisionOidcConfigInput!',
  );

it.each<[string, string, string]>([
  [
    'a member of a key',
    JSON.stringify({ keys: [RSA] }).replace('"n"', '"n":"AQAB","n"'),
    'signingKey.keys.0.n',
  ],
  [
    'the list of keys',
    JSON.stringify({ keys: [RSA] }).replace('{', `{"keys":[${JSON.stringify(EC)}],`),
    'signingKey.keys',
  ],
  [
    'a private member, the last one without a value',
    JSON.stringify({ keys: [RSA] }).replace('"n"', `"d":"${SECRET}","d":null,"n"`),
    'signingKey.keys.0.d',
  ],
])(
  '%s that the text of a key set gives twice is refused, and not taken from the last one',
  async (_what, signingKey, path) => {
    for (const ask of [create, update, provision]) {
      const result = await ask({ signingKey });
      expect([issuesOf(result), writes]).toEqual([[`${path} INVALID_JSON`], []]);
      expect(JSON.stringify(result)).not.toContain(SECRET);
    }
  },
);

describe('a private key', () => {
  const GIVEN: readonly (readonly [string, object, string])[] = [
    ['a private member', { keys: [{ ...RSA, d: SECRET }] }, 'signingKey.keys.0.d'],
    ['one in another letter case', { keys: [{ ...RSA, D: SECRET }] }, 'signingKey.keys.0.D'],
    [
      'an AKP key',
      { keys: [RSA, { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA', priv: SECRET }] },
      'signingKey.keys.1.priv',
    ],
    ['PEM in an extra member', { keys: [{ ...RSA, 'x-pem': PEM }] }, 'signingKey.keys.0.x-pem'],
    ['DER in a list', { keys: [{ ...RSA, x5c: [DER] }] }, 'signingKey.keys.0.x5c.0'],
    ['PEM beside the keys', { keys: [RSA], backup: { pem: [PEM] } }, 'signingKey.backup.pem.0'],
  ];

  it.each(GIVEN)('is refused: %s', async (_what, signingKey, path) => {
    for (const set of [signingKey, JSON.stringify(signingKey)]) {
      for (const ask of [create, update, provision]) {
        const result = await ask({ signingKey: set });
        expect([issuesOf(result), writes]).toEqual([[`${path} PRIVATE_KEY`], []]);
        expect(JSON.stringify(result)).not.toContain(SECRET);
      }
    }
  });

  it.each([
    PEM,
    DER,
    JSON.stringify([{ kty: 'EC', d: SECRET }]),
    JSON.stringify(JSON.stringify({ kty: 'EC', d: SECRET })),
  ])('is refused as the whole text: %.30s', async (signingKey) => {
    const result = await create({ signingKey });
    expect(issuesOf(result).some((issue) => issue.endsWith('PRIVATE_KEY'))).toBe(true);
    expect(writes).toEqual([]);
  });

  it('is not quoted if it is the name of a duplicate member', async () => {
    const result = await create({
      signingKey: JSON.stringify({ keys: [RSA] }).replace(
        '"keys"',
        `${JSON.stringify(PEM)}:1,${JSON.stringify(PEM)}:1,"keys"`,
      ),
    });
    expect([issuesOf(result), writes]).toEqual([
      ['signingKey PRIVATE_KEY', 'signingKey INVALID_JSON'],
      [],
    ]);
    expect(JSON.stringify(result)).not.toContain(PEM.slice(60, 100));
  });

  it('is refused in any other text', async () => {
    const line = PEM.replaceAll('\n', ' ');
    expect(issuesOf(await create({ clientId: line.slice(0, 200) }))).toEqual([
      'clientId PRIVATE_KEY',
    ]);
    expect(
      issuesOf(
        await provision({
          description: line,
          rules: [
            { local: [{ user: { name: line } }], remote: [{ type: 'email', anyOneOf: [line] }] },
          ],
        }),
      ),
    ).toEqual(
      expect.arrayContaining([
        'description PRIVATE_KEY',
        'rules.0.local.0.user.name PRIVATE_KEY',
        'rules.0.remote.0.anyOneOf.0 PRIVATE_KEY',
      ]),
    );
    const connect = await send(
      'mutation',
      'createOpenIdConnect(input: $input)',
      '',
      { input: { ...STORED.openIdConnect, connectClientSecret: line } },
      '$input: CreateOpenIdConnectInput!',
    );
    expect([issuesOf(connect), writes]).toEqual([['connectClientSecret PRIVATE_KEY'], []]);
  });

  it.each<[string, string, string]>([
    ['in a key', JSON.stringify({ keys: [RSA, { ...EC, d: SECRET }] }), 'signingKey.keys.1.d'],
    [
      'as PEM in a member',
      JSON.stringify({ keys: [{ ...RSA, x: [PEM] }] }),
      'signingKey.keys.0.x.0',
    ],
    ['as the whole text', PEM, 'signingKey'],
  ])('that is stored is warned of and not shown: %s', async (_what, signing_key, path) => {
    kept.config = { ...CONFIG, signing_key };
    const hidden = [SECRET, PEM.slice(60, 100)];
    for (const result of [await readConfig(), await update({ clientId: 'another-app' })]) {
      expect(warningsOf(result)).toContain(`${path} PRIVATE_KEY_STORED`);
      for (const secret of hidden) expect(JSON.stringify(result)).not.toContain(secret);
    }
    // Unchanged fields are sent as stored.
    expect(kept.config['signing_key']).toBe(signing_key);

    kept.provider = { id: 'ACME', enabled: true };
    kept.protocol = { id: 'oidc', mapping_id: 'm' };
    kept.mapping = { id: 'm', rules: [] };
    const planned = await provision({ dryRun: true });
    expect(warningsOf(planned)).toContain(`OIDC_CONFIG.${path} PRIVATE_KEY_STORED`);
    for (const secret of hidden) expect(JSON.stringify(planned)).not.toContain(secret);
    expect(planned['steps']).toContainEqual(
      expect.objectContaining({
        target: 'OIDC_CONFIG',
        action: 'WOULD_UPDATE',
        changes: expect.arrayContaining([
          expect.objectContaining({ path: ['signingKey'] }),
        ]) as unknown,
      }),
    );
  });
});

describe('a key set', () => {
  it('is sent without members that say nothing', async () => {
    const empty = { use: null, d: null, p: '', oth: [], key_ops: [], x5t: '' };
    const { kty, n, e } = RSA;
    const result = await create({ signingKey: { keys: [{ kty, n, e, ...empty }], issuer: null } });
    expect([result.__typename, warningsOf(result), kept.config['signing_key']]).toEqual([
      'CreateOidcConfigSuccess',
      [],
      JSON.stringify({ keys: [{ kty, n, e }] }),
    ]);

    // The same key set as it may be stored is no other one.
    kept.config = { ...CONFIG, signing_key: JSON.stringify({ keys: [{ kty, n, e, ...empty }] }) };
    kept.provider = { id: 'ACME', enabled: true };
    kept.protocol = { id: 'oidc', mapping_id: 'm' };
    kept.mapping = {
      id: 'm',
      rules: [{ local: [{ user: { name: 'u' } }], remote: [{ type: 'x' }] }],
    };
    expect(
      (await provision({ ...{ clientId: 'idp-app' }, signingKey: { keys: [{ kty, n, e }] } }))[
        'steps'
      ],
    ).toEqual(
      ['IDENTITY_PROVIDER', 'MAPPING', 'PROTOCOL', 'OIDC_CONFIG'].map((target) => ({
        target,
        action: 'UNCHANGED',
        changes: [],
      })),
    );
    expect(warningsOf(await readConfig())).toEqual([]);
  });

  it.each<[string, object, string[]]>([
    [
      'a number with a line break',
      { ...RSA, n: `${RSA['n']?.slice(0, 40)}\n${RSA['n']?.slice(40)}` },
      ['signingKey.keys.0.n INVALID_KEY'],
    ],
    ['a decimal exponent', { ...RSA, e: '65537' }, ['signingKey.keys.0.e INVALID_KEY']],
    ['padding', { ...EC, x: `${EC['x']}=` }, ['signingKey.keys.0.x INVALID_KEY']],
  ])('is refused with %s', async (_what, key, issues) => {
    for (const ask of [create, update, provision])
      expect([issuesOf(await ask({ signingKey: { keys: [key] } })), writes]).toEqual([issues, []]);
  });

  it.each<[string, object[], string]>([
    ['a point off its curve', [RSA, { ...EC, y: EC['x'] }], 'signingKey.keys.1 UNUSABLE_KEY'],
    ['an algorithm of encryption', [{ ...RSA, alg: 'RSA-OAEP' }], 'signingKey.keys.0 UNUSABLE_KEY'],
    [
      'two keys under one kid',
      [RSA, { ...EC, kid: 'r' }],
      'signingKey.keys.1.kid DUPLICATE_KEY_ID',
    ],
  ])('is stored with a warning: %s', async (_what, keys, warning) => {
    for (const ask of [create, update]) {
      const result = await ask({ signingKey: { keys } });
      expect(result.__typename).toMatch(/Success$/);
      expect(warningsOf(result)).toEqual([warning]);
    }
    // And so it is read, also by a change of something else.
    expect(warningsOf(await readConfig())).toEqual([warning]);
    expect(warningsOf(await update({ clientId: 'another-app' }))).toEqual([warning]);
  });
});

describe('what is shown', () => {
  const word = fc.oneof(
    {
      weight: 30,
      arbitrary: fc.constantFrom('{0}', 'admin', '["a","b"]', 'Anna {0}', 'email', '*'),
    },
    { weight: 2, arbitrary: fc.constantFrom('{1}', '{2}', '{email}', '', ' ', 'a\u0000b') },
    { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
  );
  const named = fc.oneof(
    { weight: 20, arbitrary: fc.record({ name: word }) },
    { weight: 1, arbitrary: fc.record({ name: word, id: word }) },
  );
  const local = fc.record(
    {
      user: named,
      group: named,
      groups: fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: named }),
    },
    { requiredKeys: [] },
  );
  const richer = fc.oneof(
    { weight: 15, arbitrary: local },
    { weight: 1, arbitrary: fc.record({ user: named, domain: fc.record({ id: word }) }) },
  );
  const values = fc.oneof(
    { weight: 15, arbitrary: fc.array(word, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(fc.jsonValue(), { maxLength: 2 }) },
  );
  const remote = fc.oneof(
    { weight: 9, arbitrary: fc.record({ type: word }) },
    {
      weight: 9,
      arbitrary: fc.record(
        { type: word, any_one_of: values, regex: fc.boolean() },
        { requiredKeys: ['type', 'any_one_of'] },
      ),
    },
    {
      weight: 9,
      arbitrary: fc.record(
        { type: word, not_any_of: values, regex: fc.boolean() },
        { requiredKeys: ['type', 'not_any_of'] },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record(
        {
          type: word,
          any_one_of: values,
          not_any_of: values,
          whitelist: values,
          regex: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    },
  );
  const rules = fc
    .array(
      fc.record({
        local: fc.array(richer, { minLength: 1, maxLength: 2 }),
        remote: fc.array(remote, { minLength: 1, maxLength: 3 }),
      }),
      { maxLength: 2 },
    )
    .map((list) => JSON.parse(JSON.stringify(list)) as Json[]);
  const plain = (json: Json): Json => {
    if (Array.isArray(json)) return json.map(plain);
    if (typeof json !== 'object' || json === null) return json;
    return Object.fromEntries(
      Object.entries(json).flatMap(([name, value]) =>
        value === null || (name === 'regex' && value === false) ? [] : [[name, plain(value)]],
      ),
    );
  };

  it('of a mapping can be written back and is stored the same, or a warning says why not', async () => {
    let written = 0;
    await fc.assert(
      fc.asyncProperty(rules, async (stored) => {
        kept.mapping = { id: 'm', rules: stored };
        const read = await readMapping();
        const { rules: shown } = read['huaweiMapping'] as { readonly rules: unknown };
        const why = (read['warnings'] as readonly Noted[]).filter(
          ({ code }) => code === 'NOT_WRITABLE' || code === 'RULE_NOT_SHOWN_WHOLE',
        );
        const result = await writeMapping(shown);
        if (why.length > 0) return;
        expect([result.__typename, issuesOf(result)]).toEqual(['UpdateHuaweiMappingSuccess', []]);
        expect(plain(kept.mapping['rules'] ?? null)).toEqual(plain(stored));
        written += 1;
      }),
      { numRuns: 150 },
    );
    // A property that reaches nothing holds too.
    expect(written).toBeGreaterThan(5);
  });

  it.each<[string, Json, string[]]>([
    [
      'a user and a group in one part',
      [
        {
          local: [{ user: { name: '{0}' }, group: { name: 'admin' } }],
          remote: [{ type: 'email' }],
        },
      ],
      [],
    ],
    [
      'one of no values',
      [
        {
          local: [{ user: { name: '{0}' } }],
          remote: [{ type: 'email' }, { type: 'x', any_one_of: [] }],
        },
      ],
      ['rules.0.remote.1.anyOneOf RULE_NEVER_APPLIES'],
    ],
    [
      'none of no values',
      [
        {
          local: [{ user: { name: '{0}' } }],
          remote: [{ type: 'email' }, { type: 'x', not_any_of: [] }],
        },
      ],
      [],
    ],
    [
      'a placeholder that counts a condition with values',
      [
        {
          local: [{ user: { name: '{1}' } }],
          remote: [{ type: 'email' }, { type: 'x', any_one_of: ['y'] }],
        },
      ],
      ['rules.0.local.0.user.name PLACEHOLDER_NOT_FILLED'],
    ],
  ])('of a mapping with %s is accepted unchanged', async (_what, stored, warnings) => {
    kept.mapping = { id: 'm', rules: stored };
    const read = await readMapping();
    expect(warningsOf(read)).toEqual(warnings);
    const result = await writeMapping((read['huaweiMapping'] as { readonly rules: unknown }).rules);
    expect([result.__typename, warningsOf(result), kept.mapping['rules']]).toEqual([
      'UpdateHuaweiMappingSuccess',
      warnings,
      stored,
    ]);
  });

  const CONSOLE = {
    ...CONFIG,
    access_mode: 'program_console',
    authorization_endpoint: 'https://idp.example.com/authorize',
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
  };
  it.each<[string, Record<string, Json>, string[]]>([
    ['a good one', CONSOLE, []],
    [
      'fields of the console that have no effect',
      { ...CONSOLE, access_mode: 'program', scope: 'x:y' },
      [],
    ],
    [
      'a scope with other characters',
      { ...CONSOLE, scope: 'openid api:read' },
      ['scope.1 NOT_WRITABLE'],
    ],
    [
      'too many scopes',
      { ...CONSOLE, scope: 'openid a b c d e f g h i j' },
      ['scope NOT_WRITABLE'],
    ],
    ['no way to respond', { ...CONSOLE, response_mode: null }, ['responseMode NOT_WRITABLE']],
    [
      'a short issuer',
      { ...CONFIG, idp_url: 'http://a' },
      ['idpUrl ENDPOINT_CLEARTEXT', 'idpUrl NOT_WRITABLE'],
    ],
    [
      'an issuer that is none',
      { ...CONFIG, idp_url: 'https://login.microsoftonline.com/{tenantid}/v2.0' },
      ['idpUrl MULTI_TENANT_ISSUER', 'idpUrl NOT_WRITABLE'],
    ],
    [
      'a text that is not a key set',
      { ...CONFIG, signing_key: 'example' },
      ['signingKey.keys NO_RSA_KEY', 'signingKey NOT_WRITABLE'],
    ],
    [
      'a key set without a usable key',
      { ...CONFIG, signing_key: '{"keys":[{"kty":"EC"}]}' },
      [
        'signingKey.keys NO_RSA_KEY',
        'signingKey.keys.0 UNUSABLE_KEY',
        'signingKey.keys.0.crv NOT_WRITABLE',
        'signingKey.keys.0.x NOT_WRITABLE',
        'signingKey.keys.0.y NOT_WRITABLE',
      ],
    ],
  ])('of a configuration of Huawei Cloud: %s', async (_what, stored, warnings) => {
    kept.config = stored;
    const read = await readConfig();
    expect(warningsOf(read)).toEqual(warnings);
    if (warnings.length > 0) return;
    const {
      jwks: _parsed,
      fingerprint: _seen,
      ...shown
    } = read['oidcConfig'] as Record<string, unknown>;
    expect((await update(shown)).__typename).toBe('UpdateOidcConfigSuccess');
  });

  it.each<[string, Record<string, Json>, string[]]>([
    ['a good one', {}, []],
    ['empty texts for none', { IntegrationEventID: '', CustomErrorUrl: '' }, []],
    [
      'a URL that was never replaced',
      { AuthorizationEndpoint: 'https://idp.example.com/%7Btenant%7D' },
      ['authorizationEndpoint NOT_WRITABLE'],
    ],
    [
      'a blank text',
      { ConnectClientID: ' ' },
      ['connectClientId SURROUNDING_SPACE', 'connectClientId NOT_WRITABLE'],
    ],
    ['no token endpoint', { TokenEndpoint: null }, ['tokenEndpoint NOT_WRITABLE']],
    [
      'a mask for a secret',
      { ConnectClientSecret: '********' },
      ['connectClientSecret NOT_WRITABLE'],
    ],
    [
      'scopes that are empty',
      { AdditionalIdpScopes: [''] },
      ['additionalIdpScopes.0 NOT_WRITABLE'],
    ],
  ])('of a configuration of OrderCloud: %s', async (_what, changes, warnings) => {
    kept.connect = { ...WIRE_OPEN_ID_CONNECT, ...changes };
    const read = await send(
      'query',
      'openIdConnect(id: $id)',
      '... on OpenIdConnectSuccess { openIdConnect { integrationEventId customErrorUrl } }',
      { id: 'google' },
      '$id: ID!',
    );
    expect(warningsOf(read).filter((warning) => !/INTEGRATION_EVENT/.test(warning))).toEqual(
      warnings,
    );
  });
});

describe('a URL', () => {
  it.each<[string, string]>([
    ['https://idp.example.com/%7Btenant%7D', 'INVALID_PLACEHOLDER'],
    ['https://idp.example.com/<tenant-id>', 'INVALID_PLACEHOLDER'],
    ['https://idp.example.com/%zz', 'INVALID_URL'],
    ['https://idp.example.com/ü', 'INVALID_CHARACTER'],
    ['https://@idp.example.com/', 'INVALID_URL'],
    ['https://idp.example.com/#a', 'INVALID_URL'],
  ])('is refused everywhere: %s', async (url, code) => {
    expect([issuesOf(await create({ idpUrl: url })), writes]).toEqual([[`idpUrl ${code}`], []]);
    const endpoints = { authorizationEndpoint: url, tokenEndpoint: url };
    for (const [field, type, input] of [
      [
        'createOpenIdConnect',
        'CreateOpenIdConnectInput',
        { ...STORED.openIdConnect, ...endpoints },
      ],
      ['saveOpenIdConnect', 'SaveOpenIdConnectInput', { ...STORED.openIdConnect, ...endpoints }],
      ['updateOpenIdConnect', 'UpdateOpenIdConnectInput', { id: 'google', ...endpoints }],
    ] as const) {
      expect([
        issuesOf(
          await send('mutation', `${field}(input: $input)`, '', { input }, `$input: ${type}!`),
        ),
        writes,
      ]).toEqual([[`authorizationEndpoint ${code}`, `tokenEndpoint ${code}`], []]);
    }
  });

  it.each([
    'https://idp.example.com/?a=b',
    'https://idp.example.com/.well-known/openid-configuration',
  ])('is not an issuer: %s', async (idpUrl) => {
    for (const ask of [create, update, provision])
      expect([issuesOf(await ask({ idpUrl })), writes]).toEqual([['idpUrl INVALID_URL'], []]);
  });

  it.each<[string, string]>([
    ['http://idp.example.com', 'ENDPOINT_CLEARTEXT'],
    ['https://login.microsoftonline.com/common/v2.0', 'MULTI_TENANT_ISSUER'],
  ])('is stored as an issuer with a warning: %s', async (idpUrl, code) => {
    for (const ask of [create, update])
      expect(warningsOf(await ask({ idpUrl }))).toEqual([`idpUrl ${code}`]);
    expect(warningsOf(await readConfig())).toEqual([`idpUrl ${code}`]);
  });
});
