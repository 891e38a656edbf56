import { describe, expect, it } from 'vitest';
import { SHOP, STAFF, WHOLE_STAFF, plan, stateOfShop } from '../../test/planning.ts';

describe('what is not in the file', () => {
  const provider = (id: string, mapping: string | null, keepMapping: string | null = null) => ({
    id,
    fingerprint: `f-${id}`,
    mapping: mapping === null ? null : { id: mapping, fingerprint: `f-${mapping}` },
    keepMapping,
  });
  const others = {
    openIdConnects: [{ id: 'old', fingerprint: 'f-old' }],
    identityProviders: [
      provider('p1', 'shared'),
      provider('p2', 'shared'),
      provider('p3', 'kept', 'the protocol of "p9" refers to it'),
      provider('p4', 'common'),
      provider('p5', null),
    ],
    leftMappings: [
      { id: 'left', fingerprint: 'f-left' },
      { id: 'common', fingerprint: 'f-common' },
    ],
  };

  it('is listed', () => {
    const { steps, notInFile } = plan({ others });
    expect(steps).toEqual([]);
    expect(notInFile).toContainEqual({ target: 'openIdConnect', id: 'old', kept: null });
    expect(notInFile).toContainEqual({ target: 'identityProvider', id: 'p5', kept: null });
  });

  it('is deleted with --prune, a mapping after all that use it, and not one that the file uses', () => {
    const { steps, notInFile } = plan({
      staff: [[STAFF, WHOLE_STAFF]],
      others,
      options: { prune: true },
    });
    const deletions = steps.filter(({ action }) => action === 'delete');
    expect(
      deletions.map(({ name, expectedFingerprint, needs }) => [name, expectedFingerprint, needs]),
    ).toEqual([
      ['openIdConnect/old', 'f-old', []],
      ['identityProvider/p1', 'f-p1', []],
      ['identityProvider/p2', 'f-p2', []],
      ['identityProvider/p3', 'f-p3', []],
      ['identityProvider/p4', 'f-p4', []],
      ['identityProvider/p5', 'f-p5', []],
      ['mapping/left', 'f-left', []],
      ['mapping/shared', 'f-shared', ['identityProvider/p1', 'identityProvider/p2']],
    ]);
    expect(steps.slice(-8)).toEqual(deletions);
    expect(notInFile).toEqual([
      { target: 'mapping', id: 'kept', kept: 'the protocol of "p9" refers to it' },
    ]);
  });

  it('is not what an entry was read from, if its id differs in letter case', () => {
    const { steps, notInFile } = plan({
      shop: [{ ...SHOP, id: 'Shop' }, stateOfShop('same')],
      staff: [[{ ...STAFF, idpId: 'Staff' }, WHOLE_STAFF]],
      others: {
        openIdConnects: [{ id: 'shop', fingerprint: 'f-shop' }],
        identityProviders: [provider('staff', null)],
        leftMappings: [],
      },
      options: { prune: true },
    });
    expect(steps.filter(({ action }) => action === 'delete')).toEqual([]);
    expect(notInFile).toEqual([]);
  });
});
