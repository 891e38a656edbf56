import { describe, expect, it } from 'vitest';
import {
  EVERYBODY,
  RULES,
  provider,
  protocol,
  mapping,
  desired,
  storedOf,
  nothing,
  ready,
  fakeIam,
  actions,
  stepOf,
  ALL_CREATED,
  ALL_UNCHANGED,
  ALL_SKIPPED,
  CREATES,
  UPDATES,
  unavailable,
  refused,
  unknown,
} from '../../../../test/setup/huawei-account.ts';
import type { Account } from '../../../../test/setup/huawei-account.ts';
import { InvalidInputError, NotFoundError } from '../../../domain/errors.ts';
import type { Warning } from '../../../domain/warnings.ts';
import type { Call } from '../../../transport/connection.ts';
import { provision } from './provision.ts';
import type { ProvisionTarget } from './targets.ts';

describe('an identity provider for IAM users', () => {
  it('fails, and nothing is written', async () => {
    const account = { ...nothing(), provider: provider({ ssoType: 'IAM_USER_SSO' }) };
    const { call, written } = fakeIam(account);
    const done = await provision(desired(), call);
    expect(actions(done)).toEqual(['IDENTITY_PROVIDER FAILED', ...ALL_SKIPPED.slice(1)]);
    expect(stepOf(done, 'IDENTITY_PROVIDER')?.error).toMatchObject({
      code: 'ALREADY_EXISTS',
      resource: 'identity_provider',
      id: 'ACME',
    });
    expect(stepOf(done, 'OIDC_CONFIG')?.changes).not.toEqual([]);
    expect(written).toEqual([]);
  });

  it('fails in a dry run too', async () => {
    const done = await provision(
      desired({ dryRun: true }),
      fakeIam(ready({ provider: provider({ ssoType: 'IAM_USER_SSO' }) })).call,
    );
    expect(actions(done)).toEqual(['IDENTITY_PROVIDER FAILED', ...ALL_UNCHANGED.slice(1)]);
  });
});

describe('a read that fails', () => {
  const READS = {
    IDENTITY_PROVIDER: 'getIdentityProvider',
    MAPPING: 'getMapping',
    PROTOCOL: 'getProtocol',
    OIDC_CONFIG: 'getOidcConfig',
  } as const;
  const cases = Object.entries(READS);

  it.each(cases)(
    'of the %s fails that step, and nothing is written anywhere',
    async (target, operation) => {
      for (const dryRun of [false, true]) {
        const account = nothing();
        const { call, written } = fakeIam(account, { failures: { [operation]: unavailable } });
        const done = await provision(desired({ mappingId: 'own', dryRun }), call);
        expect(actions(done)).toEqual(
          ALL_SKIPPED.map((line) => (line.startsWith(target) ? `${target} FAILED` : line)),
        );
        expect(done.steps.map(({ error }) => error)).toEqual(
          done.steps.map((step) => (step.target === target ? unavailable : null)),
        );
        // What there is to do is known of the others.
        expect(
          done.steps.every(
            ({ changes, action }) => (changes.length === 0) === (action === 'FAILED'),
          ),
        ).toBe(true);
        expect(written).toEqual([]);
        expect(account).toEqual(nothing());
        expect(done.oidcConfig).toBeNull();
      }
    },
  );

  it.each(cases)(
    'of the %s leaves the others unchanged if they are as desired',
    async (target, operation) => {
      const { call, written } = fakeIam(ready(), { failures: { [operation]: refused } });
      const done = await provision(desired({ mappingId: 'mapping_ACME' }), call);
      expect(actions(done)).toEqual(
        ALL_UNCHANGED.map((line) => (line.startsWith(target) ? `${target} FAILED` : line)),
      );
      expect(written).toEqual([]);
    },
  );

  it('of the protocol leaves open which mapping it is', async () => {
    const { call, called, written } = fakeIam(nothing(), {
      failures: { getProtocol: unavailable },
    });
    const done = await provision(desired({ rules: RULES }), call);
    expect(actions(done)).toEqual([
      'IDENTITY_PROVIDER SKIPPED',
      'MAPPING SKIPPED',
      'PROTOCOL FAILED',
      'OIDC_CONFIG SKIPPED',
    ]);
    expect(stepOf(done, 'MAPPING')).toMatchObject({ id: null, changes: [], error: null });
    expect(called).not.toContain('getMapping');
    expect(written).toEqual([]);
  });

  it('reports every one that fails', async () => {
    const done = await provision(
      desired(),
      fakeIam(ready(), { failures: { getIdentityProvider: refused, getOidcConfig: unavailable } })
        .call,
    );
    expect(done.steps.map(({ error }) => error)).toEqual([refused, null, null, unavailable]);
  });
});

describe('a write that fails', () => {
  it.each([
    ...CREATES.map((operation, index) => [operation, index, nothing, {}] as const),
    ...UPDATES.map(
      (operation, index) =>
        [
          operation,
          index,
          () =>
            ready({
              provider: provider({ enabled: false }),
              protocol: protocol('common'),
              config: storedOf({ clientId: 'client_id_other' }),
            }),
          { rules: RULES, mappingId: 'mapping_ACME' },
        ] as const,
    ),
  ])(
    'at %s ends it: the steps before stand, those after are skipped',
    async (operation, index, start, input) => {
      for (const failure of [unknown, refused]) {
        const account = start();
        const all = await provision(desired({ ...input, dryRun: true }), fakeIam(start()).call);
        const { call, written } = fakeIam(account, { failures: { [operation]: failure } });
        const done = await provision(desired(input), call);
        const word = operation.startsWith('create') ? 'CREATED' : 'UPDATED';
        expect(done.steps.map(({ action }) => action)).toEqual(
          Array.from({ length: 4 }, (_, at) =>
            at < index ? word : at === index ? 'FAILED' : 'SKIPPED',
          ),
        );
        expect(done.steps.map(({ error }) => error)).toEqual(
          Array.from({ length: 4 }, (_, at) => (at === index ? failure : null)),
        );
        expect(
          done.steps.map(({ changes }) => changes),
          'what there was and is to do',
        ).toEqual(all.steps.map(({ changes }) => changes));
        expect(written).toHaveLength(index + 1);
        expect(done.oidcConfig).toEqual(start().config);

        // The same again goes on from there.
        const next = fakeIam(account);
        const mended = await provision(desired(input), next.call);
        expect(mended.steps.map(({ action }) => action)).toEqual(
          Array.from({ length: 4 }, (_, at) => (at < index ? 'UNCHANGED' : word)),
        );
        expect(next.written).toHaveLength(4 - index);
      }
    },
  );

  it('does not stop steps that have nothing to do from saying so', async () => {
    const account = ready({ provider: null, config: null });
    const done = await provision(
      desired(),
      fakeIam(account, { failures: { createIdentityProvider: unknown } }).call,
    );
    expect(actions(done)).toEqual([
      'IDENTITY_PROVIDER FAILED',
      'MAPPING UNCHANGED',
      'PROTOCOL UNCHANGED',
      'OIDC_CONFIG SKIPPED',
    ]);
  });

  it('keeps the warnings of the writes before it', async () => {
    const confirmed: Warning = { code: 'CONFIRMED_BY_READING', path: [], message: 'Found.' };
    const done = await provision(
      desired(),
      fakeIam(nothing(), {
        warnings: { createMapping: [confirmed] },
        failures: { createProtocol: unavailable },
      }).call,
    );
    expect(actions(done)).toEqual([
      'IDENTITY_PROVIDER CREATED',
      'MAPPING CREATED',
      'PROTOCOL FAILED',
      'OIDC_CONFIG SKIPPED',
    ]);
    expect(done.warnings).toEqual([{ ...confirmed, path: ['MAPPING'] }]);
  });

  it.each([
    ['createIdentityProvider', 'IDENTITY_PROVIDER', 'idpId'],
    ['createMapping', 'MAPPING', 'mappingId'],
  ] as const)(
    'names the fields of %s in the words of the input',
    async (operation, target, word) => {
      const refused = new InvalidInputError('IAM refused the input.', [
        { path: ['id'], code: 'REFUSED_BY_UPSTREAM', message: 'No.', source: 'UPSTREAM' },
      ]);
      const done = await provision(
        desired(),
        fakeIam(nothing(), { failures: { [operation]: refused } }).call,
      );
      expect(stepOf(done, target)?.error).toMatchObject({
        code: 'INVALID_INPUT',
        issues: [{ path: [word] }],
      });
    },
  );
});

describe('two at once', () => {
  const faster = (account: Account, operation: string, apply: () => void) => {
    const iam = fakeIam(account);
    // Another caller does it just before.
    const call: Call = (one, args) => {
      if (one.name === operation) apply();
      return iam.call(one, args);
    };
    return { ...iam, call };
  };

  it.each<[string, string, (account: Account) => void]>([
    [
      'createIdentityProvider',
      'IDENTITY_PROVIDER',
      (account) => {
        account.provider = provider({ description: '' });
      },
    ],
    [
      'createMapping',
      'MAPPING',
      (account) => {
        account.mappings.set('mapping_ACME', mapping('mapping_ACME', EVERYBODY));
      },
    ],
    [
      'createProtocol',
      'PROTOCOL',
      (account) => {
        account.protocol = protocol('mapping_ACME');
      },
    ],
    [
      'createOidcConfig',
      'OIDC_CONFIG',
      (account) => {
        account.config = storedOf();
      },
    ],
  ])(
    'both succeed if %s came too late and finds the desired state',
    async (operation, target, apply) => {
      const account = nothing();
      const done = await provision(
        desired(),
        faster(account, operation, () => {
          apply(account);
        }).call,
      );
      expect(done.steps.map((step) => [step.target, step.action])).toEqual(
        ALL_CREATED.map((line) => line.split(' ')).map(([name = '', action = '']) => [
          name,
          name === target ? 'UNCHANGED' : action,
        ]),
      );
      expect(done.oidcConfig).toEqual(account.config);
    },
  );

  it.each<[string, ProvisionTarget, (account: Account) => void]>([
    [
      'createIdentityProvider',
      'IDENTITY_PROVIDER',
      (account) => {
        account.provider = provider({ enabled: false });
      },
    ],
    [
      'createMapping',
      'MAPPING',
      (account) => {
        account.mappings.set('mapping_ACME', mapping('mapping_ACME', RULES));
      },
    ],
    [
      'createProtocol',
      'PROTOCOL',
      (account) => {
        account.protocol = protocol('other');
      },
    ],
    [
      'createOidcConfig',
      'OIDC_CONFIG',
      (account) => {
        account.config = storedOf({ clientId: 'another_client' });
      },
    ],
  ])('fail if %s came too late and finds something else', async (operation, target, apply) => {
    const account = nothing();
    const done = await provision(
      desired(),
      faster(account, operation, () => {
        apply(account);
      }).call,
    );
    expect(stepOf(done, target)).toMatchObject({
      action: 'FAILED',
      error: { code: 'ALREADY_EXISTS' },
    });
  });
});

describe('a 404 without an error body of IAM', () => {
  it.each(['getIdentityProvider', 'getMapping', 'getProtocol', 'getOidcConfig'])(
    'to %s does not count as absence: nothing is written',
    async (operation) => {
      const mere = new NotFoundError('There is nothing.', 'x', null);
      const { call, written } = fakeIam(ready(), { failures: { [operation]: mere } });
      const done = await provision(desired({ clientId: 'another_client' }), call);
      expect(
        done.steps.filter(({ action }) => action === 'FAILED').map(({ error }) => error),
      ).toEqual([mere]);
      expect(written).toEqual([]);
    },
  );
});

describe('an exception that is not an OidcError', () => {
  const bug = new TypeError('a bug');
  it.each(['getIdentityProvider', 'getMapping', 'getProtocol', 'getOidcConfig', ...CREATES])(
    'is passed on from %s',
    async (operation) => {
      await expect(
        provision(desired(), fakeIam(nothing(), { failures: { [operation]: bug } }).call),
      ).rejects.toBe(bug);
    },
  );
});
