import type { OidcOutcomeUnknownError, OidcSuccess } from 'oidc-config-client';
import { describeError } from '../gateway/failure.ts';
import type { Step } from '../plan/step.ts';
import { issuePath } from '../state/issue-path.ts';
import type { Issue } from './outcome.ts';
import type { WriteResult } from './write-step.ts';

/** The gateway also says not to send it again. For this command that is safe: it reads the object before. */
export function unknownMessage(error: OidcOutcomeUnknownError): string {
  return describeError({ ...error, message: error.message.replace(/ Do not send [^.]*\./, '') });
}

/** The fields of a step that name what does not exist. */
export function missingReferences(
  error: Exclude<WriteResult, OidcSuccess>,
  { id, input }: Step,
): readonly Issue[] {
  if (error.__typename !== 'OidcNotFoundError' || error.id === null || error.id === id) return [];
  return Object.entries(input ?? {})
    .filter(([, value]) => value === error.id)
    .map(([name]) => ({
      path: issuePath([name]),
      message: `This ${error.resource} does not exist.`,
    }));
}
