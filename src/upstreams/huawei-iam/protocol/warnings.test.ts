import { describe, expect, it } from 'vitest';
import { asWords } from '../../../../test/setup/input-issues.ts';
import type { Warning } from '../../../domain/warnings.ts';
import { storedWarnings } from './warnings.ts';

describe('what is stored and could not be written back', () => {
  const protocol = { idpId: 'ACME', id: 'oidc', mappingId: 'm' };

  it.each<[string, Iterable<Warning>, string[]]>([
    ['a protocol', storedWarnings(protocol), []],
    [
      'a protocol without a mapping',
      storedWarnings({ ...protocol, mappingId: null }),
      ['mappingId NOT_WRITABLE'],
    ],
    [
      'a mapping id in another form',
      storedWarnings({ ...protocol, mappingId: 'a/b' }),
      ['mappingId NOT_WRITABLE'],
    ],
  ])('%s', (_what, warnings, expected) => {
    expect(asWords(warnings)).toEqual(expected);
  });
});
