import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { NO_WRITES, PLACES } from './as-code-lane.ts';
import type { AsCodeLane, Place, Stored, Writes } from './as-code-lane.ts';
import type { Exit } from './built-gateway.ts';
import type { Moment } from './stopping-proxy.ts';

/** What is to survive a kill: a command over files, from a state of the platforms. */
export interface Scenario {
  /** What the platforms have got before. */
  readonly before: Writes;
  readonly files: Readonly<Record<string, string>>;
  /** A command that comes first, and is not killed. */
  readonly prepare?: readonly string[];
  readonly args: readonly string[];
}

/** What a run comes to. */
interface Outcome {
  readonly stored: Stored;
  /** Each write that a platform took, sorted. */
  readonly writes: readonly string[];
  /** The names of the files that are there at the end. */
  readonly files: readonly string[];
}

/** A run that was not killed. */
export interface Rehearsal {
  readonly outcome: Outcome;
  /** Whether each request of the run was a write, for each place. */
  readonly requests: Readonly<Record<Place, readonly boolean[]>>;
}

/** A moment of a run. */
export interface KillPoint {
  readonly place: Place;
  readonly request: number;
  readonly moment: Moment;
}

export const SECRETS = { SHOP_SECRET: 'the-shop-secret', BLOG_SECRET: 'the-blog-secret' };

/** The files of a scenario in a folder of their own, and platforms as they were before. */
export async function begin(
  lane: AsCodeLane,
  { before, files, prepare }: Omit<Scenario, 'args'>,
): Promise<string> {
  await lane.renew(before);
  const folder = lane.folder(files);
  if (prepare !== undefined) {
    const { code, stderr } = await lane.begin(folder, prepare, SECRETS).exit;
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    for (const place of PLACES) void lane.proxies[place].begin(lane.originOf(place));
  }
  return folder;
}

/** The writes of a file on platforms as they are at their start. */
export async function writesFor(lane: AsCodeLane, text: string): Promise<Writes> {
  const scenario = { before: NO_WRITES, files: { 'signin.yaml': text }, args: ['apply', '--yes'] };
  const folder = await begin(lane, scenario);
  await finish(lane, scenario, folder);
  return lane.writes();
}

/** Runs a scenario to its end. */
export async function rehearse(lane: AsCodeLane, scenario: Scenario): Promise<Rehearsal> {
  const folder = await begin(lane, scenario);
  const outcome = await finish(lane, scenario, folder);
  const { gateway, orderCloud, huawei } = lane.proxies;
  return {
    outcome,
    requests: {
      gateway: gateway.seen.map(({ headers }) => 'idempotency-key' in headers),
      orderCloud: orderCloud.seen.map(({ method }) => method !== 'GET'),
      huawei: huawei.seen.map(({ method }) => method !== 'GET'),
    },
  };
}

/** Kills a run at a moment, and runs the command again. */
export async function killAt(
  lane: AsCodeLane,
  scenario: Scenario,
  { place, request, moment }: KillPoint,
): Promise<Outcome> {
  const folder = await begin(lane, scenario);
  const proxy = lane.proxies[place];
  const reached = proxy.begin(lane.originOf(place), { request, moment });
  const running = lane.begin(folder, scenario.args, SECRETS);
  const ended = await Promise.race([reached.then(() => null), running.exit]);
  if (ended !== null) throw new Error(`it ended before that moment: ${textOf(ended)}`);
  running.signal('SIGKILL');
  await running.exit;
  proxy.release();
  return finish(lane, scenario, folder);
}

/** Runs the command to its end, which must be a good one. */
export async function finish(
  lane: AsCodeLane,
  { args }: Pick<Scenario, 'args'>,
  folder: string,
): Promise<Outcome> {
  const ended = await lane.begin(folder, args, SECRETS).exit;
  if (ended.code !== 0) throw new Error(textOf(ended));
  return outcomeOf(lane, folder);
}

export async function outcomeOf(lane: AsCodeLane, folder: string): Promise<Outcome> {
  const { orderCloud, huawei } = lane.writes();
  return {
    stored: await lane.stored(),
    writes: [...orderCloud, ...huawei]
      .map(({ method, target, body }) =>
        // The id of a new OpenIdConnect is only in its body.
        method === 'POST' && target === '/v1/openidconnects'
          ? `POST ${(JSON.parse(body) as { ID: string }).ID}`
          : `${method} ${target}`,
      )
      .toSorted(),
    files: readdirSync(folder).toSorted(),
  };
}

/**
 * Tries each of the points, in several lanes at a time.
 * @param attempt gives what a run comes to that was killed there
 * @returns the points where it is not as it is without a kill
 */
export async function differencesAt<Point>(
  lanes: readonly AsCodeLane[],
  expected: Outcome,
  points: readonly Point[],
  attempt: (lane: AsCodeLane, point: Point) => Promise<Outcome>,
): Promise<readonly unknown[]> {
  const waiting = [...points];
  const different: unknown[] = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
        try {
          expect(await attempt(lane, point)).toEqual(expected);
        } catch (error) {
          different.push({ point, error: error instanceof Error ? error.message : error });
        }
      }
    }),
  );
  return different;
}

function textOf({ code, stdout, stderr }: Exit): string {
  return `ended with ${String(code)}: ${stdout}${stderr}`;
}
