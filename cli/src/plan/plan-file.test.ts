import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isPlanFile, readPlanFile, stepDigest, writePlanFile } from './plan-file.ts';
import type { Step } from './step.ts';

const GATEWAY = 'http://127.0.0.1:4000/graphql';

const STEP: Step = {
  name: 'openIdConnect/shop',
  target: 'openIdConnect',
  id: 'shop',
  action: 'create',
  changes: [
    { path: ['appStartUrl'], from: null, to: 'https://shop.example.com/{0}' },
    { path: ['connectClientSecret'], secret: 'will be set from NAME' },
  ],
  expectedFingerprint: null,
  wanted: { appStartUrl: 'https://shop.example.com/{0}' },
  input: {
    id: 'shop',
    appStartUrl: 'https://shop.example.com/{0}',
    connectClientSecret: { fromFile: 'secret' },
  },
  needs: [],
  notes: [],
  entry: ['openIdConnects', 0],
};

describe('a plan file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oidc-config-'));
    file = join(folder, 'plan.json');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const write = (change: object) => {
    writePlanFile(file, { gateway: GATEWAY, folder, steps: [STEP] });
    const content = JSON.parse(readFileSync(file, 'utf8')) as object;
    writeFileSync(file, JSON.stringify({ ...content, ...change }));
  };

  it('is read as it was written, and only its owner may read it', () => {
    writeFileSync(file, '{"kind":"oidc-config plan","version":0}', { mode: 0o644 });
    writePlanFile(file, { gateway: GATEWAY, folder, steps: [STEP] });
    expect(readPlanFile(file, GATEWAY)).toEqual({ gateway: GATEWAY, folder, steps: [STEP] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(isPlanFile(file)).toBe(true);
  });

  it('may be moved together with the files of its secrets', () => {
    const before = join(folder, 'before');
    const after = join(folder, 'after');
    mkdirSync(join(before, 'config'), { recursive: true });
    writePlanFile(join(before, 'plan.json'), {
      gateway: GATEWAY,
      folder: join(before, 'config'),
      steps: [STEP],
    });
    renameSync(before, after);
    expect(readPlanFile(join(after, 'plan.json'), GATEWAY).folder).toBe(join(after, 'config'));
  });

  it('is never written with a secret', () => {
    const plain = { ...STEP, input: { ...STEP.input, connectClientSecret: 'canary' } };
    expect(() => {
      writePlanFile(file, { gateway: GATEWAY, folder, steps: [plain] });
    }).toThrow(/^The plan is not written(?!.*canary)/);
    expect(isPlanFile(file)).toBe(false);
  });

  it.each([
    [{ version: 2 }, 'another version'],
    [{ kind: 'other' }, 'is not a plan'],
    [{ steps: [{ ...STEP, action: 'destroy' }] }, 'is damaged at steps.0.action'],
    [{ steps: [{ ...STEP, extra: 1 }] }, 'is damaged at steps.0'],
    [
      { gateway: 'http://other.example/graphql' },
      'was made with the gateway http://other.example/graphql',
    ],
  ])('is refused with %j', (change, message) => {
    write(change);
    expect(() => readPlanFile(file, GATEWAY)).toThrow(message);
  });

  it('is refused if it is missing or no JSON', () => {
    expect(() => readPlanFile(file, GATEWAY)).toThrow('does not exist');
    writeFileSync(file, 'version: 1');
    expect(() => readPlanFile(file, GATEWAY)).toThrow('is not a plan');
    expect(isPlanFile(file)).toBe(false);
  });

  it('replaces a plan or an empty file, and nothing else', () => {
    const plan = { gateway: GATEWAY, folder, steps: [STEP] };
    const writeTo = (path: string) => () => {
      writePlanFile(path, plan);
    };
    writeFileSync(file, '');
    writeTo(file)();
    writeTo(file)();
    expect(isPlanFile(file)).toBe(true);
    const config = join(folder, 'signin.yaml');
    writeFileSync(config, 'version: 1\n');
    expect(writeTo(config)).toThrow('is not a plan, so it is not replaced');
    expect(readFileSync(config, 'utf8')).toBe('version: 1\n');
    // As root, a rename would also replace a device.
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(writeTo(pipe)).toThrow('is not a file, so it is not replaced');
    expect(statSync(pipe).isFIFO()).toBe(true);
  });

  it('is not written in part', () => {
    expect(() => {
      writePlanFile(join(folder, 'missing', 'plan.json'), { gateway: GATEWAY, folder, steps: [] });
    }).toThrow('cannot be written (ENOENT)');
  });
});

describe('the digest of a step', () => {
  it('differs with what is written, and not with how it is shown', () => {
    const digest = stepDigest(STEP);
    expect(stepDigest({ ...STEP, changes: [], notes: ['x'], entry: null })).toBe(digest);
    expect(stepDigest({ ...STEP, expectedFingerprint: 'f' })).not.toBe(digest);
    expect(stepDigest({ ...STEP, input: { ...STEP.input, appStartUrl: 'y' } })).not.toBe(digest);
  });
});
