import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Step } from '../plan/step.ts';
import { mappingsOfRun, openRunFile } from './run-file.ts';

const GATEWAY = 'http://127.0.0.1:4000/graphql';

const step = (id: string): Step => ({
  name: `mapping/${id}`,
  target: 'mapping',
  id,
  action: 'delete',
  changes: [],
  expectedFingerprint: 'f',
  wanted: {},
  input: { id },
  needs: [],
  notes: [],
  entry: null,
});

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oidc-config-'));
  path = join(folder, 'plan.json.run');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('is there before the first key is used, and only its owner may read it', () => {
  const run = openRunFile(path, GATEWAY, []);
  expect(existsSync(path)).toBe(false);
  run.keyFor(step('a'));
  expect(existsSync(path)).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it('gives each step its own key, and the same one after the run was killed', () => {
  const first = openRunFile(path, GATEWAY, []);
  const key = first.keyFor(step('a'));
  expect(key).toMatch(/^oidc-config-[0-9a-f-]{36}-[0-9a-f]{16}$/);
  expect(first.keyFor(step('a'))).toBe(key);
  expect(first.keyFor(step('b'))).not.toBe(key);
  expect(first.wasSent(step('a'))).toBe(false);

  const second = openRunFile(path, GATEWAY, []);
  expect(second.wasSent(step('a'))).toBe(true);
  expect(second.wasSent(step('c'))).toBe(false);
  expect(second.keyFor(step('a'))).toBe(key);
  const other = second.newKeyFor(step('a'));
  expect(other).toBe(`${key}-2`);
  expect(openRunFile(path, GATEWAY, []).keyFor(step('a'))).toBe(other);
});

it('keeps which mappings are to be deleted, which nothing leads to after a part of the run', () => {
  expect(mappingsOfRun(path, GATEWAY)).toEqual([]);
  openRunFile(path, GATEWAY, [step('a'), { ...step('b'), action: 'update' }]).keyFor(step('c'));
  expect(mappingsOfRun(path, GATEWAY)).toEqual(['a']);
  openRunFile(path, GATEWAY, [step('d')]).newKeyFor(step('d'));
  expect(mappingsOfRun(path, GATEWAY)).toEqual(['a', 'd']);
  expect(mappingsOfRun(path, 'http://other.example/graphql')).toEqual([]);
});

it('is a new run once the last one has ended', () => {
  const first = openRunFile(path, GATEWAY, []);
  const key = first.keyFor(step('a'));
  first.remove();
  expect(existsSync(path)).toBe(false);
  expect(openRunFile(path, GATEWAY, []).keyFor(step('a'))).not.toBe(key);
});

it('is refused if it is damaged, or of another gateway', () => {
  openRunFile(path, GATEWAY, []).keyFor(step('a'));
  expect(() => openRunFile(path, 'http://other.example/graphql', [])).toThrow(
    'of a run with the gateway',
  );
  writeFileSync(path, readFileSync(path, 'utf8').slice(0, 40));
  expect(() => openRunFile(path, GATEWAY, [])).toThrow('is damaged');
});

it('leaves nothing behind of runs that were killed while they wrote it, and nothing else', () => {
  const half = (id: string) => `plan.json.run.00000000-0000-4000-8000-00000000000${id}.tmp`;
  for (const name of [half('1'), half('2'), 'plan.json.run.tmp', 'other.tmp'])
    writeFileSync(join(folder, name), 'half');
  utimesSync(join(folder, half('1')), 1, 1);
  utimesSync(join(folder, 'plan.json.run.tmp'), 1, 1);
  const inFuture = Date.now() / 1000 + 1000;
  utimesSync(join(folder, half('2')), inFuture, inFuture);
  openRunFile(path, GATEWAY, []).remove();
  expect(readdirSync(folder).toSorted()).toEqual(
    ['other.tmp', half('2'), 'plan.json.run.tmp'].toSorted(),
  );
});
