import { describe, expect, it } from 'vitest';
import { createAuthentication } from '../../src/server/auth/authentication.ts';
import { authenticationSettings } from '../../src/config/authentication-settings.ts';
import { start } from '../setup/built-gateway.ts';

/* The built command that makes API keys. */

const run = (...args: string[]) =>
  start(process.execPath, ['dist/main.js', 'api-key', ...args], {}).exit;

/** The key that was printed, and its entry. */
function printed(stdout: string): { readonly key: string; readonly entry: string } {
  const [, key = ''] = /^ {2}(oidcgw_\S+)$/m.exec(stdout) ?? [];
  const [, entry = ''] = /^ {2}(\{.+\})$/m.exec(stdout) ?? [];
  return { key, entry };
}

describe('npm run api-key', () => {
  it('prints a key, and the entry with which the gateway knows it', async () => {
    const { code, stdout, stderr } = await start(
      'npm',
      ['run', '--silent', 'api-key', '--', '--id', 'ci', '--scopes', 'oidc:read,oidc:write'],
      {},
    ).exit;
    expect([code, stderr]).toEqual([0, '']);
    const { key, entry } = printed(stdout);
    expect(Object.keys(JSON.parse(entry) as object)).toEqual(['id', 'sha256', 'scopes']);
    const result = authenticationSettings(
      { AUTH_API_KEYS_FILE: 'keys.json' },
      () => `{"keys":[${entry}]}`,
    );
    if ('issues' in result || result.settings === null) throw new Error('the entry is not taken');
    expect(await createAuthentication(result.settings).authenticate(null, key)).toEqual({
      kind: 'API_KEY',
      id: 'ci',
      scopes: new Set(['oidc:read', 'oidc:write']),
    });
  });

  it('prints the key once, and another one each time', async () => {
    const outputs = await Promise.all([
      run('--id', 'ci', '--scopes', 'oidc:read'),
      run('--id', 'ci', '--scopes', 'oidc:read'),
    ]);
    const [first, second] = outputs.map(({ stdout }) => printed(stdout));
    expect(outputs[0].stdout.split('oidcgw_')).toHaveLength(2);
    expect(first?.key).not.toBe(second?.key);
    expect(first?.entry).not.toContain(first?.key);
  });

  it.each([
    ['2999-01-01', '2999-01-01T00:00:00Z'],
    ['2999-01-01T08:00:00+01:00', '2999-01-01T08:00:00+01:00'],
  ])('takes %s as the end', async (expires, written) => {
    const { stdout } = await run('--id', 'ci', '--scopes', 'oidc:read', '--expires', expires);
    expect(JSON.parse(printed(stdout).entry)).toMatchObject({ expires: written });
  });

  it.each([[['--help']], [['-h', '--id', 'ci']]])('explains itself with %j', async (args) => {
    const { code, stdout } = await run(...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: npm run api-key -- --id <id> --scopes /);
    expect(stdout).toContain('oidc:read, oidc:write, oidc:admin');
  });

  const ID = '--id must have 1 to 64 characters: letters, digits, dot, underscore, hyphen';
  const SCOPES = '--scopes must be one of oidc:read, oidc:write, oidc:admin';
  const EXPIRES = '--expires must be a time with its zone, e.g. 2027-01-01T00:00:00Z';

  it.each<[string[], string[]]>([
    [[], ['--id is required', '--scopes is required']],
    [['--id', 'ci'], ['--scopes is required']],
    [
      ['--id', 'c i', '--scopes', 'canary', '--expires', 'tomorrow'],
      [ID, SCOPES, EXPIRES],
    ],
    [
      ['--id', '', '--scopes', ''],
      [ID, SCOPES],
    ],
    [['--id', 'ci', '--scopes', 'oidc:read', '--expires', '2999-02-30'], [EXPIRES]],
    [
      ['--id', 'ci', '--scopes', 'oidc:read', '--expires', '2020-01-01'],
      ['--expires must be in the future'],
    ],
    [
      ['--id', 'ci', '--scopes', 'oidc:read', '--canary'],
      ['an argument is unknown or has no value'],
    ],
    [['canary'], ['an argument is unknown or has no value']],
    [['--id'], ['an argument is unknown or has no value']],
  ])('refuses %j', async (args, faults) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.split('\n\n')[0]).toBe(
      faults
        .map((fault) => `  - ${fault}`)
        .join('\n')
        .trimEnd(),
    );
    expect(stderr).toContain('Usage: npm run api-key');
    expect(stderr).not.toContain('canary');
  });
});
