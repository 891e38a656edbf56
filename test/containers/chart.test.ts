import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { environmentVariables } from '../../src/config/config.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { tableRows } from '../setup/markdown-table.ts';
import { CHART, openHelm, valuesFile } from './setup/helm.ts';
import type { Helm, KubernetesObject } from './setup/helm.ts';
import { misspelled, wrongValues } from './setup/validate.ts';

/* The Helm chart: what it renders is what Kubernetes accepts, and as safe as promised. */

const MINIMAL = valuesFile('minimal');
const read = (file: string) => readFileSync(join(CHART, file), 'utf8');
let helm: Helm;
beforeAll(async () => {
  helm = await openHelm(inject('storage'));
});

const one = (objects: readonly KubernetesObject[], kind: string) =>
  objects.find((object) => object.kind === kind);
/** What Kubernetes itself has, and the packages know. */
const ofKubernetes = (objects: readonly KubernetesObject[]) =>
  objects.filter(({ kind }) => kind !== 'ServiceMonitor');

describe.each([
  ['minimal', 7],
  ['everything', 10],
])('with the values of %s.yaml', (values, count) => {
  it('has nothing that Helm or Kubernetes refuses', async () => {
    expect(await helm.run('lint', '--strict', CHART, '--values', valuesFile(values))).toContain(
      '0 chart(s) failed',
    );
    const objects = await helm.template(valuesFile(values));
    expect(objects.length).toBe(count);
    expect(misspelled(ofKubernetes(objects))).toEqual([]);
    expect(await wrongValues(ofKubernetes(objects))).toEqual([]);
    expect(new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).size).toBe(
      count,
    );
  });

  it('gives the pods no rights, and time to end', async () => {
    const objects = await helm.template(valuesFile(values));
    const { template } = one(objects, 'Deployment')?.spec as {
      readonly template: { readonly spec: Readonly<Record<string, unknown>> };
    };
    const pod = template.spec;
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          startupProbe: { httpGet: { path: '/livez' } },
          livenessProbe: { httpGet: { path: '/livez' } },
          readinessProbe: { httpGet: { path: '/readyz' } },
        },
      ],
    });
    const [container] = pod['containers'] as [
      {
        readonly env: readonly { readonly name: string; readonly value: string }[];
        readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
      },
    ];
    const environment = new Map(container.env.map(({ name, value }) => [name, value]));
    expect(pod['terminationGracePeriodSeconds']).toBeGreaterThan(
      container.lifecycle.preStop.sleep.seconds +
        Number(environment.get('SHUTDOWN_GRACE_MS')) / 1000,
    );
    const known = environmentVariables(upstreams).map(({ name }) => name);
    expect([...environment.keys()].filter((name) => !known.includes(name))).toEqual([]);
    expect(one(objects, 'ServiceAccount')).toMatchObject({ automountServiceAccountToken: false });
  });
});

it('renders what its values say', async () => {
  const objects = await helm.template(valuesFile('everything'));
  const rendered = JSON.stringify(objects);
  expect(rendered).toContain(`registry.example.com/oidc-config-gateway@sha256:0123`);
  expect(rendered).toContain('{"name":"LIMIT_BODY_BYTES","value":"1048576"}');
  expect(rendered).toContain('{"name":"INTROSPECTION","value":"true"}');
  expect(rendered).toContain('{"secretRef":{"name":"gateway","optional":false}}');
  expect(one(objects, 'ConfigMap')).toMatchObject({
    data: { 'watch.yaml': 'integrationEvents:\n  - id: sign-in-event\n' },
  });
  expect(rendered).toContain('{"name":"WATCH_FILE","value":"/etc/oidc-config-gateway/watch.yaml"}');
  expect(one(objects, 'CronJob')?.spec).toMatchObject({
    schedule: '0 6 * * *',
    jobTemplate: {
      spec: {
        template: {
          spec: {
            automountServiceAccountToken: false,
            securityContext: { runAsNonRoot: true, runAsUser: 65532 },
            containers: [
              {
                args: ['check'],
                securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
                volumeMounts: expect.arrayContaining([
                  { name: 'watch', mountPath: '/etc/oidc-config-gateway', readOnly: true },
                ]) as unknown,
              },
            ],
          },
        },
      },
    },
  });
  expect(one(objects, 'ServiceMonitor')).toMatchObject({
    metadata: { labels: { release: 'prometheus' } },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/component': 'metrics' } },
      endpoints: [{ port: 'metrics', path: '/metrics', interval: '15s' }],
    },
  });
  expect(one(objects, 'NetworkPolicy')?.spec).toMatchObject({
    ingress: [
      { ports: [{ port: 'http' }], from: [{ namespaceSelector: {} }] },
      { ports: [{ port: 'metrics' }], from: [{ namespaceSelector: {} }] },
    ],
    egress: [
      {
        ports: [
          { port: 53, protocol: 'UDP' },
          { port: 53, protocol: 'TCP' },
        ],
      },
      { ports: [{ port: 443 }] },
      { ports: [{ port: 4318 }] },
      { ports: [{ port: 6379 }] },
    ],
  });

  const plain = await helm.template(
    MINIMAL,
    ...['autoscaling', 'podDisruptionBudget', 'metrics', 'networkPolicy'].flatMap((name) => [
      '--set',
      `${name}.enabled=false`,
    ]),
  );
  expect(plain.map(({ kind }) => kind).sort()).toEqual(['Deployment', 'Service', 'ServiceAccount']);
  expect(one(plain, 'Deployment')?.spec).toMatchObject({ replicas: 3 });
  expect(JSON.stringify(plain)).not.toContain('METRICS');
});

it.each([
  ['image.repository=', 'repository'],
  ['replicaCount=2', 'replicaCount'],
  ['env.lower=1', 'lower'],
  ['env.PORT=1', 'PORT'],
  ['service.port=70000', '/service/port'],
  ['metrics.port=4000', 'metrics'],
  ['image.digest=latest', 'digest'],
  ['resources.requests.cpu=null,resources.limit.cpu=1', 'limit'],
])('refuses %s', async (setting, said) => {
  await expect(helm.template(MINIMAL, '--set', setting)).rejects.toThrow(said);
});

it('refuses every secret of the gateway among its plain values', async () => {
  const variables = environmentVariables(upstreams);
  const secrets = variables.filter(
    ({ name, description }) =>
      variables.some((other) => other.name === `${name}_FILE`) || /\bA secret\b/.test(description),
  );
  expect(secrets.length).toBeGreaterThan(5);
  for (const { name } of secrets)
    await expect(helm.template(MINIMAL, '--set', `env.${name}=x`), name).rejects.toThrow(name);
});

it('would be seen to have planted faults', async () => {
  const objects = ofKubernetes(await helm.template(MINIMAL));
  const planted = (from: string, to: string) => {
    const text = JSON.stringify(objects);
    expect(text).toContain(from);
    return JSON.parse(text.replace(from, to)) as typeof objects;
  };
  expect(misspelled(planted('"readOnlyRootFilesystem"', '"readOnlyRootFileSystem"'))).toEqual([
    expect.stringContaining('readOnlyRootFileSystem'),
  ]);
  expect(await wrongValues(planted('"512Mi"', '"512 MB"'))).toEqual([
    expect.stringContaining('Deployment'),
  ]);
});

it('describes each of its values with the default', () => {
  const leaves = (value: unknown, path: string): readonly (readonly [string, string])[] =>
    value !== null &&
    typeof value === 'object' &&
    !Array.isArray(value) &&
    Object.keys(value).length > 0
      ? Object.entries(value).flatMap(([name, child]) =>
          leaves(child, path === '' ? name : `${path}.${name}`),
        )
      : [
          [
            path,
            value === '' ? '' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``,
          ],
        ];
  const rows = tableRows(read('README.md')).map(([name = '', fallback = '']) => [
    name.replaceAll('`', ''),
    fallback,
  ]);
  expect(rows).toEqual(leaves(parse(read('values.yaml')), ''));
});

it('has the version of the gateway', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(parse(read('Chart.yaml'))).toMatchObject({ version, appVersion: version });
});
