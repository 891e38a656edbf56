import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { start } from '../setup/built-gateway.ts';
import { folderWith, OIDC_CONFIG, oidcConfig } from '../setup/oidc-config.ts';

/* The command with a gateway, a person or a system that does what it should not. */

const CANARY = 'canary-4c81b0e7';
const FILE = `version: 1
openIdConnects:
  - { id: shop, orderCloudApiClientId: a, connectClientId: a, appStartUrl: a }
`;

/** A server that stands in for the gateway. @returns its URL */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}

describe('oidc-config', () => {
  it('takes its tokens to no other host that the gateway names', async () => {
    const elsewhere: IncomingHttpHeaders[] = [];
    const other = await serve((request, response) => {
      elsewhere.push(request.headers);
      response.end('{}');
    });
    const tokens = { OIDC_CONFIG_TOKEN: CANARY, ORDERCLOUD_TOKEN: CANARY, HUAWEI_TOKEN: CANARY };
    for (const status of [301, 302, 303, 307, 308]) {
      const url = await serve((_request, response) => {
        response.writeHead(status, { location: other }).end();
      });
      const exit = await oidcConfig(folderWith({ 'signin.yaml': FILE }), ['plan'], {
        ...tokens,
        OIDC_CONFIG_URL: url,
      });
      expect(exit).toEqual({
        code: 1,
        stdout: '',
        stderr: `The response is a redirect, which is not followed. Check the URL. The URL is ${url}.\n`,
      });
    }
    expect(elsewhere).toEqual([]);
  });

  it('does not repeat what an unknown option has, which may be a secret', async () => {
    const folder = folderWith({});
    for (const args of [['plan', `--token=${CANARY}`], [`--token=${CANARY}`]]) {
      expect(await oidcConfig(folder, args, {})).toEqual({
        code: 1,
        stdout: '',
        stderr: "error: unknown option '--token'\n",
      });
    }
  });

  it('says that its output cannot be written, as on a full disk', async () => {
    const folder = folderWith({ 'signin.yaml': 'version: 1\n' });
    const command = `"${process.execPath}" "${OIDC_CONFIG}" plan > /dev/full`;
    expect(await start('/bin/sh', ['-c', command], {}, folder).exit).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The output cannot be written (ENOSPC).\n',
    });
  });

  it('says that keys may have been stored if the response is lost, or the platform does not say', async () => {
    const folder = folderWith({
      'signin.yaml':
        'version: 1\noidcConfigs: [{ idpId: staff, accessMode: PROGRAM, clientId: a }]\n',
    });
    const verdict = { verdict: 'WORKS', message: 'It works.' };
    const keys = { issuer: 'a', oidcConfig: { fingerprint: 'f' }, keys: [] };
    const read = {
      __typename: 'OidcConfigKeysSuccess',
      oidcConfigKeys: { ...keys, now: verdict, afterRotation: verdict },
    };
    const dryRun = { __typename: 'SyncOidcConfigKeysSuccess', action: 'WOULD_UPDATE', keys: [] };
    const unknown = {
      __typename: 'OidcOutcomeUnknownError',
      ...{ code: 'OUTCOME_UNKNOWN', message: 'Lost.', requestId: '1' },
    };
    for (const [response, message] of [
      [null, 'The connection to the gateway failed'],
      [unknown, 'Lost. (OUTCOME_UNKNOWN, request 1)'],
    ] as const) {
      const url = await serve((request, answer) => {
        const isWrite = request.headers['idempotency-key'] !== undefined;
        void text(request).then((body) => {
          if (isWrite && response === null) return request.socket.destroy();
          const sync = isWrite ? response : { ...dryRun, warnings: [] };
          const data = body.includes('syncOidcConfigKeys')
            ? { syncOidcConfigKeys: sync }
            : { oidcConfigKeys: read };
          return answer.end(JSON.stringify({ data }));
        });
      });
      const args = ['keys', '--sync', '--yes', '--url', url];
      const { code, stderr } = await oidcConfig(folder, args, {});
      expect(stderr).toContain(
        `The keys of "staff" may have been stored. Run the same command again. ${message}`,
      );
      expect(code).toBe(1);
    }
  });

  it('imports nothing into a file that an editor saves meanwhile', async () => {
    const folder = folderWith({ 'signin.yaml': 'version: 1\n' });
    const file = join(folder, 'signin.yaml');
    const url = await serve((_request, response) => {
      appendFileSync(file, '# Saved meanwhile\n');
      const openIdConnect = {
        ...{ id: 'shop', orderCloudApiClientId: 'a', connectClientId: 'a', appStartUrl: 'a' },
        ...{ urlEncoded: true, callSyncUserIntegrationEvent: false, additionalIdpScopes: [] },
        hasConnectClientSecret: true,
      };
      const result = { __typename: 'OpenIdConnectSuccess', openIdConnect, warnings: [] };
      response.end(JSON.stringify({ data: { openIdConnect: result } }));
    });
    const exit = await oidcConfig(folder, ['import', 'openIdConnect', 'shop', '--url', url], {});
    expect(exit).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'signin.yaml has changed meanwhile, and stays as it is. Run the same command again.\n',
    });
    expect(readFileSync(file, 'utf8')).toBe('version: 1\n# Saved meanwhile\n');
  });
});
