import { CHECK_CODES, CHECK_STATUSES, SIGN_IN_VERDICTS } from '../domain/sign-in/report.ts';
import type { Check, SignInReport } from '../domain/sign-in/report.ts';
import { describedValues } from '../graph/builder.ts';
import type { Builder, TypeOf } from '../graph/builder.ts';

/** Adds the type of reports. @param codes those of each upstream, with their meanings */
export function addReport(
  builder: Builder,
  codes: readonly Readonly<Record<string, string>>[],
): TypeOf<SignInReport> {
  const verdict = builder.enumType('OidcSignInVerdict', {
    description: 'What a report says about sign-in as a whole.',
    values: describedValues(SIGN_IN_VERDICTS),
  });
  const status = builder.enumType('OidcSignInCheckStatus', {
    description: 'The result of a check.',
    values: describedValues(CHECK_STATUSES),
  });
  const code = builder.enumType('OidcSignInCheckCode', {
    description: 'Stable codes of checks. Each says what holds if the check has passed.',
    values: describedValues(
      Object.assign({}, CHECK_CODES, ...codes) as Readonly<Record<string, string>>,
    ),
  });
  const check = builder.objectRef<Check>('OidcSignInCheck').implement({
    description: 'One check of a report.',
    fields: (t) => ({
      code: t.field({
        type: code,
        description: 'Stable code to act on.',
        resolve: (self) => self.code,
      }),
      status: t.field({
        type: status,
        description: 'The result.',
        resolve: (self) => self.status,
      }),
      path: t.stringList({
        description:
          'Path of the field that it is about, with list indexes as decimal strings: of the configuration, of an object that it needs, such as `["mapping", "rules", "0"]`, or of the ID token, such as `["idToken", "iss"]`.',
        resolve: ({ path }) => [...path],
      }),
      message: t.exposeString('message', {
        description: 'What was found, in human-readable form, without secrets.',
      }),
      advice: t.exposeString('advice', {
        nullable: true,
        description: 'What to do, in human-readable form; null if there is nothing to do.',
      }),
    }),
  });
  return builder.objectRef<SignInReport>('OidcSignInReport').implement({
    description:
      'Whether people can sign in, as far as what is stored, what the issuer publishes and what the caller gave can tell.',
    fields: (t) => ({
      verdict: t.field({
        type: verdict,
        description:
          'The whole: BROKEN if a check failed, READY if all checks passed, else UNDECIDED.',
        resolve: (self) => self.verdict,
      }),
      checks: t.field({
        type: [check],
        description:
          'Every check that was made or skipped: first those that failed, then those that are undecided, were skipped and passed. A check that does not apply is left out.',
        resolve: ({ checks }) => [...checks],
      }),
    }),
  });
}
