import { AlreadyExistsError, UpstreamContractError } from '../../../domain/errors.ts';
import type { Json } from '../../../domain/json/json.ts';
import { withoutPrivateKey } from '../../../domain/keys/private-key.ts';
import type { Call } from '../../../transport/connection.ts';
import { changesOf, isDone, read, writing } from '../../../transport/provision/step.ts';
import type { PlannedStep, ProvisionChange, Reading } from '../../../transport/provision/step.ts';
import {
  createIdentityProvider,
  getIdentityProvider,
  updateIdentityProvider,
} from '../identity-provider/operations.ts';
import type { IdentityProvider } from '../identity-provider/translate.ts';
import { mappingKey } from '../mapping/input.ts';
import type { MappingRules } from '../mapping/input.ts';
import { createMapping, getMapping, updateMapping } from '../mapping/operations.ts';
import { hasRules, withoutDefaults } from '../mapping/translate.ts';
import type { Mapping, MappingRule } from '../mapping/translate.ts';
import { mappingWarnings } from '../mapping/warnings.ts';
import { createOidcConfig, getOidcConfig, updateOidcConfig } from '../oidc-config/operations.ts';
import { privateKeyWarnings } from '../oidc-config/warnings.ts';
import { ALL_FIELDS } from '../oidc-config/fields.ts';
import type { Provisioning } from './input.ts';
import { differences, snapshotOf } from '../oidc-config/translate.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { createProtocol, getProtocol, updateProtocol } from '../protocol/operations.ts';
import type { Protocol } from '../protocol/translate.ts';
import type { ProvisionTarget } from './targets.ts';

/** The console's default rules: everybody becomes one federated user without rights. */
const DEFAULT_RULES: MappingRules = [
  { local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] },
];

/** The id may come from a stored protocol: an invalid id must not become a path. */
export function readMapping(call: Call, id: string): Promise<Reading<Mapping>> {
  if (mappingKey.safeParse({ id }).success) return read(call, getMapping, { id });
  const message =
    'The protocol refers to a mapping whose id does not consist of 1 to 64 letters, digits, hyphens and underscores. Give a mappingId to choose another mapping. No request was sent for it.';
  return Promise.resolve({ error: new UpstreamContractError(message) });
}

export function planProvider(
  desired: Provisioning,
  reading: Reading<IdentityProvider>,
  call: Call,
): PlannedStep<ProvisionTarget> {
  const { idpId, description } = desired;
  const step = {
    target: 'IDENTITY_PROVIDER',
    id: idpId,
    idField: 'idpId',
    changes: [] as ProvisionChange[],
    error: null,
  } as const;
  if ('error' in reading) return { ...step, error: reading.error };
  const { stored } = reading;
  if (stored?.ssoType === 'IAM_USER_SSO') {
    const message = `The identity provider "${idpId}" already exists, with the single sign-on type IAM_USER_SSO. This type cannot be changed and does not work with OpenID Connect. Choose another idpId, or delete the identity provider first. Nothing was changed.`;
    return { ...step, error: new AlreadyExistsError(message, 'identity_provider', idpId) };
  }
  const wanted = { enabled: true, ...(description !== undefined && { description }) };
  if (stored === null) {
    const fields = { ...wanted, ssoType: 'VIRTUAL_USER_SSO' } as const;
    return {
      ...step,
      changes: changesOf(fields, null),
      write: {
        action: 'CREATED',
        run: writing(call, createIdentityProvider, { id: idpId, ...fields }),
        isDone: () =>
          isDone(read(call, getIdentityProvider, { id: idpId }), (now) =>
            planProvider(desired, now, call),
          ),
      },
    };
  }
  const changes = changesOf(wanted, { enabled: stored.enabled, description: stored.description });
  if (changes.length === 0) return step;
  return {
    ...step,
    changes,
    write: {
      action: 'UPDATED',
      run: writing(call, updateIdentityProvider, { id: idpId, enabled: true, description }),
    },
  };
}

export function planMapping(
  desired: Provisioning,
  id: string | null,
  reading: Reading<Mapping> | null,
  call: Call,
): PlannedStep<ProvisionTarget> {
  const { rules } = desired;
  const step = {
    target: 'MAPPING',
    id,
    idField: 'mappingId',
    changes: [] as ProvisionChange[],
    error: null,
  } as const;
  if (id === null || reading === null) return step;
  if ('error' in reading) return { ...step, error: reading.error };
  const { stored } = reading;
  if (stored === null) {
    const draft = { id, rules: rules ?? DEFAULT_RULES };
    return {
      ...step,
      changes: [{ path: ['rules'], from: null, to: rulesAsJson(draft.rules) }],
      write: {
        action: 'CREATED',
        run: writing(call, createMapping, draft),
        isDone: () =>
          isDone(read(call, getMapping, { id }), (now) =>
            planMapping({ ...desired, rules: draft.rules }, id, now, call),
          ),
      },
    };
  }
  if (rules === undefined || hasRules(rules, stored)) return step;
  return {
    ...step,
    // Content that the schema cannot show would be lost, so the caller has to see it first.
    changes: [
      {
        path: ['rules'],
        from: stored.incomplete.length > 0 ? stored.stored : rulesAsJson(stored.rules),
        to: rulesAsJson(rules),
      },
    ],
    write: {
      action: 'UPDATED',
      warnings: [...mappingWarnings(stored)],
      run: writing(call, updateMapping, { id, rules }),
    },
  };
}

export function planProtocol(
  desired: Provisioning,
  mappingId: string | null,
  reading: Reading<Protocol>,
  call: Call,
): PlannedStep<ProvisionTarget> {
  const { idpId } = desired;
  const step = {
    target: 'PROTOCOL',
    id: 'oidc',
    idField: 'idpId',
    changes: [] as ProvisionChange[],
    error: null,
  } as const;
  if ('error' in reading) return { ...step, error: reading.error };
  // The mapping is only unknown if the protocol could not be read.
  if (mappingId === null || reading.stored?.mappingId === mappingId) return step;
  const { stored } = reading;
  const changes = changesOf({ mappingId }, stored && { mappingId: stored.mappingId });
  if (stored !== null)
    return {
      ...step,
      changes,
      write: { action: 'UPDATED', run: writing(call, updateProtocol, { idpId, mappingId }) },
    };
  return {
    ...step,
    changes,
    write: {
      action: 'CREATED',
      run: writing(call, createProtocol, { idpId, mappingId }),
      isDone: () =>
        isDone(read(call, getProtocol, { idpId }), (now) =>
          planProtocol(desired, mappingId, now, call),
        ),
    },
  };
}

export function planConfig(
  desired: Provisioning,
  reading: Reading<OidcConfig>,
  call: Call,
  take: (stored: OidcConfig) => void,
): PlannedStep<ProvisionTarget> {
  const {
    description: _provider,
    mappingId: _mapping,
    rules: _rules,
    dryRun: _plan,
    ...whole
  } = desired;
  const step = {
    target: 'OIDC_CONFIG',
    id: desired.idpId,
    idField: 'idpId',
    changes: [] as ProvisionChange[],
    error: null,
  } as const;
  if ('error' in reading) return { ...step, error: reading.error };
  const { stored } = reading;
  if (stored === null) {
    const again = async () => {
      const now = await read(call, getOidcConfig, { idpId: desired.idpId });
      if ('stored' in now && now.stored !== null) take(now.stored);
      return now;
    };
    return {
      ...step,
      changes: changesOf(described(whole, whole.signingKey.text), null),
      write: {
        action: 'CREATED',
        run: writing(call, createOidcConfig, whole, take),
        isDone: () => isDone(again(), (now) => planConfig(desired, now, call, take)),
      },
    };
  }
  const different = differences(whole, stored);
  if (different.length === 0) return step;
  // Console fields that are dropped with the access mode are part of the change.
  const before = described(stored, stored.signingKey);
  const after = described(whole, whole.signingKey.text);
  const changes = changesOf(after, before)
    .filter(
      ({ path: [field] }) =>
        different.includes(field ?? '') ||
        (different.includes('accessMode') && field !== 'signingKey'),
    )
    .map(({ from, ...change }) => ({
      ...change,
      from:
        typeof from === 'string' && change.path[0] === 'signingKey'
          ? withoutPrivateKey(from)
          : from,
    }));
  return {
    ...step,
    changes,
    write: {
      action: 'UPDATED',
      warnings: [...privateKeyWarnings(stored.signingKey)],
      run: writing(call, updateOidcConfig, whole, take, { before: snapshotOf(stored) }),
    },
  };
}

/** A configuration, stored or desired, as fields and values for a change. */
function described(config: object, signingKey: string): Record<string, Json> {
  const values = { ...config, signingKey } as Readonly<Record<string, Json | undefined>>;
  return Object.fromEntries(
    ALL_FIELDS.filter((field) => field !== 'idpId').map((field) => [field, values[field] ?? null]),
  );
}

/** Rules with the names of the input, so that stored and desired rules can be compared. */
function rulesAsJson(rules: readonly MappingRule[]): Json {
  return withoutDefaults(JSON.parse(JSON.stringify(rules)) as Json);
}
