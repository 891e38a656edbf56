import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { stringify } from 'yaml';
import { makeApiKey } from '../setup/api-keys.ts';
import { openHelm } from './setup/helm.ts';
import type { KubernetesObject } from './setup/helm.ts';
import { IMAGE } from './setup/image.ts';
import { createAtBoth } from './setup/operations.ts';
import { openStorage } from './setup/storage.ts';
import { startUpstreams } from './setup/upstreams.ts';
import type { Upstreams } from './setup/upstreams.ts';

/* The Deployment of the chart, run by podman: the image gets what it needs from existing Secrets, and serves. */

const storage = openStorage(inject('storage'));
const { podman, folder } = storage;
const inbound = makeApiKey();
let upstreams: Upstreams;
beforeAll(async () => {
  upstreams = await startUpstreams(await storage.gateway());
});
afterAll(async () => {
  inbound.remove();
  await upstreams.close();
});

/**
 * Makes a Secret in the form that Podman 4.3 reads. It does not read those of Kubernetes as it stores them: it takes the
 * values of variables from JSON, and does not decode the content of files.
 */
const secret = (
  name: string,
  use: 'VARIABLES' | 'FILES',
  data: Readonly<Record<string, string>>,
) => {
  const path = join(folder, `${name}.secret`);
  const encoded = Object.entries(data).map(
    ([key, value]) => [key, Buffer.from(value).toString('base64')] as const,
  );
  writeFileSync(path, JSON.stringify(use === 'FILES' ? { data } : Object.fromEntries(encoded)));
  return podman('secret', 'create', name, path);
};

/** Without the ports: podman would publish them on all addresses of this machine. */
function unpublished(deployment: KubernetesObject): object {
  const withoutPorts = (_key: string, value: unknown) => {
    if (value === null || typeof value !== 'object' || !('ports' in value)) return value;
    const { ports, ...rest } = value;
    return ports === undefined ? value : rest;
  };
  return JSON.parse(JSON.stringify(deployment, withoutPorts)) as object;
}

it('the Deployment of the chart runs with its Secrets, and ends by itself', async () => {
  const { ORDERCLOUD_CLIENT_SECRET, ...others } = upstreams.secrets;
  const [repository = '', tag = ''] = IMAGE.split(/:(?=[^:]+$)/);
  const values = {
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
  };
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, stringify(content));
    return path;
  };
  const helm = await openHelm(folder);
  const objects = await helm.template(file('pod-values.yaml', values));
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as KubernetesObject;
  await secret('huawei', 'VARIABLES', others);
  await secret('ordercloud', 'FILES', { 'client-secret': ORDERCLOUD_CLIENT_SECRET });
  await secret('gateway', 'FILES', {
    'keys.json': readFileSync(inbound.environment.AUTH_API_KEYS_FILE, 'utf8'),
    'ca.pem': readFileSync(upstreams.authority, 'utf8'),
  });
  await podman(
    'kube',
    'play',
    '--network=podman',
    file('deployment.yaml', unpublished(deployment)),
  );

  const pods = JSON.parse(await podman('pod', 'ps', '--format=json')) as readonly {
    readonly Name: string;
    readonly InfraId: string;
  }[];
  const pod = pods.find(({ Name }) => Name.startsWith(deployment.metadata.name));
  const container = `${pod?.Name ?? ''}-gateway`;
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
  const address = (await podman('inspect', `--format=${format}`, pod?.InfraId ?? '')).trim();
  // What the kubelet would ask.
  await expect.poll(async () => (await fetch(`http://${address}:4000/readyz`)).status).toBe(200);
  expect(await createAtBoth(`http://${address}:4000`, 'from-a-pod', inbound.headers)).toEqual([
    'CreateOpenIdConnectSuccess',
    'CreateOidcConfigSuccess',
  ]);
  expect(await (await fetch(`http://${address}:9464/metrics`)).text()).toMatch(
    /^oidc_gateway_ready 1$/m,
  );
  // It would be killed a minute later. Its end alone would have it started again.
  await podman('stop', '--time=60', container);
  const [state] = JSON.parse(await podman('inspect', container)) as readonly unknown[];
  expect(state).toMatchObject({
    State: { ExitCode: 0 },
    Config: { User: expect.stringMatching(/^65532\b/) as string },
    HostConfig: { ReadonlyRootfs: true },
  });
  const { EffectiveCaps: capabilities } = state as {
    readonly EffectiveCaps: readonly string[] | null;
  };
  expect(capabilities ?? []).toEqual([]);
});
