import {
  AlreadyExistsError,
  NotFoundError,
  OidcError,
  UpstreamContractError,
} from '../../domain/errors.ts';
import type { Json } from '../../domain/json.ts';
import { withoutPrivateKey } from '../../domain/private-key.ts';
import type { Warning } from '../../domain/warnings.ts';
import type { Call } from '../../transport/connection.ts';
import type { Operation } from '../../transport/operation.ts';
import type { StartingPoint } from '../../transport/write.ts';
import {
  createIdentityProvider,
  createMapping,
  createProtocol,
  getIdentityProvider,
  getMapping,
  getProtocol,
  updateIdentityProvider,
  updateMapping,
  updateProtocol,
} from './client-federation.ts';
import { createOidcConfig, getOidcConfig, updateOidcConfig } from './client.ts';
import { mappingKey, mappingWarnings } from './input-federation.ts';
import type { MappingRules } from './input-federation.ts';
import { privateKeyWarnings } from './input.ts';
import type { Provisioning } from './input-provision.ts';
import { differences, snapshotOf } from './mapping.ts';
import type { OidcConfig } from './mapping.ts';
import { hasRules, withoutDefaults } from './mapping-federation.ts';
import type { IdentityProvider, Mapping, MappingRule, Protocol } from './mapping-federation.ts';

/** What is brought to its desired state, in this order: each needs the ones before. */
export type ProvisionTarget = 'IDENTITY_PROVIDER' | 'MAPPING' | 'PROTOCOL' | 'OIDC_CONFIG';

/** One field that a step sets. */
export interface ProvisionChange {
  readonly path: readonly string[];
  /** What is stored, null where there is nothing. */
  readonly from: Json;
  readonly to: Json;
}

/** What the console makes of everybody where nothing else is said: one federated user without rights of its own. */
const DEFAULT_RULES: MappingRules = [
  { local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] },
];

/** What reading found; null where nothing is stored. */
export type Reading<Stored> = { readonly stored: Stored | null } | { readonly error: OidcError };

/** A step before it is taken; without `write` there is nothing to do. */
export interface PlannedStep {
  readonly target: ProvisionTarget;
  /** Null where it depends on something that could not be read. */
  readonly id: string | null;
  readonly changes: readonly ProvisionChange[];
  /** Why it cannot be taken. */
  readonly error: OidcError | null;
  readonly write?: {
    readonly action: 'CREATED' | 'UPDATED';
    /** What will hurt about it, known before. */
    readonly warnings?: readonly Warning[];
    readonly run: () => Promise<readonly Warning[]>;
    /** For a create that came too late: whether what is there now is as desired. */
    readonly isDone?: () => Promise<boolean>;
  };
}

export async function read<Args, Wire, Stored>(
  call: Call,
  operation: Operation<Args, Wire, Stored>,
  args: Args,
): Promise<Reading<Stored>> {
  try {
    return { stored: (await call(operation, args)).value };
  } catch (error) {
    if (error instanceof NotFoundError && error.attested) return { stored: null };
    if (error instanceof OidcError) return { error };
    throw error;
  }
}

/** The id may come from a stored protocol: what is no id must not become a path. */
export function readMapping(call: Call, id: string): Promise<Reading<Mapping>> {
  if (mappingKey.safeParse({ id }).success) return read(call, getMapping, { id });
  const message =
    'The protocol names a mapping whose id has another form than 1 to 64 letters, digits, hyphens and underscores. Give a mappingId to choose another mapping. Nothing was sent for it.';
  return Promise.resolve({ error: new UpstreamContractError(message) });
}

/** Whether there is nothing to do any more. */
async function isDone<Stored>(
  reading: Promise<Reading<Stored>>,
  plan: (reading: Reading<Stored>) => PlannedStep,
): Promise<boolean> {
  const { write, error } = plan(await reading);
  return write === undefined && error === null;
}

/** A write without its value. */
function writing<Args, Wire, Result>(
  call: Call,
  operation: Operation<Args, Wire, Result>,
  args: Args,
  take: (value: Result) => void = () => undefined,
  start: StartingPoint = {},
) {
  return async () => {
    const { value, warnings } = await call(operation, args, start);
    take(value);
    return warnings;
  };
}

export function planProvider(
  desired: Provisioning,
  reading: Reading<IdentityProvider>,
  call: Call,
): PlannedStep {
  const { idpId, description } = desired;
  const step = {
    target: 'IDENTITY_PROVIDER',
    id: idpId,
    changes: [] as ProvisionChange[],
    error: null,
  } as const;
  if ('error' in reading) return { ...step, error: reading.error };
  const { stored } = reading;
  if (stored?.ssoType === 'IAM_USER_SSO') {
    const message = `The identity provider "${idpId}" exists already, with the type of single sign-on IAM_USER_SSO, which cannot be changed and does not work with OpenID Connect. Choose another idpId, or delete it first. Nothing was changed.`;
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
): PlannedStep {
  const { rules } = desired;
  const step = { target: 'MAPPING', id, changes: [] as ProvisionChange[], error: null } as const;
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
    // What the schema cannot show would be lost: it has to be seen.
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
): PlannedStep {
  const { idpId } = desired;
  const step = {
    target: 'PROTOCOL',
    id: 'oidc',
    changes: [] as ProvisionChange[],
    error: null,
  } as const;
  if ('error' in reading) return { ...step, error: reading.error };
  // Only a protocol that could not be read leaves the mapping open.
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
): PlannedStep {
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
      changes: changesOf(described(whole), null),
      write: {
        action: 'CREATED',
        run: writing(call, createOidcConfig, whole, take),
        isDone: () => isDone(again(), (now) => planConfig(desired, now, call, take)),
      },
    };
  }
  const different = differences(whole, stored);
  if (different.length === 0) return step;
  // Fields of the console that are dropped with it are part of the change.
  const before = described({
    ...stored,
    scope: stored.scope ?? undefined,
    signingKey: { text: stored.signingKey },
  });
  const after = described(whole);
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

/** A configuration as fields and values for a change. */
function described(
  config: Pick<OidcConfig, 'accessMode' | 'idpUrl' | 'clientId'> & {
    readonly authorizationEndpoint?: string | null | undefined;
    readonly scope?: readonly string[] | undefined;
    readonly responseType?: string | null | undefined;
    readonly responseMode?: string | null | undefined;
    readonly signingKey: { readonly text: string };
  },
): Record<string, Json> {
  return {
    accessMode: config.accessMode,
    idpUrl: config.idpUrl,
    clientId: config.clientId,
    authorizationEndpoint: config.authorizationEndpoint ?? null,
    scope: config.scope === undefined ? null : [...config.scope],
    responseType: config.responseType ?? null,
    responseMode: config.responseMode ?? null,
    signingKey: config.signingKey.text,
  };
}

/** Fields whose value is another one than before; those that were and stay empty are left out. */
function changesOf(
  after: Readonly<Record<string, Json>>,
  before: Readonly<Record<string, Json>> | null,
): ProvisionChange[] {
  return Object.entries(after)
    .map(([field, to]) => ({ path: [field], from: before?.[field] ?? null, to }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}

/** Rules in the words of the input, so that those that are stored and those that are desired can be compared. */
function rulesAsJson(rules: readonly MappingRule[]): Json {
  return withoutDefaults(JSON.parse(JSON.stringify(rules)) as Json);
}
