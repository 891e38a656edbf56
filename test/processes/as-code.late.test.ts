import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { AFTER, BEFORE } from '../setup/as-code-files.ts';
import { begin, finish, outcomeOf, rehearse, SECRETS, writesFor } from '../setup/as-code-kills.ts';
import type { Scenario } from '../setup/as-code-kills.ts';
import { NO_WRITES, startAsCodeLanes } from '../setup/as-code-lane.ts';
import type { AsCodeLane, AsCodeLanes } from '../setup/as-code-lane.ts';

/* `oidc-config apply` over a platform that applies a write when the gateway has given up. */

let lanes: AsCodeLanes;
let scenarios: Readonly<Record<'create' | 'change', Scenario>>;

beforeAll(async () => {
  lanes = await startAsCodeLanes(4);
  const { issuer } = lanes.issuer;
  const files = { 'signin.yaml': AFTER(issuer) };
  scenarios = {
    create: { before: NO_WRITES, files, args: ['apply', '--yes', '--json'] },
    change: {
      before: await writesFor(lanes.first, BEFORE(issuer)),
      files,
      prepare: ['plan', '--out', 'plan.json'],
      args: ['apply', 'plan.json', '--yes', '--json'],
    },
  };
});
afterAll(() => lanes.close());

interface Report {
  readonly steps: readonly { readonly outcome: string }[];
}

/** The lane of a test: each has its own, because they wait at the same time. */
function laneAt(index: number): AsCodeLane {
  const lane = lanes.all[index];
  if (lane === undefined) throw new Error('that lane does not exist');
  return lane;
}

/** A run whose first write of OrderCloud is on its way for longer than the gateway waits. */
const runInto = async (lane: AsCodeLane, scenario: Scenario) => {
  const { outcome, requests } = await rehearse(lane, scenario);
  const request = requests.orderCloud.indexOf(true);
  const folder = await begin(lane, scenario);
  const { orderCloud } = lane.proxies;
  const held = orderCloud.begin(lane.originOf('orderCloud'), {
    request,
    moment: 'BEFORE',
    isAlone: true,
  });
  const running = lane.begin(folder, scenario.args, SECRETS);
  await held;
  const { code, stdout } = await running.exit;
  const { steps } = JSON.parse(stdout) as Report;
  const [first, ...others] = steps.filter((step) => step.outcome !== 'unchanged');
  expect({
    code,
    first: first?.outcome,
    others: new Set(others.map((step) => step.outcome)),
  }).toEqual({ code: 1, first: 'unknown', others: new Set(['notStarted']) });
  /** Resolves when the platform has responded to it. */
  const applyLate = async () => {
    orderCloud.release('LATE');
    await vi.waitFor(() => {
      expect(orderCloud.seen[request]?.status).toBeLessThan(500);
    });
  };
  return { expected: outcome, folder, applyLate };
};

describe.each([
  ['create', 0],
  ['change', 2],
] as const)('a write that is applied late: %s', (name, index) => {
  it.concurrent('does no harm if that is before the command is run again', async () => {
    const lane = laneAt(index);
    const { expected, folder, applyLate } = await runInto(lane, scenarios[name]);
    await applyLate();
    expect(await finish(lane, scenarios[name], folder)).toEqual(expected);
  });

  it.concurrent('does no harm if that is after the command was run again', async () => {
    const lane = laneAt(index + 1);
    const { expected, folder, applyLate } = await runInto(lane, scenarios[name]);
    await finish(lane, scenarios[name], folder);
    await applyLate();
    const { stored, writes, files } = await outcomeOf(lane, folder);
    // A change may come twice then, with the same values.
    expect({ stored, writes: new Set(writes), files }).toEqual({
      ...expected,
      writes: new Set(expected.writes),
    });
  });
});
