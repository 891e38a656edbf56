import type { z } from 'zod';
import type { InputIssue } from '../../domain/input-issue.ts';
import type { Checked } from '../../domain/parse.ts';
import { fillIn, issuesOfGiven } from '../../domain/sign-in/filling.ts';
import type { Filled, Filling } from '../../domain/sign-in/filling.ts';
import type { Issuer } from '../../domain/sign-in/issuer.ts';
import type { Warning } from '../../domain/warnings.ts';
import type { Caller, CallSession } from '../connection.ts';
import type { PlannedStep } from './step.ts';

/** A part of an input, without its nulls. */
type Input = Readonly<Record<string, unknown>>;

/** What has to be done on one platform. */
export interface PartPlan {
  readonly steps: readonly PlannedStep[];
  /** Warnings about the desired state. Their paths begin with a field of the input. */
  readonly warnings: readonly Warning[];
  /** The object as it is stored, also after steps were taken, as its GraphQL type shows it; null if there is none. */
  readonly result: () => object | null;
}

/** The facts about the part that do not depend on the caller. */
interface PartFacts {
  /** Its field in the input and in the success, e.g. `oidcConfig`. */
  readonly field: string;
  /** Description of that field in the input. */
  readonly about: string;
  /** Description of that field in the success. */
  readonly aboutResult: string;
  /** The targets of its steps, in order, each with its description. */
  readonly targets: Readonly<Record<string, string>>;
  /** Names of the fields whose values are secrets. */
  readonly secretFields: readonly string[];
}

/** What one platform contributes to the mutation that sets up sign-in with one issuer on several platforms. */
export interface SignInPart<Opened = Caller> extends PartFacts {
  /** @throws UpstreamUnavailableError, UnauthenticatedError if the platform cannot be called */
  readonly begin: (opened: Opened) => BegunPart;
}

/** The part for one caller. */
export interface BegunPart extends Pick<CallSession, 'startDeadline'> {
  /** What is wrong with what is given. What the issuer fills in may be missing. */
  readonly issues: (given: Input) => readonly InputIssue[];
  readonly fillIn: (given: Input, issuer: Issuer) => Checked<FilledPart>;
}

/** The part with everything that the issuer fills in. */
export interface FilledPart {
  /** Where what was given differs from the issuer. */
  readonly warnings: Filled<unknown>['warnings'];
  /** Reads what is stored. Errors of reading are in the steps. */
  readonly plan: () => Promise<PartPlan>;
}

/** A part as a platform declares it. */
interface DeclaredPart<Opened, Desired> extends PartFacts {
  readonly schema: z.ZodType<Desired>;
  readonly filling: Filling<Desired>;
  readonly plan: (opened: Opened, desired: Desired) => Promise<PartPlan>;
}

/** Makes a part. The type of its desired state stays in here. */
export function declareSignInPart<Opened extends CallSession, Desired>({
  schema,
  filling,
  plan,
  ...facts
}: DeclaredPart<Opened, Desired>): SignInPart<Opened> {
  return {
    ...facts,
    begin: (opened) => ({
      startDeadline: opened.startDeadline,
      issues: (given) => issuesOfGiven(schema, filling, given),
      fillIn: (given, issuer) => {
        const filled = fillIn(schema, filling, given, issuer);
        if ('issues' in filled) return filled;
        const { value: desired, warnings } = filled.value;
        return { value: { warnings, plan: () => plan(opened, desired) } };
      },
    }),
  };
}
