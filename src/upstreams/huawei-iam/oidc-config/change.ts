import type { InputIssue, RuleIssue } from '../../../domain/input-issue.ts';
import { invalidInput } from '../../../domain/parse.ts';
import { CONSOLE_FIELDS } from './fields.ts';
import { bodySizeIssues, consoleIssues } from './input.ts';
import type { OidcConfigPatch } from './input.ts';
import { jwkList } from './translate.ts';
import type { OidcConfig, WholeOidcConfig } from './translate.ts';

/**
 * Applies a change to the stored configuration. Unchanged fields are sent as stored.
 * @throws InvalidInputError if the access mode demands or refuses fields, or the whole becomes too large
 */
export function changed(patch: OidcConfigPatch, stored: OidcConfig): WholeOidcConfig {
  const accessMode = patch.accessMode ?? stored.accessMode;
  const forConsole = accessMode === 'PROGRAM_CONSOLE';
  const consoleField = <Value>(
    given: Value | null | undefined,
    there: Value | null,
  ): Value | undefined =>
    forConsole ? ((given === undefined ? there : given) ?? undefined) : undefined;
  const whole: WholeOidcConfig = {
    idpId: patch.idpId,
    accessMode,
    idpUrl: patch.idpUrl ?? stored.idpUrl,
    clientId: patch.clientId ?? stored.clientId,
    authorizationEndpoint: consoleField(patch.authorizationEndpoint, stored.authorizationEndpoint),
    scope: consoleField<readonly string[]>(patch.scope, stored.scope),
    responseType: consoleField(patch.responseType, stored.responseType),
    responseMode: consoleField(patch.responseMode, stored.responseMode),
    signingKey: patch.signingKey ?? { text: stored.signingKey, keys: jwkList(stored) },
  };
  // For the console, check every field, given or stored. Otherwise only the given ones: the stored ones are dropped.
  const given = forConsole
    ? Object.fromEntries(CONSOLE_FIELDS.map((field) => [field, whole[field] ?? null]))
    : patch;
  const [first, ...rest] = [...consoleIssues(accessMode, given), ...bodySizeIssues(whole)];
  if (first !== undefined) throw invalidInput(asInputIssue(first), ...rest.map(asInputIssue));
  return whole;
}

function asInputIssue({ path = [], ...issue }: RuleIssue): InputIssue {
  return { path, ...issue, source: 'GATEWAY' };
}
