import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIST, ROOT } from './paths.ts';

/** What is read of a package's manifest. */
interface Manifest extends BundledPackage {
  readonly license?: string;
  readonly author?: string | { readonly name: string };
  readonly repository?: string | { readonly url: string };
}

/** A package whose code is in `dist/`. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * Writes the licenses of all packages that are in `dist/`.
 * @param inputs paths of files in it, of packages and others
 * @returns the packages
 */
export function writeLicenses(inputs: readonly string[]): readonly BundledPackage[] {
  const folders = new Set(
    inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const packages = [...folders].map((folder) => ({ folder, manifest: manifestOf(folder) }));
  const notices = packages.map(({ folder, manifest }) => noticeOf(folder, manifest)).sort();
  writeFileSync(
    join(DIST, 'THIRD-PARTY-LICENSES'),
    `This folder contains code of these packages.\n\n${notices.join('\n')}`,
  );
  return packages.map(({ manifest }) => manifest);
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

/** @throws Error if a package has no license */
function noticeOf(
  folder: string,
  { name, version, license, author, repository }: Manifest,
): string {
  if (license === undefined) throw new Error(`${name} has no license`);
  const path = join(ROOT, folder);
  const texts = readdirSync(path)
    .filter((file) =>
      /^(?:licen[sc]e|copying|notice|copyrightnotice)(?:\.(?:md|txt))?$/i.test(file),
    )
    .map((file) => readFileSync(join(path, file), 'utf8').trim());
  const about = [
    `License: ${license}`,
    ...(author === undefined
      ? []
      : [`Author: ${typeof author === 'string' ? author : author.name}`]),
    ...(repository === undefined
      ? []
      : [`Source: ${typeof repository === 'string' ? repository : repository.url}`]),
  ];
  return `${'='.repeat(80)}\n${name} ${version}\n${about.join('\n')}\n\n${texts.map((text) => `${text}\n`).join('\n')}`;
}
