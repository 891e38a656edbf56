import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import type * as fs from 'node:fs';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { describeFileFailure, readSettingsFile, readSettingsFileLater } from './settings-file.ts';

/** What was there a moment ago may be something else when it is opened. */
vi.mock('node:fs', async (original) => {
  const actual = await original<typeof fs>();
  return { ...actual, statSync: vi.fn(actual.statSync) };
});

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string) => join(folder, name);
const read = (
  path: string,
  options: Partial<Parameters<typeof readSettingsFile>[1]> = {},
): string => {
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
symlinkSync(at('pipe'), at('link-to-pipe'));
symlinkSync(at('folder'), at('link-to-folder'));
symlinkSync('/dev/zero', at('link-to-device'));

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
    ['latin', 'must contain UTF-8 text'],
    ['pipe', 'names something that is not a regular file'],
    ['link-to-pipe', 'names something that is not a regular file'],
    ['link-to-folder', 'names a folder, not a file'],
    ['link-to-device', 'names something that is not a regular file'],
  ])('%s', async (name, expected) => {
    expect(read(at(name))).toBe(expected);
    expect(
      await readSettingsFileLater(at(name), { maxBytes: 1024 }).then(
        (text) => `read: ${text}`,
        describeFileFailure,
      ),
    ).toBe(expected);
  });

  it.each(['/dev/zero', '/dev/null', '/dev/tty'])(
    'must not be a device, which might never end: %s',
    (path) => {
      if (existsSync(path)) expect(read(path)).toBe('names something that is not a regular file');
    },
  );

  it('is not a socket', async () => {
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    expect(read(at('socket'))).toBe('names something that is not a regular file');
    server.close();
  });

  it.runIf(existsSync('/proc/self/status'))(
    'is read no further than its largest size, if it has more than the system says',
    () => {
      expect(read('/proc/self/status', { maxBytes: 64 * 1024 })).toMatch(/^read: Name:/);
      expect(read('/proc/self/status', { maxBytes: 16 })).toBe(
        'names a file that is larger than 0.015625 KiB',
      );
    },
  );

  describe('that becomes another thing between two looks', () => {
    const before = statSync(at('text'));
    it.each([
      ['pipe', 'names something that is not a regular file'],
      ['folder', 'names a folder, not a file'],
      ['large', 'names a file that is larger than 1 KiB'],
    ])('is refused without waiting: %s', (name, expected) => {
      vi.mocked(statSync).mockReturnValueOnce(before);
      expect(read(at(name))).toBe(expected);
    });
  });

  it('is not read further than its largest size, if it may be a device', () => {
    expect(read('/dev/zero', { allowPipe: true })).toBe('names a file that is larger than 1 KiB');
    expect(read('/dev/null', { allowPipe: true })).toBe('names a file that is empty');
    expect(read(at('folder'), { allowPipe: true })).toBe('names a folder, not a file');
    expect(read(at('text'), { allowPipe: true })).toBe('read: täxt\n');
  });

  it.each([
    ['EACCES', 'names a file that this process has no permission to read'],
    ['EPERM', 'names a file that this process has no permission to read'],
    ['ENXIO', 'names something that is not a regular file'],
    ['EAGAIN', 'names something that has nothing to read now'],
    ['EIO', 'names a file that cannot be read (EIO)'],
  ])('may fail with %s', (code, expected) => {
    expect(describeFileFailure(Object.assign(new Error('canary'), { code }))).toBe(expected);
  });

  it('may fail for a reason that is not known, which is not repeated', () => {
    expect(describeFileFailure(new Error('canary'))).toBe('names a file that cannot be read');
    expect(describeFileFailure('canary')).toBe('names a file that cannot be read');
  });
});
