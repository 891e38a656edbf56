import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AFTER, BEFORE } from '../setup/as-code-files.ts';
import { begin, writesFor } from '../setup/as-code-kills.ts';
import { NO_WRITES, startAsCodeLanes } from '../setup/as-code-lane.ts';
import type { AsCodeLane, AsCodeLanes, Writes } from '../setup/as-code-lane.ts';
import { addFault } from '../setup/built-gateway.ts';

/* Secrets and tokens of `oidc-config`: they go to the gateway, and nowhere else. */

/** Also texts that are different in JSON, in URLs and in patterns. */
const SECRETS = {
  SHOP_SECRET: 'canary "shop"/+&=%41\\',
  BLOG_SECRET: 'canary-blog-$1.*(é)',
};
const INBOUND = 'canary-inbound-token-0001';

let lanes: AsCodeLanes;
let lane: AsCodeLane;
let before: Writes;
let canaries: readonly string[];
beforeAll(async () => {
  lanes = await startAsCodeLanes(1);
  lane = lanes.first;
  before = await writesFor(lane, BEFORE(lanes.issuer.issuer));
  const tokens = {
    ...lane.emulators().orderCloud.exampleHeaders,
    ...lane.emulators().huawei.exampleHeaders,
  };
  canaries = [
    ...Object.values(SECRETS),
    ...Object.values(tokens).map((token) => token.replace('Bearer ', '')),
    INBOUND,
  ].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    encodeURIComponent(text),
    Buffer.from(text).toString('base64'),
    Buffer.from(text).toString('hex'),
  ]);
});
afterAll(() => lanes.close());

/** Adds the texts of files to those that were seen. Some are there for a moment only. */
function readInto(seen: Set<string>, paths: readonly string[]): void {
  for (const path of paths) {
    try {
      seen.add(`${path}: ${readFileSync(path, 'utf8')}`);
    } catch {
      // It is gone.
    }
  }
}

/** Everything that a run leaves behind: output, arguments, files (also while it runs), and what the gateway logs. */
async function tracesOf(
  folder: string,
  args: readonly string[],
  environment: Record<string, string> = SECRETS,
) {
  const running = lane.begin(folder, args, { OIDC_CONFIG_TOKEN: INBOUND, ...environment });
  const seen = new Set<string>();
  const look = () => {
    const names = readdirSync(folder).filter((name) => !name.startsWith('secret-'));
    readInto(
      seen,
      names.map((name) => join(folder, name)),
    );
  };
  const watching = setInterval(look, 5);
  // The arguments of all processes of the system.
  const listing = setInterval(() => {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    readInto(
      seen,
      pids.map((pid) => `/proc/${pid}/cmdline`),
    );
  }, 50);
  const { code, stdout, stderr } = await running.exit;
  clearInterval(watching);
  clearInterval(listing);
  look();
  const files = [...seen];
  return {
    code,
    stdout,
    stderr,
    files,
    all: [stdout, stderr, ...files, lane.gateway().output()].join('\n'),
  };
}

const found = (text: string) => canaries.filter((canary) => text.includes(canary));

const newFolder = (from: Writes, change: (text: string) => string = (text) => text) =>
  begin(lane, { before: from, files: { 'signin.yaml': change(AFTER(lanes.issuer.issuer)) } });

describe('no secret and no token is in output, files, arguments or the log of the gateway', () => {
  it('of plan and apply', async () => {
    const folder = await newFolder(before);
    const planned = await tracesOf(folder, ['plan', '--out', 'plan.json', '--prune']);
    expect(planned.stdout).toContain(
      'connectClientSecret  differs, and will be set from SHOP_SECRET',
    );
    expect({ code: planned.code, found: found(planned.all) }).toEqual({ code: 2, found: [] });
    const applied = await tracesOf(folder, ['apply', 'plan.json', '--yes']);
    expect({ code: applied.code, found: found(applied.all) }).toEqual({ code: 0, found: [] });
    expect(applied.files.some((text) => text.includes('plan.json.run: '))).toBe(true);
    // The secrets arrived.
    const stored = JSON.stringify(Object.values(await lane.stored()));
    for (const secret of Object.values(SECRETS)) expect(stored).toContain(JSON.stringify(secret));
  });

  it('of plan and apply with JSON, and of an export and a check', async () => {
    const folder = await newFolder(before);
    const planned = await tracesOf(folder, ['plan', '--json']);
    const applied = await tracesOf(folder, ['apply', '--json', '--yes']);
    const exported = await tracesOf(folder, ['export', '--out', 'exported.yaml']);
    const checked = await tracesOf(folder, ['check', '--json']);
    expect([planned.code, applied.code, exported.code]).toEqual([2, 0, 0]);
    for (const { all } of [planned, applied, exported, checked]) expect(found(all)).toEqual([]);
  });

  it('that come from files', async () => {
    const folder = await newFolder(NO_WRITES, (text) =>
      text.replace('{ fromEnv: SHOP_SECRET }', '{ fromFile: secret-shop }'),
    );
    writeFileSync(join(folder, 'secret-shop'), `${SECRETS.SHOP_SECRET}\n`);
    const planned = await tracesOf(folder, ['plan', '--out', 'plan.json']);
    const applied = await tracesOf(folder, ['apply', 'plan.json', '--yes']);
    expect([planned.code, applied.code]).toEqual([2, 0]);
    for (const { all } of [planned, applied]) expect(found(all)).toEqual([]);
  });

  it.each([400, 403, 409, 500, 503])('that a platform says again with %i', async (status) => {
    const folder = await newFolder(NO_WRITES);
    for (const [name, method, path] of [
      ['orderCloud', 'POST', '/v1/openidconnects'],
      ['huawei', 'PUT', '/v3/OS-FEDERATION/identity_providers/staff'],
      ['huawei', 'PUT', '/v3/OS-FEDERATION/identity_providers/partners'],
    ] as const)
      await addFault(lane.emulators()[name].url, {
        method,
        path,
        fault: { kind: 'echo', status },
        times: 'always',
      });
    const { code, stdout, all } = await tracesOf(folder, ['apply', '--yes']);
    expect(stdout).toMatch(/^(failed|unknown|STALE) /m);
    expect({ code, found: found(all) }).toEqual({ code: 1, found: [] });
  });

  it('in plain text, which are refused with their place', async () => {
    const folder = await newFolder(NO_WRITES, (text) =>
      text.replace('{ fromEnv: SHOP_SECRET }', `'${SECRETS.SHOP_SECRET}'`),
    );
    const { code, stdout, stderr } = await tracesOf(folder, ['plan', '--out', 'plan.json']);
    expect({ code, found: found(stdout + stderr) }).toEqual({ code: 1, found: [] });
    const allowed = await tracesOf(folder, ['plan', '--out', 'plan.json', '--allow-plain-secrets']);
    expect({ code: allowed.code, found: found(allowed.stdout + allowed.stderr) }).toEqual({
      code: 1,
      found: [],
    });
    expect(readdirSync(folder)).toEqual(['signin.yaml']);
  });

  it('that cannot be sent', async () => {
    const folder = await newFolder(NO_WRITES);
    const { code, stderr } = await tracesOf(folder, ['plan'], {
      ...SECRETS,
      OIDC_CONFIG_TOKEN: `${INBOUND}\nx`,
    });
    expect({ code, found: found(stderr) }).toEqual({ code: 1, found: [] });
  });
});
