import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/* Commands and files that the pages name exist, and the changelog has every release. `links.test.ts` is about links. */

const ROOT = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');
const pages = [
  ...readdirSync(ROOT),
  ...readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' }).map(
    (path) => `docs/${path}`,
  ),
].filter((path) => path.endsWith('.md'));
const manifest = JSON.parse(read('package.json')) as {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
};

it('the pages name only commands that exist', () => {
  // The changelog also names those that existed once.
  const texts = pages.filter((path) => path !== 'CHANGELOG.md').map(read);
  const named = [...texts.join('\n').matchAll(/npm (?:run ([a-z:-]+)|(test|start)\b)/g)].map(
    ([, script, short]) => script ?? short ?? '',
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
});

describe('CONTRIBUTING.md', () => {
  /** Where the paths of a section begin, besides at the root. */
  const FOLDERS: Readonly<Record<string, string>> = {
    'Add a field': 'src/upstreams/ordercloud/',
    'Add an upstream': 'src/upstreams/ordercloud/',
    'Add a policy': 'src/transport/',
  };
  const sections = read('CONTRIBUTING.md')
    .split(/^## /m)
    .map((section) => ({ heading: section.slice(0, section.indexOf('\n')), section }));

  it.each(sections)('names files that exist: $heading', ({ heading, section }) => {
    const folders = ['', FOLDERS[heading] ?? '', `${FOLDERS[heading] ?? ''}open-id-connect/`];
    const named = [...section.matchAll(/`([\w./-]*(?:\/|\.(?:ts|json|js|md|yml)))`/g)].map(
      ([, path = '']) => path,
    );
    expect(
      named.filter(
        (path) =>
          path !== 'dist/' && !folders.some((folder) => existsSync(new URL(folder + path, ROOT))),
      ),
    ).toEqual([]);
  });
});

describe('the changelog', () => {
  const headings = [...read('CHANGELOG.md').matchAll(/^## (.+)$/gm)].map(([, text = '']) => text);
  const releases = headings.filter((heading) => heading !== 'Unreleased');

  it('dates every release, newest first, and begins with what no release has', () => {
    for (const release of releases) expect(release).toMatch(/^\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2}$/);
    const dates = releases.map((release) => release.slice(-10));
    expect(dates).toEqual([...dates].sort().reverse());
    expect(headings.lastIndexOf('Unreleased')).toBeLessThanOrEqual(0);
  });

  it('has the version of package.json as its last release', () => {
    expect(releases[0]?.split(' ')[0]).toBe(manifest.version);
  });
});
