import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BundledPackage } from './licenses.ts';
import { DIST, ROOT } from './paths.ts';

/** What is read and changed of a CycloneDX document that `npm sbom` prints. */
export interface Sbom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Component {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly scope?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/** All packages are development dependencies of the project, but those in the bundle are what runs. */
const DEVELOPMENT = 'cdx:npm:package:development';

/**
 * Writes `dist/sbom.cdx.json`, the packages in the bundle as a CycloneDX document. Takes what npm knows of all installed
 * packages, because their hashes and origins are in the lock file only.
 * @throws Error if the installed packages are not those of the lock file
 */
export async function writeSbom(packages: readonly BundledPackage[]): Promise<void> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'],
    { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
  );
  const { name } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly name: string;
  };
  const sbom = onlyBundled(JSON.parse(stdout) as Sbom, name, packages);
  writeFileSync(join(DIST, 'sbom.cdx.json'), `${JSON.stringify(sbom, null, 2)}\n`);
}

/**
 * Cuts a document to the packages in the bundle. A package that was left out passes its dependencies on to those that
 * need it.
 * @param name of the project: npm takes that of its folder
 * @throws Error if the document does not have one of the packages
 */
export function onlyBundled<Document extends Sbom>(
  document: Document,
  name: string,
  packages: readonly BundledPackage[],
): Document {
  const bundled = new Set(packages.map((one) => `${one.name}@${one.version}`));
  const kept = document.components.filter((component) => bundled.has(nameOf(component)));
  const missing = [...bundled].filter(
    (one) => !kept.some((component) => nameOf(component) === one),
  );
  if (missing.length > 0) throw new Error(`npm sbom does not know ${missing.join(', ')}`);
  const root = document.metadata.component['bom-ref'];
  const refs = new Set([root, ...kept.map((component) => component['bom-ref'])]);
  const dependsOn = new Map(document.dependencies.map((one) => [one.ref, one.dependsOn]));
  return {
    ...document,
    metadata: { ...document.metadata, component: { ...document.metadata.component, name } },
    components: kept.map((component) => ({
      ...component,
      scope: 'required',
      properties: component.properties?.filter((property) => property.name !== DEVELOPMENT) ?? [],
    })),
    dependencies: [...refs].map((ref) => ({ ref, dependsOn: nearest(ref, refs, dependsOn) })),
  };
}

function nameOf({ name, version }: Component): string {
  return `${name}@${version}`;
}

/** The kept packages that one depends on, also by way of others. */
function nearest(
  from: string,
  kept: ReadonlySet<string>,
  dependsOn: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const seen = new Set<string>([from]);
  const found: string[] = [];
  const next = [from];
  for (let ref = next.pop(); ref !== undefined; ref = next.pop())
    for (const target of dependsOn.get(ref) ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      (kept.has(target) ? found : next).push(target);
    }
  return found.sort();
}
