import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { AFTER, BEFORE } from '../setup/as-code-files.ts';
import { begin, outcomeOf, rehearse, SECRETS, writesFor } from '../setup/as-code-kills.ts';
import type { Scenario } from '../setup/as-code-kills.ts';
import { NO_WRITES, startAsCodeLanes } from '../setup/as-code-lane.ts';
import type { AsCodeLane, AsCodeLanes, Writes } from '../setup/as-code-lane.ts';
import { run } from '../setup/command.ts';

/* The files that `oidc-config` writes: plans and the files of runs, where writing does not work or others write, too. */

let lanes: AsCodeLanes;
let lane: AsCodeLane;
let files: Readonly<Record<string, string>>;
let before: Writes;
beforeAll(async () => {
  lanes = await startAsCodeLanes(1);
  lane = lanes.first;
  files = { 'signin.yaml': AFTER(lanes.issuer.issuer) };
  before = await writesFor(lane, BEFORE(lanes.issuer.issuer));
});
afterAll(() => lanes.close());

const newFolder = () => begin(lane, { before: NO_WRITES, files });
const command = (folder: string, ...args: readonly string[]) =>
  lane.begin(folder, args, SECRETS).exit;
const countWrites = () => Object.values(lane.writes()).flat().length;

/** A file system of so many bytes, for as long as the test runs; null where that is not allowed. */
async function smallDisk(size: string): Promise<string | null> {
  const folder = lane.folder({});
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  } catch {
    return null;
  }
  onTestFinished(async () => {
    await run('umount', [folder]);
  });
  return folder;
}

describe('a link where a file should be', () => {
  it('is replaced by a plan: what it names stays as it is', async () => {
    const folder = await newFolder();
    writeFileSync(join(folder, 'other.txt'), 'of somebody else');
    symlinkSync('other.txt', join(folder, 'plan.json'));
    expect((await command(folder, 'plan', '--out', 'plan.json')).code).toBe(2);
    expect(readFileSync(join(folder, 'other.txt'), 'utf8')).toBe('of somebody else');
    const plan = lstatSync(join(folder, 'plan.json'));
    expect({ isFile: plan.isFile(), mode: plan.mode & 0o777 }).toEqual({
      isFile: true,
      mode: 0o600,
    });
  });

  it('is not followed where the plan is prepared', async () => {
    const folder = await newFolder();
    writeFileSync(join(folder, 'other.txt'), 'of somebody else');
    // In a folder that others write to, such as /tmp, they see the number of the process.
    const running = lane.begin(folder, ['plan', '--out', 'plan.json'], SECRETS);
    symlinkSync('other.txt', join(folder, `plan.json.${running.pid}.tmp`));
    const { code } = await running.exit;
    expect(readFileSync(join(folder, 'other.txt'), 'utf8')).toBe('of somebody else');
    expect([1, 2]).toContain(code);
  });

  it('to what is not a file of a run is refused, and nothing is written', async () => {
    const folder = await newFolder();
    writeFileSync(join(folder, 'other.txt'), 'of somebody else');
    symlinkSync('other.txt', join(folder, 'signin.yaml.run'));
    const { code, stderr } = await command(folder, 'apply', '--yes');
    expect(stderr).toContain('signin.yaml.run is damaged.');
    expect({ code, writes: countWrites() }).toEqual({ code: 1, writes: 0 });
    expect(readFileSync(join(folder, 'other.txt'), 'utf8')).toBe('of somebody else');
  });
});

describe('a disk that is full', () => {
  it('has no half of a plan', async (context) => {
    const disk = await smallDisk('8k');
    if (disk === null) return context.skip('only root may mount');
    const folder = await newFolder();
    const { code, stderr } = await command(folder, 'plan', '--out', join(disk, 'plan.json'));
    expect(stderr).toContain('plan.json cannot be written (ENOSPC).');
    expect({ code, left: readdirSync(disk) }).toEqual({ code: 1, left: [] });
  });

  it('ends a run before anything is sent', async (context) => {
    const disk = await smallDisk('4k');
    if (disk === null) return context.skip('only root may mount');
    await newFolder();
    const file = join(disk, 'signin.yaml');
    writeFileSync(file, files['signin.yaml'] ?? '');
    const { code, stdout } = await command(disk, 'apply', '--yes');
    expect(stdout).toContain(
      'failed OpenIdConnect "shop": Nothing was sent: signin.yaml.run cannot be written (ENOSPC).',
    );
    expect({ code, writes: countWrites(), left: readdirSync(disk) }).toEqual({
      code: 1,
      writes: 0,
      left: ['signin.yaml'],
    });
  });
});

it('a folder that cannot be written ends a run before anything is sent', async (context) => {
  const disk = await smallDisk('64k');
  await newFolder();
  const folder = disk ?? lane.folder({});
  writeFileSync(join(folder, 'signin.yaml'), files['signin.yaml'] ?? '');
  if (disk !== null) await run('mount', ['-o', 'remount,ro', disk]);
  else if (process.getuid?.() === 0) return context.skip('root may write everywhere');
  else chmodSync(folder, 0o500);
  const { code, stdout } = await command(folder, 'apply', '--yes');
  expect(stdout).toMatch(
    /failed OpenIdConnect "shop": Nothing was sent: signin\.yaml\.run cannot be written \((EROFS|EACCES)\)\./,
  );
  expect({ code, writes: countWrites() }).toEqual({ code: 1, writes: 0 });
});

it('a folder in the place of the file of the run is refused', async () => {
  const folder = await newFolder();
  mkdirSync(join(folder, 'signin.yaml.run'));
  const { code, stderr } = await command(folder, 'apply', '--yes');
  expect(stderr).toContain('\nsignin.yaml.run cannot be read (EISDIR).\n');
  expect({ code, writes: countWrites() }).toEqual({ code: 1, writes: 0 });
});

describe('the file of another run', () => {
  it.each(['garbage', '{}', '{"kind":"oidc-config run","version":2}', ''])(
    'is refused if it is damaged: %j',
    async (text) => {
      const folder = await newFolder();
      writeFileSync(join(folder, 'signin.yaml.run'), text);
      const { code, stderr } = await command(folder, 'apply', '--yes');
      expect(stderr).toMatch(
        /^signin\.yaml\.run is damaged\. .* delete the file, and start again\./m,
      );
      expect({ code, writes: countWrites() }).toEqual({ code: 1, writes: 0 });
    },
  );

  it('does not matter if it is of other steps', async () => {
    const folder = await newFolder();
    const other = {
      run: '00000000-0000-4000-8000-000000000000',
      sent: { '0123456789abcdef': 3 },
      mappings: ['mapping_other'],
    };
    const text = { kind: 'oidc-config run', version: 1, gateway: lane.url(), ...other };
    writeFileSync(join(folder, 'signin.yaml.run'), JSON.stringify(text));
    const { code } = await command(folder, 'apply', '--yes');
    expect({ code, writes: countWrites() }).toEqual({ code: 0, writes: 10 });
    expect(readdirSync(folder)).toEqual(['signin.yaml']);
  });

  it('goes when nothing is left to do', async () => {
    const folder = await newFolder();
    expect((await command(folder, 'apply', '--yes')).code).toBe(0);
    const text = {
      kind: 'oidc-config run',
      version: 1,
      run: '00000000-0000-4000-8000-000000000000',
      sent: { '0123456789abcdef': 1 },
      mappings: [],
    };
    const file = join(folder, 'signin.yaml.run');
    writeFileSync(file, JSON.stringify({ ...text, gateway: lane.url() }));
    expect((await command(folder, 'apply', '--yes')).stdout).toContain('Nothing to do');
    expect(existsSync(file)).toBe(false);
    // One of a run with another gateway is needed there.
    writeFileSync(file, JSON.stringify({ ...text, gateway: 'http://127.0.0.1:1/graphql' }));
    expect((await command(folder, 'apply', '--yes')).code).toBe(0);
    expect(existsSync(file)).toBe(true);
  });
});

describe('two runs at the same time', () => {
  /** The second begins while the first one's write is on its way, and both go on. */
  const race = async (scenario: Scenario, write: number) => {
    const { outcome, requests } = await rehearse(lane, scenario);
    const indexes = requests.orderCloud.flatMap((isWrite, index) => (isWrite ? [index] : []));
    const folder = await begin(lane, scenario);
    const { orderCloud } = lane.proxies;
    const held = orderCloud.begin(lane.originOf('orderCloud'), {
      request: indexes[write] ?? NaN,
      moment: 'BEFORE',
      isAlone: true,
    });
    const first = lane.begin(folder, scenario.args, SECRETS);
    await held;
    const seen = lane.proxies.gateway.seen.length;
    const second = lane.begin(folder, scenario.args, SECRETS);
    // The second one sends the same write.
    await vi.waitFor(() => {
      const later = lane.proxies.gateway.seen.slice(seen);
      expect(later.map(({ headers }) => headers['idempotency-key'])).toContainEqual(
        expect.stringMatching(/^oidc-config-/),
      );
    });
    orderCloud.release('LATE');
    for (const { code, stdout, stderr } of await Promise.all([first.exit, second.exit]))
      if (code !== 0) throw new Error(stdout + stderr);
    expect(await outcomeOf(lane, folder)).toEqual(outcome);
  };

  it('of a plan write everything once', async () => {
    const args = ['apply', 'plan.json', '--yes'];
    await race({ before, files, prepare: ['plan', '--prune', '--out', 'plan.json'], args }, 0);
  });

  it('of a file write everything once', async () => {
    await race({ before: NO_WRITES, files, args: ['apply', '--yes'] }, 0);
  });
});
