import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pathsOf, signInYaml, startAsCodeWorld } from '../setup/as-code-world.ts';
import type { AsCodeWorld } from '../setup/as-code-world.ts';
import { addFault } from '../setup/built-gateway.ts';
import { folderWith } from '../setup/oidc-config.ts';

/*
 * `oidc-config apply` with every kind of fault at each of its writes. What it says must be true, and running it again must
 * come to the same end, with nothing created twice.
 */

const SECRET = { SHOP_SECRET: 'example-secret' };

/** The writes of a file with new objects, with the name that the command has for each object. */
const WRITES = [
  {
    target: 'openIdConnects',
    method: 'POST',
    name: (prefix: string) => `OpenIdConnect "${prefix}-shop"`,
  },
  {
    target: 'provider',
    method: 'PUT',
    name: (prefix: string) => `identity provider "${prefix}-staff"`,
  },
  {
    target: 'mapping',
    method: 'PUT',
    name: (prefix: string) => `mapping "mapping_${prefix}-staff"`,
  },
  { target: 'protocol', method: 'PUT', name: (prefix: string) => `protocol of "${prefix}-staff"` },
  {
    target: 'config',
    method: 'POST',
    name: (prefix: string) => `OpenID Connect configuration of "${prefix}-staff"`,
  },
] as const;

const FAULTS = [
  { title: 'reset', fault: { kind: 'reset' } },
  { title: 'status500', fault: { kind: 'status', status: 500 } },
  { title: 'status503', fault: { kind: 'status', status: 503 } },
  { title: 'html', fault: { kind: 'html' } },
  { title: 'truncate', fault: { kind: 'truncate' } },
  { title: 'applyThenReset', fault: { kind: 'applyThenReset' } },
] as const;

const CASES = WRITES.flatMap((write) => FAULTS.map((fault) => ({ ...write, ...fault })));

/** How often the command is run. */
const MAX_RUNS = 3;

let world: AsCodeWorld;
beforeAll(async () => {
  world = await startAsCodeWorld();
});
afterAll(() => world.close());
beforeEach(() => world.clearFaults());

/** Which objects of a file exist, by the command's names for them. */
async function existing(prefix: string): Promise<readonly string[]> {
  const idpId = `${prefix}-staff`;
  const results = await Promise.all([
    world.client.openIdConnect({ id: `${prefix}-shop` }),
    world.client.huaweiIdentityProvider({ id: idpId }),
    world.client.huaweiMapping({ id: `mapping_${idpId}` }),
    world.client.huaweiProtocol({ idpId }),
    world.client.oidcConfig({ idpId }),
  ]);
  return WRITES.flatMap(({ name }, index) =>
    results[index]?.__typename.endsWith('Success') === true ? [name(prefix)] : [],
  );
}

describe('a fault at a write', () => {
  it.each(CASES)('$title at $method of $target', async ({ target, method, title, fault }) => {
    const prefix = `${title}-${target}`;
    const folder = folderWith({ 'signin.yaml': signInYaml(world.issuer.issuer, prefix) });
    const path = pathsOf(prefix)[target];
    const platform = target === 'openIdConnects' ? world.orderCloud : world.huawei;
    await addFault(platform.url, { method, path, fault });
    const writes = world.watchWrites();
    const codes: (number | null)[] = [];
    while (codes.at(-1) !== 0 && codes.length < MAX_RUNS) {
      const { code, stdout, stderr } = await world.run(folder, ['apply', '--yes'], SECRET);
      codes.push(code);
      expect(stderr).not.toContain('This is a bug');
      const [, summary = ''] = stdout.split(/\nPlan: .*\n/);
      const there = await existing(prefix);
      for (const { name } of WRITES) {
        const object = name(prefix);
        const isCreated = new RegExp(`^(?:created|already done) ${object}$`, 'm').test(summary);
        const isNot = new RegExp(`^(?:failed|not started) ${object}:`, 'm').test(summary);
        if (isCreated) expect(there).toContain(object);
        if (isNot) expect(there).not.toContain(object);
      }
      expect(code === 0).toBe(/^Done: /m.test(summary));
    }
    expect(codes.at(-1)).toBe(0);
    expect(existsSync(join(folder, 'signin.yaml.run'))).toBe(false);
    // At most one more than without the fault, and only of the write that had it.
    const sent = writes().map((one) => `${one.method} ${one.target}`);
    expect(sent.filter((one) => one !== `${method} ${path}`)).toHaveLength(4);
    expect(sent.filter((one) => one === `${method} ${path}`).length).toBeLessThanOrEqual(2);
    const plan = await world.run(folder, ['plan'], SECRET);
    expect({ code: plan.code, last: plan.stdout.trim().split('\n').at(-1) }).toEqual({
      code: 0,
      last: expect.stringContaining('Nothing to do: 5 unchanged') as string,
    });
  });
});
