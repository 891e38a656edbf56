import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../domain/fingerprint.ts';
import { contentOf, fromWire } from './translate.ts';
import type { WireProtocol } from './wire.ts';

describe('fromWire', () => {
  it.each<[WireProtocol, string | null]>([
    [{ id: 'oidc', mapping_id: 'm' }, 'm'],
    [{ id: 'oidc', mapping_id: null }, null],
    [{ id: 'oidc' }, null],
    // IAM sends an empty text if there is no value, as for the type of single sign-on.
    [{ id: 'oidc', mapping_id: '' }, null],
  ])('reads %j', (wire, mappingId) => {
    expect(fromWire(wire, 'ACME')).toEqual({ idpId: 'ACME', id: 'oidc', mappingId });
  });
});

describe('contentOf', () => {
  it('gives another fingerprint for every other content', () => {
    const protocols = [
      fromWire({ id: 'oidc' }, 'ACME'),
      fromWire({ id: 'oidc', mapping_id: 'm' }, 'ACME'),
      fromWire({ id: 'oidc', mapping_id: 'm' }, 'ACM'),
    ];
    expect(new Set(protocols.map((protocol) => fingerprintOf(contentOf(protocol)))).size).toBe(
      protocols.length,
    );
  });
});
