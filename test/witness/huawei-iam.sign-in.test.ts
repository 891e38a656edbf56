import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GlobalCredentials } from '@huaweicloud/huaweicloud-sdk-core';
import { Logger4jInstance } from '@huaweicloud/huaweicloud-sdk-core/logger/log4jLogger.js';
import {
  CreateTokenWithIdTokenRequest,
  GetIdTokenAuthParams,
  GetIdTokenIdTokenBody,
  GetIdTokenRequestBody,
  IamClient,
  KeystoneListGroupsRequest,
  // Not from the package itself: that asks for a file which it does not have.
} from '@huaweicloud/huaweicloud-sdk-iam/v3/public-api.js';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { RunningEmulator } from '../../src/transport/emulator/emulator.ts';
import { startEmulator } from '../../src/upstreams/huawei-iam/emulator/emulator.ts';

/* Huawei Cloud's own SDK against the emulator: groups, and a token for an ID token. */

const ISSUER = 'http://127.0.0.1:1';
const CLIENT_ID = 'example-app';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

let home: string;
let emulator: RunningEmulator;
let client: IamClient;

beforeAll(async () => {
  // The SDK keeps an id of the application in its user's home. This one goes with the test.
  home = mkdtempSync(join(tmpdir(), 'witness-'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('USERPROFILE', home);
  // The SDK logs whatever fails with its whole request, credentials and passwords included.
  Logger4jInstance.level = 'off';
  emulator = await startEmulator({
    provider: {
      issuer: ISSUER,
      authorizationEndpoint: `${ISSUER}/auth`,
      tokenEndpoint: `${ISSUER}/token`,
      appUrl: ISSUER,
      clientId: CLIENT_ID,
      clientSecret: 'unused',
      keySet: JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }),
    },
  });
  const note = (label: string) => emulator.notes.find((each) => each.label === label)?.value ?? '';
  client = IamClient.newBuilder()
    .withCredential(
      new GlobalCredentials({
        ak: note('access key (AK)'),
        sk: note('secret key (SK)'),
        domainId: note('account (domain) id'),
      }),
    )
    .withEndpoint(emulator.url)
    .build();
});
afterAll(async () => {
  await emulator.close();
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

it('lists groups by name', async () => {
  const { groups } = await client.keystoneListGroups(
    Object.assign(new KeystoneListGroupsRequest(), { name: 'admin' }),
  );
  expect(groups).toMatchObject([{ name: 'admin', create_time: 1_578_107_542_861 }]);
});

it('gets a token for an ID token', async () => {
  const exp = Math.floor(Date.now() / 1000) + 300;
  const signed = [{ alg: 'RS256' }, { iss: ISSUER, aud: CLIENT_ID, sub: 'ada', exp }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url');
  const exchange = (idToken: string) =>
    client.createTokenWithIdToken(
      new CreateTokenWithIdTokenRequest('ACME-CONFIGURED').withBody(
        new GetIdTokenRequestBody(new GetIdTokenAuthParams(new GetIdTokenIdTokenBody(idToken))),
      ),
    );
  expect(await exchange(`${signed}.${signature}`)).toMatchObject({
    httpStatusCode: 201,
    token: { methods: ['mapped'], user: { name: 'FederationUser' } },
  });
  await expect(exchange(`${signed}.`)).rejects.toMatchObject({
    httpStatusCode: 401,
    errorCode: 'IAM.0001',
  });
});
