import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HUAWEI_FIELDS, ORDERCLOUD_FIELDS } from '../setup/field-cases.ts';
import { permissiveUpstream, STORED } from '../setup/permissive-upstream.ts';
import { documentOf } from '../setup/root-fields.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import type { SeenRequest } from '../setup/scripted-upstream.ts';

/* A response about another object than the one that was asked for, as one that belongs to another request. */

let gateway: ScriptedGateway;
beforeAll(async () => {
  // One slot: what a write reads first has no other one to wait for.
  gateway = await startScriptedGateway({
    ORDERCLOUD_MAX_IN_FLIGHT: '1',
    HUAWEI_MAX_IN_FLIGHT: '1',
  });
});
afterAll(() => gateway.stop());

/** The same response, about a different object. */
function misdirected(request: SeenRequest) {
  const response = permissiveUpstream(request);
  return 'body' in response
    ? { ...response, body: response.body.replace(/"(ID|id)":"[^"]*"/, '"$1":"of-somebody-else"') }
    : response;
}

/** Fields whose responses carry no id, or a list. */
const WITHOUT_IDENTITY =
  /^(openIdConnects|huaweiIdentityProviders|huaweiMappings)$|OidcConfig$|^oidcConfig$|^delete/;
const cases = Object.entries({ ...ORDERCLOUD_FIELDS, ...HUAWEI_FIELDS }).filter(
  ([name]) => !WITHOUT_IDENTITY.test(name),
);

describe('a response about another object', () => {
  it.each(cases)('is not shown by %s', async (name, { variables, write }) => {
    const document = documentOf(name, {
      OidcSuccess: 'warnings { code }',
      OidcError: 'code message',
      OidcOutcomeUnknownError: 'reason',
    });
    gateway.upstream.respondWith((request) =>
      request.method === (write?.method ?? 'GET')
        ? misdirected(request)
        : permissiveUpstream(request),
    );
    const result = await gateway.run(document, variables);
    expect(JSON.stringify(result)).not.toContain('somebody');
    if (write === undefined)
      expect(result).toMatchObject({
        code: 'UPSTREAM_CONTRACT',
        message: expect.stringContaining(
          'with a different object than the requested one',
        ) as unknown,
      });
    else
      expect(result).toMatchObject({
        warnings: expect.arrayContaining([{ code: 'CONFIRMED_BY_READING' }]) as unknown,
      });
  });

  it('in another letter case is the one that was asked for', async () => {
    gateway.upstream.respondWith((request) =>
      permissiveUpstream({
        ...request,
        target: request.target.toUpperCase().replace('/V1/OPENIDCONNECTS', '/v1/openidconnects'),
      }),
    );
    expect(await gateway.run(documentOf('openIdConnect'), { id: 'google' })).toMatchObject({
      __typename: 'OpenIdConnectSuccess',
    });
  });
});

it('a write with a fingerprint reads and writes in one slot', async () => {
  gateway.upstream.respondWith(permissiveUpstream);
  const document =
    'mutation ($input: SaveOpenIdConnectInput!) { result: saveOpenIdConnect(input: $input) { __typename ... on SaveOpenIdConnectSuccess { openIdConnect { fingerprint } } } }';
  const { openIdConnect } = await gateway.run(document, { input: STORED.openIdConnect });
  const { fingerprint } = openIdConnect as { readonly fingerprint: string };
  const results = await Promise.all(
    Array.from({ length: 5 }, () =>
      gateway.run(document, {
        input: { ...STORED.openIdConnect, expectedFingerprint: fingerprint },
      }),
    ),
  );
  expect(results.map(({ __typename }) => __typename)).toEqual(
    results.map(() => 'SaveOpenIdConnectSuccess'),
  );
});
