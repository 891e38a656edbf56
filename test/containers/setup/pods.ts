import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import { openHelm } from './helm.ts';
import type { KubernetesObject } from './helm.ts';
import type { Storage } from './storage.ts';

/** A pod of the chart's Deployment, run by podman. */
export interface Pod {
  readonly name: string;
  /** Of the gateway in it. */
  readonly container: string;
  /** What callers use, without a path. */
  readonly origin: string;
  /** Of its metrics. */
  readonly metricsUrl: string;
}

/** What Podman 4.3 makes of a chart's values, as Kubernetes would. */
export interface Pods {
  /**
   * Makes a Secret in the form that Podman 4.3 reads. It does not read those of Kubernetes as it stores them: it takes the
   * values of variables from JSON, and does not decode the content of files.
   */
  readonly secret: (
    name: string,
    use: 'VARIABLES' | 'FILES',
    data: Readonly<Record<string, string>>,
  ) => Promise<string>;
  /** Installs the chart, and waits until its pods are ready. */
  readonly install: (release: string, values: object) => Promise<readonly Pod[]>;
  /** Ends the gateway of a pod as Kubernetes does, and removes the pod. @returns the exit code */
  readonly end: (pod: Pod) => Promise<number>;
}

export async function openPods({ podman, folder }: Storage): Promise<Pods> {
  const helm = await openHelm(folder);
  const file = (name: string, content: unknown) => {
    const path = join(folder, name);
    writeFileSync(path, typeof content === 'string' ? content : stringify(content));
    return path;
  };
  return {
    secret: (name, use, data) => {
      const encoded = Object.entries(data).map(
        ([key, value]) => [key, Buffer.from(value).toString('base64')] as const,
      );
      const content = use === 'FILES' ? { data } : Object.fromEntries(encoded);
      return podman('secret', 'create', name, file(`${name}.secret`, JSON.stringify(content)));
    },
    install: async (release, values) => {
      const objects = await helm.template(file(`${release}.values.yaml`, values));
      const deployment = objects.find(({ kind }) => kind === 'Deployment') as KubernetesObject;
      const name = `${release}-oidc-config-gateway`;
      const metadata = { ...deployment.metadata, name };
      const played = file(`${release}.yaml`, unpublished({ ...deployment, metadata }));
      await podman('kube', 'play', '--network=podman', played);
      const pods = JSON.parse(await podman('pod', 'ps', '--format=json')) as readonly {
        readonly Name: string;
        readonly InfraId: string;
      }[];
      return Promise.all(
        pods
          .filter((pod) => pod.Name.startsWith(`${name}-pod`))
          .map(async (pod) => {
            const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
            const address = (await podman('inspect', `--format=${format}`, pod.InfraId)).trim();
            const origin = `http://${address}:4000`;
            // What the kubelet would ask.
            await expect
              .poll(() => fetch(`${origin}/readyz`).then(({ status }) => status, String))
              .toBe(200);
            return {
              name: pod.Name,
              container: `${pod.Name}-gateway`,
              origin,
              metricsUrl: `http://${address}:9464/metrics`,
            };
          }),
      );
    },
    end: async ({ name, container }) => {
      // It would be killed a minute later. Its end alone would have it started again.
      await podman('stop', '--time=60', container);
      const code = await podman('inspect', '--format={{.State.ExitCode}}', container);
      await podman('pod', 'rm', '--force', '--time=0', name);
      return Number(code);
    },
  };
}

/** Without the ports: podman would publish them on all addresses of this machine. */
function unpublished(deployment: KubernetesObject): object {
  const withoutPorts = (_key: string, value: unknown) => {
    if (value === null || typeof value !== 'object' || !('ports' in value)) return value;
    const { ports, ...rest } = value;
    return ports === undefined ? value : rest;
  };
  return JSON.parse(JSON.stringify(deployment, withoutPorts)) as object;
}
