import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import { post, startGateway } from '../setup/gateway.ts';
import type { TestGateway } from '../setup/gateway.ts';
import { resultOf } from '../setup/scripted-gateway.ts';
import { makeCertificate } from './setup/certificate.ts';
import { startNginx } from './setup/nginx.ts';
import type { Nginx } from './setup/nginx.ts';

const READ =
  '{ result: openIdConnect(id: "stored") { __typename ... on OpenIdConnectSuccess { openIdConnect { id connectClientId } } ... on OidcError { code message upstream { status } } ... on OidcNotFoundError { message } } }';
const DELETE =
  'mutation { result: deleteOpenIdConnect(input: { id: "stored" }) { __typename ... on OidcError { code message } ... on OidcOutcomeUnknownError { reason } } }';

const stored = (clientId: string) => JSON.stringify({ ID: 'stored', ConnectClientID: clientId });

const open: { close: () => Promise<unknown> }[] = [];
function later<Opened extends { readonly close: () => Promise<unknown> }>(opened: Opened): Opened {
  open.push(opened);
  return opened;
}
afterEach(async () => {
  for (const { close } of open.splice(0).reverse()) await close();
});

async function gatewayTo(nginx: Nginx, scheme = 'http'): Promise<TestGateway> {
  const gateway = await startGateway({ ORDERCLOUD_API_URL: `${scheme}://${nginx.host}/v1` });
  later({ close: gateway.stop });
  return gateway;
}

async function emulator(): Promise<RunningEmulator> {
  return later(await startEmulator());
}

describe('nginx between gateway and upstream', () => {
  it('may compress a response without a request to do so: the gateway decodes it', async () => {
    const nginx = later(
      await startNginx(
        'location = /v1/openidconnects/stored { gzip_static always; default_type application/json; alias $FOLDER/stored; }',
        { files: { 'stored.gz': gzipSync(stored('cliént')) } },
      ),
    );
    const result = await resultOf(await gatewayTo(nginx), READ, {});
    expect(result).toMatchObject({
      __typename: 'OpenIdConnectSuccess',
      openIdConnect: { id: 'stored', connectClientId: 'cliént' },
    });
  });

  it('may name another charset: the response is decoded by it, and refused without its name', async () => {
    const files = { stored: Buffer.from(stored('cliént'), 'latin1') };
    const location = (charset: string) =>
      `location = /v1/openidconnects/stored { ${charset} charset_types application/json; default_type application/json; alias $FOLDER/stored; }`;
    const named = later(await startNginx(location('charset iso-8859-1;'), { files }));
    expect(await resultOf(await gatewayTo(named), READ, {})).toMatchObject({
      openIdConnect: { connectClientId: 'cliént' },
    });

    const unnamed = later(await startNginx(location('charset off;'), { files }));
    const refused = await resultOf(await gatewayTo(unnamed), READ, {});
    expect(refused).toMatchObject({ __typename: 'OidcUpstreamContractError' });
    expect(refused['message']).not.toContain('\uFFFD');
  });

  it('may not know the path: its error is not taken for one of the platform', async () => {
    const nginx = later(await startNginx('location / { return 404; }'));
    const { __typename, message } = await resultOf(await gatewayTo(nginx), READ, {});
    expect(['OidcNotFoundError', 'OidcUpstreamContractError']).toContain(__typename);
    expect(message).not.toMatch(/OrderCloud has no OpenIdConnect/);
  });

  it('may find no server behind it: a read is unavailable, the outcome of a write unknown', async () => {
    const nginx = later(await startNginx('location / { proxy_pass http://127.0.0.1:9; }'));
    const gateway = await gatewayTo(nginx);
    expect(await resultOf(gateway, READ, {})).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      upstream: { status: 502 },
    });
    expect(await resultOf(gateway, DELETE, {})).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      reason: 'UPSTREAM_ERROR',
    });
  });

  it('may use TLS: with an untrusted certificate nothing is sent, with a trusted one it works', async () => {
    const { key, certificate: chain, path } = later(await makeCertificate());
    const behind = await emulator();
    const nginx = later(
      await startNginx(
        `ssl_certificate $FOLDER/certificate.pem; ssl_certificate_key $FOLDER/key.pem; location / { proxy_pass ${behind.url}; }`,
        {
          listen: 'ssl',
          files: { 'key.pem': key, 'certificate.pem': chain },
        },
      ),
    );
    const result = await resultOf(
      await gatewayTo(nginx, 'https'),
      DELETE,
      {},
      behind.exampleHeaders,
    );
    expect(result).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
    expect(result['message']).toMatch(/Nothing was sent/);
    expect(behind.requests).toEqual([]);

    const trusting = await startBuiltGateway({
      ORDERCLOUD_API_URL: `https://${nginx.host}/v1`,
      NODE_EXTRA_CA_CERTS: path,
    });
    later({ close: trusting.stop });
    const { data } = await post(
      trusting.url,
      '{ openIdConnect(id: "example-existing") { __typename } }',
      {},
      { ...behind.exampleHeaders },
    );
    expect(data).toEqual({ openIdConnect: { __typename: 'OpenIdConnectSuccess' } });
  });
});

describe('nginx in front of the gateway', () => {
  it.each([
    ['as it comes from Debian, by HTTP/1.0', ''],
    [
      'by HTTP/1.1, without waiting for the whole request',
      'proxy_http_version 1.1; proxy_request_buffering off; proxy_set_header Connection "";',
    ],
    ['and compresses', 'gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any;'],
  ])('%s: small and large requests get a response', async (_how, directives) => {
    const behind = await emulator();
    const gateway = await startGateway({ ...behind.environment });
    later({ close: gateway.stop });
    const { origin } = new URL(gateway.url);
    const nginx = later(
      await startNginx(
        `client_max_body_size 1m; location / { ${directives} proxy_pass ${origin}; }`,
      ),
    );
    for (const comment of ['', `# ${'x'.repeat(200_000)}\n`]) {
      const { status, data, headers } = await post(
        `http://${nginx.host}/graphql`,
        `${comment}{ openIdConnect(id: "example-existing") { __typename } }`,
        {},
        { ...behind.exampleHeaders, 'x-request-id': 'from-nginx' },
      );
      expect([status, data]).toEqual([
        200,
        { openIdConnect: { __typename: 'OpenIdConnectSuccess' } },
      ]);
      expect(headers.get('x-request-id')).toBe('from-nginx');
    }
  });
});
