import type { InputFieldMap } from '@pothos/core';
import { withoutNulls } from '../../../domain/parse.ts';
import { requiresScope } from '../../../graph/authorization.ts';
import type { InputFields } from '../../../graph/builder.ts';
import type { Graph } from '../../../graph/graph.ts';
import { keyedBy, RESUMES } from '../../../graph/keys.ts';
import {
  BY_ISSUER,
  issuerField,
  parseNamingIssuer,
} from '../../../graph/root-fields/issuer-input.ts';
import {
  ABOUT_DRY_RUN,
  ERRORS_BEFORE_STEPS,
  isIncomplete,
  ProvisionIncomplete,
} from '../../../graph/root-fields/provision.ts';
import type { Provision } from '../../../graph/root-fields/provision.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { provisioning } from './input.ts';
import { signInPart } from './part.ts';
import { provision, provisioningWarnings } from './provision.ts';
import { filling } from '../oidc-config/from-issuer.ts';
import { wholeConfig } from '../oidc-config/schema-inputs.ts';
import type { RuleInputRef } from '../mapping/schema-rule.ts';
import { FIELDS } from '../oidc-config/fields.ts';
import { viewOf } from '../oidc-config/schema-types.ts';
import type { OidcConfigTypes, ConfigurationView } from '../oidc-config/schema-types.ts';
import type { HuaweiIamSettings } from '../settings.ts';

interface ProvisionSuccess extends Provision {
  readonly oidcConfig: ConfigurationView | null;
}

class OidcConfigIncomplete extends ProvisionIncomplete {}

/** Adds the mutation `provisionOidcConfig`. */
export function addProvisioning(
  { builder, OidcConfigProvision, OidcSuccess, signInParts }: Graph,
  types: OidcConfigTypes,
  rule: RuleInputRef,
  open: OpenSession<HuaweiIamSettings>,
): void {
  const success = builder.objectRef<ProvisionSuccess>('ProvisionOidcConfigSuccess').implement({
    description:
      'Everything matches the desired state. In a dry run: nothing was written, and no step failed.',
    interfaces: [OidcSuccess, OidcConfigProvision],
    fields: (t) => ({
      oidcConfig: t.field({
        type: types.oidcConfig,
        nullable: true,
        description: 'The stored configuration; null only in a dry run if it does not exist yet.',
        resolve: (self) => self.oidcConfig,
      }),
    }),
  });
  builder.objectType(OidcConfigIncomplete, {
    name: 'ProvisionOidcConfigIncomplete',
    description:
      'A step failed. Changes made by earlier steps stay. Fix what the `error` of the failed step describes, then send the same input again: provisioning continues from there.',
    interfaces: [OidcConfigProvision],
  });

  const around = (t: InputFields): InputFieldMap => ({
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
  });
  const input = builder.inputType('ProvisionOidcConfigInput', {
    description:
      'The desired state: a configuration, and the objects that it requires. A field that is null counts as omitted.',
    fields: (t) => ({
      ...around(t),
      ...wholeConfig(t, types),
      ...issuerField(t, filling),
      dryRun: t.boolean({ description: ABOUT_DRY_RUN }),
    }),
  });
  signInParts.set(signInPart.field, {
    input: builder.inputType('OidcConfigSignInInput', {
      description:
        'The desired state on Huawei Cloud IAM: a configuration, and the objects that it requires. A field that is null counts as omitted.',
      fields: (t) => ({ ...around(t), ...wholeConfig(t, types, BY_ISSUER) }),
    }),
    output: types.oidcConfig,
  });

  builder.mutationField('provisionOidcConfig', (t) =>
    t.field({
      type: success,
      nullable: true,
      description:
        'Brings an identity provider of Huawei Cloud IAM, its mapping, its protocol and its OpenID Connect configuration to the desired state, with the identity provider enabled. It creates what is missing, updates what differs, and leaves alone what matches. ' +
        'Everything is read first; nothing is written unless all of it could be read. After a failure, send the same input again: provisioning continues from there. Select `... on OidcConfigProvision` as well as `... on OidcError`: if a step fails, the result is `ProvisionOidcConfigIncomplete`. Requires the Security Administrator role, or the actions that the individual mutations require.',
      args: { input: t.arg({ type: input, required: true, description: 'The desired state.' }) },
      extensions: { ...requiresScope('oidc:write'), ...keyedBy('idpId'), ...RESUMES },
      errors: {
        types: [...ERRORS_BEFORE_STEPS, OidcConfigIncomplete],
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
        const about = [...filled.warnings, ...provisioningWarnings(desired)];
        const { steps, oidcConfig, warnings } = await provision(desired, session.call);
        const done = { dryRun: desired.dryRun, steps, warnings: [...warnings, ...about] };
        if (isIncomplete(done)) throw new OidcConfigIncomplete(done);
        return { ...done, oidcConfig: oidcConfig && viewOf(oidcConfig, session) };
      },
    }),
  );
}
