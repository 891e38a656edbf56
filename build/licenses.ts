import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DIST, ROOT } from './paths.ts';

/** What is read of a package's manifest. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
  readonly repository?: string | { readonly url: string };
}

/** Writes the licenses of all packages that are in `dist/`. @param inputs paths of files in it, of packages and others */
export function writeLicenses(inputs: readonly string[]): void {
  const folders = new Set(
    inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const notices = [...folders].map(noticeOf).sort();
  writeFileSync(
    join(DIST, 'THIRD-PARTY-LICENSES'),
    `This folder contains code of these packages.\n\n${notices.join('\n')}`,
  );
}

/** @throws Error if a package has no license */
function noticeOf(folder: string): string {
  const path = join(ROOT, folder);
  const manifest = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;
  const { name, version, license, author, repository } = manifest;
  if (license === undefined) throw new Error(`${name} has no license`);
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
