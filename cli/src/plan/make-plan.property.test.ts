import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { standingOf } from '../apply/compare-state.ts';
import { fingerprintOf, stateOf, stored, take } from '../../test/platform-model.ts';
import type { World } from '../../test/platform-model.ts';
import { makePlan } from './make-plan.ts';
import { stepName, hasChanges } from './step.ts';
import type { Plan, Target } from './step.ts';
import type { JsonObject } from './json.ts';
import type { IssuerValues } from './stored.ts';

/* Whatever is stored and whatever the file says: a plan that was applied leaves nothing to do, and nothing else was touched. */

const url = fc.constantFrom('https://a.example/x', 'https://b.example/y');
const word = fc.constantFrom('one', 'two');
const scopes = fc.array(fc.constantFrom('openid', 'email', 'groups'), { maxLength: 4 });
const keySet = fc
  .array(fc.constantFrom('k1', 'k2', 'k3'), { maxLength: 3 })
  .map((kids) => ({ keys: kids.map((kid) => ({ kty: 'RSA', kid, n: kid, e: 'AQAB' })) }));
const rule = fc.record({
  local: fc.array(fc.record({ user: fc.record({ name: word }) }), { minLength: 1, maxLength: 2 }),
  remote: fc.array(
    fc.record(
      { type: word, regex: fc.boolean(), anyOneOf: fc.array(word) },
      { requiredKeys: ['type'] },
    ),
    { minLength: 1, maxLength: 2 },
  ),
});
const rules = fc.array(rule, { minLength: 1, maxLength: 2 });
const issuer = fc.constantFrom('full', 'poor');
const mappingId = fc.constantFrom('m1', 'm2', 'mapping_a');

const openIdConnect = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'c'),
    orderCloudApiClientId: word,
    connectClientId: word,
    connectClientSecret: fc.constant({ fromEnv: 'SECRET' }),
    appStartUrl: url,
    issuer,
    authorizationEndpoint: url,
    tokenEndpoint: url,
    urlEncoded: fc.boolean(),
    integrationEventId: fc.option(word),
    callSyncUserIntegrationEvent: fc.boolean(),
    additionalIdpScopes: fc.option(scopes),
    customErrorUrl: fc.option(url),
  },
  {
    requiredKeys: [
      'id',
      'orderCloudApiClientId',
      'connectClientId',
      'connectClientSecret',
      'appStartUrl',
    ],
  },
);

const oidcConfig = fc
  .record(
    {
      idpId: fc.constantFrom('a', 'b', 'c'),
      accessMode: fc.constantFrom('PROGRAM', 'PROGRAM_CONSOLE'),
      clientId: word,
      description: fc.option(fc.constantFrom('', 'text')),
      enabled: fc.boolean(),
      issuer,
      idpUrl: url,
      authorizationEndpoint: url,
      scope: scopes,
      responseType: fc.constant('ID_TOKEN'),
      responseMode: fc.constantFrom('FRAGMENT', 'FORM_POST'),
      signingKey: fc.oneof(
        keySet,
        keySet.map((set) => JSON.stringify(set)),
      ),
      mapping: fc.record({ id: mappingId, rules }, { requiredKeys: [] }),
    },
    { requiredKeys: ['idpId', 'accessMode', 'clientId'] },
  )
  .map((entry) => {
    if (entry.accessMode === 'PROGRAM_CONSOLE') return entry;
    const {
      authorizationEndpoint: _1,
      scope: _2,
      responseType: _3,
      responseMode: _4,
      ...others
    } = entry;
    return others;
  });

const file = fc
  .record({
    openIdConnects: fc.uniqueArray(openIdConnect, { selector: ({ id }) => id, maxLength: 3 }),
    oidcConfigs: fc.uniqueArray(oidcConfig, { selector: ({ idpId }) => idpId, maxLength: 3 }),
  })
  .map((entries) => ({
    version: 1 as const,
    issuers: { full: { url: 'https://full.example' }, poor: { url: 'https://poor.example' } },
    ...entries,
  }));

const ISSUERS: Readonly<Record<string, IssuerValues>> = {
  full: {
    openIdConnect: {
      authorizationEndpoint: 'https://full.example/authorize',
      tokenEndpoint: 'https://full.example/token',
      urlEncoded: true,
    },
    oidcConfig: {
      idpUrl: 'https://full.example',
      authorizationEndpoint: 'https://full.example/authorize',
      scope: ['openid', 'email'],
      responseType: 'ID_TOKEN',
      responseMode: 'FORM_POST',
      signingKey: { keys: [{ kty: 'RSA', kid: 'full', n: 'full', e: 'AQAB' }] },
    },
  },
  poor: {
    openIdConnect: { authorizationEndpoint: null, tokenEndpoint: null, urlEncoded: false },
    oidcConfig: {
      idpUrl: 'https://poor.example',
      authorizationEndpoint: null,
      scope: ['openid'],
      responseType: 'ID_TOKEN',
      responseMode: null,
      signingKey: null,
    },
  },
};

/** Objects of both platforms, made by writes; any may be missing. */
const world = fc
  .record({
    openIdConnects: fc.uniqueArray(openIdConnect, { selector: ({ id }) => id }),
    oidcConfigs: fc.uniqueArray(oidcConfig, { selector: ({ idpId }) => idpId }),
    providers: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')),
    protocols: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.option(mappingId)),
    mappings: fc.dictionary(mappingId, rules),
  })
  .map(({ openIdConnects, oidcConfigs, providers, protocols, mappings }): World => {
    const objects: [Target, string, JsonObject][] = [
      ...openIdConnects.map(({ issuer: _, ...one }): [Target, string, JsonObject] => [
        'openIdConnect',
        one.id,
        one as unknown as JsonObject,
      ]),
      ...oidcConfigs.map(
        ({
          issuer: _1,
          mapping: _2,
          description: _3,
          enabled: _4,
          ...one
        }): [Target, string, JsonObject] => ['oidcConfig', one.idpId, one as unknown as JsonObject],
      ),
      ...providers.map((id): [Target, string, JsonObject] => [
        'identityProvider',
        id,
        { id, description: id === 'a' ? 'text' : '', enabled: id !== 'b' },
      ]),
      ...Object.entries(protocols).map(([id, mapping]): [Target, string, JsonObject] => [
        'protocol',
        id,
        { idpId: id, mappingId: mapping },
      ]),
      ...Object.entries(mappings).map(([id, list]): [Target, string, JsonObject] => [
        'mapping',
        id,
        { id, rules: list },
      ]),
    ];
    return Object.fromEntries(
      objects.map(([target, id, fields]) => [stepName(target, id), stored(target, fields, null)]),
    );
  });

const options = fc.record({ setSecrets: fc.constant(false), prune: fc.boolean() });

const apply = (before: World, { steps }: Plan) => steps.reduce(take, before);

describe('a plan', () => {
  it('leaves nothing to do once it is applied', () => {
    fc.assert(
      fc.property(file, world, options, (wanted, before, given) => {
        const plan = makePlan(wanted, stateOf(before, wanted, ISSUERS), given);
        fc.pre(plan.problems.length === 0);
        const after = apply(before, plan);
        const again = makePlan(wanted, stateOf(after, wanted, ISSUERS), given);
        expect(again.problems).toEqual([]);
        expect(again.steps.filter(({ action }) => action !== 'unchanged')).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('touches no object and no field that it does not show', () => {
    fc.assert(
      fc.property(file, world, options, (wanted, before, given) => {
        const plan = makePlan(wanted, stateOf(before, wanted, ISSUERS), given);
        fc.pre(plan.problems.length === 0);
        const after = apply(before, plan);
        for (const [name, object] of Object.entries(before)) {
          const step = plan.steps.find((one) => one.name === name);
          if (step === undefined || step.action === 'unchanged') {
            const isGone = /^(?:protocol|oidcConfig)\//.test(name) && after[name] === undefined;
            if (!isGone) expect(after[name]).toEqual(object);
            continue;
          }
          if (step.action === 'delete') continue;
          const shown = new Set(step.changes.map(({ path: [field] }) => field));
          for (const [field, value] of Object.entries(object))
            if (field !== 'hasSecret' && !shown.has(field))
              expect([name, field, after[name]?.[field]]).toEqual([name, field, value]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('deletes nothing without --prune', () => {
    fc.assert(
      fc.property(file, world, (wanted, before) => {
        const plan = makePlan(wanted, stateOf(before, wanted, ISSUERS), {
          setSecrets: false,
          prune: false,
        });
        expect(plan.steps.some(({ action }) => action === 'delete')).toBe(false);
      }),
    );
  });

  it('finds each object as planned before, and as wanted after', () => {
    fc.assert(
      fc.property(file, world, options, (wanted, before, given) => {
        const plan = makePlan(wanted, stateOf(before, wanted, ISSUERS), given);
        fc.pre(plan.problems.length === 0);
        const after = apply(before, plan);
        const standings = (at: World) =>
          plan.steps.map((step) => {
            const object = at[step.name];
            return standingOf(
              step,
              object === undefined ? null : { fields: object, fingerprint: fingerprintOf(object) },
              null,
            ).kind;
          });
        // A step that only sets a secret is as wanted before: whether the secret is compared is another test.
        const isSecretOnly = plan.steps.map(({ changes }) =>
          changes.every((one) => 'secret' in one),
        );
        expect(standings(before).filter((_, index) => isSecretOnly[index] === false)).not.toContain(
          'asWanted',
        );
        expect(standings(before)).not.toContain('changed');
        expect(standings(after)).not.toContain('changed');
      }),
      { numRuns: 500 },
    );
  });

  it('has no changes if and only if nothing is to do', () => {
    fc.assert(
      fc.property(file, world, options, (wanted, before, given) => {
        const plan = makePlan(wanted, stateOf(before, wanted, ISSUERS), given);
        for (const { action, changes } of plan.steps)
          if (action !== 'delete') expect(changes.length > 0).toBe(action !== 'unchanged');
        if (!hasChanges(plan)) expect(apply(before, plan)).toEqual(before);
      }),
    );
  });
});
