import { describe, expect, it } from 'vitest';
import { anIssuer } from '../../../../test/setup/an-issuer.ts';
import type { Json } from '../../../domain/json/json.ts';
import { fromWire } from '../mapping/translate.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { mappingChecks, personWith } from './mapping-checks.ts';
import type { Person } from './mapping-checks.ts';
import type { StoredSignIn } from './read-stored.ts';

const NAME = { local: [{ user: { name: '{0}' } }], remote: [{ type: 'name' }] };
const EVERYBODY = {
  local: [{ user: { name: 'FederationUser' } }],
  remote: [{ type: '__NAMEID__' }],
};

const withMapping = (mapping: StoredSignIn['mapping']): StoredSignIn => ({
  config: {} as OidcConfig, // not read here
  provider: { kind: 'MISSING' },
  protocol: { kind: 'STORED', stored: { idpId: 'ACME', id: 'oidc', mappingId: 'map1' } },
  mapping,
});
const withRules = (...rules: Json[]) =>
  withMapping({ kind: 'STORED', stored: fromWire({ id: 'map1', rules }) });

async function found(
  stored: StoredSignIn,
  person: Person | null = null,
  claimsSupported: readonly string[] | null = null,
) {
  const checks = await mappingChecks(stored, anIssuer({ claimsSupported }), person);
  return checks.map(({ code, status }) => `${code} ${status}`);
}
const ada = (isCertain = true) => ({ ...personWith({ name: 'Ada' }), isCertain });
const nobody = (isCertain = true) => ({ ...personWith({}), isCertain });

describe('the mapping', () => {
  it('is not checked without a protocol', async () => {
    expect(await found({ ...withRules(NAME), protocol: { kind: 'MISSING' } })).toEqual([]);
  });

  it.each<[string, StoredSignIn['mapping']]>([
    ['UNDECIDED', null],
    ['UNDECIDED', { kind: 'UNREADABLE' }],
    ['FAILED', { kind: 'MISSING' }],
    ['SKIPPED', { kind: 'DENIED', missing: [] }],
    ['SKIPPED', { kind: 'DENIED', missing: ['iam:identityProviders:getMapping'] }],
  ])('is %s if it is %j', async (status, mapping) => {
    expect(await found(withMapping(mapping))).toEqual([`MAPPING ${status}`]);
  });

  it('fails without a user name, or without rules', async () => {
    const groups = { local: [{ group: { name: 'admin' } }], remote: [{ type: 'groups' }] };
    expect(await found(withRules(groups))).toEqual(['MAPPING FAILED']);
    expect(await found(withRules())).toEqual(['MAPPING FAILED']);
  });

  it('is undecided if a rule has more than the gateway knows', async () => {
    expect(await found(withRules({ ...NAME, more: true }), ada())).toEqual([
      'MAPPING UNDECIDED',
      'MAPPING_RESULT UNDECIDED',
    ]);
  });
});

describe('the result', () => {
  it('depends on the claims', async () => {
    expect(await found(withRules(NAME), ada())).toEqual([
      'MAPPING PASSED',
      'MAPPING_RESULT PASSED',
    ]);
    expect(await found(withRules(NAME), nobody())).toContain('MAPPING_RESULT FAILED');
    expect(await found(withRules(NAME), nobody(false))).toContain('MAPPING_RESULT UNDECIDED');
    expect(await found(withRules(NAME))).toContain('MAPPING_RESULT UNDECIDED');
  });

  it('is known without claims if it does not depend on them', async () => {
    expect(await found(withRules(EVERYBODY))).toEqual(['MAPPING PASSED', 'MAPPING_RESULT PASSED']);
    expect(await found(withRules(EVERYBODY, NAME))).toContain('MAPPING_RESULT UNDECIDED');
  });

  it('names the condition that fails', async () => {
    const checks = await mappingChecks(withRules(EVERYBODY, NAME), null, null);
    expect(checks.at(-1)).toMatchObject({ path: ['mapping', 'rules'] });
    const [, failed] = await mappingChecks(withRules(NAME), null, nobody());
    expect(failed).toMatchObject({ path: ['mapping', 'rules', '0', 'remote', '0'] });
  });
});

describe('the claims of the rules', () => {
  it.each<[string | null, readonly string[] | null]>([
    [null, null],
    ['PASSED', ['name']],
    ['UNDECIDED', ['email']],
  ])('are %s for %j', async (status, listed) => {
    const checks = await found(withRules(NAME), null, listed);
    expect(checks).toEqual([
      'MAPPING PASSED',
      ...(status === null ? [] : [`MAPPING_CLAIMS ${status}`]),
      'MAPPING_RESULT UNDECIDED',
    ]);
  });

  it('are not looked up if an ID token has them', async () => {
    expect(await found(withRules(NAME), ada(), ['email'])).not.toContain(
      'MAPPING_CLAIMS UNDECIDED',
    );
  });
});

describe('an ID token that may have been issued with other scopes', () => {
  const JOB = { local: [{ user: { name: '{0}' } }], remote: [{ type: 'job' }] };
  const ADMIN = {
    local: [{ user: { name: 'Admin' } }],
    remote: [{ type: 'job' }, { type: 'name', any_one_of: ['Root'] }],
  };
  const UNFILLED = { local: [{ user: { name: '{7}' } }], remote: [{ type: 'name' }] };
  const of = (person: Partial<Person>) => ({ ...personWith({ name: 'Ada' }), ...person });
  const more = of({ mayHaveMore: true });
  const fewer = of({ mayLack: new Set(['name']) });

  it.each<[string, string, Json, Person]>([
    ['FAILED', 'the claim is missing', JOB, of({})],
    ['UNDECIDED', 'the claim may only be missing here', JOB, more],
    ['FAILED', 'another condition fails by a claim that is there', ADMIN, more],
    ['PASSED', 'the claim is there', NAME, more],
    ['UNDECIDED', 'the claim may be missing later', NAME, fewer],
    ['PASSED', 'no rule needs the claim', EVERYBODY, fewer],
    ['FAILED', 'a rule that applies has no value for a placeholder', UNFILLED, more],
    ['UNDECIDED', 'such a rule may not apply later', UNFILLED, fewer],
  ])('has the result %s if %s', async (status, _what, rule, person) => {
    expect(await found(withRules(rule), person)).toContain(`MAPPING_RESULT ${status}`);
  });
});
