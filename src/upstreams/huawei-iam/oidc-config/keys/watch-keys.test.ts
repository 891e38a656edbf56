import { expect, it } from 'vitest';
import { keysWorld } from '../../../../../test/setup/keys-world.ts';
import { rsaKey } from '../../../../../test/setup/rotating-keys.ts';
import type { Jwk } from '../../../../domain/keys/key-material.ts';
import { env } from '../../settings.ts';
import { keysWatch } from './watch-keys.ts';

const [A, B, C] = [rsaKey('a'), rsaKey('b'), rsaKey('c')];
const ASK =
  'Ask the owner of the issuer whether the published keys are its own. Then send syncOidcConfigKeys with force: true';
const SYNC = 'Send syncOidcConfigKeys before the issuer uses its new key';

/** What an entry finds. */
async function findings(
  entry: object,
  mayWrite: boolean,
  live: readonly Jwk[],
  stored: readonly Jwk[] = [A],
) {
  const { sources, publish } = keysWorld(stored);
  publish(...live);
  const unused = () => Promise.reject(new Error('is not used'));
  const { findings } = await keysWatch.prepare({ idpId: 'ACME', ...entry }).run(
    {
      ...sources,
      settings: env.parse({}),
      owner: 'gateway',
      startDeadline: () => undefined,
    },
    {
      mayWrite,
      fetchIssuer: sources.readIssuer,
      retiredKeys: sources.retiredKeys,
      readIssuer: unused,
      probing: () => ({ probe: null, isRequested: false }),
      now: 0,
    },
  );
  return findings;
}

it.each([
  [{}, true, ', or set onHardCut: accept with mode: sync.'],
  [{ onHardCut: 'accept' }, true, ', or set onHardCut: accept with mode: sync.'],
  [{ mode: 'sync' }, false, ', or set onHardCut: accept for the watch.'],
  [{ mode: 'sync', onHardCut: 'accept' }, false, '.'],
])('%j, which may write: %s, advises after a hard cut to ask first', async (entry, may, or) => {
  expect(await findings(entry, may, [C])).toEqual([
    {
      code: 'KEYS_FAIL',
      message: 'No key that the issuer publishes is stored: no ID token can be verified.',
      advice: `${ASK}${or}`,
    },
  ]);
});

it.each([
  [{}, true, ', or set mode: sync.'],
  [{ mode: 'sync' }, false, '.'],
])('%j, which may write: %s, advises to sync where keys overlap', async (entry, may, or) => {
  expect(await findings(entry, may, [A, B])).toMatchObject([
    { code: 'KEYS_FAIL_NEXT', advice: `${SYNC}${or}` },
  ]);
});

it('finds the same in both modes where a sync changes nothing: keys that do not fit', async () => {
  const world = keysWorld([A]);
  const many = Array.from({ length: 90 }, (_, index) => rsaKey(`k${index}`));
  world.publish(A, ...many);
  await world.sync();
  const stored = world.keys().keys;
  const [reported, synced] = await Promise.all(
    (['report', 'sync'] as const).map((mode) => findings({ mode }, true, [A, ...many], stored)),
  );
  expect(reported).toMatchObject([{ code: 'KEYS_LEFT_OUT', advice: null }]);
  expect(synced).toEqual(reported);
});
