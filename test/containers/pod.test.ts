import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { makeApiKey } from '../setup/api-keys.ts';
import { IMAGE } from './setup/image.ts';
import { createAtBoth } from './setup/operations.ts';
import { openPods } from './setup/pods.ts';
import { openStorage } from './setup/storage.ts';
import { startUpstreams } from './setup/upstreams.ts';
import type { Upstreams } from './setup/upstreams.ts';

/* The Deployment of the chart, run by podman: the image gets what it needs from existing Secrets, and serves. */

const storage = openStorage(inject('storage'));
const { podman } = storage;
const inbound = makeApiKey();
let upstreams: Upstreams;
beforeAll(async () => {
  upstreams = await startUpstreams(await storage.gateway());
});
afterAll(async () => {
  inbound.remove();
  await upstreams.close();
});

it('the Deployment of the chart runs with its Secrets, and ends by itself', async () => {
  const { ORDERCLOUD_CLIENT_SECRET, ...others } = upstreams.secrets;
  const [repository = '', tag = ''] = IMAGE.split(/:(?=[^:]+$)/);
  const pods = await openPods(storage);
  await pods.secret('huawei', 'VARIABLES', others);
  await pods.secret('ordercloud', 'FILES', { 'client-secret': ORDERCLOUD_CLIENT_SECRET });
  await pods.secret('gateway', 'FILES', {
    'keys.json': readFileSync(inbound.environment.AUTH_API_KEYS_FILE, 'utf8'),
    'ca.pem': readFileSync(upstreams.authority, 'utf8'),
  });
  const [pod] = await pods.install('single', {
    image: { repository, tag },
    env: {
      ...upstreams.environment,
      ORDERCLOUD_CLIENT_SECRET_FILE: '/secrets/ordercloud/client-secret',
      AUTH_API_KEYS_FILE: '/secrets/gateway/keys.json',
      NODE_EXTRA_CA_CERTS: '/secrets/gateway/ca.pem',
    },
    secretEnv: ['huawei'],
    secretFiles: [
      { secretName: 'ordercloud', mountPath: '/secrets/ordercloud' },
      { secretName: 'gateway', mountPath: '/secrets/gateway' },
    ],
  });
  if (pod === undefined) throw new Error('podman made no pod');
  expect(await createAtBoth(pod.origin, 'from-a-pod', inbound.headers)).toEqual([
    'CreateOpenIdConnectSuccess',
    'CreateOidcConfigSuccess',
  ]);
  expect(await (await fetch(pod.metricsUrl)).text()).toMatch(/^oidc_gateway_ready 1$/m);
  const [state] = JSON.parse(await podman('inspect', pod.container)) as readonly unknown[];
  expect(state).toMatchObject({
    Config: { User: expect.stringMatching(/^65532\b/) as string },
    HostConfig: { ReadonlyRootfs: true },
  });
  const { EffectiveCaps: capabilities } = state as {
    readonly EffectiveCaps: readonly string[] | null;
  };
  expect(capabilities ?? []).toEqual([]);
  expect(await pods.end(pod)).toBe(0);
});
