import { AlreadyExistsError, InvalidInputError, OidcError } from '../../../domain/errors.ts';
import type { Warning } from '../../../domain/warnings.ts';
import type { Call } from '../../../transport/connection.ts';
import { getIdentityProvider } from '../identity-provider/operations.ts';
import { getOidcConfig } from '../oidc-config/operations.ts';
import { getProtocol } from '../protocol/operations.ts';
import { defaultMappingId } from './input.ts';
import type { Provisioning } from './input.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { planConfig, planMapping, planProtocol, planProvider, readMapping } from './plan.ts';
import { read } from './step.ts';
import type { PlannedStep, ProvisionTarget } from './step.ts';

export type ProvisionAction =
  'CREATED' | 'UPDATED' | 'WOULD_CREATE' | 'WOULD_UPDATE' | 'UNCHANGED' | 'FAILED' | 'SKIPPED';

/** What a dry run reports for a write: nothing was created or updated. */
const WOULD = { CREATED: 'WOULD_CREATE', UPDATED: 'WOULD_UPDATE' } as const;

/** A step that was taken, or not. */
export interface ProvisionStep extends Pick<PlannedStep, 'target' | 'id' | 'changes' | 'error'> {
  readonly action: ProvisionAction;
}

export interface Provisioned {
  readonly steps: readonly ProvisionStep[];
  /** The configuration as it is stored at the end; null if there is none. */
  readonly oidcConfig: OidcConfig | null;
  readonly warnings: readonly Warning[];
}

/**
 * Brings an identity provider, its mapping, its protocol and its configuration to the desired state. Everything is read
 * first, and nothing is written unless all of it could be read. What exists already stays, so a repeated call continues
 * where an earlier one ended.
 */
export async function provision(desired: Provisioning, call: Call): Promise<Provisioned> {
  const { idpId } = desired;
  const [provider, { protocol, mappingId, mapping }, config] = await Promise.all([
    read(call, getIdentityProvider, { id: idpId }),
    readProtocol(desired, call),
    read(call, getOidcConfig, { idpId }),
  ]);

  let latest = 'error' in config ? null : config.stored;
  const plan = [
    planProvider(desired, provider, call),
    planMapping(desired, mappingId, mapping, call),
    planProtocol(desired, mappingId, protocol, call),
    planConfig(desired, config, call, (stored) => {
      latest = stored;
    }),
  ];

  const warnings: Warning[] = plan.flatMap(({ target, write }) =>
    (write?.warnings ?? []).map((warning) => ({ ...warning, path: [target, ...warning.path] })),
  );
  const steps: ProvisionStep[] = [];
  let stopped = plan.some(({ error }) => error !== null);
  for (const { target, id, changes, error, write } of plan) {
    const step = { target, id, changes, error };
    if (error !== null)
      steps.push({ ...step, action: 'FAILED', error: inInputWords(error, target) });
    else if (id === null) steps.push({ ...step, action: 'SKIPPED' });
    else if (write === undefined) steps.push({ ...step, action: 'UNCHANGED' });
    else if (stopped) steps.push({ ...step, action: 'SKIPPED' });
    else if (desired.dryRun) steps.push({ ...step, action: WOULD[write.action] });
    else {
      try {
        warnings.push(
          ...(await write.run()).map((warning) => ({
            ...warning,
            path: [target, ...warning.path],
          })),
        );
        steps.push({ ...step, action: write.action });
      } catch (failure) {
        if (!(failure instanceof OidcError)) throw failure;
        // Somebody else has created it in the meantime, perhaps with the same mutation.
        if (failure instanceof AlreadyExistsError && (await write.isDone?.()) === true) {
          steps.push({ ...step, action: 'UNCHANGED', changes: [] });
          continue;
        }
        stopped = true;
        steps.push({ ...step, action: 'FAILED', error: inInputWords(failure, target) });
      }
    }
  }
  return { steps, oidcConfig: latest, warnings };
}

/** Reads the protocol, and the mapping that the input or the protocol refers to. */
async function readProtocol(desired: Provisioning, call: Call) {
  const { idpId } = desired;
  const reading = read(call, getProtocol, { idpId });
  if (desired.mappingId !== undefined) {
    const [protocol, mapping] = await Promise.all([reading, readMapping(call, desired.mappingId)]);
    return { protocol, mappingId: desired.mappingId, mapping };
  }
  const protocol = await reading;
  // A protocol that exists keeps its mapping, whose rules decide the users' permissions.
  const mappingId =
    'error' in protocol ? null : (protocol.stored?.mappingId ?? defaultMappingId(idpId));
  return {
    protocol,
    mappingId,
    mapping: mappingId === null ? null : await readMapping(call, mappingId),
  };
}

/** Renames the id in issues: the individual mutations use a different name for it than `provisionOidcConfig`. */
function inInputWords(error: OidcError, target: ProvisionTarget): OidcError {
  if (!(error instanceof InvalidInputError)) return error;
  const word = target === 'MAPPING' ? 'mappingId' : 'idpId';
  const [first, ...rest] = error.issues;
  const renamed = (issue: typeof first) => ({
    ...issue,
    path: issue.path.map((part, index) => (index === 0 && part === 'id' ? word : part)),
  });
  return new InvalidInputError(error.message, [renamed(first), ...rest.map(renamed)], {
    ...(error.upstream && { upstream: error.upstream }),
    cause: error,
  });
}
