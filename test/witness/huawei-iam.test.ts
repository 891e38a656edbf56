import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { GlobalCredentials } from '@huaweicloud/huaweicloud-sdk-core';
import { ServiceResponseException } from '@huaweicloud/huaweicloud-sdk-core/exception/ServiceResponseException.js';
import { Logger4jInstance } from '@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js';
import { UserOptions } from '@huaweicloud/huaweicloud-sdk-core/UserOptions.js';
import {
  AuthScope,
  AuthScopeDomain,
  AuthScopeProject,
  CreateOpenIdConnectConfig,
  CreateOpenIdConnectConfigRequest,
  CreateOpenIdConnectConfigRequestBody,
  IamClient,
  IdentityproviderOption,
  KeystoneCreateIdentityProviderRequest,
  KeystoneCreateIdentityProviderRequestBody,
  KeystoneCreateMappingRequest,
  KeystoneCreateMappingRequestBody,
  KeystoneCreateProtocolRequest,
  KeystoneCreateProtocolRequestBody,
  KeystoneCreateUserTokenByPasswordRequest,
  KeystoneCreateUserTokenByPasswordRequestBody,
  KeystoneDeleteIdentityProviderRequest,
  KeystoneDeleteMappingRequest,
  KeystoneDeleteProtocolRequest,
  KeystoneListIdentityProvidersRequest,
  KeystoneListMappingsRequest,
  KeystoneListProtocolsRequest,
  KeystoneShowIdentityProviderRequest,
  KeystoneShowMappingRequest,
  KeystoneShowProtocolRequest,
  KeystoneUpdateIdentityProviderRequest,
  KeystoneUpdateIdentityProviderRequestBody,
  KeystoneUpdateMappingRequest,
  KeystoneUpdateMappingRequestBody,
  KeystoneUpdateProtocolRequest,
  KeystoneUpdateProtocolRequestBody,
  MappingOption,
  MappingRules,
  ProtocolOption,
  PwdAuth,
  PwdIdentity,
  PwdPassword,
  PwdPasswordUser,
  PwdPasswordUserDomain,
  RulesLocal,
  RulesLocalGroup,
  RulesLocalUser,
  RulesRemote,
  ShowOpenIdConnectConfigRequest,
  UpdateIdentityproviderOption,
  UpdateOpenIdConnectConfig,
  UpdateOpenIdConnectConfigRequest,
  UpdateOpenIdConnectConfigRequestBody,
  // Not from the package itself: that asks for a file which it does not have.
} from '@huaweicloud/huaweicloud-sdk-iam/v3/public-api.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';

/*
 * Huawei Cloud's own SDK against the emulator: every operation on OpenID Connect identity providers, signed with an
 * access key, and how the SDK reads what the emulator refuses. It shares no code with the gateway, so that both cannot
 * be wrong in the same way.
 *
 * The SDK takes models with getters, and returns plain objects with the names of the wire, contrary to its types.
 */

let home: string;
let emulator: RunningEmulator;
let client: IamClient;

beforeAll(() => {
  // The SDK keeps an id of the application in its user's home. This one goes with the test.
  home = mkdtempSync(join(tmpdir(), 'witness-'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('USERPROFILE', home);
  // The SDK logs whatever fails with its whole request, credentials and passwords included.
  Logger4jInstance.level = 'off';
});
beforeEach(async () => {
  emulator = await startEmulator();
  client = connect();
});
afterEach(() => emulator.close());
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

function note(label: string): string {
  const value = emulator.notes.find((each) => each.label === label)?.value;
  if (value === undefined) throw new Error(`no note ${label}`);
  return value;
}

interface Caller {
  readonly ak?: string;
  readonly sk?: string;
  readonly domainId?: string;
  /** Sent in addition to the signature, which takes precedence. */
  readonly token?: string;
}

function connect({ token, ...keys }: Caller = {}): IamClient {
  const own = {
    ak: note('access key (AK)'),
    sk: note('secret key (SK)'),
    domainId: note('account (domain) id'),
  };
  const headers = token === undefined ? {} : { 'X-Auth-Token': token };
  return IamClient.newBuilder()
    .withCredential(new GlobalCredentials({ ...own, ...keys }))
    .withEndpoint(emulator.url)
    .withOptions(
      Object.assign(new UserOptions(), { axiosRequestConfig: { headers, timeout: 60_000 } }),
    )
    .build();
}

const deleted = { httpStatusCode: 204 };

const showProvider = (id: string) =>
  client.keystoneShowIdentityProvider(new KeystoneShowIdentityProviderRequest(id));
const createProvider = (id: string, option: IdentityproviderOption) =>
  client.keystoneCreateIdentityProvider(
    new KeystoneCreateIdentityProviderRequest('application/json;charset=utf8', id).withBody(
      new KeystoneCreateIdentityProviderRequestBody(option),
    ),
  );
const updateProvider = (id: string, option: UpdateIdentityproviderOption) =>
  client.keystoneUpdateIdentityProvider(
    new KeystoneUpdateIdentityProviderRequest(id).withBody(
      new KeystoneUpdateIdentityProviderRequestBody(option),
    ),
  );
const deleteProvider = (id: string) =>
  client.keystoneDeleteIdentityProvider(new KeystoneDeleteIdentityProviderRequest(id));

const showProtocol = (idp: string) =>
  client.keystoneShowProtocol(new KeystoneShowProtocolRequest(idp, 'oidc'));
const listProtocols = (idp: string) =>
  client.keystoneListProtocols(new KeystoneListProtocolsRequest(idp));
const createProtocol = (idp: string, mapping: string) =>
  client.keystoneCreateProtocol(
    new KeystoneCreateProtocolRequest(idp, 'oidc').withBody(
      new KeystoneCreateProtocolRequestBody(new ProtocolOption().withMappingId(mapping)),
    ),
  );
const updateProtocol = (idp: string, mapping: string) =>
  client.keystoneUpdateProtocol(
    new KeystoneUpdateProtocolRequest(idp, 'oidc').withBody(
      new KeystoneUpdateProtocolRequestBody(new ProtocolOption().withMappingId(mapping)),
    ),
  );
const deleteProtocol = (idp: string) =>
  client.keystoneDeleteProtocol(new KeystoneDeleteProtocolRequest(idp, 'oidc'));

const showMapping = (id: string) => client.keystoneShowMapping(new KeystoneShowMappingRequest(id));
const createMapping = (id: string, rules: MappingRules[]) =>
  client.keystoneCreateMapping(
    new KeystoneCreateMappingRequest(id).withBody(
      new KeystoneCreateMappingRequestBody(new MappingOption(rules)),
    ),
  );
const updateMapping = (id: string, rules: MappingRules[]) =>
  client.keystoneUpdateMapping(
    new KeystoneUpdateMappingRequest(id).withBody(
      new KeystoneUpdateMappingRequestBody(new MappingOption(rules)),
    ),
  );
const deleteMapping = (id: string) =>
  client.keystoneDeleteMapping(new KeystoneDeleteMappingRequest(id));

const showConfig = (idp: string, by = client) =>
  by.showOpenIdConnectConfig(new ShowOpenIdConnectConfigRequest(idp));
const createConfig = (idp: string, config: CreateOpenIdConnectConfig, by = client) =>
  by.createOpenIdConnectConfig(
    new CreateOpenIdConnectConfigRequest(idp).withBody(
      new CreateOpenIdConnectConfigRequestBody(config),
    ),
  );
const updateConfig = (idp: string, config: UpdateOpenIdConnectConfig) =>
  client.updateOpenIdConnectConfig(
    new UpdateOpenIdConnectConfigRequest(idp).withBody(
      new UpdateOpenIdConnectConfigRequestBody(config),
    ),
  );

const READY = 'ACME';
const CONFIGURED = 'ACME-CONFIGURED';
const WITHOUT_PROTOCOL = 'ACME-NO-PROTOCOL';
const MAPPING = 'mapping_ACME';
const IAM = 'https://iam.myhuaweicloud.com';

type Refusal = [attempt: string, call: () => Promise<unknown>, expected: object];

/** What the SDK made of a refusal. */
async function refusal(call: Promise<unknown>): Promise<object> {
  const error: unknown = await call.then(
    () => new Error('It was not refused.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ServiceResponseException)) throw error;
  const { name, httpStatusCode, errorCode, errorMsg, requestId } = error;
  expect(name).toBe('ClientRequestException');
  expect(requestId).toMatch(/^req-\d{6}$/);
  return { httpStatusCode, errorCode, errorMsg };
}

/** `/v3.0` has its own codes. */
const iam = (httpStatusCode: number, errorCode: string, errorMsg: string) => ({
  httpStatusCode,
  errorCode,
  errorMsg,
});
/** `/v3`, Keystone's, repeats the status, as a number, whatever the SDK's types say. */
const keystone = (httpStatusCode: number, errorMsg: string) => ({
  httpStatusCode,
  errorCode: httpStatusCode,
  errorMsg,
});

describe('the SDK', () => {
  it('keeps its id in the home of this test', async () => {
    await showConfig(CONFIGURED);
    expect(homedir()).toBe(home);
    const id = await readFile(join(home, '.huaweicloud', 'application_id'), 'utf8');
    expect(emulator.requests.at(-1)?.headers['user-agent']).toContain(`app/${id}`);
  });

  it('logs nothing', async () => {
    const write = vi.spyOn(process.stdout, 'write');
    await expect(showConfig('nobody')).rejects.toThrow();
    expect(write).not.toHaveBeenCalled();
    write.mockRestore();
  });
});

describe('identity providers', () => {
  function provider(id: string, description: string, enabled: boolean): object {
    const self = `${IAM}/v3/OS-FEDERATION/identity_providers/${id}`;
    return {
      id,
      description,
      enabled,
      remote_ids: [],
      sso_type: 'virtual_user_sso',
      links: { self, protocols: `${self}/protocols` },
    };
  }

  it('are listed', async () => {
    expect(
      await client.keystoneListIdentityProviders(new KeystoneListIdentityProvidersRequest()),
    ).toEqual({
      httpStatusCode: 200,
      identity_providers: [READY, CONFIGURED, WITHOUT_PROTOCOL].map((id) => provider(id, '', true)),
      links: { self: `${IAM}/v3/OS-FEDERATION/identity_providers`, previous: null, next: null },
    });
  });

  it.each([
    [
      'with everything',
      new IdentityproviderOption()
        .withSsoType('virtual_user_sso')
        .withDescription('Größe 中文')
        .withEnabled(true),
      'Größe 中文',
      true,
    ],
    ['with nothing, disabled', new IdentityproviderOption(), '', false],
  ])('are created %s', async (_, option, description, enabled) => {
    const identity_provider = provider('google', description, enabled);
    expect(await createProvider('google', option)).toEqual({
      httpStatusCode: 201,
      identity_provider,
    });
    expect(await showProvider('google')).toEqual({ httpStatusCode: 200, identity_provider });
    expect(await client.keystoneListIdentityProviders()).toMatchObject({
      identity_providers: [
        { id: READY },
        { id: CONFIGURED },
        { id: WITHOUT_PROTOCOL },
        identity_provider,
      ],
    });
  });

  it('are updated, field by field', async () => {
    const first = provider(READY, 'Our staff', true);
    expect(
      await updateProvider(READY, new UpdateIdentityproviderOption().withDescription('Our staff')),
    ).toEqual({ httpStatusCode: 200, identity_provider: first });
    expect(await showProvider(READY)).toEqual({ httpStatusCode: 200, identity_provider: first });

    const second = provider(READY, 'Our staff', false);
    expect(
      await updateProvider(READY, new UpdateIdentityproviderOption().withEnabled(false)),
    ).toEqual({ httpStatusCode: 200, identity_provider: second });
    expect(await showProvider(READY)).toEqual({ httpStatusCode: 200, identity_provider: second });
  });

  it('are deleted, with their configuration', async () => {
    expect(await deleteProvider(CONFIGURED)).toEqual(deleted);
    expect(await refusal(showProvider(CONFIGURED))).toEqual(
      keystone(404, `Could not find identity_provider: ${CONFIGURED}.`),
    );
    expect(await refusal(showConfig(CONFIGURED))).toEqual(
      iam(404, 'IAM.0004', `Could not find identity_provider: ${CONFIGURED}.`),
    );
    expect(await client.keystoneListIdentityProviders()).toMatchObject({
      identity_providers: [{ id: READY }, { id: WITHOUT_PROTOCOL }],
    });
  });

  it.each<Refusal>([
    [
      'created twice',
      () => createProvider(READY, new IdentityproviderOption()),
      keystone(409, `Conflict occurred attempting to store identity_provider - ${READY}.`),
    ],
    [
      'created with another kind of sign-in',
      () => createProvider('google', new IdentityproviderOption().withSsoType('other')),
      keystone(400, "Invalid input for field 'sso_type'. The value is 'other'."),
    ],
    [
      'updated with nothing',
      () => updateProvider(READY, new UpdateIdentityproviderOption()),
      keystone(400, 'The request body is invalid.'),
    ],
    [
      'updated without being there',
      () => updateProvider('zz', new UpdateIdentityproviderOption().withEnabled(true)),
      keystone(404, 'Could not find identity_provider: zz.'),
    ],
    [
      'deleted without being there',
      () => deleteProvider('zz'),
      keystone(404, 'Could not find identity_provider: zz.'),
    ],
  ])('cannot be %s', async (_, call, expected) => {
    expect(await refusal(call())).toEqual(expected);
  });
});

describe('protocols', () => {
  function protocol(idp: string, mapping_id = MAPPING): object {
    const identity_provider = `${IAM}/v3/OS-FEDERATION/identity_providers/${idp}`;
    return {
      id: 'oidc',
      mapping_id,
      links: { identity_provider, self: `${identity_provider}/protocols/oidc` },
    };
  }

  it('are listed', async () => {
    const links = {
      self: `${IAM}/v3/OS-FEDERATION/identity_providers/${READY}/protocols`,
      previous: null,
      next: null,
    };
    expect(await listProtocols(READY)).toEqual({
      httpStatusCode: 200,
      protocols: [protocol(READY)],
      links,
    });
  });

  it('are created', async () => {
    expect(await listProtocols(WITHOUT_PROTOCOL)).toMatchObject({
      httpStatusCode: 200,
      protocols: [],
    });
    expect(await createProtocol(WITHOUT_PROTOCOL, MAPPING)).toEqual({
      httpStatusCode: 201,
      protocol: protocol(WITHOUT_PROTOCOL),
    });
    expect(await showProtocol(WITHOUT_PROTOCOL)).toEqual({
      httpStatusCode: 200,
      protocol: protocol(WITHOUT_PROTOCOL),
    });
    expect(await listProtocols(WITHOUT_PROTOCOL)).toMatchObject({
      protocols: [protocol(WITHOUT_PROTOCOL)],
    });
  });

  it('are updated', async () => {
    await createMapping('other', [
      new MappingRules(
        [new RulesLocal().withUser(new RulesLocalUser('{0}'))],
        [new RulesRemote('email')],
      ),
    ]);
    expect(await updateProtocol(READY, 'other')).toEqual({
      httpStatusCode: 200,
      protocol: protocol(READY, 'other'),
    });
    expect(await showProtocol(READY)).toEqual({
      httpStatusCode: 200,
      protocol: protocol(READY, 'other'),
    });
  });

  it('are deleted', async () => {
    expect(await deleteProtocol(READY)).toEqual(deleted);
    expect(await refusal(showProtocol(READY))).toEqual(
      keystone(404, 'Could not find protocol: oidc.'),
    );
    expect(await listProtocols(READY)).toMatchObject({ protocols: [] });
  });

  it.each<Refusal>([
    [
      'created twice',
      () => createProtocol(READY, MAPPING),
      keystone(409, 'Conflict occurred attempting to store federation_protocol - oidc.'),
    ],
    [
      'created for nobody',
      () => createProtocol('zz', MAPPING),
      keystone(404, 'Could not find identity_provider: zz.'),
    ],
    [
      'created with an unknown mapping',
      () => createProtocol(WITHOUT_PROTOCOL, 'zz'),
      keystone(404, 'Could not find mapping: zz.'),
    ],
    [
      'updated without being there',
      () => updateProtocol(WITHOUT_PROTOCOL, MAPPING),
      keystone(404, 'Could not find protocol: oidc.'),
    ],
    [
      'deleted without being there',
      () => deleteProtocol(WITHOUT_PROTOCOL),
      keystone(404, 'Could not find protocol: oidc.'),
    ],
  ])('cannot be %s', async (_, call, expected) => {
    expect(await refusal(call())).toEqual(expected);
  });
});

describe('mappings', () => {
  const mapping = (id: string, rules: object[]) => ({
    id,
    rules,
    links: { self: `${IAM}/v3/OS-FEDERATION/mappings/${id}` },
  });
  const CONSOLE_RULES = [
    { local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] },
  ];

  const rules = () => [
    new MappingRules(
      [
        new RulesLocal().withUser(new RulesLocalUser('{0}')),
        new RulesLocal().withGroup(new RulesLocalGroup('admin')),
      ],
      [
        new RulesRemote('email'),
        new RulesRemote('groups').withAnyOneOf(['^ops-.*$', 'admins']).withRegex(true),
        new RulesRemote('country').withNotAnyOf(['XX']),
      ],
    ),
  ];
  const SENT_RULES = [
    {
      local: [{ user: { name: '{0}' } }, { group: { name: 'admin' } }],
      remote: [
        { type: 'email' },
        { type: 'groups', any_one_of: ['^ops-.*$', 'admins'], regex: true },
        { type: 'country', not_any_of: ['XX'] },
      ],
    },
  ];

  it('are listed', async () => {
    expect(await client.keystoneListMappings(new KeystoneListMappingsRequest())).toEqual({
      httpStatusCode: 200,
      mappings: [mapping(MAPPING, CONSOLE_RULES)],
      links: { self: `${IAM}/v3/OS-FEDERATION/mappings`, previous: null, next: null },
    });
  });

  it('are created', async () => {
    expect(await createMapping('google', rules())).toEqual({
      httpStatusCode: 201,
      mapping: mapping('google', SENT_RULES),
    });
    expect(await showMapping('google')).toEqual({
      httpStatusCode: 200,
      mapping: mapping('google', SENT_RULES),
    });
    expect(await client.keystoneListMappings()).toMatchObject({
      mappings: [mapping(MAPPING, CONSOLE_RULES), mapping('google', SENT_RULES)],
    });
  });

  it('are updated', async () => {
    expect(await updateMapping(MAPPING, rules())).toEqual({
      httpStatusCode: 200,
      mapping: mapping(MAPPING, SENT_RULES),
    });
    expect(await showMapping(MAPPING)).toEqual({
      httpStatusCode: 200,
      mapping: mapping(MAPPING, SENT_RULES),
    });
  });

  it('are deleted', async () => {
    expect(await deleteMapping(MAPPING)).toEqual(deleted);
    expect(await refusal(showMapping(MAPPING))).toEqual(
      keystone(404, `Could not find mapping: ${MAPPING}.`),
    );
    expect(await client.keystoneListMappings()).toMatchObject({ mappings: [] });
  });

  it.each<Refusal>([
    [
      'created twice',
      () => createMapping(MAPPING, rules()),
      keystone(409, `Conflict occurred attempting to store mapping - ${MAPPING}.`),
    ],
    [
      'created without rules',
      () => createMapping('google', []),
      keystone(400, "Invalid input for field 'rules'. The value is '[]'."),
    ],
    [
      'updated without being there',
      () => updateMapping('zz', rules()),
      keystone(404, 'Could not find mapping: zz.'),
    ],
    [
      'deleted without being there',
      () => deleteMapping('zz'),
      keystone(404, 'Could not find mapping: zz.'),
    ],
  ])('cannot be %s', async (_, call, expected) => {
    expect(await refusal(call())).toEqual(expected);
  });
});

const SIGNING_KEY = JSON.stringify({
  keys: [{ kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'k/1+é', alg: 'RS256' }],
});
const PROGRAM = {
  access_mode: 'program',
  idp_url: 'https://accounts.example.com/',
  client_id: 'example-client',
  signing_key: SIGNING_KEY,
};
const FOR_CONSOLE = {
  ...PROGRAM,
  access_mode: 'program_console',
  authorization_endpoint: 'https://accounts.example.com/authorize?a=b&c=d',
  scope: 'openid email profile',
  response_type: 'id_token',
  response_mode: 'fragment',
};
const program = () =>
  new CreateOpenIdConnectConfig(
    PROGRAM.access_mode,
    PROGRAM.idp_url,
    PROGRAM.client_id,
    PROGRAM.signing_key,
  );
const forConsole = () =>
  program()
    .withAccessMode(FOR_CONSOLE.access_mode)
    .withAuthorizationEndpoint(FOR_CONSOLE.authorization_endpoint)
    .withScope(FOR_CONSOLE.scope)
    .withResponseType(FOR_CONSOLE.response_type)
    .withResponseMode(FOR_CONSOLE.response_mode);

describe('configurations', () => {
  const EXISTING = {
    access_mode: 'program_console',
    idp_url: 'https://accounts.example.com',
    client_id: 'client_id_example',
    authorization_endpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
    scope: 'openid',
    response_type: 'id_token',
    response_mode: 'form_post',
    signing_key:
      '{"keys":[{"kty":"RSA","e":"AQAB","use":"sig","n":"example","kid":"kid_example","alg":"RS256"}]}',
  };

  it.each([
    ['programmatic access', program, PROGRAM],
    ['the console, too', forConsole, FOR_CONSOLE],
  ])('are created for %s', async (_, config, openid_connect_config) => {
    expect(await createConfig(READY, config())).toEqual({
      httpStatusCode: 201,
      openid_connect_config,
    });
    expect(await showConfig(READY)).toEqual({ httpStatusCode: 200, openid_connect_config });
  });

  it.each([
    [
      'one field',
      new UpdateOpenIdConnectConfig().withClientId('rotated-client'),
      { ...EXISTING, client_id: 'rotated-client' },
    ],
    [
      'every field',
      new UpdateOpenIdConnectConfig()
        .withAccessMode(FOR_CONSOLE.access_mode)
        .withIdpUrl(FOR_CONSOLE.idp_url)
        .withClientId(FOR_CONSOLE.client_id)
        .withAuthorizationEndpoint(FOR_CONSOLE.authorization_endpoint)
        .withScope(FOR_CONSOLE.scope)
        .withResponseType(FOR_CONSOLE.response_type)
        .withResponseMode(FOR_CONSOLE.response_mode)
        .withSigningKey(FOR_CONSOLE.signing_key),
      FOR_CONSOLE,
    ],
    [
      'to programmatic access alone',
      new UpdateOpenIdConnectConfig()
        .withAccessMode(PROGRAM.access_mode)
        .withIdpUrl(PROGRAM.idp_url)
        .withClientId(PROGRAM.client_id)
        .withSigningKey(PROGRAM.signing_key),
      PROGRAM,
    ],
  ])('are updated: %s', async (_, config, openid_connect_config) => {
    expect(await showConfig(CONFIGURED)).toEqual({
      httpStatusCode: 200,
      openid_connect_config: EXISTING,
    });
    expect(await updateConfig(CONFIGURED, config)).toEqual({
      httpStatusCode: 200,
      openid_connect_config,
    });
    expect(await showConfig(CONFIGURED)).toEqual({ httpStatusCode: 200, openid_connect_config });
  });

  it.each<Refusal>([
    [
      'read before there is one',
      () => showConfig(READY),
      iam(404, 'IAM.0004', `Could not find openid_connect_config: ${READY}.`),
    ],
    [
      'updated before there is one',
      () => updateConfig(READY, new UpdateOpenIdConnectConfig().withClientId('a-client')),
      iam(404, 'IAM.0004', `Could not find openid_connect_config: ${READY}.`),
    ],
    [
      'created for nobody',
      () => createConfig('zz', program()),
      iam(404, 'IAM.0004', 'Could not find identity_provider: zz.'),
    ],
    [
      'created without a protocol',
      () => createConfig(WITHOUT_PROTOCOL, program()),
      iam(404, 'IAM.0004', 'Could not find protocol: oidc.'),
    ],
    [
      'created twice',
      () => createConfig(CONFIGURED, program()),
      iam(
        409,
        'IAM.0005',
        `Conflict occurred attempting to store openid_connect_config - ${CONFIGURED}.`,
      ),
    ],
    [
      'created without a key',
      () =>
        createConfig(
          READY,
          new CreateOpenIdConnectConfig('program', PROGRAM.idp_url, PROGRAM.client_id),
        ),
      iam(400, 'IAM.0072', "'signing_key' is a required property."),
    ],
    [
      'created with a short client id',
      () => createConfig(READY, program().withClientId('four')),
      iam(400, 'IAM.0073', "Invalid input for field 'client_id'. The value is 'four'."),
    ],
    [
      'created as a mixture',
      () => createConfig(READY, program().withScope('openid')),
      iam(400, 'IAM.0011', 'Request body is invalid.'),
    ],
  ])('cannot be %s', async (_, call, expected) => {
    expect(await refusal(call())).toEqual(expected);
  });
});

describe('tokens', () => {
  function requestFor(
    password: string,
    scope?: AuthScope,
  ): KeystoneCreateUserTokenByPasswordRequest {
    const user = new PwdPasswordUser(
      new PwdPasswordUserDomain(note('account (domain) name')),
      note('IAM user'),
      password,
    );
    const auth = new PwdAuth(new PwdIdentity(['password'], new PwdPassword(user)), scope);
    return new KeystoneCreateUserTokenByPasswordRequest().withBody(
      new KeystoneCreateUserTokenByPasswordRequestBody(auth),
    );
  }

  /** The actual response, which differs from the SDK's types. */
  interface TokenResponse {
    readonly token: Readonly<Record<'issued_at' | 'expires_at', string>>;
    readonly 'X-Subject-Token': string;
  }
  async function createToken(scope?: AuthScope, nocatalog?: string): Promise<TokenResponse> {
    const request = requestFor(note('IAM password'), scope);
    return (await client.keystoneCreateUserTokenByPassword(
      nocatalog === undefined ? request : request.withNocatalog(nocatalog),
    )) as unknown as TokenResponse;
  }
  const anyText = expect.any(String) as string;

  it.each<[string, () => AuthScope | undefined, string?]>([
    [
      'name',
      () =>
        new AuthScope().withDomain(new AuthScopeDomain().withName(note('account (domain) name'))),
    ],
    [
      'id',
      () => new AuthScope().withDomain(new AuthScopeDomain().withId(note('account (domain) id'))),
    ],
    [
      'name, without the catalog',
      () =>
        new AuthScope().withDomain(new AuthScopeDomain().withName(note('account (domain) name'))),
      'true',
    ],
    ['default', () => undefined],
  ])(
    'are created by password for the account, by its %s, for a day',
    async (_, scope, nocatalog) => {
      const response = await createToken(scope(), nocatalog);
      const domain = { id: note('account (domain) id'), name: note('account (domain) name') };
      const user = { id: anyText, name: note('IAM user'), domain, password_expires_at: '' };
      expect(response).toEqual({
        httpStatusCode: 201,
        'X-Subject-Token': anyText,
        token: {
          methods: ['password'],
          issued_at: anyText,
          expires_at: anyText,
          user,
          domain,
          roles: [],
          catalog: [],
        },
      });
      const { issued_at, expires_at } = response.token;
      expect(
        [issued_at, expires_at].every((time) =>
          /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(time),
        ),
      ).toBe(true);
      expect(Date.parse(expires_at) - Date.parse(issued_at)).toBe(86_400_000);

      const bearer = connect({ token: response['X-Subject-Token'] });
      expect(await createConfig(READY, program(), bearer)).toEqual({
        httpStatusCode: 201,
        openid_connect_config: PROGRAM,
      });
      expect(await showConfig(READY)).toEqual({
        httpStatusCode: 200,
        openid_connect_config: PROGRAM,
      });
    },
  );

  it('for a project do not open what belongs to the account', async () => {
    const response = await createToken(
      new AuthScope().withProject(new AuthScopeProject().withName('ap-southeast-1')),
    );
    expect(response.token).toMatchObject({ project: { name: 'ap-southeast-1' } });
    expect(
      await refusal(showConfig(CONFIGURED, connect({ token: response['X-Subject-Token'] }))),
    ).toMatchObject({ httpStatusCode: 403, errorCode: 'IAM.0003' });
  });

  it('are not created with a wrong password', async () => {
    expect(await refusal(client.keystoneCreateUserTokenByPassword(requestFor('wrong')))).toEqual(
      keystone(401, 'The username or password is wrong.'),
    );
  });
});

describe('access', () => {
  const badSignature = (fault: string) =>
    iam(401, 'APIGW.0301', `Incorrect IAM authentication information: ${fault}`);

  it.each<[string, Caller, string]>([
    ['a wrong secret key', { sk: 'wrong' }, 'verify aksk signature fail'],
    ['an unknown access key', { ak: 'NOBODY' }, 'Get secretKey failed,ak:NOBODY,err:ak not exist'],
    [
      'the id of another account',
      { domainId: 'nobody' },
      'the access key does not belong to the domain nobody',
    ],
  ])('is refused with %s, in one form on every route', async (_, caller, fault) => {
    client = connect(caller);
    expect(await refusal(showConfig(CONFIGURED))).toEqual(badSignature(fault));
    expect(await refusal(showProvider(CONFIGURED))).toEqual(badSignature(fault));
    expect(await refusal(deleteProvider(CONFIGURED))).toEqual(badSignature(fault));
    client = connect();
    expect(await showProvider(CONFIGURED)).toMatchObject({ httpStatusCode: 200 });
  });

  it('is refused to callers who may only read, with the missing action', async () => {
    client = connect({ token: note('token (reader)') });
    expect(await showConfig(CONFIGURED)).toMatchObject({ httpStatusCode: 200 });
    const refused = (action: string) =>
      `Policy doesn't allow iam:identityProviders:${action} to be performed.`;
    expect(await refusal(createConfig(READY, program()))).toEqual(
      iam(403, 'IAM.0003', refused('createOpenIDConnectConfig')),
    );
    expect(await refusal(deleteProvider(READY))).toEqual(
      keystone(403, refused('deleteIdentityProvider')),
    );
  });
});
