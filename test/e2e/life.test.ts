import { readFileSync } from 'node:fs';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as documents from '../../schema/client/graphql.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuawei } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { send, startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';

/* The life of a configuration, through typed documents against the built server: what the tabs of GraphiQL do, in their order. */

let orderCloud: RunningEmulator;
let huawei: RunningEmulator;
let gateway: BuiltGateway;
let headers: Record<string, string>;

beforeAll(async () => {
  orderCloud = await startOrderCloud();
  huawei = await startHuawei();
  headers = { ...orderCloud.exampleHeaders, ...huawei.exampleHeaders };
  gateway = await startBuiltGateway({
    ...orderCloud.environment,
    ...huawei.environment,
    HUAWEI_CONSOLE_URL: 'https://auth.example.com',
  });
});
afterAll(async () => {
  expect((await gateway.stop()).code).toBe(0);
  await Promise.all([orderCloud.close(), huawei.close()]);
});

/** The variables that are beside an example operation. */
const example = <Variables>(_document: TypedDocumentNode<unknown, Variables>, name: string) =>
  JSON.parse(
    readFileSync(
      new URL(`../../schema/operations/${name}.variables.json`, import.meta.url),
      'utf8',
    ),
  ) as Variables;
const success = (member: string, rest: object = {}) => ({
  __typename: `${member}Success`,
  ...rest,
});

describe('an OpenIdConnect of OrderCloud', () => {
  const id = 'google';
  const read = async () => {
    const { openIdConnect } = await send(
      gateway.url,
      documents.OpenIdConnectDocument,
      { id },
      headers,
    );
    return openIdConnect?.__typename === 'OpenIdConnectSuccess'
      ? openIdConnect.openIdConnect
      : null;
  };

  it('is created, listed, changed, read and deleted', async () => {
    const created = example(documents.CreateOpenIdConnectDocument, '01-create-open-id-connect');
    expect(
      (await send(gateway.url, documents.CreateOpenIdConnectDocument, created, headers))
        .createOpenIdConnect,
    ).toMatchObject(success('CreateOpenIdConnect'));

    const { openIdConnects } = await send(
      gateway.url,
      documents.OpenIdConnectsDocument,
      example(documents.OpenIdConnectsDocument, '02-open-id-connects'),
      headers,
    );
    expect(openIdConnects).toMatchObject(
      success('OpenIdConnects', {
        openIdConnects: [{ id: 'example-existing' }, { id }],
        meta: {
          page: 1,
          pageSize: 20,
          totalCount: 2,
          totalPages: 1,
          itemRange: [1, 2],
          nextPageKey: null,
        },
      }),
    );

    const before = await read();
    const change = example(documents.UpdateOpenIdConnectDocument, '03-update-open-id-connect');
    const { updateOpenIdConnect } = await send(
      gateway.url,
      documents.UpdateOpenIdConnectDocument,
      change,
      headers,
    );
    expect(updateOpenIdConnect).toMatchObject(
      success('UpdateOpenIdConnect', { openIdConnect: { ...change.input } }),
    );
    const after = await read();
    expect(after).toMatchObject({
      ...before,
      appStartUrl: change.input.appStartUrl,
      callSyncUserIntegrationEvent: true,
      customErrorUrl: null,
      fingerprint: expect.not.stringMatching(before?.fingerprint ?? '') as unknown,
    });

    const stale = { input: { ...change.input, expectedFingerprint: before?.fingerprint ?? null } };
    expect(
      (await send(gateway.url, documents.UpdateOpenIdConnectDocument, stale, headers))
        .updateOpenIdConnect,
    ).toMatchObject({
      __typename: 'OidcStaleError',
      code: 'STALE',
      currentFingerprint: after?.fingerprint,
    });

    const saved = {
      input: {
        ...created.input,
        id,
        urlEncoded: null,
        integrationEventId: null,
        additionalIdpScopes: null,
        expectedFingerprint: after?.fingerprint ?? null,
      },
    };
    expect(
      (await send(gateway.url, documents.SaveOpenIdConnectDocument, saved, headers))
        .saveOpenIdConnect,
    ).toMatchObject(
      success('SaveOpenIdConnect', {
        openIdConnect: { id, urlEncoded: false, integrationEventId: null, additionalIdpScopes: [] },
        warnings: [{ code: 'INTEGRATION_EVENT_MISSING' }],
      }),
    );

    const last = await read();
    const deletion = (expectedFingerprint: string | null) =>
      send(
        gateway.url,
        documents.DeleteOpenIdConnectDocument,
        { input: { id, expectedFingerprint } },
        headers,
      );
    expect((await deletion(after?.fingerprint ?? null)).deleteOpenIdConnect).toMatchObject({
      __typename: 'OidcStaleError',
      currentFingerprint: last?.fingerprint,
    });
    expect((await deletion(last?.fingerprint ?? null)).deleteOpenIdConnect).toMatchObject(
      success('DeleteOpenIdConnect', { id }),
    );
    expect((await deletion(null)).deleteOpenIdConnect).toMatchObject({
      __typename: 'OidcNotFoundError',
      resource: 'OpenIdConnect',
      id,
    });
  });

  it('can be found among more than a page holds, from the last id on', async () => {
    const { input } = example(documents.CreateOpenIdConnectDocument, '01-create-open-id-connect');
    const ids = Array.from({ length: 7 }, (_, index) => `walk-${index}`);
    for (const one of ids)
      await send(
        gateway.url,
        documents.CreateOpenIdConnectDocument,
        { input: { ...input, id: one } },
        headers,
      );

    const seen: string[] = [];
    for (let after = 'walk-'; ;) {
      const { openIdConnects } = await send(
        gateway.url,
        documents.OpenIdConnectsDocument,
        { filter: { id: { after, matches: 'walk-*' } }, pageSize: 3 },
        headers,
      );
      const page =
        openIdConnects?.__typename === 'OpenIdConnectsSuccess'
          ? openIdConnects.openIdConnects.map((one) => one.id)
          : [];
      const last = page.at(-1);
      if (last === undefined) break;
      seen.push(...page);
      after = last;
    }
    expect(seen).toEqual(ids);
  });
});

describe('a configuration of Huawei Cloud IAM', () => {
  it('is planned, provisioned, read, changed and deleted', async () => {
    const planned = (
      await send(
        gateway.url,
        documents.PlanOidcConfigDocument,
        example(documents.PlanOidcConfigDocument, '06-plan-oidc-config'),
        headers,
      )
    ).provisionOidcConfig;
    const targets = ['IDENTITY_PROVIDER', 'MAPPING', 'PROTOCOL', 'OIDC_CONFIG'];
    expect(planned).toMatchObject(
      success('ProvisionOidcConfig', {
        dryRun: true,
        steps: targets.map((target) => ({ target, action: 'WOULD_CREATE', error: null })),
      }),
    );
    const list = await send(gateway.url, documents.HuaweiIdentityProvidersDocument, {}, headers);
    expect(JSON.stringify(list)).not.toContain('EXAMPLE');

    const provisioned = () =>
      send(
        gateway.url,
        documents.ProvisionOidcConfigDocument,
        example(documents.ProvisionOidcConfigDocument, '07-provision-oidc-config'),
        headers,
      );
    const redirectUris = [
      'https://auth.example.com/authui/oidc/redirect',
      'https://auth.example.com/authui/oidc/post',
    ];
    expect((await provisioned()).provisionOidcConfig).toMatchObject(
      success('ProvisionOidcConfig', {
        dryRun: false,
        steps: targets.map((target) => ({ target, action: 'CREATED' })),
        oidcConfig: { idpId: 'EXAMPLE', redirectUris },
        warnings: [],
      }),
    );
    expect((await provisioned()).provisionOidcConfig).toMatchObject(
      success('ProvisionOidcConfig', {
        steps: targets.map((target) => ({ target, action: 'UNCHANGED' })),
      }),
    );

    const key = example(documents.OidcConfigDocument, '08-oidc-config');
    const { oidcConfig } = await send(gateway.url, documents.OidcConfigDocument, key, headers);
    expect(oidcConfig).toMatchObject(
      success('OidcConfig', {
        oidcConfig: {
          loginUrl: `https://auth.example.com/authui/federation/websso?domain_id=${key.domainId}&idp=EXAMPLE&protocol=oidc`,
        },
      }),
    );

    const change = example(documents.UpdateOidcConfigDocument, '09-update-oidc-config');
    expect(
      (await send(gateway.url, documents.UpdateOidcConfigDocument, change, headers))
        .updateOidcConfig,
    ).toMatchObject(
      success('UpdateOidcConfig', {
        oidcConfig: {
          accessMode: 'PROGRAM_CONSOLE',
          scope: change.input.scope,
          jwks: change.input.signingKey,
        },
      }),
    );

    const deletion = () =>
      send(
        gateway.url,
        documents.DeleteHuaweiIdentityProviderDocument,
        example(
          documents.DeleteHuaweiIdentityProviderDocument,
          '10-delete-huawei-identity-provider',
        ),
        headers,
      );
    expect((await deletion()).deleteHuaweiIdentityProvider).toMatchObject(
      success('DeleteHuaweiIdentityProvider', { id: 'EXAMPLE' }),
    );
    expect(
      (await send(gateway.url, documents.OidcConfigDocument, key, headers)).oidcConfig,
    ).toMatchObject({ __typename: 'OidcNotFoundError' });
    expect((await deletion()).deleteHuaweiIdentityProvider).toMatchObject({
      __typename: 'OidcNotFoundError',
      resource: 'identity_provider',
      id: 'EXAMPLE',
    });
    expect(
      (
        await send(
          gateway.url,
          documents.DeleteHuaweiMappingDocument,
          example(documents.DeleteHuaweiMappingDocument, '11-delete-huawei-mapping'),
          headers,
        )
      ).deleteHuaweiMapping,
    ).toMatchObject(success('DeleteHuaweiMapping', { id: 'mapping_EXAMPLE' }));
  });

  it('can be built step by step too', async () => {
    const rules = [
      {
        local: [{ user: { name: '{0}' } }, { groups: '["admin","manager"]' }],
        remote: [{ type: 'email' }, { type: 'role', notAnyOf: ['guest.*'], regex: true }],
      },
    ];
    const shown = [
      {
        local: [
          { user: { name: '{0}' }, group: null, groups: null },
          { user: null, group: null, groups: '["admin","manager"]' },
        ],
        remote: [
          { type: 'email', anyOneOf: null, notAnyOf: null, regex: false },
          { type: 'role', anyOneOf: null, notAnyOf: ['guest.*'], regex: true },
        ],
      },
    ];

    const provider = (
      await send(
        gateway.url,
        documents.CreateHuaweiIdentityProviderDocument,
        { input: { id: 'STEPS', description: 'By hand' } },
        headers,
      )
    ).createHuaweiIdentityProvider;
    expect(provider).toMatchObject(
      success('CreateHuaweiIdentityProvider', {
        huaweiIdentityProvider: { enabled: false, ssoType: 'VIRTUAL_USER_SSO' },
        warnings: [{ code: 'IDENTITY_PROVIDER_DISABLED' }],
      }),
    );
    const enabled = (
      await send(
        gateway.url,
        documents.UpdateHuaweiIdentityProviderDocument,
        { input: { id: 'STEPS', enabled: true, description: null } },
        headers,
      )
    ).updateHuaweiIdentityProvider;
    expect(enabled).toMatchObject(
      success('UpdateHuaweiIdentityProvider', {
        huaweiIdentityProvider: { enabled: true, description: '' },
        warnings: [],
      }),
    );
    const read = (
      await send(gateway.url, documents.HuaweiIdentityProviderDocument, { id: 'STEPS' }, headers)
    ).huaweiIdentityProvider;
    expect(read).toMatchObject(
      success('HuaweiIdentityProvider', { huaweiIdentityProvider: { id: 'STEPS', remoteIds: [] } }),
    );

    const mapping = (
      await send(
        gateway.url,
        documents.CreateHuaweiMappingDocument,
        { input: { id: 'steps', rules } },
        headers,
      )
    ).createHuaweiMapping;
    expect(mapping).toMatchObject(
      success('CreateHuaweiMapping', { huaweiMapping: { id: 'steps', rules: shown } }),
    );
    const simple = [
      { local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] },
    ];
    expect(
      (
        await send(
          gateway.url,
          documents.UpdateHuaweiMappingDocument,
          { input: { id: 'steps', rules: simple } },
          headers,
        )
      ).updateHuaweiMapping,
    ).toMatchObject(success('UpdateHuaweiMapping'));
    expect(
      (await send(gateway.url, documents.HuaweiMappingDocument, { id: 'steps' }, headers))
        .huaweiMapping,
    ).toMatchObject(
      success('HuaweiMapping', {
        huaweiMapping: { rules: [{ local: [{ user: { name: 'FederationUser' } }] }] },
      }),
    );
    expect(
      (await send(gateway.url, documents.HuaweiMappingsDocument, {}, headers)).huaweiMappings,
    ).toMatchObject(
      success('HuaweiMappings', {
        huaweiMappings: expect.arrayContaining([{ id: 'steps' }]) as unknown,
      }),
    );

    expect(
      (
        await send(
          gateway.url,
          documents.CreateHuaweiProtocolDocument,
          { input: { idpId: 'STEPS', mappingId: 'mapping_ACME' } },
          headers,
        )
      ).createHuaweiProtocol,
    ).toMatchObject(success('CreateHuaweiProtocol'));
    expect(
      (
        await send(
          gateway.url,
          documents.UpdateHuaweiProtocolDocument,
          { input: { idpId: 'STEPS', mappingId: 'steps' } },
          headers,
        )
      ).updateHuaweiProtocol,
    ).toMatchObject(success('UpdateHuaweiProtocol', { huaweiProtocol: { mappingId: 'steps' } }));
    expect(
      (await send(gateway.url, documents.HuaweiProtocolDocument, { idpId: 'STEPS' }, headers))
        .huaweiProtocol,
    ).toMatchObject(
      success('HuaweiProtocol', {
        huaweiProtocol: { idpId: 'STEPS', id: 'oidc', mappingId: 'steps' },
      }),
    );

    const { input } = example(documents.CreateOidcConfigDocument, '12-create-oidc-config');
    expect(
      (
        await send(
          gateway.url,
          documents.CreateOidcConfigDocument,
          { input: { ...input, idpId: 'STEPS' } },
          headers,
        )
      ).createOidcConfig,
    ).toMatchObject(success('CreateOidcConfig'));

    expect(
      (
        await send(
          gateway.url,
          documents.DeleteHuaweiProtocolDocument,
          { input: { idpId: 'STEPS' } },
          headers,
        )
      ).deleteHuaweiProtocol,
    ).toMatchObject(success('DeleteHuaweiProtocol', { idpId: 'STEPS' }));
    expect(
      (
        await send(
          gateway.url,
          documents.DeleteHuaweiMappingDocument,
          { input: { id: 'steps' } },
          headers,
        )
      ).deleteHuaweiMapping,
    ).toMatchObject(success('DeleteHuaweiMapping', { id: 'steps' }));
  });
});
