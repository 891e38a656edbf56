import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandError } from './command-error.ts';
import { replaceFile, writeFileAtomically } from './write-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-file-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
/** More than one write of the system may take. */
const LONG = 'x'.repeat(3_000_000);

describe('a file that only its owner may read', () => {
  it('is written whole, and has nothing of the one before', () => {
    const path = join(folder, 'plan.json');
    writeFileSync(path, 'before', { mode: 0o644 });
    writeFileAtomically(path, LONG);
    expect(readFileSync(path, 'utf8')).toBe(LONG);
    expect(modeOf(path)).toBe('600');
    expect(readdirSync(folder)).toEqual(['plan.json']);
  });

  it('says why it cannot be written, and leaves nothing behind', () => {
    mkdirSync(join(folder, 'plan.json'));
    expect(() => {
      writeFileAtomically(join(folder, 'plan.json'), 'x');
    }).toThrow(new CommandError(`${folder}/plan.json cannot be written (EISDIR).`));
    expect(readdirSync(folder)).toEqual(['plan.json']);
  });
});

describe('a file that is replaced', () => {
  it.each([0o664, 0o640, 0o600])('keeps its mode: %o', (mode) => {
    const path = join(folder, 'signin.yaml');
    writeFileSync(path, 'before');
    chmodSync(path, mode);
    replaceFile(path, LONG);
    expect(readFileSync(path, 'utf8')).toBe(LONG);
    expect(modeOf(path)).toBe(mode.toString(8));
  });

  it('is new if there was none', () => {
    const path = join(folder, 'signin.yaml');
    replaceFile(path, 'x');
    const usual = join(folder, 'usual');
    writeFileSync(usual, 'x');
    expect(modeOf(path)).toBe(modeOf(usual));
  });

  it('stays where a link leads', () => {
    const path = join(folder, 'signin.yaml');
    const link = join(folder, 'link.yaml');
    writeFileSync(path, 'before');
    symlinkSync('signin.yaml', link);
    replaceFile(link, 'after');
    expect(readlinkSync(link)).toBe('signin.yaml');
    expect(readFileSync(path, 'utf8')).toBe('after');
  });

  it('is refused if it is not a file', () => {
    expect(() => {
      replaceFile(folder, 'x');
    }).toThrow(new CommandError(`${folder} is not a file, so it is not replaced.`));
  });
});
