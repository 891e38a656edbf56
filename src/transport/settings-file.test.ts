import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { describeFileFailure, readSettingsFile } from './settings-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => { rmSync(folder, { recursive: true }); });

const at = (name: string) => join(folder, name);
const read = (path: string, options: Partial<Parameters<typeof readSettingsFile>[1]> = {}): string => {
  try {
    return `read: ${readSettingsFile(path, { maxBytes: 1024, ...options })}`;
  } catch (error) {
    return describeFileFailure(error);
  }
};

writeFileSync(at('text'), 'täxt\n');
writeFileSync(at('empty'), '');
writeFileSync(at('blank'), ' \r\n\t');
writeFileSync(at('large'), 'x'.repeat(1025));
writeFileSync(at('latin'), Buffer.from('t\xe4xt', 'latin1'));
mkdirSync(at('folder'));
symlinkSync(at('loop'), at('loop'));
symlinkSync(at('gone'), at('dangling'));
symlinkSync(at('text'), at('link'));
execFileSync('mkfifo', [at('pipe')]);

describe('a file that a setting names', () => {
  it.each([
    ['text', 'read: täxt\n'],
    ['link', 'read: täxt\n'],
    ['nowhere', 'names a file that does not exist'],
    ['dangling', 'names a file that does not exist'],
    ['nowhere/file', 'names a file that does not exist'],
    ['folder', 'names a folder, not a file'],
    ['text/file', 'names a file below something that is not a folder'],
    ['loop', 'names a file behind a loop of symbolic links'],
    ['x'.repeat(300), 'names a file whose path is too long'],
    ['a\0b', 'cannot be read: its path has a null character'],
    ['empty', 'names a file that is empty'],
    ['blank', 'names a file that is empty'],
    ['large', 'names a file that is larger than 1 KiB'],
    ['latin', 'must hold text in UTF-8'],
    ['pipe', 'names something that is not a regular file'],
  ])('%s', (name, expected) => {
    expect(read(at(name))).toBe(expected);
  });

  it('is no device, which might never end', () => {
    expect(read('/dev/zero')).toBe('names something that is not a regular file');
  });

  it('is not read further than its largest size, if it may be a device', () => {
    expect(read('/dev/zero', { allowPipe: true })).toBe('names a file that is larger than 1 KiB');
    expect(read('/dev/null', { allowPipe: true })).toBe('names a file that is empty');
    expect(read(at('folder'), { allowPipe: true })).toBe('names a folder, not a file');
    expect(read(at('text'), { allowPipe: true })).toBe('read: täxt\n');
  });

  it.each([
    ['EACCES', 'names a file that the permissions do not allow this process to read'],
    ['EPERM', 'names a file that the permissions do not allow this process to read'],
    ['EIO', 'names a file that cannot be read (EIO)'],
  ])('may fail with %s', (code, expected) => {
    expect(describeFileFailure(Object.assign(new Error('canary'), { code }))).toBe(expected);
  });

  it('may fail for a reason that is not known, which is not repeated', () => {
    expect(describeFileFailure(new Error('canary'))).toBe('names a file that cannot be read');
    expect(describeFileFailure('canary')).toBe('names a file that cannot be read');
  });
});
