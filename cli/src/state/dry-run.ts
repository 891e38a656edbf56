import type {
  OidcInputIssue,
  OidcWarning,
  ProvisionOidcConfigResult,
  ProvisionOidcSignInResult,
  SaveOpenIdConnectResult,
} from 'oidc-config-client';
import { describeError, errorOf } from '../gateway/failure.ts';
import type { Path, Problem } from '../plan/step.ts';
import { issueMessage, issuePath } from './issue-path.ts';

/** The results of the requests that check an entry. */
export type DryRunResult =
  ProvisionOidcConfigResult | ProvisionOidcSignInResult | SaveOpenIdConnectResult;

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

/** The scope that the caller lacks at the gateway itself; null if the entry was checked. */
export function lackingScope(result: DryRunResult): string | null {
  if (result.__typename !== 'OidcPermissionDeniedError' || result.upstream !== null) return null;
  return result.missing.find((one) => one.startsWith('oidc:')) ?? null;
}

/** What a dry run found. */
export function readResult(
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
