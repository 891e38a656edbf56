import {
  InvalidInputError,
  IssuerError,
  OIDC_ERRORS,
  PermissionDeniedError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../../domain/errors.ts';
import type { OidcError } from '../../../domain/errors.ts';
import { withoutNulls } from '../../../domain/parse.ts';
import { requiresScope } from '../../../graph/authorization.ts';
import { describedValues } from '../../../graph/builder.ts';
import { errorValue, PartialFailure } from '../../../graph/errors.ts';
import type { Graph } from '../../../graph/graph.ts';
import { keyedBy } from '../../../graph/keys.ts';
import { issuerField, parseNamingIssuer } from '../../../graph/root-fields/issuer-input.ts';
import type { Success } from '../../../graph/root-fields/success.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { ruleWarnings } from '../mapping/warnings.ts';
import { provisioning } from './input.ts';
import { oidcConfigWarnings } from '../oidc-config/warnings.ts';
import { provision } from './provision.ts';
import type { ProvisionChange, ProvisionTarget } from './step.ts';
import type { ProvisionAction, ProvisionStep } from './provision.ts';
import { filling } from '../oidc-config/from-issuer.ts';
import { wholeConfig } from '../oidc-config/schema-inputs.ts';
import type { RuleInputRef } from '../mapping/schema-rule.ts';
import { FIELDS } from '../oidc-config/fields.ts';
import { viewOf } from '../oidc-config/schema-types.ts';
import type { OidcConfigTypes, ConfigurationView } from '../oidc-config/schema-types.ts';
import type { HuaweiIamSettings } from '../settings.ts';

interface Provision extends Success {
  readonly dryRun: boolean;
  readonly steps: readonly ProvisionStep[];
}

interface ProvisionSuccess extends Provision {
  readonly oidcConfig: ConfigurationView | null;
}

/** A step failed. A result member of its own, with the steps that were taken and the error of the failed one. */
class ProvisionIncomplete extends PartialFailure implements Provision {
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

const TARGETS: Readonly<Record<ProvisionTarget, string>> = {
  IDENTITY_PROVIDER:
    'The identity provider. The step makes sure that it exists, is enabled and has the given description.',
  MAPPING: 'The mapping. The step makes sure that it exists with the given rules.',
  PROTOCOL:
    'The protocol `oidc` of the identity provider. The step makes sure that it exists and refers to the mapping.',
  OIDC_CONFIG:
    'The OpenID Connect configuration of the identity provider. The step makes sure that it exists with the given values.',
};
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

/** Adds the mutation `provisionOidcConfig`. */
export function addProvisioning(
  { builder, OidcError, OidcSuccess, OidcWarning }: Graph,
  types: OidcConfigTypes,
  rule: RuleInputRef,
  open: OpenSession<HuaweiIamSettings>,
): void {
  const target = builder.enumType('OidcConfigProvisionTarget', {
    description:
      'The objects that the provisioning steps work on: first the identity provider, then the mapping, the protocol, and the OpenID Connect configuration.',
    values: describedValues(TARGETS),
  });
  const action = builder.enumType('OidcConfigProvisionAction', {
    description: 'What a provisioning step did or, in a dry run, would do.',
    values: describedValues(ACTIONS),
  });

  const value = (json: ProvisionChange['from']) => (json === null ? null : JSON.stringify(json));
  const change = builder.objectRef<ProvisionChange>('OidcConfigProvisionChange').implement({
    description: 'A field that a provisioning step sets.',
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
  const provisioned = builder.interfaceRef<Provision>('OidcConfigProvision').implement({
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
        description: 'All four steps, in order.',
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
          'Things that were accepted but are likely to cause problems, and writes that took more than one attempt or had to be confirmed by a read (REPEATED, CONFIRMED_BY_READING). The path begins with the target of the step. Often empty.',
        resolve: ({ warnings }) => [...warnings],
      }),
    }),
  });

  const success = builder.objectRef<ProvisionSuccess>('ProvisionOidcConfigSuccess').implement({
    description:
      'Everything matches the desired state. In a dry run: nothing was written, and no step failed.',
    interfaces: [OidcSuccess, provisioned],
    fields: (t) => ({
      oidcConfig: t.field({
        type: types.oidcConfig,
        nullable: true,
        description: 'The stored configuration; null only in a dry run if it does not exist yet.',
        resolve: (self) => self.oidcConfig,
      }),
    }),
  });
  builder.objectType(ProvisionIncomplete, {
    name: 'ProvisionOidcConfigIncomplete',
    description:
      'A step failed. Changes made by earlier steps stay. Fix what the `error` of the failed step describes, then send the same input again: provisioning continues from there.',
    interfaces: [provisioned],
  });

  const input = builder.inputType('ProvisionOidcConfigInput', {
    description:
      'The desired state: a configuration, and the objects that it requires. A field that is null counts as omitted.',
    fields: (t) => ({
      idpId: t.id({
        required: true,
        description: `${FIELDS.idpId.about} Created if it does not exist.`,
      }),
      description: t.string({
        description:
          'Text for administrators, stored with the identity provider. If omitted, it stays unchanged.',
      }),
      mappingId: t.id({
        description:
          'Id of the mapping: 1 to 64 letters, digits, hyphens and underscores. Default: the mapping that the protocol refers to, or else `mapping_<idpId>`. Required if `mapping_<idpId>` would be longer than 64 characters.',
      }),
      rules: t.field({
        type: [rule],
        description:
          'Rules of the mapping (1 to 10 of them). If omitted, an existing mapping keeps its rules, and a new mapping signs everyone in as the user FederationUser, which has no permissions.',
      }),
      ...wholeConfig(t, types),
      ...issuerField(t, filling),
      dryRun: t.boolean({
        description:
          'If true, only reads and compares, and shows what would happen (WOULD_CREATE, WOULD_UPDATE). Nothing is written. Default: false.',
      }),
    }),
  });

  builder.mutationField('provisionOidcConfig', (t) =>
    t.field({
      type: success,
      nullable: true,
      description:
        'Brings an identity provider of Huawei Cloud IAM, its mapping, its protocol and its OpenID Connect configuration to the desired state, with the identity provider enabled. It creates what is missing, updates what differs, and leaves alone what matches. ' +
        'Everything is read first; nothing is written unless all of it could be read. After a failure, send the same input again: provisioning continues from there. Select `... on OidcConfigProvision` as well as `... on OidcError`: if a step fails, the result is `ProvisionOidcConfigIncomplete`. Requires the Security Administrator role, or the actions that the individual mutations require.',
      args: { input: t.arg({ type: input, required: true, description: 'The desired state.' }) },
      extensions: { ...requiresScope('oidc:write'), ...keyedBy('idpId') },
      errors: {
        types: [
          InvalidInputError,
          UnauthenticatedError,
          PermissionDeniedError,
          RateLimitedError,
          UpstreamUnavailableError,
          IssuerError,
          ProvisionIncomplete,
        ],
        union: {
          description:
            'The result of `provisionOidcConfig`. Upstream errors are reported in the steps.',
        },
      },
      resolve: async (_root, args, context) => {
        const session = open(context);
        const given = withoutNulls(args.input);
        const filled = await parseNamingIssuer(provisioning, filling, given, context, session);
        const desired = filled.value;
        const about = [
          ...filled.warnings,
          ...oidcConfigWarnings(desired, desired.signingKey.keys),
          ...(desired.rules === undefined ? [] : ruleWarnings(desired.rules)),
        ];
        const { steps, oidcConfig, warnings } = await provision(desired, session.call);
        const done = { dryRun: desired.dryRun, steps, warnings: [...warnings, ...about] };
        if (steps.some(({ action: taken }) => taken === 'FAILED'))
          throw new ProvisionIncomplete(done);
        return { ...done, oidcConfig: oidcConfig && viewOf(oidcConfig, session) };
      },
    }),
  );
}
