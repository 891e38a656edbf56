import * as z from 'zod';
import type { InputIssue } from '../domain/input-issue.ts';
import { isObject } from '../domain/json/json.ts';
import { checkInput, withoutNulls } from '../domain/parse.ts';
import { refusal } from '../domain/sign-in/filling.ts';
import { issuerUrl } from '../domain/sign-in/issuer-url.ts';
import type { Issuer } from '../domain/sign-in/issuer.ts';
import type { Warning } from '../domain/warnings.ts';
import type { GatewayContext } from '../graph/context.ts';
import { withoutSecrets } from '../graph/root-fields/issuer-input.ts';
import type { Provision } from '../graph/root-fields/provision.ts';
import type { BegunPart, PartPlan, SignInPart } from '../transport/provision/part.ts';
import { cannotRun, runSteps, within, withPaths } from '../transport/provision/run.ts';

type Input = Readonly<Record<string, unknown>>;

/** The input besides its parts, without its nulls. */
const around = z.object({ issuer: issuerUrl, dryRun: z.boolean().default(false) });

/** What became of the parts of an input. */
export interface SignInProvision extends Provision {
  /** What is stored at the end, by part; null if there is nothing. */
  readonly results: Readonly<Record<string, object | null>>;
}

/** A part that the input has. */
interface AskedPart {
  readonly field: string;
  readonly given: Input;
  readonly begun: BegunPart;
}

/** A part with everything that the issuer fills in. */
interface FilledPart {
  readonly field: string;
  readonly warnings: readonly Warning[];
  /** Reads what is stored. */
  readonly read: () => Promise<PartPlan>;
}

/** A part with what has to be done for it. */
interface PlannedPart extends PartPlan {
  readonly field: string;
}

/**
 * Sets up sign-in with one issuer on the platforms that the input has a part for. All of them are read first, and nothing
 * is written anywhere unless all of it could be read. After that, the platforms do not depend on each other.
 * @throws OidcError before anything was written
 */
export async function provisionSignIn(
  parts: readonly SignInPart[],
  input: Input,
  context: GatewayContext,
): Promise<SignInProvision> {
  const asked = begin(parts, input, context);
  const { issuer: url, dryRun } = check(parts, asked, input);
  for (const { begun } of asked) begun.startDeadline();
  const issuer = await context.issuers.read(url, context.callerKey);
  const planned = await plan(fillIn(asked, issuer, context));
  const isStopped = planned.some(({ steps }) => cannotRun(steps));
  // All platforms come to an end before an unexpected error of one is thrown.
  const ended = await Promise.allSettled(planned.map((one) => run(one, { dryRun, isStopped })));
  const ran = ended.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  return {
    dryRun,
    steps: ran.flatMap(({ steps }) => steps),
    warnings: ran.flatMap(({ warnings }) => warnings),
    results: Object.fromEntries(ran.map(({ field, result }) => [field, result])),
  };
}

/** @throws UpstreamUnavailableError, UnauthenticatedError if a platform cannot be called */
function begin(
  parts: readonly SignInPart[],
  input: Input,
  context: GatewayContext,
): readonly AskedPart[] {
  const asked = parts.flatMap((part) => {
    const given = input[part.field];
    return isObject(given) ? [{ part, given }] : [];
  });
  // Before anything is checked: not even an error message may show them.
  for (const { part, given } of asked)
    for (const name of part.secretFields) {
      const secret = given[name];
      if (typeof secret === 'string') context.scrubber.add(secret);
    }
  return asked.map(({ part, given }) => ({
    field: part.field,
    given: withoutNulls(given),
    begun: part.begin(context),
  }));
}

/** @throws InvalidInputError with the issues of all parts */
function check(
  parts: readonly SignInPart[],
  asked: readonly AskedPart[],
  input: Input,
): z.output<typeof around> {
  const checked = checkInput(around, withoutNulls(input));
  const issues: InputIssue[] = 'issues' in checked ? [...checked.issues] : [];
  if (asked.length === 0) issues.push(nothingAsked(parts));
  for (const { field, given, begun } of asked) issues.push(...inPart(field, begun.issues(given)));
  if ('issues' in checked || issues.length > 0) throw refusal(issues);
  return checked.value;
}

function nothingAsked(parts: readonly SignInPart[]): InputIssue {
  const fields = parts.map(({ field }) => field).join(', ');
  const message = `Give at least one of ${fields}.`;
  return { path: [], code: 'REQUIRED', message, source: 'GATEWAY' };
}

/** @throws InvalidInputError with the issues of all parts */
function fillIn(
  asked: readonly AskedPart[],
  issuer: Issuer,
  { scrubber }: GatewayContext,
): readonly FilledPart[] {
  const issues: InputIssue[] = [];
  const filled = asked.flatMap(({ field, given, begun }) => {
    const part = begun.fillIn(given, issuer);
    if ('issues' in part) {
      issues.push(...inPart(field, part.issues));
      return [];
    }
    const { warnings, plan: read } = part.value;
    return [{ field, warnings: within(field, withoutSecrets(warnings, scrubber)), read }];
  });
  if (issues.length > 0) throw refusal(issues);
  return filled;
}

function plan(filled: readonly FilledPart[]): Promise<readonly PlannedPart[]> {
  return Promise.all(
    filled.map(async ({ field, warnings, read }) => {
      const { steps, warnings: about, result } = await read();
      return { field, steps, warnings: [...warnings, ...within(field, about)], result };
    }),
  );
}

async function run(
  { field, steps, warnings, result }: PlannedPart,
  options: Parameters<typeof runSteps>[1],
) {
  const ran = await runSteps(steps, options);
  return {
    field,
    steps: ran.steps.map(({ error, ...step }) => ({
      ...step,
      error: error && withPaths(error, (path) => [field, ...path]),
    })),
    warnings: [...ran.warnings, ...warnings],
    result: result(),
  };
}

function inPart(field: string, issues: readonly InputIssue[]): InputIssue[] {
  return issues.map((issue) => ({ ...issue, path: [field, ...issue.path] }));
}
