import type { Client, ProvisionOidcConfigInput } from 'oidc-config-client';
import type { JsonObject } from '../plan/json.ts';
import type { Step, Target } from '../plan/step.ts';
import type { OidcConfigState } from '../plan/stored.ts';
import type { DryRun } from './dry-run.ts';

/** Fields that a dry run takes from what is stored if the file leaves them out. */
const STORED_FIELDS = [
  'idpUrl',
  'authorizationEndpoint',
  'scope',
  'responseType',
  'responseMode',
  'signingKey',
] as const;

/**
 * How the gateway checks the values of an entry of `oidcConfigs`.
 * @param steps of the entry, and that of its mapping, which may be of another entry
 * @param issuer its URL; undefined if the entry has none
 */
export function dryRunOfOidcConfig(
  client: Client,
  idpId: string,
  steps: readonly Step[],
  { config, mappingId }: OidcConfigState,
  issuer: string | undefined,
): DryRun {
  const wantedOf = (target: Target): JsonObject =>
    steps.find((step) => step.target === target)?.wanted ?? {};
  const { description } = wantedOf('identityProvider');
  const wanted: JsonObject = {
    ...wantedOf('oidcConfig'),
    ...(description !== undefined && { description }),
    ...wantedOf('mapping'),
  };
  const isConsole = wanted['accessMode'] === 'PROGRAM_CONSOLE';
  const stored = STORED_FIELDS.flatMap((name) => {
    const value = config?.[name] ?? null;
    const isUsed = isConsole || name === 'idpUrl' || name === 'signingKey';
    return name in wanted || value === null || !isUsed ? [] : [[name, value] as const];
  });
  const input = {
    ...Object.fromEntries(stored),
    ...wanted,
    idpId,
    mappingId,
    dryRun: true,
    ...(issuer !== undefined && { issuer }),
  } as unknown as ProvisionOidcConfigInput;
  return {
    run: () => client.provisionOidcConfig(input),
    stored: new Set(stored.map(([name]) => name)),
    prefix: null,
  };
}
