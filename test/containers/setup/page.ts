import { readFileSync } from 'node:fs';

/** The code of a language in a section of docs/operations.md, block by block. */
export function blocksOf(heading: string, language: string): readonly string[] {
  const page = readFileSync('docs/operations.md', 'utf8');
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [own = ''] = section.split(/\n## /);
  return [...own.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  );
}

/** The block of a section that begins so. @throws if it has none */
export function blockOf(heading: string, language: string, beginning: string): string {
  const block = blocksOf(heading, language).find((code) => code.startsWith(beginning));
  if (block === undefined) throw new Error(`${heading} has no block that begins with ${beginning}`);
  return block;
}
