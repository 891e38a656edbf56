import { notPassed } from '../../../domain/sign-in/report.ts';
import type { Check, CheckStatus } from '../../../domain/sign-in/report.ts';
import { visible } from '../../../domain/text/visible.ts';
import type { Found } from '../../../transport/exchange/find.ts';

/** What to say of an object that does not exist. */
interface Missing {
  readonly status: Exclude<CheckStatus, 'PASSED'>;
  readonly message: string;
  readonly advice: string;
}

/** A check of an object that could not be read. @param role the least role that may read it */
export function notStored<Code extends string>(
  code: Code,
  path: readonly string[],
  found: Exclude<Found<unknown>, { kind: 'STORED' }>,
  role: 'ApiClient' | 'IntegrationEvent',
  missing: Missing,
): Check<Code> {
  if (found.kind === 'MISSING')
    return notPassed(code, missing.status, path, missing.message, missing.advice);
  if (found.kind === 'UNREADABLE')
    return notPassed(
      code,
      'UNDECIDED',
      path,
      'The stored text is not an ID, so the gateway does not read it.',
      'Store the right ID.',
    );
  const roles =
    found.missing.length > 0 ? found.missing : [`${role}Reader`, `${role}Admin`, 'FullAccess'];
  return notPassed(
    code,
    'SKIPPED',
    path,
    'The credentials do not allow reading it.',
    `Use the credentials of a seller user with one of these roles: ${visible(roles.join(', '))}.`,
  );
}
