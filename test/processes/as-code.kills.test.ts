import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AFTER, BEFORE } from '../setup/as-code-files.ts';
import {
  begin,
  differencesAt,
  finish,
  killAt,
  outcomeOf,
  rehearse,
  SECRETS,
  writesFor,
} from '../setup/as-code-kills.ts';
import type { KillPoint, Rehearsal, Scenario } from '../setup/as-code-kills.ts';
import { NO_WRITES, startAsCodeLanes } from '../setup/as-code-lane.ts';
import type { AsCodeLane, AsCodeLanes, Place } from '../setup/as-code-lane.ts';
import { MOMENTS } from '../setup/stopping-proxy.ts';

/* `oidc-config apply`, killed with SIGKILL at its requests and between them, and run again with the same arguments. */

/** Kills the program that it is loaded before. */
const KILLER = fileURLToPath(new URL('../setup/kill-after-call.mjs', import.meta.url));

let lanes: AsCodeLanes;
let scenarios: Readonly<Record<'create' | 'plan' | 'change', Scenario>>;

beforeAll(async () => {
  lanes = await startAsCodeLanes(3);
  const { issuer } = lanes;
  const before = await writesFor(lanes.first, BEFORE(issuer.issuer));
  const files = { 'signin.yaml': AFTER(issuer.issuer) };
  scenarios = {
    create: { before: NO_WRITES, files, args: ['apply', '--yes'] },
    plan: {
      before,
      files,
      prepare: ['plan', '--prune', '--out', 'plan.json'],
      args: ['apply', 'plan.json', '--yes'],
    },
    change: { before, files, args: ['apply', '--yes', '--prune'] },
  };
});
afterAll(() => lanes.close());

/** Moments of the requests of a run: all of the writes, and one of each so many reads. */
function pointsOf(
  { requests }: Rehearsal,
  place: Place,
  momentsOfWrites: number,
  readsToAPoint: number,
): readonly KillPoint[] {
  return requests[place].flatMap((isWrite, request) =>
    MOMENTS.filter((_, index) =>
      isWrite
        ? (index + request) % MOMENTS.length < momentsOfWrites
        : request % (readsToAPoint * MOMENTS.length) === index * readsToAPoint,
    ).map((moment) => ({ place, request, moment })),
  );
}

describe('killed and run again, the command ends in the same state, and each write happened once', () => {
  let points = 0;
  const killEverywhere = async (
    scenario: Scenario,
    choose: (rehearsal: Rehearsal) => readonly KillPoint[],
  ) => {
    const rehearsal = await rehearse(lanes.first, scenario);
    const chosen = choose(rehearsal);
    points += chosen.length;
    const different = await differencesAt(
      lanes.all,
      rehearsal.outcome,
      chosen,
      async (lane, point) => killAt(lane, scenario, point),
    );
    expect(different).toEqual([]);
  };

  it('at the requests of the command, creating everything from a file', () =>
    killEverywhere(scenarios.create, (run) => pointsOf(run, 'gateway', 1, 8)));

  it('at the requests of the command, with a plan that changes and deletes', () =>
    killEverywhere(scenarios.plan, (run) => pointsOf(run, 'gateway', 1, 8)));

  it('at the last requests of the command, which delete what the file does not have', () =>
    killEverywhere(scenarios.change, (run) => pointsOf(run, 'gateway', 3, Infinity).slice(-9)));

  it('at the requests of the gateway, with a plan that changes and deletes', () =>
    killEverywhere(scenarios.plan, (run) => [
      ...pointsOf(run, 'orderCloud', 1, 12),
      ...pointsOf(run, 'huawei', 1, 12),
    ]));

  it('between its own calls of the system, while it writes the file of the run', async () => {
    const scenario = {
      ...scenarios.create,
      files: { 'signin.yaml': AFTER(lanes.issuer.issuer).replace(/oidcConfigs:[^]*/, '') },
    };
    const { outcome } = await rehearse(lanes.first, scenario);
    const preload = ['--import', KILLER];
    const counted = await begin(lanes.first, scenario);
    const { stderr } = await lanes.first.begin(counted, scenario.args, SECRETS, preload).exit;
    const calls = Number(/^calls: (\d+)$/m.exec(stderr)?.[1]);
    // For each of the writes: open, write, fsync, close and rename. At the end the file is removed.
    expect(calls).toBe(outcome.writes.length * 5 + 1);
    points += calls;
    const different = await differencesAt(
      lanes.all,
      outcome,
      Array.from({ length: calls }, (_, call) => call),
      async (lane, call) => {
        const folder = await begin(lane, scenario);
        const environment = { ...SECRETS, KILL_AFTER: String(call) };
        const killed = await lane.begin(folder, scenario.args, environment, preload).exit;
        expect(killed.code).toBeNull();
        return finish(lane, scenario, folder);
      },
    );
    expect(different).toEqual([]);
  });

  it('was tried at many moments', () => {
    expect(points).toBeGreaterThan(50);
  });
});

describe('a gateway that is killed while it writes', () => {
  it('is waited for, and each write happened once', async () => {
    const { plan } = scenarios;
    const rehearsal = await rehearse(lanes.first, plan);
    const points = [
      ...pointsOf(rehearsal, 'orderCloud', 1, Infinity),
      ...pointsOf(rehearsal, 'huawei', 1, Infinity),
    ].filter(({ moment }) => moment !== 'AFTER');
    expect(points.length).toBeGreaterThan(5);
    const attempt = async (lane: AsCodeLane, { place, request, moment }: KillPoint) => {
      const folder = await begin(lane, plan);
      const proxy = lane.proxies[place];
      const reached = proxy.begin(lane.originOf(place), { request, moment });
      const running = lane.begin(folder, plan.args, SECRETS);
      await reached;
      await lane.killGateway(proxy.release);
      const { code, stdout, stderr } = await running.exit;
      if (code !== 0) throw new Error(`ended with ${String(code)}: ${stdout}${stderr}`);
      return outcomeOf(lane, folder);
    };
    expect(await differencesAt(lanes.all, rehearsal.outcome, points, attempt)).toEqual([]);
  });
});
