import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { run } from '../setup/command.ts';

let emulator: RunningEmulator;
let gateway: TestGateway;
beforeAll(async () => {
  emulator = await startEmulator();
  gateway = await startGateway({ ...emulator.environment });
});
afterAll(async () => {
  await gateway.stop();
  await emulator.close();
});

/** Sends a body with the real curl. */
async function curl(
  body: string | Buffer,
  ...args: readonly string[]
): Promise<{ readonly status: number; readonly text: string }> {
  const token = Object.entries(emulator.exampleHeaders).flatMap(([name, value]) => [
    '-H',
    `${name}: ${value}`,
  ]);
  const target = args.includes('-x') ? [] : [gateway.url];
  const output = await run(
    'curl',
    ['-sS', '-w', '\n%{http_code}', ...token, ...args, '--data-binary', '@-', ...target],
    body,
  );
  const end = output.lastIndexOf('\n');
  return { status: Number(output.slice(end + 1)), text: output.slice(0, end) };
}

const JSON_TYPE = ['-H', 'content-type: application/json'];
const QUERY = JSON.stringify({ query: '{ openIdConnect(id: "example-existing") { __typename } }' });
const FOUND = { data: { openIdConnect: { __typename: 'OpenIdConnectSuccess' } } };

/** What is created; the secret comes beside it. */
const INPUT = {
  id: 'curl',
  orderCloudApiClientId: '11111111-2222-3333-4444-555555555555',
  connectClientId: 'example-client',
  appStartUrl: 'https://shop.example.com/login?token={0}',
  authorizationEndpoint: 'https://idp.example.com/authorize',
  tokenEndpoint: 'https://idp.example.com/token',
};

describe('curl', () => {
  it('gets a response', async () => {
    const { status, text } = await curl(QUERY, ...JSON_TYPE);
    expect([status, JSON.parse(text)]).toEqual([200, FOUND]);
  });

  it('gets one by HTTP/1.0, with an absolute target as through a proxy, with Expect, and compressed on request', async () => {
    const { origin } = new URL(gateway.url);
    const ways = [
      ['-0'],
      ['-x', origin, 'http://gateway.example.com/graphql'],
      ['-H', 'expect: 100-continue'],
      ['--compressed'],
      ['-H', 'transfer-encoding: chunked'],
    ];
    for (const way of ways) {
      const { status, text } = await curl(QUERY, ...JSON_TYPE, ...way);
      expect([way, status, JSON.parse(text)]).toEqual([way, 200, FOUND]);
    }
  });

  it('is refused if a value would not be stored as meant', async () => {
    const created = (secret: string) =>
      JSON.stringify({
        query:
          'mutation ($input: CreateOpenIdConnectInput!) { createOpenIdConnect(input: $input) { __typename } }',
        variables: { input: { ...INPUT, connectClientSecret: secret } },
      });
    const good = await curl(created('sécret'), ...JSON_TYPE);
    expect([good.status, JSON.parse(good.text)]).toEqual([
      200,
      { data: { createOpenIdConnect: { __typename: 'CreateOpenIdConnectSuccess' } } },
    ]);
    const before = emulator.requests.length;
    const cases: readonly (readonly [string | Buffer, readonly string[], number, RegExp])[] = [
      [Buffer.from(created('sécret'), 'latin1'), JSON_TYPE, 400, /UTF-8/],
      [
        Buffer.from(created('sécret'), 'latin1'),
        ['-H', 'content-type: application/json; charset=iso-8859-1'],
        415,
        /iso-8859-1/i,
      ],
      [gzipSync(created('secret')), [...JSON_TYPE, '-H', 'content-encoding: gzip'], 415, /gzip/],
      [`\uFEFF${created('secret')}`, JSON_TYPE, 400, /byte order mark/],
    ];
    for (const [body, args, status, words] of cases) {
      const response = await curl(body, ...args);
      expect([args, response.status]).toEqual([args, status]);
      expect(response.text).toMatch(words);
      expect(response.text).not.toContain('cret"');
    }
    expect(emulator.requests.length).toBe(before);
  });
});
