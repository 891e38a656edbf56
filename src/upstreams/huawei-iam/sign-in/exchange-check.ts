import type { IdToken } from '../../../domain/sign-in/id-token.ts';
import { PROBES_ARE_OFF } from '../../../domain/sign-in/probes/probe.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { isValidOnAnyClock } from '../../../domain/sign-in/token-checks.ts';
import { visible } from '../../../domain/text/visible.ts';
import type { HuaweiCheckCode } from './codes.ts';
import type { Exchange } from './token-exchange.ts';

type ExchangeCheck = Check<HuaweiCheckCode>;

/** Most groups that a message names. */
const MAX_NAMED = 20;

/**
 * The check of what Huawei Cloud IAM does with an ID token.
 * @param isTypical whether it is certainly like the ID tokens that the platform gets
 */
export function exchangeCheck(
  exchange: Exchange,
  idToken: IdToken,
  isTypical: boolean,
  now: number,
): ExchangeCheck {
  const code = 'ID_TOKEN_EXCHANGE';
  const path = ['idToken'];
  const refused = (status: 'FAILED' | 'UNDECIDED', why: string, advice: string) =>
    notPassed(code, status, path, `Huawei Cloud IAM does not accept it${why}`, advice);
  switch (exchange.kind) {
    case 'ACCEPTED':
      return passed(code, path, signedIn(exchange));
    case 'OFF':
      return notPassed(code, 'SKIPPED', path, PROBES_ARE_OFF.message, PROBES_ARE_OFF.advice);
    case 'UNCLEAR':
      return notPassed(
        code,
        'UNDECIDED',
        path,
        exchange.status === null
          ? 'Huawei Cloud IAM has not responded to it.'
          : `Huawei Cloud IAM has responded with the status ${exchange.status}, which says nothing about it.`,
        'Try again later.',
      );
    case 'REFUSED':
      if (!isTypical)
        return refused(
          'UNDECIDED',
          '. It is not certain that the ID tokens of sign-ins are like this one.',
          'See the other checks, or give an ID token that the issuer has just issued for the stored client and scopes.',
        );
      if (!isValidOnAnyClock(idToken, now))
        return refused(
          'UNDECIDED',
          '. It is so new, or so close to its end, that its clock may be the reason.',
          'Give one that was issued a minute ago and is valid for more than ten.',
        );
      if (idToken.claims['jti'] !== undefined)
        return refused(
          'UNDECIDED',
          '. It may be accepted only once.',
          'Give one that has not been used.',
        );
      return refused(
        'FAILED',
        ', although the issuer has issued it for the stored client and it is valid.',
        'See the other checks, evaluate the mapping with evaluateHuaweiMapping, and check that the identity provider is enabled.',
      );
  }
}

function signedIn({ user, groups }: { readonly user: string; readonly groups: readonly string[] }) {
  const names = groups.slice(0, MAX_NAMED).map((name) => `"${visible(name)}"`);
  if (groups.length > MAX_NAMED) names.push(`${groups.length - MAX_NAMED} more`);
  const where = names.length === 0 ? 'in no group' : `in the groups ${names.join(', ')}`;
  return `Huawei Cloud IAM accepts it: it signs in "${visible(user)}" ${where}.`;
}

/** What IAM decides itself when it accepts an ID token, whatever the gateway makes of it. */
const ABOUT_TOKEN: ReadonlySet<string> = new Set<HuaweiCheckCode>([
  'ID_TOKEN_ISSUER',
  'ID_TOKEN_ALGORITHM',
  'ID_TOKEN_AUTHORIZED_PARTY',
  'ID_TOKEN_SIGNATURE_STORED',
  'ID_TOKEN_EXPIRY',
  'ID_TOKEN_ISSUED_AT',
]);
const ABOUT_CLAIMS: ReadonlySet<string> = new Set<HuaweiCheckCode>(['MAPPING', 'MAPPING_RESULT']);

/**
 * The checks with what an accepted ID token shows.
 * @param hasTypicalClaims whether its claims are certainly those that the platform gets
 */
export function settledBy(
  exchange: Exchange | null,
  checks: readonly ExchangeCheck[],
  hasTypicalClaims: boolean,
): ExchangeCheck[] {
  if (exchange?.kind !== 'ACCEPTED') return [...checks];
  return checks.map((check) =>
    check.status !== 'PASSED' &&
    (ABOUT_TOKEN.has(check.code) || (hasTypicalClaims && ABOUT_CLAIMS.has(check.code)))
      ? passed(check.code, check.path, 'Huawei Cloud IAM has accepted the ID token.')
      : check,
  );
}
