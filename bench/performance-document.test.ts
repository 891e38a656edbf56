import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withResult } from './performance-document.ts';

it('replaces what is between the markers, and nothing else', () => {
  const document = 'before\n<!-- result: begin -->\nold\n<!-- result: end -->\nafter\n';
  expect(withResult(document, 'new')).toBe(document.replace('old', 'new'));
});

it('refuses a document without markers', () => {
  expect(() => withResult('text', 'new')).toThrow('no place for the result');
});

it('finds its place in the document', () => {
  const document = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8');
  expect(withResult(document, 'the result')).toContain('\nthe result\n');
});
