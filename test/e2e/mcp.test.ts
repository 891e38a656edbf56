import { readFileSync } from 'node:fs';
import { buildSchema, getNamedType, isScalarType, isSpecifiedScalarType, parse } from 'graphql';
import { parse as parseYaml } from 'yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator as startHuaweiIam } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';
import { startEmulator as startOrderCloud } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';

/* The configuration of Apollo's MCP server in `examples/mcp`: the server is not on npm, so its requests are made here as it makes them. */

const FOLDER = new URL('../../examples/mcp/', import.meta.url);
const PACKAGE = /^node_modules\/oidc-config-client\//;
/** Where a file of the configuration is in this repository. */
const at = (path: string): URL =>
  PACKAGE.test(path)
    ? new URL(path.replace(PACKAGE, '../../client/'), FOLDER)
    : new URL(path, FOLDER);
const read = (path: string): string => readFileSync(at(path), 'utf8');

/** What the reference of its configuration file has, as far as it is used. */
const configuration = z.strictObject({
  endpoint: z.url(),
  transport: z.strictObject({
    type: z.literal('streamable_http'),
    address: z.literal('127.0.0.1'),
    port: z.int(),
  }),
  schema: z.strictObject({ source: z.literal('local'), path: z.string() }),
  operations: z.strictObject({ source: z.literal('manifest'), path: z.string() }),
  custom_scalars: z.string(),
  headers: z.record(z.string(), z.string().includes('${env.')),
  overrides: z.strictObject({ mutation_mode: z.literal('none') }),
});
const manifest = z.strictObject({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z
    .array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        type: z.literal('query'),
        body: z.string(),
      }),
    )
    .min(1),
});

const config = configuration.parse(parseYaml(read('mcp.yaml')));
const { operations } = manifest.parse(JSON.parse(read(config.operations.path)));
const schema = buildSchema(read(config.schema.path));

type Texts = Readonly<Record<string, string>>;
const merged = (all: readonly Texts[]): Record<string, string> =>
  Object.fromEntries(all.flatMap((one) => Object.entries(one)));

let emulators: readonly RunningEmulator[];
let gateway: BuiltGateway;

beforeAll(async () => {
  emulators = await Promise.all([startOrderCloud(), startHuaweiIam()]);
  gateway = await startBuiltGateway({
    ...merged(emulators.map(({ environment }) => environment)),
    PERSISTED_ONLY: 'true',
    PERSISTED_DOCUMENTS_FILE: new URL('../../client/dist/persisted-documents.json', import.meta.url)
      .pathname,
  });
});
afterAll(async () => {
  expect((await gateway.stop()).code).toBe(0);
  await Promise.all(emulators.map((emulator) => emulator.close()));
});

async function send(body: object) {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...merged(emulators.map(({ exampleHeaders }) => exampleHeaders)),
    },
    body: JSON.stringify(body),
  });
  return (await response.json()) as {
    readonly data?: Record<string, { readonly __typename: string } | null>;
    readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
  };
}

/** A request of the MCP server for an operation of its list. */
const call = (id: string, variables: object) =>
  send({
    variables,
    extensions: {
      persistedQuery: { version: 1, sha256Hash: id },
      clientLibrary: { name: 'mcp', version: '1.0.0' },
    },
  });

const VARIABLES: Readonly<Record<string, object>> = {
  EvaluateHuaweiMapping: { input: { mappingId: 'mapping_ACME', claims: { sub: 'ada' } } },
  HuaweiIdentityProvider: { id: 'ACME-CONFIGURED' },
  HuaweiMapping: { id: 'mapping_ACME' },
  HuaweiProtocol: { idpId: 'ACME-CONFIGURED' },
  OidcConfig: { idpId: 'ACME-CONFIGURED' },
  OidcConfigKeys: { input: { idpId: 'ACME-CONFIGURED' } },
  OidcIssuer: { issuer: 'https://idp.example.com' },
  OpenIdConnect: { id: 'example-existing' },
};

it.each(operations)('the gateway answers $name', async ({ id, name }) => {
  const { data, errors } = await call(id, VARIABLES[name] ?? {});
  expect(errors).toBeUndefined();
  const [result] = Object.values(data ?? {});
  // It reads no issuer without ISSUER_DISCOVERY, and watches nothing.
  expect(result?.__typename).toMatch(
    ['OidcIssuer', 'OidcConfigKeys'].includes(name) ? /Success$|^OidcIssuerError$/ : /Success$/,
  );
});

it('every query of the schema is a tool, which says what it reads', () => {
  const fields = Object.keys(schema.getQueryType()?.getFields() ?? {});
  expect(operations.map(({ name }) => name.charAt(0).toLowerCase() + name.slice(1)).sort()).toEqual(
    fields.filter((name) => !name.startsWith('_')).sort(),
  );
  for (const { body } of operations) {
    expect(body).toMatch(/^# [A-Z].{20,}\n/);
    expect(
      parse(body).definitions.flatMap((one) => ('operation' in one ? [one.operation] : [])),
    ).toEqual(['query']);
  }
});

it('every scalar that a tool takes is described', () => {
  const scalars = Object.values(schema.getTypeMap()).filter(
    (type) => isScalarType(getNamedType(type)) && !isSpecifiedScalarType(type),
  );
  expect(Object.keys(JSON.parse(read(config.custom_scalars)) as object).sort()).toEqual(
    scalars
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('_'))
      .sort(),
  );
});

it('the gateway takes no other document', async () => {
  const { errors } = await send({ query: '{ openIdConnects { __typename } }' });
  expect(errors?.[0]?.extensions?.code).toBe('PERSISTED_DOCUMENT_REQUIRED');
});
