import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it('the codes are those of docs/clients.md, and of the comment', () => {
  const source = read('error.ts');
  const [, type = ''] = /^export type GatewayRequestErrorCode =([^;]*);/m.exec(source) ?? [];
  const codes = [...type.matchAll(/'(\w+)'/g)].map(([, code]) => code);
  expect(codes).toHaveLength(8);
  expect([...source.matchAll(/^ \* - `(\w+)`:/gm)].map(([, code]) => code)).toEqual(codes);
  const [, section = ''] = read('../../docs/clients.md').split(/^## The typed client$/m);
  const rows = section.slice(0, section.indexOf('\n## ')).matchAll(/^\| `(\w+)`/gm);
  expect([...rows].map(([, code]) => code)).toEqual(codes);
});
