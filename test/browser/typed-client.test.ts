import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import type * as TypedClient from 'oidc-config-client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/ordercloud/emulator/emulator.ts';
import { launch } from '../setup/browser.ts';
import { startBuiltGateway } from '../setup/built-gateway.ts';
import type { BuiltGateway } from '../setup/built-gateway.ts';

/* The typed client in a page of another origin than the gateway. */

declare const typedClient: typeof TypedClient;

let emulator: RunningEmulator;
let gateway: BuiltGateway;
let server: Server;
let browser: Browser;
let page: Page;
/** Addresses of the page: one that the gateway allows, and one that it does not. */
let allowed: string;
let other: string;

/** The client as one script, as a bundler makes it for an app. */
async function bundled(): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: ['oidc-config-client'],
    absWorkingDir: fileURLToPath(new URL('../../', import.meta.url)),
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    globalName: 'typedClient',
    platform: 'browser',
  });
  return outputFiles[0]?.text ?? '';
}

beforeAll(async () => {
  const script = await bundled();
  server = createServer(({ url }, response) => {
    if (url === '/redirect') response.writeHead(307, { location: '/graphql' }).end();
    else if (url === '/script.js')
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else if (url === '/') {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><script src="/script.js"></script>');
    } else response.writeHead(404).end('nothing here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  [allowed, other] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`];
  emulator = await startEmulator();
  gateway = await startBuiltGateway({ ...emulator.environment, CORS_ORIGINS: allowed });
  browser = await launch();
  page = await browser.newPage();
});
afterAll(async () => {
  await browser.close();
  server.close();
  await gateway.stop();
  await emulator.close();
});

/** Reads a configuration in the page. @returns the result, or the properties of the error */
function read(settings: { readonly url: string; readonly id?: string; readonly abort?: boolean }) {
  return page.evaluate(
    async ({ url, headers, id = 'example-existing', abort = false }) => {
      const client = typedClient.createClient({ url, headers });
      const options = abort ? { signal: AbortSignal.abort() } : {};
      try {
        return await client.openIdConnect({ id }, options);
      } catch (error) {
        if (!(error instanceof typedClient.GatewayRequestError)) throw error;
        const { code, sent, status, requestId } = error;
        return { code, sent, status, requestId };
      }
    },
    { ...settings, headers: emulator.exampleHeaders },
  );
}

describe('in a page', () => {
  it('whose origin the gateway allows, gives results', async () => {
    await page.goto(allowed);
    expect(await read({ url: gateway.url })).toMatchObject({
      __typename: 'OpenIdConnectSuccess',
      openIdConnect: { id: 'example-existing' },
    });
    expect(await read({ url: gateway.url, id: 'missing' })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('knows the id of a request that is refused', async () => {
    await page.goto(allowed);
    const refused = await page.evaluate(async (url) => {
      const client = typedClient.createClient({ url });
      const error: unknown = await client.request('{ nothing }').catch((reason: unknown) => reason);
      const { code, requestId } = error as TypedClient.GatewayRequestError;
      return { code, requestId };
    }, gateway.url);
    expect(refused.code).toBe('REFUSED');
    expect(refused.requestId).toMatch(/^[\da-f-]{36}$/);
  });

  it('whose origin it does not allow, cannot tell whether the request arrived', async () => {
    await page.goto(other);
    expect(await read({ url: gateway.url })).toEqual({
      code: 'NETWORK',
      sent: 'unknown',
      status: null,
      requestId: null,
    });
  });

  it('takes relative addresses, and follows no redirect', async () => {
    await page.goto(allowed);
    expect(await read({ url: '/redirect' })).toMatchObject({ code: 'HTTP_STATUS', status: 0 });
    expect(await read({ url: '/elsewhere' })).toMatchObject({ code: 'HTTP_STATUS', status: 404 });
  });

  it('sends nothing if the signal was aborted', async () => {
    await page.goto(allowed);
    expect(await read({ url: gateway.url, abort: true })).toMatchObject({
      code: 'ABORTED',
      sent: false,
    });
  });
});
