import { requireFresh } from '../../domain/fingerprint.ts';
import { parseInput, withoutNulls } from '../../domain/parse.ts';
import { hasPrivateKey } from '../../domain/private-key.ts';
import { requiresScope } from '../../graph/authorization.ts';
import { CHANGE_ERRORS, CREATE_ERRORS, READ_ERRORS } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import { aboutRetries } from '../../graph/retries.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession } from '../../transport/upstream.ts';
import { createOidcConfig, getOidcConfig, updateOidcConfig } from './client.ts';
import {
  changed,
  oidcConfigDraft,
  oidcConfigKey,
  oidcConfigPatch,
  oidcConfigWarnings,
  storedConfigWarnings,
} from './input.ts';
import { snapshotOf } from './mapping.ts';
import { addIdentityProviders } from './schema-identity-provider.ts';
import { addInputs } from './schema-inputs.ts';
import { addMappings } from './schema-mapping.ts';
import { addProtocols } from './schema-protocol.ts';
import { addProvisioning } from './schema-provision.ts';
import { addOidcConfig, shown } from './schema-types.ts';
import type { Shown } from './schema-types.ts';
import type { HuaweiIamSettings } from './upstream.ts';

interface OidcConfigSuccess extends Success {
  readonly oidcConfig: Shown;
}

/** Adds the OpenID Connect configurations of Huawei Cloud IAM, and what has to exist before them. */
export function registerSchema(graph: Graph, open: OpenSession<HuaweiIamSettings>): void {
  const { builder, OidcSuccess } = graph;
  const types = addOidcConfig(graph, open);
  const inputs = addInputs(graph, types);
  addIdentityProviders(graph, open);
  addProtocols(graph, open);
  const rule = addMappings(graph, open);
  addProvisioning(graph, types, rule, open);

  const success = (name: string, description: string) =>
    builder.objectRef<OidcConfigSuccess>(name).implement({
      description,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        oidcConfig: t.field({
          type: types.oidcConfig,
          description: 'The configuration as Huawei Cloud IAM answered it.',
          resolve: (self) => self.oidcConfig,
        }),
      }),
    });

  builder.queryField('oidcConfig', (t) =>
    t.field({
      type: success('OidcConfigSuccess', 'The configuration exists.'),
      nullable: true,
      description:
        'Reads the OpenID Connect configuration of an identity provider in Huawei Cloud IAM (`GET /v3.0/OS-FEDERATION/identity-providers/{idp_id}/openid-connect-config`). ' +
        'Needs Security Administrator or the action iam:identityProviders:getOpenIDConnectConfig.',
      args: {
        idpId: t.arg.id({
          required: true,
          description:
            'Id of the identity provider: 1 to 64 letters, digits, hyphens and underscores.',
        }),
      },
      extensions: requiresScope('oidc:read'),
      errors: { types: READ_ERRORS, union: { description: 'What `oidcConfig` gives.' } },
      resolve: async (_root, { idpId }, context) => {
        const session = open(context);
        const { value: stored } = await session.call(
          getOidcConfig,
          parseInput(oidcConfigKey, { idpId }),
        );
        return { oidcConfig: shown(stored, session), warnings: [...storedConfigWarnings(stored)] };
      },
    }),
  );

  builder.mutationField('createOidcConfig', (t) =>
    t.field({
      type: success('CreateOidcConfigSuccess', 'The configuration was created.'),
      nullable: true,
      description:
        'Creates the OpenID Connect configuration of an identity provider in Huawei Cloud IAM (`POST /v3.0/OS-FEDERATION/identity-providers/{idp_id}/openid-connect-config`). ' +
        `Needs Security Administrator or the action iam:identityProviders:createOpenIDConnectConfig. The input is checked first and all errors are reported at once. ${aboutRetries(createOidcConfig)}`,
      args: {
        input: t.arg({
          type: inputs.create,
          required: true,
          description: 'The new configuration.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: { types: CREATE_ERRORS, union: { description: 'What `createOidcConfig` gives.' } },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const draft = parseInput(oidcConfigDraft, withoutNulls(input));
        // Before the call: once it is made, nothing may stand between it and its answer.
        const about = [...oidcConfigWarnings(draft, draft.signingKey.keys)];
        const { value: created, warnings } = await session.call(createOidcConfig, draft);
        return { oidcConfig: shown(created, session), warnings: [...warnings, ...about] };
      },
    }),
  );

  builder.mutationField('updateOidcConfig', (t) =>
    t.field({
      type: success('UpdateOidcConfigSuccess', 'The configuration was changed.'),
      nullable: true,
      description:
        'Changes the given fields of the OpenID Connect configuration of an identity provider in Huawei Cloud IAM (`PUT /v3.0/OS-FEDERATION/identity-providers/{idp_id}/openid-connect-config`). ' +
        'What is stored is read first and sent along, because it is not documented whether IAM keeps what is not sent; so a change by somebody else between the two is lost. ' +
        `Needs Security Administrator or the actions iam:identityProviders:updateOpenIDConnectConfig and …getOpenIDConnectConfig. The input is checked first and all errors are reported at once. ${aboutRetries(updateOidcConfig, true)}`,
      args: {
        input: t.arg({
          type: inputs.update,
          required: true,
          description: 'Whose configuration, and what changes.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: { types: CHANGE_ERRORS, union: { description: 'What `updateOidcConfig` gives.' } },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { expectedFingerprint, ...patch } = parseInput(oidcConfigPatch, input);
        const { value: stored } = await session.call(getOidcConfig, { idpId: patch.idpId });
        const before = snapshotOf(stored);
        requireFresh(expectedFingerprint, before);
        const whole = changed(patch, stored);
        // What is not changed is sent as it is stored, and may be repeated in an error.
        if (hasPrivateKey(stored.signingKey)) context.scrubber.add(stored.signingKey);
        const about = [...storedConfigWarnings({ ...whole, signingKey: whole.signingKey.text })];
        const { value: updated, warnings } = await session.call(updateOidcConfig, whole, {
          expected: expectedFingerprint,
          before,
        });
        return { oidcConfig: shown(updated, session), warnings: [...warnings, ...about] };
      },
    }),
  );
}
