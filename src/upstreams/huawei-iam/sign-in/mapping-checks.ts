import type { Claims } from '../../../domain/sign-in/claims.ts';
import type { Issuer } from '../../../domain/sign-in/issuer.ts';
import { notPassed, passed } from '../../../domain/sign-in/report.ts';
import type { Check } from '../../../domain/sign-in/report.ts';
import { visible } from '../../../domain/text/visible.ts';
import { SUBJECT } from '../mapping/evaluation/claims.ts';
import { OUTCOME_REASONS } from '../mapping/evaluation/model.ts';
import type { EvaluableRule, Evaluation } from '../mapping/evaluation/model.ts';
import { storedRules } from '../mapping/evaluation/stored-rules.ts';
import type { HuaweiCheckCode } from './codes.ts';
import { notStored } from './object-checks.ts';
import type { StoredSignIn } from './read-stored.ts';

type MappingCheck = Check<HuaweiCheckCode>;

const PATH = ['mapping', 'rules'];

/** Claims of every ID token (OpenID Connect Core 1.0 section 2), which issuers need not list. */
const IN_EVERY_TOKEN: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'exp', 'iat', SUBJECT]);

/** What the rules are evaluated with. */
export interface Person {
  readonly claims: Claims;
  /** Whether they are certainly those of somebody who signs in here. */
  readonly isCertain: boolean;
  /** Names of claims that the platform may not get. */
  readonly mayLack: ReadonlySet<string>;
  /** Whether the platform may get more claims. */
  readonly mayHaveMore: boolean;
}

/** Nobody in particular, if nothing depends on claims; and what a caller says of somebody. */
export function personWith(claims: Claims): Person {
  return { claims, isCertain: true, mayLack: new Set(), mayHaveMore: false };
}

/** The checks of the mapping. @param person null if nothing is known of anybody */
export async function mappingChecks(
  stored: StoredSignIn,
  live: Issuer | null,
  person: Person | null,
): Promise<MappingCheck[]> {
  const { protocol, mapping } = stored;
  if (protocol.kind !== 'STORED') return [];
  if (mapping === null)
    return [
      notPassed(
        'MAPPING',
        'UNDECIDED',
        ['protocol', 'mappingId'],
        'The protocol refers to no mapping.',
        'Choose one with updateHuaweiProtocol.',
      ),
    ];
  if (mapping.kind !== 'STORED')
    return [
      notStored('MAPPING', ['protocol', 'mappingId'], mapping, 'getMapping', {
        message: 'The mapping that the protocol refers to does not exist.',
        advice: 'Create it with createHuaweiMapping, or choose another one.',
      }),
    ];
  const rules = storedRules(mapping.stored);
  const rulesCheck = rulesCheckOf(rules);
  if (rulesCheck.status === 'FAILED') return [rulesCheck];
  if (person !== null) return [rulesCheck, await resultCheck(rules, person)];
  // Then nothing depends on who signs in.
  if (dependOnNothing(rules)) return [rulesCheck, await resultCheck(rules, personWith({}))];
  return [
    rulesCheck,
    ...claimsChecks(rules, live),
    notPassed(
      'MAPPING_RESULT',
      'UNDECIDED',
      PATH,
      'It depends on the claims of who signs in.',
      'Give an ID token, or the claims of one.',
    ),
  ];
}

function rulesCheckOf(rules: readonly EvaluableRule[]): MappingCheck {
  const isWhole = rules.every((rule) => rule.isWhole !== false);
  if (isWhole && !rules.some(({ local }) => local.some(({ user }) => user)))
    return notPassed(
      'MAPPING',
      'FAILED',
      PATH,
      'No rule assigns a user name, so nobody is signed in.',
      'Add a rule with a user: {"user": {"name": "{0}"}}.',
    );
  return isWhole
    ? passed('MAPPING', PATH, 'It exists, and at least one rule assigns a user name.')
    : notPassed(
        'MAPPING',
        'UNDECIDED',
        PATH,
        'A stored rule contains more than the gateway knows.',
        'Compare it with the documentation, and store the rules again.',
      );
}

/** Whether all conditions are on what IAM itself supplies for everybody. */
function dependOnNothing(rules: readonly EvaluableRule[]): boolean {
  return rules.every(({ remote }) => remote.every(({ type }) => type === SUBJECT));
}

/** The list of an issuer may be incomplete (OpenID Connect Discovery 1.0 section 3), so this never fails. */
function* claimsChecks(
  rules: readonly EvaluableRule[],
  live: Issuer | null,
): Iterable<MappingCheck> {
  const listed = live?.metadata.claimsSupported ?? null;
  if (listed === null) return;
  for (const [rule, { remote }] of rules.entries()) {
    for (const [condition, { type }] of remote.entries()) {
      if (IN_EVERY_TOKEN.has(type) || listed.includes(type)) continue;
      yield notPassed(
        'MAPPING_CLAIMS',
        'UNDECIDED',
        [...PATH, String(rule), 'remote', String(condition), 'type'],
        `The issuer does not list the claim "${visible(type)}" in claims_supported. If the ID token does not have it, the rule does not apply.`,
        'Check the name, and that the issuer puts the claim into ID tokens.',
      );
      return;
    }
  }
  yield passed('MAPPING_CLAIMS', PATH, 'The issuer lists all claims of the rules.');
}

async function resultCheck(rules: readonly EvaluableRule[], person: Person): Promise<MappingCheck> {
  // The engine for regular expressions is only loaded if it is needed.
  const { evaluate } = await import('../mapping/evaluation/evaluate.ts');
  const { evaluation } = evaluate(rules, person.claims);
  const { signsIn, reason, nearestMiss } = evaluation;
  const message = OUTCOME_REASONS[reason];
  const doubt = signsIn === 'UNDECIDED' ? null : doubtAbout(evaluation, person);
  if (signsIn === 'YES' && doubt === null) return passed('MAPPING_RESULT', PATH, message);
  const [condition] = nearestMiss?.conditions ?? [];
  const path =
    nearestMiss === null || condition === undefined
      ? PATH
      : [...PATH, String(nearestMiss.rule), 'remote', String(condition)];
  return notPassed(
    'MAPPING_RESULT',
    signsIn === 'NO' && doubt === null ? 'FAILED' : 'UNDECIDED',
    path,
    doubt === null ? message : `${message} ${doubt}`,
    'Evaluate the mapping with evaluateHuaweiMapping, which gives the reason of every condition.',
  );
}

/** Why the outcome may be another one with the claims that the platform gets; null if it is certain. */
function doubtAbout(
  { signsIn, reason, rules }: Evaluation,
  { isCertain, mayLack, mayHaveMore }: Person,
): string | null {
  if (!isCertain)
    return signsIn === 'YES'
      ? null
      : 'But it is not certain that these are the claims that the platform gets.';
  const extra = rules
    .filter(({ applies }) => applies !== 'NO')
    .flatMap(({ conditions }) => conditions)
    .find(({ claim }) => mayLack.has(claim));
  if (extra !== undefined)
    return `But the stored scopes do not request the claim "${visible(extra.claim)}": give an ID token that was issued with these scopes.`;
  // A rule that applies already, and makes the sign-in fail, applies with more claims too.
  if (
    signsIn === 'YES' ||
    !mayHaveMore ||
    reason.startsWith('PLACEHOLDER') ||
    reason.startsWith('TEMPLATE')
  )
    return null;
  const lacking = rules.some(({ conditions }) =>
    conditions.every(({ holds, reason: why }) => holds !== 'NO' || why === 'CLAIM_MISSING'),
  );
  return lacking
    ? 'But the ID token does not show that it has all claims of the stored scopes: give one that was issued with these scopes, by the response type id_token.'
    : null;
}
