import type { Warning } from '../../../domain/warnings.ts';
import type { Call } from '../../../transport/connection.ts';
import { cannotRun, runSteps } from '../../../transport/provision/run.ts';
import type { Ran } from '../../../transport/provision/run.ts';
import { read } from '../../../transport/provision/step.ts';
import type { PlannedStep } from '../../../transport/provision/step.ts';
import { getIdentityProvider } from '../identity-provider/operations.ts';
import { ruleWarnings } from '../mapping/warnings.ts';
import { getOidcConfig } from '../oidc-config/operations.ts';
import type { OidcConfig } from '../oidc-config/translate.ts';
import { oidcConfigWarnings } from '../oidc-config/warnings.ts';
import { getProtocol } from '../protocol/operations.ts';
import { defaultMappingId } from './input.ts';
import type { Provisioning } from './input.ts';
import { planConfig, planMapping, planProtocol, planProvider, readMapping } from './plan.ts';
import type { ProvisionTarget } from './targets.ts';

/** What has to be done to reach a desired state. */
export interface ProvisionPlan {
  readonly steps: readonly PlannedStep<ProvisionTarget>[];
  /** The configuration as it is stored, also after steps were taken; null if there is none. */
  readonly oidcConfig: () => OidcConfig | null;
}

export interface Provisioned extends Ran<ProvisionTarget> {
  /** The configuration as it is stored at the end; null if there is none. */
  readonly oidcConfig: OidcConfig | null;
}

/**
 * Brings an identity provider, its mapping, its protocol and its configuration to the desired state. Everything is read
 * first, and nothing is written unless all of it could be read. What exists already stays, so a repeated call continues
 * where an earlier one ended.
 */
export async function provision(desired: Provisioning, call: Call): Promise<Provisioned> {
  const { steps, oidcConfig } = await planProvisioning(desired, call);
  const { dryRun } = desired;
  const ran = await runSteps(steps, { dryRun, isStopped: cannotRun(steps) });
  return { ...ran, oidcConfig: oidcConfig() };
}

/** Reads what is stored, and compares it with the desired state. */
export async function planProvisioning(desired: Provisioning, call: Call): Promise<ProvisionPlan> {
  const { idpId } = desired;
  const [provider, { protocol, mappingId, mapping }, config] = await Promise.all([
    read(call, getIdentityProvider, { id: idpId }),
    readProtocol(desired, call),
    read(call, getOidcConfig, { idpId }),
  ]);
  let latest = 'error' in config ? null : config.stored;
  const steps = [
    planProvider(desired, provider, call),
    planMapping(desired, mappingId, mapping, call),
    planProtocol(desired, mappingId, protocol, call),
    planConfig(desired, config, call, (stored) => {
      latest = stored;
    }),
  ];
  return { steps, oidcConfig: () => latest };
}

/** Warnings about the desired state itself. */
export function provisioningWarnings(desired: Provisioning): Warning[] {
  return [
    ...oidcConfigWarnings(desired, desired.signingKey.keys),
    ...(desired.rules === undefined ? [] : ruleWarnings(desired.rules)),
  ];
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
