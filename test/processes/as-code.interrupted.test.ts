import { mkdirSync, rmSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { pathsOf, signInYaml, startAsCodeWorld } from '../setup/as-code-world.ts';
import type { AsCodeWorld } from '../setup/as-code-world.ts';
import { addFault, STOPPED_CLOCK } from '../setup/built-gateway.ts';
import type { Exit, Running } from '../setup/built-gateway.ts';
import { folderWith } from '../setup/oidc-config.ts';

/* `oidc-config apply` that loses responses, or is stopped. The clock of the gateway stands still: it waits until the test says so. */

const CANARY = 'canary-secret-7b1e';
const SECRET = { SHOP_SECRET: CANARY };

let world: AsCodeWorld;
beforeAll(async () => {
  world = await startAsCodeWorld({}, STOPPED_CLOCK);
});
afterAll(() => world.close());
beforeEach(() => world.clearFaults());

const folderFor = (prefix: string) =>
  folderWith({ 'signin.yaml': signInYaml(world.issuer.issuer, prefix) });

/** Has the gateway give up the one request that it waits for. Then everything goes on without waiting. */
function endOf(running: Running): Promise<Exit> {
  world.gateway.passTenSeconds();
  return running.exit;
}

const said = (running: Running, text: string) =>
  vi.waitFor(() => {
    if (!running.output().includes(text)) throw new Error(`it did not say: ${text}`);
  });

/** A first run of a plan whose first write loses its response. Whether it was applied cannot be read either. */
async function loseOutcome(prefix: string, kind: 'applyThenReset' | 'reset') {
  const folder = folderFor(prefix);
  await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
  const { openIdConnect, openIdConnects } = pathsOf(prefix);
  const { url } = world.orderCloud;
  await addFault(url, { method: 'POST', path: openIdConnects, fault: { kind } });
  // The first read is that before the write.
  await addFault(url, { method: 'GET', path: openIdConnect, fault: { kind: 'delay', ms: 0 } });
  await addFault(url, {
    method: 'GET',
    path: openIdConnect,
    times: 'always',
    fault: { kind: 'status', status: 500 },
  });
  const writes = world.watchWrites();
  const { code, stdout } = await world.run(folder, ['apply', '--yes', 'plan.json'], SECRET);
  expect(stdout).toMatch(
    new RegExp(
      `\\nunknown OpenIdConnect "${prefix}-shop": it may have been created\\. .*OUTCOME_UNKNOWN`,
    ),
  );
  expect(stdout).toMatch(/\n {4}To find out, send this query to the gateway: .*openIdConnect/);
  expect(stdout).toContain(
    '    Running the same command again reads it first, and sends it again only if it was not applied.\n',
  );
  // That is the gateway's advice to callers who cannot know whether sending it again is safe.
  expect(stdout).not.toMatch(/do not send/i);
  expect(stdout).toContain(
    `not started identity provider "${prefix}-staff": The run ended before.\n`,
  );
  expect(code).toBe(1);
  expect(existsSync(join(folder, 'plan.json.run'))).toBe(true);
  await world.clearFaults();
  const again = await world.run(folder, ['apply', '--yes', 'plan.json'], SECRET);
  expect(existsSync(join(folder, 'plan.json.run'))).toBe(false);
  const creates = writes().filter(({ target }) => target === openIdConnects).length;
  return { ...again, creates };
}

describe('an outcome that is unknown', () => {
  it('is found out by running again: it was applied', async () => {
    const { code, stdout, creates } = await loseOutcome('applied', 'applyThenReset');
    expect(stdout).toContain('\nDone: 4 created, 1 already done.\n');
    expect({ code, creates }).toEqual({ code: 0, creates: 1 });
  });

  it('is found out by running again: it was not applied, and is sent once more', async () => {
    const { code, stdout, creates } = await loseOutcome('lost', 'reset');
    expect(stdout).toContain('\nDone: 5 created.\n');
    expect({ code, creates }).toEqual({ code: 0, creates: 2 });
  });
});

describe('Ctrl-C', () => {
  const interrupt = async (prefix: string) => {
    const folder = folderFor(prefix);
    const { provider } = pathsOf(prefix);
    await addFault(world.huawei.url, {
      method: 'PUT',
      path: provider,
      fault: { kind: 'applyThenHang' },
    });
    const running = world.begin(folder, ['apply', '--yes'], SECRET);
    await world.arrived('PUT', provider);
    running.signalAlone('SIGINT');
    await said(running, 'Stopping after the step under way. Once more ends at once');
    return { folder, running };
  };

  it('lets the step under way end, and says what was not started', async () => {
    const { folder, running } = await interrupt('once');
    const { code, stdout } = await endOf(running);
    expect(stdout).toContain(`created OpenIdConnect "once-shop"
created identity provider "once-staff"
`);
    expect(stdout).toContain(
      'not started mapping "mapping_once-staff": It was interrupted before.\n',
    );
    expect(stdout).toContain('\nNot done: 2 created, 3 not started.\n');
    expect(code).toBe(1);
    const again = await world.run(folder, ['apply', '--yes'], SECRET);
    expect(again.stdout).toContain('\nDone: 3 created, 2 unchanged.\n');
    expect(again.code).toBe(0);
  });

  it('says what was written also if its file cannot be removed', async () => {
    const { folder, running } = await interrupt('kept');
    const file = join(folder, 'signin.yaml.run');
    rmSync(file);
    mkdirSync(file);
    const { code, stdout, stderr } = await endOf(running);
    expect(stdout).toContain('\nNot done: 2 created, 3 not started.\n');
    expect(stderr).toMatch(/^signin\.yaml\.run cannot be removed \(\w+\)\. .* delete it\.$/m);
    expect(code).toBe(1);
  });

  it('ends at once the second time, and says what is unknown', async () => {
    const { folder, running } = await interrupt('again');
    running.signalAlone('SIGINT');
    const { code, stderr } = await running.exit;
    expect(stderr).toContain('Ended at once. Unknown: identity provider "again-staff".');
    expect(code).toBe(130);
    expect(existsSync(join(folder, 'signin.yaml.run'))).toBe(true);
    const writes = world.watchWrites();
    const next = await world.run(folder, ['apply', '--yes'], SECRET);
    expect(next.code).toBe(0);
    expect(writes().map(({ target }) => target)).not.toContain(pathsOf('again').provider);
  });
});

describe('a change of somebody else while steps are taken', () => {
  it('stops at STALE, and nothing further is written', async () => {
    const folder = folderFor('race');
    await world.run(folder, ['apply', '--yes'], SECRET);
    const file = join(folder, 'signin.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8')
        .replace('token={0}', 't={0}')
        .replace('Staff of race', 'All staff')
        .replace('type: sub', 'type: email'),
    );
    const { openIdConnect, provider } = pathsOf('race');
    await addFault(world.orderCloud.url, {
      method: 'PATCH',
      path: openIdConnect,
      fault: { kind: 'applyThenHang' },
    });
    const writes = world.watchWrites();
    const running = world.begin(folder, ['apply', '--yes'], SECRET);
    await world.arrived('PATCH', openIdConnect);
    // Everything was read again before. Somebody is faster with the next step.
    const headers = { 'content-type': 'application/json', ...world.huawei.exampleHeaders };
    const body = JSON.stringify({ identity_provider: { description: 'Mine' } });
    await fetch(world.huawei.url + provider, { method: 'PATCH', headers, body });
    const { code, stdout } = await endOf(running);
    expect(stdout).toMatch(/\nSTALE identity provider "race-staff": .*\(STALE, request /);
    expect(stdout).toContain('not started mapping "mapping_race-staff": The run ended before.\n');
    expect(code).toBe(1);
    expect(writes().map(({ target }) => target)).toEqual([openIdConnect, provider]);
  });
});

describe('a secret', () => {
  it('is in no output, file, log or list of processes', async () => {
    const folder = folderFor('canary');
    writeFileSync(join(folder, 'secret.txt'), `${CANARY}\n`);
    const file = join(folder, 'signin.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(
        'oidcConfigs:',
        `${/ {2}- id: canary-shop[^]*?(?=oidcConfigs)/
          .exec(text)?.[0]
          .replace('canary-shop', 'canary-file')
          .replace('{ fromEnv: SHOP_SECRET }', '{ fromFile: secret.txt }')}oidcConfigs:`,
      ),
    );
    const seen: string[] = [];
    const plan = await world.run(folder, ['plan', '--out', 'plan.json'], SECRET);
    seen.push(plan.stdout, plan.stderr, readFileSync(join(folder, 'plan.json'), 'utf8'));
    expect(plan.stdout).toContain('will be set from secret.txt');

    const { provider } = pathsOf('canary');
    await addFault(world.huawei.url, {
      method: 'PUT',
      path: provider,
      fault: { kind: 'applyThenHang' },
    });
    const running = world.begin(folder, ['apply', 'plan.json', '--yes', '--json'], SECRET);
    await world.arrived('PUT', provider);
    seen.push(
      readFileSync(join(folder, 'plan.json.run'), 'utf8'),
      readFileSync(`/proc/${running.pid}/cmdline`, 'utf8'),
    );
    const applied = await endOf(running);
    expect(applied.code).toBe(0);
    seen.push(applied.stdout, applied.stderr);
    for (const args of [['plan'], ['plan', '--json'], ['apply', '--yes', '--json']]) {
      const { stdout, stderr } = await world.run(folder, args, { SHOP_SECRET: `other-${CANARY}` });
      seen.push(stdout, stderr);
    }
    seen.push(world.gateway.output());
    expect(seen.filter((one) => one.includes(CANARY))).toEqual([]);
    expect(
      [...world.orderCloud.requests].filter(({ body }) => body.includes(CANARY)).length,
    ).toBeGreaterThan(2);
  });
});
