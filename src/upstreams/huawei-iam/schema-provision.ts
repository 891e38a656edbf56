import {
  InvalidInputError,
  OIDC_ERRORS,
  PermissionDeniedError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
import { parseInput, withoutNulls } from '../../domain/parse.ts';
import { requiresScope } from '../../graph/authorization.ts';
import { describedValues, errorValue } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession } from '../../transport/upstream.ts';
import { ruleWarnings } from './input-federation.ts';
import { provisioning } from './input-provision.ts';
import { oidcConfigWarnings } from './input.ts';
import { provision } from './provision.ts';
import type { ProvisionChange, ProvisionTarget } from './provision-plan.ts';
import type { ProvisionAction, ProvisionStep } from './provision.ts';
import { wholeConfig } from './schema-inputs.ts';
import type { RuleInputRef } from './schema-rule.ts';
import { ABOUT, shown } from './schema-types.ts';
import type { OidcConfigTypes, Shown } from './schema-types.ts';
import type { HuaweiIamSettings } from './upstream.ts';

interface Provision extends Success {
  readonly dryRun: boolean;
  readonly steps: readonly ProvisionStep[];
}

interface ProvisionSuccess extends Provision {
  readonly oidcConfig: Shown | null;
}

/** A step failed. It is a member of the result beside the errors: it holds what was done, and one of them. */
class ProvisionIncomplete extends Error implements Provision {
  readonly dryRun: boolean;
  readonly steps: readonly ProvisionStep[];
  readonly warnings: Success['warnings'];

  constructor({ dryRun, steps, warnings }: Provision) {
    super('A step of the provisioning failed.');
    this.dryRun = dryRun;
    this.steps = steps;
    this.warnings = warnings;
  }
}

const TARGETS: Readonly<Record<ProvisionTarget, string>> = {
  IDENTITY_PROVIDER:
    'The identity provider: it exists, is enabled, and has the description that is given.',
  MAPPING: 'The mapping: it exists, with the rules that are given.',
  PROTOCOL: 'The protocol `oidc` of the identity provider: it exists, and names the mapping.',
  OIDC_CONFIG: 'The OpenID Connect configuration of the identity provider: it exists as given.',
};
const ACTIONS: Readonly<Record<ProvisionAction, string>> = {
  CREATED: 'It did not exist and was created. Never in a dry run.',
  UPDATED: 'It differed and was updated. Never in a dry run.',
  WOULD_CREATE: 'It does not exist; without `dryRun` it would be created. Only in a dry run.',
  WOULD_UPDATE: 'It differs; without `dryRun` it would be updated. Only in a dry run.',
  UNCHANGED: 'It is as desired; nothing was written.',
  FAILED: 'It could not be read or written; `error` says why.',
  SKIPPED:
    'Not tried, because another step failed. `changes` says what there is to do, where that is known.',
};

/** Adds the mutation `provisionOidcConfig`. */
export function addProvisioning(
  { builder, OidcError, OidcSuccess, OidcWarning }: Graph,
  types: OidcConfigTypes,
  rule: RuleInputRef,
  open: OpenSession<HuaweiIamSettings>,
): void {
  const target = builder.enumType('OidcConfigProvisionTarget', {
    description: 'What a step of a provisioning is about, in the order of the steps.',
    values: describedValues(TARGETS),
  });
  const action = builder.enumType('OidcConfigProvisionAction', {
    description: 'What a step of a provisioning did, or in a dry run would do.',
    values: describedValues(ACTIONS),
  });

  const value = (json: ProvisionChange['from']) => (json === null ? null : JSON.stringify(json));
  const change = builder.objectRef<ProvisionChange>('OidcConfigProvisionChange').implement({
    description: 'A field that a step sets.',
    fields: (t) => ({
      path: t.stringList({
        description: 'Which field of what the step is about.',
        resolve: ({ path }) => [...path],
      }),
      from: t.string({
        nullable: true,
        description: 'What was stored, as JSON text; null where there was nothing.',
        resolve: ({ from }) => value(from),
      }),
      to: t.string({
        nullable: true,
        description: 'What is desired, as JSON text; null where the field is dropped.',
        resolve: ({ to }) => value(to),
      }),
    }),
  });
  const step = builder.objectRef<ProvisionStep>('OidcConfigProvisionStep').implement({
    description: 'A step of a provisioning.',
    fields: (t) => ({
      target: t.field({
        type: target,
        description: 'What it is about.',
        resolve: (self) => self.target,
      }),
      id: t.id({
        nullable: true,
        description:
          'Id of what it is about; null where it depends on something that could not be read.',
        resolve: ({ id }) => id,
      }),
      action: t.field({
        type: action,
        description:
          'What it did; in a dry run what it would do: WOULD_CREATE or WOULD_UPDATE instead of CREATED or UPDATED.',
        resolve: (self) => self.action,
      }),
      changes: t.field({
        type: [change],
        description: 'Every field that it sets; empty where there is nothing to do.',
        resolve: ({ changes }) => [...changes],
      }),
      error: t.field({
        type: OidcError,
        nullable: true,
        description: 'Why it failed; null where it did not.',
        resolve: ({ error }) => error && errorValue(error, OIDC_ERRORS[error.code]),
      }),
    }),
  });
  const provisioned = builder.interfaceRef<Provision>('OidcConfigProvision').implement({
    description:
      'What a provisioning did, whether all of it or a part; in a dry run what it would do.',
    fields: (t) => ({
      dryRun: t.boolean({
        description:
          'Whether this was a dry run, as asked for in the input: nothing was written, and the steps say what would happen.',
        resolve: (self) => self.dryRun,
      }),
      steps: t.field({
        type: [step],
        description: 'All four steps, in their order.',
        resolve: ({ steps }) => [...steps],
      }),
      requestId: t.id({
        description:
          "The gateway's id of this request, also in the `X-Request-Id` header and in its log.",
        resolve: (_self, _args, context) => context.requestId,
      }),
      warnings: t.field({
        type: [OidcWarning],
        description:
          'What is accepted, but likely to cause problems, and how writes came about (CONFIRMED_BY_READING, REPEATED). The path begins with the target of the step. Often empty.',
        resolve: ({ warnings }) => [...warnings],
      }),
    }),
  });

  const success = builder.objectRef<ProvisionSuccess>('ProvisionOidcConfigSuccess').implement({
    description: 'Everything is as desired; in a dry run: nothing was written, and no step failed.',
    interfaces: [OidcSuccess, provisioned],
    fields: (t) => ({
      oidcConfig: t.field({
        type: types.oidcConfig,
        nullable: true,
        description:
          'The configuration as it is stored; null only in a dry run where there is none yet.',
        resolve: (self) => self.oidcConfig,
      }),
    }),
  });
  builder.objectType(ProvisionIncomplete, {
    name: 'ProvisionOidcConfigIncomplete',
    description:
      'A step failed. What the steps before it did stands: fix what the `error` of the failed step says and send the same again, which goes on from there.',
    interfaces: [provisioned],
  });

  const input = builder.inputType('ProvisionOidcConfigInput', {
    description:
      'The desired state: a configuration, and what it needs first. A field that is null is the same as one left out.',
    fields: (t) => ({
      idpId: t.id({
        required: true,
        description: `${ABOUT.idpId} Created where it does not exist.`,
      }),
      description: t.string({
        description: 'Text for administrators at the identity provider. Left out, it stays.',
      }),
      mappingId: t.id({
        description:
          'Id of the mapping: 1 to 64 letters, digits, hyphens and underscores. Left out, it is the one that the protocol names, or else `mapping_<idpId>`; needed where `mapping_<idpId>` would be longer than 64.',
      }),
      rules: t.field({
        type: [rule],
        description:
          'Rules of the mapping, 1 to 10. Left out, those of a mapping that exists stay, and a new one makes everybody the user FederationUser, who has no rights.',
      }),
      ...wholeConfig(t, types),
      dryRun: t.boolean({
        description:
          'True: read and compare only, and say what would happen (WOULD_CREATE, WOULD_UPDATE). Nothing is written. Default: false.',
      }),
    }),
  });

  builder.mutationField('provisionOidcConfig', (t) =>
    t.field({
      type: success,
      nullable: true,
      description:
        'Brings an identity provider of Huawei Cloud IAM (enabled), its mapping, its protocol and its OpenID Connect configuration to the desired state: creates what is missing, updates what differs, leaves what matches. ' +
        'Everything is read first; nothing is written unless all of it could be read. Send the same again after a failure: it goes on from there. Select `... on OidcConfigProvision` beside `... on OidcError`: a step that fails gives `ProvisionOidcConfigIncomplete`. Needs Security Administrator, or the actions of the single mutations.',
      args: { input: t.arg({ type: input, required: true, description: 'The desired state.' }) },
      extensions: requiresScope('oidc:write'),
      errors: {
        types: [
          InvalidInputError,
          UnauthenticatedError,
          PermissionDeniedError,
          RateLimitedError,
          UpstreamUnavailableError,
          ProvisionIncomplete,
        ],
        union: {
          description: 'What `provisionOidcConfig` gives: errors of the upstream are in its steps.',
        },
      },
      resolve: async (_root, args, context) => {
        const session = open(context);
        const desired = parseInput(provisioning, withoutNulls(args.input));
        const about = [
          ...oidcConfigWarnings(desired, desired.signingKey.keys),
          ...(desired.rules === undefined ? [] : ruleWarnings(desired.rules)),
        ];
        const { steps, oidcConfig, warnings } = await provision(desired, session.call);
        const done = { dryRun: desired.dryRun, steps, warnings: [...warnings, ...about] };
        if (steps.some(({ action: taken }) => taken === 'FAILED'))
          throw new ProvisionIncomplete(done);
        return { ...done, oidcConfig: oidcConfig && shown(oidcConfig, session) };
      },
    }),
  );
}
