import { expect, it } from 'vitest';
import { neverMade, notPassed, passed, reportOf } from './report.ts';
import type { CheckStatus } from './report.ts';

const check = (status: CheckStatus) =>
  status === 'PASSED'
    ? passed('ISSUER', [], 'Fine.', 'Better do it otherwise.')
    : notPassed('ISSUER', status, [], 'Not fine.', null);

it.each<[string, string, readonly CheckStatus[]]>([
  ['READY', 'all checks passed', ['PASSED', 'PASSED']],
  ['BROKEN', 'one failed', ['PASSED', 'UNDECIDED', 'SKIPPED', 'FAILED']],
  ['UNDECIDED', 'one is undecided', ['PASSED', 'UNDECIDED']],
  ['UNDECIDED', 'one was skipped', ['PASSED', 'SKIPPED']],
])('is %s if %s', (verdict, _what, statuses) => {
  const checks = statuses.map((status) => check(status));
  expect(reportOf(checks)).toMatchObject({ verdict });
});

it('has the worst first, and what only a sign-in can check last', () => {
  const never = neverMade('ID_TOKEN_NONCE', [], 'Nobody knows.');
  const statuses: readonly CheckStatus[] = [
    'PASSED',
    'SKIPPED',
    'UNDECIDED',
    'FAILED',
    'UNDECIDED',
  ];
  const given = [never, ...statuses.map((status) => check(status))];
  const { checks } = reportOf(given);
  expect(checks.map(({ status }) => status)).toEqual([
    'FAILED',
    'UNDECIDED',
    'UNDECIDED',
    'SKIPPED',
    'PASSED',
    'SKIPPED',
  ]);
  expect(checks.at(-1)).toBe(never);
});

it('does not depend on what only a sign-in can check', () => {
  const checks = [check('PASSED'), neverMade('ID_TOKEN_NONCE', [], 'Nobody knows.')];
  expect(reportOf(checks)).toEqual({ verdict: 'READY', checks });
});
