import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentVariables } from '../../src/config/config.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { fixture } from '../fixtures/upstream/upstream.ts';
import { serveIssuer } from '../setup/issuer-server.ts';
import type { TestIssuer } from '../setup/issuer-server.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';

/* Another upstream is a folder and a line in the list: this one is only in the list of this test. */

const CREATE =
  'mutation ($id: ID!) { createOidcWidget(input: { id: $id }) { __typename ... on CreateOidcWidgetSuccess { widget: oidcWidget { id } warnings { code } } ... on OidcError { upstream { upstream } message } ... on OidcInvalidInputError { issues { path } } } }';

const PROVISION =
  'mutation ($input: ProvisionOidcSignInInput!) { result: provisionOidcSignIn(input: $input) { __typename ... on OidcConfigProvision { steps { target id action changes { path from to } } } ... on ProvisionOidcSignInSuccess { oidcWidget { id } openIdConnect { id } } ... on OidcInvalidInputError { issues { path message } } } }';

let issuer: TestIssuer;
let emulator: RunningEmulator;
let gateway: TestGateway;

beforeAll(async () => {
  const { startEmulator } = await fixture.emulator();
  emulator = await startEmulator();
  issuer = await serveIssuer();
  gateway = await startGateway(
    {
      ...emulator.environment,
      INTROSPECTION: 'true',
      ISSUER_DISCOVERY: 'true',
      ISSUER_ALLOWED_HOSTS: issuer.issuer,
    },
    [...upstreams, fixture],
  );
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([emulator.close(), issuer.close()]);
});

describe('a gateway with a third upstream', () => {
  it('serves its mutation', async () => {
    const { data } = await gateway.post(CREATE, { id: 'abc' }, emulator.exampleHeaders);
    expect(data).toEqual({
      createOidcWidget: {
        __typename: 'CreateOidcWidgetSuccess',
        widget: { id: 'abc' },
        warnings: [],
      },
    });
  });

  it('gives it the house errors', async () => {
    expect((await gateway.post(CREATE, { id: 'ABC' }, emulator.exampleHeaders)).data).toMatchObject(
      { createOidcWidget: { __typename: 'OidcInvalidInputError', issues: [{ path: ['id'] }] } },
    );
    expect((await gateway.post(CREATE, { id: 'abc' })).data).toMatchObject({
      createOidcWidget: { __typename: 'OidcUnauthenticatedError' },
    });
  });

  it('has its part in the mutation that sets up sign-in', async () => {
    const send = async (id: string) =>
      (
        await gateway.post(
          PROVISION,
          { input: { issuer: issuer.issuer, oidcWidget: { id } } },
          emulator.exampleHeaders,
        )
      ).data?.['result'];
    expect(await send('xyz')).toEqual({
      __typename: 'ProvisionOidcSignInSuccess',
      steps: [
        {
          target: 'WIDGET',
          id: 'xyz',
          action: 'CREATED',
          changes: [{ path: ['id'], from: null, to: '"xyz"' }],
        },
      ],
      oidcWidget: { id: 'xyz' },
      openIdConnect: null,
    });
    expect(await send('XYZ')).toMatchObject({ issues: [{ path: ['oidcWidget', 'id'] }] });
    expect(
      (await gateway.post(PROVISION, { input: { issuer: issuer.issuer } })).data?.['result'],
    ).toMatchObject({
      issues: [{ message: 'Give at least one of openIdConnect, oidcConfig, oidcWidget.' }],
    });
  });

  it('logs its calls under its id', () => {
    expect(gateway.logs).toContainEqual(
      expect.objectContaining({
        msg: 'operation',
        upstreamCalls: [
          expect.objectContaining({
            upstream: 'FIXTURE',
            operation: 'createWidget',
            status: 201,
            upstreamRequestId: 'fixture-1',
          }),
        ],
      }),
    );
  });

  it('has it in OidcUpstream', async () => {
    const { data } = await gateway.post(
      '{ __type(name: "OidcUpstream") { enumValues { name description } } }',
    );
    expect(data).toMatchObject({
      __type: {
        enumValues: expect.arrayContaining([
          { name: 'FIXTURE', description: 'A third upstream, for tests.' },
        ]) as unknown,
      },
    });
  });

  it('has it in the start-up report, beside those that are not configured', () => {
    expect(gateway.gateway.report).toEqual([
      {
        label: 'OrderCloud',
        urlVariables: ['ORDERCLOUD_API_URL', 'ORDERCLOUD_REGION'],
        baseUrl: null,
        credentials: 'caller',
      },
      {
        label: 'Huawei Cloud IAM',
        urlVariables: ['HUAWEI_IAM_URL', 'HUAWEI_REGION'],
        baseUrl: null,
        credentials: 'caller',
      },
      {
        label: 'Fixture',
        urlVariables: ['FIXTURE_API_URL'],
        baseUrl: emulator.url,
        credentials: 'caller',
      },
    ]);
  });

  it('has it in the help on the environment', () => {
    expect(environmentVariables([...upstreams, fixture])).toContainEqual({
      name: 'FIXTURE_API_URL',
      default: null,
      description: 'The third upstream, for tests.',
    });
  });

  it('returns errors for the upstreams that are not configured', async () => {
    const { data } = await gateway.post(
      '{ openIdConnect(id: "a") { __typename ... on OidcError { message } } }',
      {},
      { authorization: 'Bearer token' },
    );
    expect(data).toEqual({
      openIdConnect: {
        __typename: 'OidcUpstreamUnavailableError',
        message:
          'OrderCloud is not configured here: the operator must set ORDERCLOUD_API_URL or ORDERCLOUD_REGION. Nothing was sent.',
      },
    });
  });
});
