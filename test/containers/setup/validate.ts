import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { KubernetesObject } from './helm.ts';

/* Without a Kubernetes: two packages know its objects. One finds misspelled names, the other wrong values. */

/** Where the types of each object are in `kubernetes-types`; those of the Prometheus Operator are not. */
const TYPES: Readonly<Record<string, string>> = {
  v1: 'core/v1',
  'apps/v1': 'apps/v1',
  'autoscaling/v2': 'autoscaling/v2',
  'batch/v1': 'batch/v1',
  'networking.k8s.io/v1': 'networking/v1',
  'policy/v1': 'policy/v1',
};

/** Names that Kubernetes does not know, and values of the wrong type, as tsc words them. */
export function misspelled(objects: readonly KubernetesObject[]): readonly string[] {
  const path = fileURLToPath(new URL('../rendered.ts', import.meta.url));
  const text = objects
    .map(
      (object, index) =>
        `import type { ${object.kind} as T${index} } from 'kubernetes-types/${TYPES[object.apiVersion] ?? `unknown/${object.apiVersion}`}.js';\nexport const o${index}: T${index} = ${JSON.stringify(object)};\n`,
    )
    .join('');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    strict: true,
    noEmit: true,
    types: [],
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const real = ts.createCompilerHost(options);
  host.fileExists = (name) => name === path || real.fileExists(name);
  host.getSourceFile = (name, version) =>
    name === path ? ts.createSourceFile(name, text, version) : real.getSourceFile(name, version);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([path], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

/** Values that Kubernetes does not accept, such as quantities. */
export async function wrongValues(
  objects: readonly KubernetesObject[],
): Promise<readonly string[]> {
  const issues: string[] = [];
  for (const object of objects) {
    const path = `kubernetes-models/${object.apiVersion}/${object.kind}`;
    const module = (await import(/* @vite-ignore */ path)) as Readonly<
      Record<string, new (data: object) => { readonly validate: () => void }>
    >;
    const Model = module[object.kind];
    if (Model === undefined) throw new Error(`kubernetes-models has no ${object.kind}`);
    try {
      new Model(object).validate();
    } catch (error) {
      issues.push(`${object.kind}: ${String(error)}`);
    }
  }
  return issues;
}
