import { expect, it } from 'vitest';
import { notPassed, passed, reportOf } from './report.ts';
import type { CheckStatus } from './report.ts';

const check = (status: CheckStatus, code = 'ISSUER') =>
  status === 'PASSED' ? passed(code, [], 'Fine.') : notPassed(code, status, [], 'Not fine.', null);

it.each<[string, string, readonly CheckStatus[]]>([
  ['READY', 'all checks passed', ['PASSED', 'PASSED']],
  ['BROKEN', 'one failed', ['PASSED', 'UNDECIDED', 'SKIPPED', 'FAILED']],
  ['UNDECIDED', 'one is undecided', ['PASSED', 'UNDECIDED']],
  ['UNDECIDED', 'one was skipped', ['PASSED', 'SKIPPED']],
])('is %s if %s', (verdict, _what, statuses) => {
  const checks = statuses.map((status) => check(status));
  expect(reportOf(checks)).toEqual({ verdict, checks });
});

it('does not depend on what nobody can check', () => {
  const checks = [check('PASSED'), check('SKIPPED', 'ID_TOKEN_NONCE')];
  expect(reportOf(checks)).toEqual({ verdict: 'READY', checks });
});
