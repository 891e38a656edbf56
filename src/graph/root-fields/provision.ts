import {
  IdempotencyInFlightError,
  IdempotencyMismatchError,
  InvalidInputError,
  IssuerError,
  OIDC_ERRORS,
  PermissionDeniedError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
import type { OidcError } from '../../domain/errors.ts';
import type { ProvisionAction, ProvisionStep } from '../../transport/provision/run.ts';
import type { ProvisionChange } from '../../transport/provision/step.ts';
import { describedValues } from '../builder.ts';
import type { Builder } from '../builder.ts';
import { errorValue, PartialFailure } from '../errors.ts';
import type { addErrors } from '../errors.ts';
import type { addSuccess, Success } from './success.ts';

/** What became of the steps of a provisioning mutation. */
export interface Provision extends Success {
  readonly dryRun: boolean;
  readonly steps: readonly ProvisionStep[];
}

/** A step failed. A result member of its own, with the steps that were taken and the error of the failed one. */
export abstract class ProvisionIncomplete extends PartialFailure implements Provision {
  readonly dryRun: boolean;
  readonly steps: readonly ProvisionStep[];
  readonly warnings: Success['warnings'];

  constructor({ dryRun, steps, warnings }: Provision) {
    super('A provisioning step failed.');
    this.dryRun = dryRun;
    this.steps = steps;
    this.warnings = warnings;
  }

  get errors(): readonly OidcError[] {
    return this.steps.flatMap(({ error }) => error ?? []);
  }
}

/** The errors with which a provisioning mutation may end before its steps. */
export const ERRORS_BEFORE_STEPS = [
  InvalidInputError,
  UnauthenticatedError,
  PermissionDeniedError,
  RateLimitedError,
  UpstreamUnavailableError,
  IssuerError,
  IdempotencyMismatchError,
  IdempotencyInFlightError,
] as const;

/** Whether a step failed. */
export function isIncomplete({ steps }: Pick<Provision, 'steps'>): boolean {
  return steps.some(({ action }) => action === 'FAILED');
}

const ACTIONS: Readonly<Record<ProvisionAction, string>> = {
  CREATED: 'It did not exist and was created. Never in a dry run.',
  UPDATED: 'It differed and was updated. Never in a dry run.',
  WOULD_CREATE: 'It does not exist; without `dryRun` it would be created. Only in a dry run.',
  WOULD_UPDATE: 'It differs; without `dryRun` it would be updated. Only in a dry run.',
  UNCHANGED: 'It already matches the desired state; nothing was written.',
  FAILED: 'It could not be read or written; `error` says why.',
  SKIPPED:
    'Not attempted, because another step failed. `changes` lists what remains to be done, if that is known.',
};

/** The description of `dryRun` in the input of a provisioning mutation. */
export const ABOUT_DRY_RUN =
  'If true, only reads and compares, and shows what would happen (WOULD_CREATE, WOULD_UPDATE). Nothing is written. Default: false.';

/**
 * Adds the interface of the results of provisioning mutations. Its name and those of its parts begin with `OidcConfig`,
 * because clients know them from `provisionOidcConfig`.
 */
export function addProvision(
  builder: Builder,
  OidcError: ReturnType<typeof addErrors>,
  OidcWarning: ReturnType<typeof addSuccess>['OidcWarning'],
  targets: readonly Readonly<Record<string, string>>[],
) {
  const target = addTargets(builder, targets);
  const action = builder.enumType('OidcConfigProvisionAction', {
    description: 'What a provisioning step did or, in a dry run, would do.',
    values: describedValues(ACTIONS),
  });
  const change = addChange(builder);
  const step = builder.objectRef<ProvisionStep>('OidcConfigProvisionStep').implement({
    description: 'A provisioning step.',
    fields: (t) => ({
      target: t.field({
        type: target,
        description: 'The object that the step works on.',
        resolve: (self) => self.target,
      }),
      id: t.id({
        nullable: true,
        description:
          'Id of the object that the step works on; null if the id cannot be determined because a read failed.',
        resolve: ({ id }) => id,
      }),
      action: t.field({
        type: action,
        description:
          'What the step did. In a dry run, what it would do: WOULD_CREATE or WOULD_UPDATE instead of CREATED or UPDATED.',
        resolve: (self) => self.action,
      }),
      changes: t.field({
        type: [change],
        description: 'Every field that the step sets; empty if there is nothing to do.',
        resolve: ({ changes }) => [...changes],
      }),
      error: t.field({
        type: OidcError,
        nullable: true,
        description: 'Why the step failed; null if it did not.',
        resolve: ({ error }) => error && errorValue(error, OIDC_ERRORS[error.code]),
      }),
    }),
  });
  return builder.interfaceRef<Provision>('OidcConfigProvision').implement({
    description:
      'The steps of a provisioning run, whether it completed or not. In a dry run, what it would do.',
    fields: (t) => ({
      dryRun: t.boolean({
        description:
          'Whether this was a dry run, as requested in the input. If so, nothing was written, and the steps show what would happen.',
        resolve: (self) => self.dryRun,
      }),
      steps: t.field({
        type: [step],
        description: 'All steps, in order.',
        resolve: ({ steps }) => [...steps],
      }),
      requestId: t.id({
        description:
          "The gateway's id for this request. It is also in the `X-Request-Id` header and in the gateway's log.",
        resolve: (_self, _args, context) => context.requestId,
      }),
      warnings: t.field({
        type: [OidcWarning],
        description:
          'Things that were accepted but are likely to cause problems, and writes that took more than one attempt or had to be confirmed by a read (REPEATED, CONFIRMED_BY_READING). The path begins with a field of the input, or with the target of a step. Often empty.',
        resolve: ({ warnings }) => [...warnings],
      }),
    }),
  });
}

function addTargets(builder: Builder, targets: readonly Readonly<Record<string, string>>[]) {
  const all = targets.flatMap((one) => Object.entries(one));
  const byName = Object.fromEntries(all);
  if (Object.keys(byName).length < all.length)
    throw new Error('Two upstreams declare a provisioning target of the same name.');
  return builder.enumType('OidcConfigProvisionTarget', {
    description:
      'The objects that provisioning steps work on. An object that others of the same platform need comes before them.',
    values: describedValues(byName),
  });
}

function addChange(builder: Builder) {
  const value = (json: ProvisionChange['from']) => (json === null ? null : JSON.stringify(json));
  return builder.objectRef<ProvisionChange>('OidcConfigProvisionChange').implement({
    description: 'A field that a provisioning step sets. Secrets are shown as `"********"`.',
    fields: (t) => ({
      path: t.stringList({
        description: 'Path of the field in the object of the step.',
        resolve: ({ path }) => [...path],
      }),
      from: t.string({
        nullable: true,
        description: 'The stored value, as a JSON string; null if there was none.',
        resolve: ({ from }) => value(from),
      }),
      to: t.string({
        nullable: true,
        description: 'The desired value, as a JSON string; null if the field is removed.',
        resolve: ({ to }) => value(to),
      }),
    }),
  });
}
