import type {
  Client,
  OidcInputIssue,
  OidcWarning,
  ProvisionOidcConfigInput,
  ProvisionOidcConfigResult,
  ProvisionOidcSignInResult,
  SaveOpenIdConnectResult,
} from 'oidc-config-client';
import type { SecretReference, SignInFile } from '../file/schema.ts';
import type { Secret } from '../file/secrets.ts';
import { ask } from '../gateway/ask.ts';
import { describeError, errorOf } from '../gateway/failure.ts';
import type { JsonObject } from '../plan/json.ts';
import type { OidcConfigState, State } from '../plan/stored.ts';
import type { Path, Plan, Problem, Step } from '../plan/step.ts';
import { createLimit } from './concurrency.ts';
import { issueMessage, issuePath } from './issue-path.ts';
import type { EntryWarning } from './read-state.ts';
import { dryRunOfOpenIdConnect } from './validate-open-id-connect.ts';

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
  const changing = new Map<string, Step[]>();
  for (const step of plan.steps) {
    if (step.entry === null || step.action === 'unchanged') continue;
    const key = step.entry.join('.');
    changing.set(key, [...(changing.get(key) ?? []), step]);
  }
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
  await Promise.all([
    ...file.openIdConnects.map(async (entry, index) => {
      const path = ['openIdConnects', index];
      const [step] = changing.get(path.join('.')) ?? [];
      const issuer = entry.issuer === undefined ? undefined : file.issuers[entry.issuer]?.url;
      const { connectClientSecret: reference } = entry;
      const secret = reference === undefined ? null : secretOf(reference);
      const stored = state.openIdConnects[index];
      if (step === undefined || stored === undefined) return;
      await check(path, dryRunOfOpenIdConnect(client, step, stored, issuer, secret));
    }),
    ...file.oidcConfigs.map(async (entry, index) => {
      const path = ['oidcConfigs', index];
      const stored = state.oidcConfigs[index];
      if (!changing.has(path.join('.')) || stored === undefined) return;
      const wanted = (target: Step['target']) =>
        plan.steps.find((one) => one.target === target && one.entry?.join('.') === path.join('.'))
          ?.wanted ?? {};
      const issuer = entry.issuer === undefined ? undefined : file.issuers[entry.issuer]?.url;
      const rules = plan.steps.find(
        ({ target, id }) => target === 'mapping' && id === stored.mappingId,
      )?.wanted;
      await check(
        path,
        dryRunOfOidcConfig(client, entry.idpId, stored, issuer, {
          ...wanted('oidcConfig'),
          ...description(wanted('identityProvider')),
          ...rules,
        }),
      );
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

/** The scope that the caller lacks at the gateway itself; null if the entry was checked. */
function lackingScope(result: DryRunResult): string | null {
  if (result.__typename !== 'OidcPermissionDeniedError' || result.upstream !== null) return null;
  return result.missing.find((one) => one.startsWith('oidc:')) ?? null;
}

type DryRunResult = ProvisionOidcConfigResult | ProvisionOidcSignInResult | SaveOpenIdConnectResult;

/** A request that has the gateway check an entry, and writes nothing. */
export interface DryRun {
  readonly run: () => Promise<DryRunResult>;
  /** Fields that come from what is stored: what the gateway says about them is not about the file. */
  readonly stored: ReadonlySet<string>;
  /** Errors that come only after the values were checked, by the type of the result. */
  readonly afterChecks?: readonly DryRunResult['__typename'][];
  /** What paths of issues begin with, before the field. */
  readonly prefix: string | null;
}

const STORED_FIELDS = [
  'idpUrl',
  'authorizationEndpoint',
  'scope',
  'responseType',
  'responseMode',
  'signingKey',
] as const;

function dryRunOfOidcConfig(
  client: Client,
  idpId: string,
  { config, mappingId }: OidcConfigState,
  issuer: string | undefined,
  wanted: JsonObject,
): DryRun {
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

function description({ description: text }: JsonObject): JsonObject {
  return text === undefined ? {} : { description: text };
}

/** What a dry run found. */
function readResult(
  result: DryRunResult,
  path: Path,
  { stored, prefix, afterChecks = [] }: DryRun,
): { readonly problems: readonly Problem[]; readonly warnings: readonly OidcWarning[] } {
  const inEntry = (at: readonly string[]) =>
    prefix !== null && at[0] === prefix ? at.slice(1) : at;
  const isAboutFile = ({ path: at }: { readonly path: readonly string[] }) =>
    !stored.has(inEntry(at)[0] ?? '');
  const issues = (found: readonly OidcInputIssue[]) =>
    found.filter(isAboutFile).map((issue) => {
      const at = issuePath(inEntry(issue.path));
      return { path: [...path, ...at], message: issueMessage(at, issue.message) };
    });
  if (afterChecks.includes(result.__typename)) return { problems: [], warnings: [] };
  switch (result.__typename) {
    case 'ProvisionOidcConfigSuccess':
    case 'ProvisionOidcSignInSuccess':
      return { problems: [], warnings: result.warnings.filter(isAboutFile) };
    case 'ProvisionOidcConfigIncomplete':
    case 'ProvisionOidcSignInIncomplete': {
      const problems = result.steps.flatMap(({ error }) => {
        if (error === null) return [];
        return error.__typename === 'OidcInvalidInputError'
          ? issues(error.issues)
          : [{ path, message: describeError(error) }];
      });
      return { problems, warnings: result.warnings.filter(isAboutFile) };
    }
    case 'OidcInvalidInputError':
      return { problems: issues(result.issues), warnings: [] };
    default:
      return { problems: [{ path, message: describeError(errorOf(result)) }], warnings: [] };
  }
}
