import { afterAll, beforeAll, expect, it } from 'vitest';
import { ExpectedKeys } from './expected-keys.ts';
import { numbers, RotatingProvider, STYLES, stylesInTurn } from './styles.ts';
import type { Published, Style } from './styles.ts';
import { MODES, startRotationWorld } from './world.ts';
import type { Mode, RotationWorld } from './world.ts';

/*
 * A real OpenID Provider changes its keys many times in each style, on a simulated clock. The gateway watches two identity
 * providers with these keys, which differ in what it does after a hard cut. People sign in before and after each check at the
 * emulator, which verifies signatures with what is stored.
 */

/** In each style; `npm run rotations` has 1,000. */
const ROTATIONS = Number(process.env['ROTATIONS'] ?? 100);

/** After a hard cut, a person accepts the new keys after at most this many intervals. */
const MAX_WAIT = 2;

/** It takes minutes; how many, the machine decides. In milliseconds. */
const PATIENCE_MS = 3_600_000;

/** Every so many rotations, somebody also signs in to the console with a browser, which takes much longer. */
const WITH_BROWSER = 100;

const rotating = new RotatingProvider();
let world: RotationWorld;

beforeAll(async () => {
  world = await startRotationWorld(rotating.published);
});
afterAll(() => world.close());

/** What happened in one style. */
interface Figures {
  rotations: number;
  intervals: number;
  signIns: number;
  readonly failed: Record<Mode, number>;
}

it(
  `nobody is kept from signing in over ${ROTATIONS} rotations in each style, but for hard cuts until they are accepted`,
  { timeout: PATIENCE_MS },
  async () => {
    const { provider, watched } = world;
    const figures = new Map(
      STYLES.map((style): [Style, Figures] => [
        style,
        { rotations: 0, intervals: 0, signIns: 0, failed: { accept: 0, report: 0 } },
      ]),
    );
    const expected: Readonly<Record<Mode, ExpectedKeys>> = {
      accept: new ExpectedKeys(rotating.published),
      report: new ExpectedKeys(rotating.published),
    };
    const changes: Record<Mode, number> = { accept: 0, report: 0 };
    let [accepted, inConsole] = [0, 0];
    const wrong: string[] = [];
    let at = '';
    let own = figureOf(figures, 'OVERLAP');

    const attempt = async (what: string, mode: Mode, token: string, isExpected: boolean) => {
      own.signIns += 1;
      const isIn = await world.signsIn(mode, token);
      if (!isIn) own.failed[mode] += 1;
      if (isIn !== isExpected)
        wrong.push(`${at}, ${mode}, ${what}: ${isIn ? 'signed in' : 'failed'}`);
    };
    /** Somebody signs in, the keys are checked, somebody signs in. @param earlier an ID token that is signed with the key before */
    const interval = async (keys: Published, token: string, earlier: string | null = null) => {
      own.intervals += 1;
      for (const mode of MODES)
        await attempt('before the check', mode, token, !expected[mode].isCutFrom(keys));
      await world.interval();
      for (const mode of MODES) {
        expected[mode].see(keys, world.now());
        const isStored = mode === 'accept' || !expected[mode].isCutFrom(keys);
        if (isStored && expected[mode].sync(keys, world.now())) changes[mode] += 1;
        await attempt('after the check', mode, token, isStored);
        if (earlier !== null) await attempt('with the key before', mode, earlier, true);
      }
    };

    const random = numbers();
    let token = await provider.issue();
    let kid: string | undefined = rotating.published[0].kid;
    const order = stylesInTurn(ROTATIONS);
    for (const [rotation, style] of order.entries()) {
      at = `rotation ${rotation}, ${style}`;
      own = figureOf(figures, style);
      own.rotations += 1;
      const isLast = order[rotation + 1] !== style;
      for (const keys of [...rotating.rotate(style), ...(isLast ? [rotating.published] : [])]) {
        provider.publish(keys);
        const earlier = kid === keys[0].kid ? null : token;
        if (earlier !== null) token = await provider.issue();
        ({ kid } = keys[0]);
        if (kidOf(token) !== kid) wrong.push(`${at}: the ID token is signed with ${kidOf(token)}`);
        await interval(keys, token, earlier);
        if (!expected.report.isCutFrom(keys)) continue;
        // It goes on as it is, until a person accepts the new keys.
        for (let wait = random() % MAX_WAIT; wait > 0; wait -= 1) await interval(keys, token);
        if ((await world.accept('report')) !== 'UPDATED') wrong.push(`${at}: not accepted`);
        if (expected.report.sync(keys, world.now())) accepted += 1;
        await attempt('after a person accepts', 'report', token, true);
        await interval(keys, token);
      }
      if (rotation % WITH_BROWSER !== 0) continue;
      for (const mode of MODES) {
        inConsole += 1;
        if (!(await world.signsInToConsole(mode))) wrong.push(`${at}, ${mode}: not to the console`);
      }
    }

    const writes = { accept: watched.accept.writes, report: watched.report.writes };
    const all = { accepted, inConsole, changes, writes, told: toldOf('report') };
    process.stdout.write(
      `\n${JSON.stringify({ ...Object.fromEntries(figures), ...all }, null, 1)}\n`,
    );
    expect(wrong.slice(0, 20)).toEqual([]);
    for (const [style, { rotations, failed }] of figures) {
      expect(rotations).toBe(ROTATIONS);
      if (style !== 'HARD_CUT') expect([style, failed]).toEqual([style, { accept: 0, report: 0 }]);
      // Once each: those who come between the cut and the next check.
      else expect(failed.accept).toBe(ROTATIONS);
    }
    expect(accepted).toBe(ROTATIONS);
    expect(writes).toEqual({ accept: changes.accept, report: changes.report + accepted });
    expect(toldOf('accept')).toEqual({ 'watch.written': writes.accept });
    // Each hard cut is reported once, and once that it is over.
    const cuts = watched.report.hooks.filter(({ type }) => type !== 'watch.written');
    expect(cuts.map(({ type, codes }) => [type, ...codes].join(' '))).toEqual(
      Array.from({ length: ROTATIONS }, () => [
        'watch.found KEYS_REPLACED',
        'watch.recovered',
      ]).flat(),
    );
    expect(watched.report.hooks.filter(({ written }) => written !== null)).toHaveLength(
      changes.report,
    );
    for (const mode of MODES)
      expect(watched[mode].lines).toEqual(watched[mode].hooks.map(({ type }) => LINES[type]));
  },
);

/** The lines in the log, by the types of webhooks. */
const LINES: Readonly<Record<string, string>> = {
  'watch.written': 'a watch wrote',
  'watch.found': 'a watch found something to act on',
  'watch.recovered': 'what a watch found, or why it failed, is over',
};

/** How many webhooks came of each type. */
function toldOf(mode: Mode): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type } of world.watched[mode].hooks) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}

function figureOf(figures: ReadonlyMap<Style, Figures>, style: Style): Figures {
  const found = figures.get(style);
  if (found === undefined) throw new Error(`no figures of ${style}`);
  return found;
}

/** The `kid` of the key that has signed an ID token. */
function kidOf(token: string): string | undefined {
  const [head = ''] = token.split('.');
  return (JSON.parse(Buffer.from(head, 'base64url').toString()) as { readonly kid?: string }).kid;
}
