import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'examples/supergraph/README.md',
];

const read = (page: string | URL) => readFileSync(new URL(page, ROOT), 'utf8');

/** The anchor of a heading, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

/** What the links of a page lead to that is not there. */
function broken(page: string, text: string): string[] {
  return [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
    ([link, path = '', anchor]) => {
      const target = path === '' ? new URL(page, ROOT) : new URL(path, new URL(page, ROOT));
      if (!existsSync(target)) return [`${page}: ${link}`];
      if (anchor === undefined) return [];
      const anchors = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        anchorOf(heading),
      );
      return anchors.includes(anchor) ? [] : [`${page}: ${link}`];
    },
  );
}

it('links of README and docs lead somewhere', () => {
  expect(pages.length).toBeGreaterThan(10);
  expect(pages.flatMap((page) => broken(page, read(page)))).toEqual([]);
  expect(broken('README.md', '[a](docs/none.md) [b](docs/errors.md#none) [c](LICENSE)')).toEqual([
    'README.md: ](docs/none.md)',
    'README.md: ](docs/errors.md#none)',
  ]);
});

it('the page on overrides names each of them', () => {
  const { overrides } = JSON.parse(read('package.json')) as {
    readonly overrides: Readonly<Record<string, string>>;
  };
  const named = [...read('docs/decisions/overrides.md').matchAll(/^\| `([^`]+)`/gm)].map(
    ([, name]) => name,
  );
  expect(named).toEqual(Object.keys(overrides));
});

it('every decision is listed in the architecture', () => {
  const listed = [...read('docs/architecture.md').matchAll(/\]\((decisions\/[\w-]+\.md)\)/g)].map(
    ([, page]) => `docs/${page ?? ''}`,
  );
  const decisions = pages.filter((page) => page.startsWith('docs/decisions/'));
  expect([...new Set(listed)].sort()).toEqual(decisions.sort());
});
