import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveSecret, Secret, SecretUnavailable } from './secrets.ts';

const VALUE = 'hunter2 hunter2';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a secret', () => {
  it('does not show itself', () => {
    const secret = new Secret(VALUE);
    expect(secret.reveal()).toBe(VALUE);
    expect(secret.equals(VALUE)).toBe(true);
    expect(secret.equals('other')).toBe(false);
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      format('%s %o %j', secret, secret, secret),
      JSON.stringify(Object.entries(secret)),
    ];
    expect(shown.filter((text) => text.includes('hunter'))).toEqual([]);
  });

  it('comes from a variable, as it is', () => {
    const env = { SHOP_SECRET: ` ${VALUE}\n` };
    expect(resolveSecret({ fromEnv: 'SHOP_SECRET' }, { env, folder }).reveal()).toBe(` ${VALUE}\n`);
  });

  it.each([
    ['a file', VALUE],
    ['a file with a line break', `${VALUE}\n`],
    ['a file of Windows', `${VALUE}\r\n`],
    ['a file of Windows with a byte order mark', `\ufeff${VALUE}\r\n`],
  ])('comes from %s, relative to the folder', (_case, content) => {
    writeFileSync(join(folder, 'secret.txt'), content);
    expect(resolveSecret({ fromFile: 'secret.txt' }, { env: {}, folder }).reveal()).toBe(VALUE);
    expect(
      resolveSecret({ fromFile: join(folder, 'secret.txt') }, { env: {}, folder: '/' }).reveal(),
    ).toBe(VALUE);
  });

  it('is refused if a file has another encoding, as PowerShell writes, and not sent in a wrong form', () => {
    writeFileSync(join(folder, 'secret.txt'), Buffer.from(`\ufeff${VALUE}\r\n`, 'utf16le'));
    expect(() => resolveSecret({ fromFile: 'secret.txt' }, { env: {}, folder })).toThrow(
      new SecretUnavailable(
        `The file ${join(folder, 'secret.txt')} is not UTF-8 text. Save the secret with this encoding.`,
      ),
    );
  });

  it('keeps a second line break of a file', () => {
    writeFileSync(join(folder, 'secret.txt'), `${VALUE}\n\n`);
    expect(resolveSecret({ fromFile: 'secret.txt' }, { env: {}, folder }).reveal()).toBe(
      `${VALUE}\n`,
    );
  });

  it('may be in the file itself, if loading allowed it', () => {
    expect(resolveSecret(VALUE, { env: {}, folder }).reveal()).toBe(VALUE);
  });
});

describe('a secret that is not there', () => {
  const failure = (reference: Parameters<typeof resolveSecret>[0], env = {}): string => {
    try {
      resolveSecret(reference, { env, folder });
    } catch (error) {
      if (error instanceof SecretUnavailable) return error.message.replace(folder, '<folder>');
      throw error;
    }
    return 'no failure';
  };

  it.each([
    ['missing', {}, 'The environment variable SHOP_SECRET is not set. It must have the secret.'],
    [
      'empty',
      { SHOP_SECRET: '' },
      'The environment variable SHOP_SECRET is empty. It must have the secret.',
    ],
    [
      'blank',
      { SHOP_SECRET: ' \n' },
      'The environment variable SHOP_SECRET is empty. It must have the secret.',
    ],
    [
      'too long',
      { SHOP_SECRET: 'x'.repeat(10_001) },
      'The environment variable SHOP_SECRET is too long for a secret: it has more than 10000 characters.',
    ],
  ])('names the variable: %s', (_case, env, message) => {
    expect(failure({ fromEnv: 'SHOP_SECRET' }, env)).toBe(message);
  });

  it('names the file', () => {
    const fromFile = 'secret.txt';
    expect(failure({ fromFile })).toBe(
      'The file <folder>/secret.txt does not exist. It must have the secret.',
    );
    expect(failure({ fromFile: '.' })).toBe(
      'The file <folder> cannot be read (EISDIR). It must have the secret.',
    );
    writeFileSync(join(folder, fromFile), '\n');
    expect(failure({ fromFile })).toBe(
      'The file <folder>/secret.txt is empty. It must have the secret.',
    );
    for (const length of [10_001, 100_000]) {
      writeFileSync(join(folder, fromFile), 'x'.repeat(length));
      expect(failure({ fromFile })).toBe(
        'The file <folder>/secret.txt is too long for a secret: it has more than 10000 characters.',
      );
    }
  });
});
