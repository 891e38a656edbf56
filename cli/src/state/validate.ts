import type { Client } from 'oidc-config-client';
import type { SecretReference, SignInFile } from '../file/schema.ts';
import type { Secret } from '../file/secrets.ts';
import { ask } from '../gateway/ask.ts';
import type { State } from '../plan/stored.ts';
import { stepName } from '../plan/step.ts';
import type { Path, Plan, Problem, Step } from '../plan/step.ts';
import { createLimit } from './concurrency.ts';
import { lackingScope, readResult } from './dry-run.ts';
import type { DryRun, DryRunResult } from './dry-run.ts';
import { dryRunOfOidcConfig } from './dry-run-oidc-config.ts';
import { dryRunOfOpenIdConnect } from './dry-run-open-id-connect.ts';
import type { EntryWarning } from './read-state.ts';

const MAX_REQUESTS = 4;

/** What the gateway says about entries before anything is written. */
export interface Validation {
  readonly problems: readonly Problem[];
  readonly warnings: readonly EntryWarning[];
  /** The entries that were checked, by their path as text. */
  readonly checked: ReadonlySet<string>;
  /** What a person should know, such as that nothing could be checked. */
  readonly notes: readonly string[];
}

/**
 * Has the gateway check the entries that would be created or changed, by dry runs, and by writes that the gateway never makes.
 * A caller who may not write gets a note.
 * @throws GatewayRequestError
 */
export async function validate(
  client: Client,
  file: SignInFile,
  { plan, state }: { readonly plan: Plan; readonly state: State },
  secretOf: (reference: SecretReference) => Secret | null,
): Promise<Validation> {
  const limit = createLimit(MAX_REQUESTS);
  const problems: Problem[] = [];
  const warnings: EntryWarning[] = [];
  const checked = new Set<string>();
  const lackingScopes = new Set<string>();
  const check = async (path: Path, dryRun: DryRun) => {
    const result = await limit(() => ask<DryRunResult>(dryRun.run));
    const scope = lackingScope(result);
    if (scope !== null) {
      lackingScopes.add(scope);
      return;
    }
    checked.add(path.join('.'));
    const found = readResult(result, path, dryRun);
    problems.push(...found.problems);
    warnings.push(...found.warnings.map((warning) => ({ path, warning })));
  };
  const changing = plan.steps.filter(({ action }) => action !== 'unchanged');
  const isOf = (path: Path) => (step: Step) => step.entry?.join('.') === path.join('.');
  const urlOf = (issuer: string | undefined) =>
    issuer === undefined ? undefined : file.issuers[issuer]?.url;
  await Promise.all([
    ...file.openIdConnects.map(async ({ issuer, connectClientSecret: reference }, index) => {
      const path = ['openIdConnects', index];
      const stored = state.openIdConnects[index];
      const step = changing.find(isOf(path));
      if (step === undefined || stored === undefined) return;
      const secret = reference === undefined ? null : secretOf(reference);
      await check(path, dryRunOfOpenIdConnect(client, step, stored, urlOf(issuer), secret));
    }),
    ...file.oidcConfigs.map(async ({ idpId, issuer }, index) => {
      const path = ['oidcConfigs', index];
      const stored = state.oidcConfigs[index];
      if (stored === undefined || !changing.some(isOf(path))) return;
      // The step of a mapping that several entries use belongs to the first of them.
      const mapping = stepName('mapping', stored.mappingId);
      const steps = plan.steps.filter((step) => isOf(path)(step) || step.name === mapping);
      await check(path, dryRunOfOidcConfig(client, idpId, steps, stored, urlOf(issuer)));
    }),
  ]);
  return {
    problems,
    warnings,
    checked,
    notes: [...lackingScopes].map(
      (scope) => `Values were not checked: the token for the gateway lacks the scope ${scope}.`,
    ),
  };
}
