import { onTestFinished } from 'vitest';
import type { CreateOpenIdConnectMutationVariables } from '../../schema/client/graphql.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { startGateway } from './gateway.ts';
import type { GraphQLResponse, TestGateway } from './gateway.ts';
import { dial, listen } from './sockets.ts';
import type { RawClient, Script, ScriptedServer } from './sockets.ts';

export const READ =
  'query ReadOne { openIdConnect(id: "example-existing") { __typename ... on OpenIdConnectSuccess { requestId } ... on OidcError { code message requestId } } }';
export const READ_HUAWEI =
  'query ReadHuawei { oidcConfig(idpId: "ACME") { __typename ... on OidcError { code message requestId upstream { requestId } } } }';
export const CREATE =
  'mutation CreateOne($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename ... on CreateOpenIdConnectSuccess { requestId openIdConnect { id appStartUrl } } ... on OidcError { code message requestId } } }';

/** Variables of a create that the emulator accepts. */
export function createVariables(id: string): CreateOpenIdConnectMutationVariables {
  return {
    input: {
      id,
      orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
      connectClientId: 'canary-client-id',
      connectClientSecret: 'canary-client-secret',
      appStartUrl: 'https://canary.example.com/start?token={0}',
      authorizationEndpoint: 'https://idp.example.com/authorize',
      tokenEndpoint: 'https://idp.example.com/token',
    },
  };
}

/** A gateway over some OrderCloud, both closed with the test. */
export interface OrderCloudGateway extends TestGateway {
  readonly origin: string;
  /** Headers of a caller who may do everything. */
  readonly headers: Readonly<Record<string, string>>;
  readonly read: (headers?: Readonly<Record<string, string>>) => Promise<GraphQLResponse>;
  readonly create: (
    id: string,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<GraphQLResponse>;
  /** Sends bytes on a connection of their own. */
  readonly say: (...bytes: readonly string[]) => Promise<RawClient>;
  /** The text of a GraphQL request, with the caller's credentials. */
  readonly requestText: (
    body: string,
    options?: { readonly target?: string; readonly headers?: readonly string[] },
  ) => string;
}

async function overOrderCloud(
  environment: Record<string, string>,
  exampleHeaders: Readonly<Record<string, string>>,
): Promise<OrderCloudGateway> {
  const gateway = await startGateway({ SHUTDOWN_GRACE_MS: '60000', ...environment });
  onTestFinished(async () => {
    await gateway.stop();
  });
  const { origin } = new URL(gateway.url);
  const credentials = Object.entries(exampleHeaders).map(([name, value]) => `${name}: ${value}`);
  return {
    ...gateway,
    origin,
    headers: exampleHeaders,
    read: (headers) => gateway.post(READ, {}, { ...exampleHeaders, ...headers }),
    create: (id, headers) =>
      gateway.post(CREATE, createVariables(id), { ...exampleHeaders, ...headers }),
    say: async (...bytes) => {
      const client = await dial(origin);
      onTestFinished(() => {
        client.socket.destroy();
      });
      for (const part of bytes) client.socket.write(part);
      return client;
    },
    requestText: (body, { target = '/graphql', headers = ['Host: gateway.example.com'] } = {}) =>
      [
        `POST ${target} HTTP/1.1`,
        ...headers,
        ...credentials,
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
        body,
      ].join('\r\n'),
  };
}

/** A gateway over the emulator. */
export async function startWithEmulator(
  environment: Record<string, string> = {},
): Promise<OrderCloudGateway & { readonly emulator: RunningEmulator }> {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.close());
  return {
    ...(await overOrderCloud({ ...emulator.environment, ...environment }, emulator.exampleHeaders)),
    emulator,
  };
}

/** A gateway over an upstream whose every byte is written by the test: for OrderCloud's operations, and for those of Huawei Cloud IAM. */
export async function startWithScript(
  script: Script,
  environment: Record<string, string> = {},
): Promise<OrderCloudGateway & { readonly server: ScriptedServer }> {
  const server = await listen(script);
  onTestFinished(server.close);
  const headers = { 'X-OrderCloud-Authorization': 'Bearer canary-token' };
  return {
    ...(await overOrderCloud(
      { ORDERCLOUD_API_URL: `${server.origin}/v1`, HUAWEI_IAM_URL: server.origin, ...environment },
      headers,
    )),
    server,
  };
}

/** The body of a create's request. */
export function createBody(id: string): string {
  return JSON.stringify({ query: CREATE, variables: createVariables(id) });
}
