import { requireFresh } from '../../../domain/fingerprint.ts';
import { parseInput } from '../../../domain/parse.ts';
import type { Graph } from '../../../graph/graph.ts';
import { addMutation } from '../../../graph/root-fields/mutation.ts';
import { aboutRetries } from '../../../graph/root-fields/retries.ts';
import { RootFields } from '../../../graph/root-fields/root-fields.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { needs } from '../federation.ts';
import {
  createOidcConfig,
  getOidcConfig,
  getOidcConfigToChange,
  updateOidcConfig,
} from './operations.ts';
import { changed } from './change.ts';
import { filling } from './from-issuer.ts';
import { oidcConfigDraft, oidcConfigKey, oidcConfigPatch } from './input.ts';
import { snapshotOf } from './translate.ts';
import { oidcConfigWarnings, storedWarnings } from './warnings.ts';
import { addValuesFromIssuer } from './schema-issuer.ts';
import { addKeyRotation } from './schema-keys.ts';
import { createFields, updateFields } from './schema-inputs.ts';
import { addOidcConfig, viewOf } from './schema-types.ts';
import type { HuaweiIamSettings } from '../settings.ts';

const PATH = '/v3.0/OS-FEDERATION/identity-providers/{idp_id}/openid-connect-config';
const CHECKED = 'The input is checked first and all errors are reported at once.';

/** Adds the OpenID Connect configurations of Huawei Cloud IAM. @returns their types */
export function addOidcConfigs(graph: Graph, open: OpenSession<HuaweiIamSettings>) {
  const types = addOidcConfig(graph, open);
  addValuesFromIssuer(graph, types);

  const fields = new RootFields(graph, {
    noun: 'OidcConfig',
    label: 'configuration',
    key: 'idpId',
    aboutKey: 'Id of the identity provider: 1 to 64 letters, digits, hyphens and underscores.',
    type: types.oidcConfig,
    about: 'The configuration as Huawei Cloud IAM returned it.',
    open,
    viewOf,
    warnings: storedWarnings,
  });
  const target = fields.read(getOidcConfig, {
    description: `Reads the OpenID Connect configuration of an identity provider in Huawei Cloud IAM (\`GET ${PATH}\`). ${needs('getOpenIDConnectConfig')}`,
    schema: oidcConfigKey,
  });
  fields.create(createOidcConfig, {
    description: `Creates the OpenID Connect configuration of an identity provider in Huawei Cloud IAM (\`POST ${PATH}\`). ${needs('createOpenIDConnectConfig')} ${CHECKED}`,
    input:
      'A new OpenID Connect configuration of an identity provider in Huawei Cloud IAM. A field that is null counts as omitted.',
    fields: (t) => createFields(t, types),
    schema: oidcConfigDraft,
    filling,
    warnings: (draft) => [...oidcConfigWarnings(draft, draft.signingKey.keys)],
  });
  // Not made by `rootFields`: it writes what it has read, with the changes applied.
  addMutation(graph, updateOidcConfig, {
    name: 'updateOidcConfig',
    key: 'idpId',
    success: fields.success('Update', 'The configuration was changed.'),
    description:
      `Changes the given fields of the OpenID Connect configuration of an identity provider in Huawei Cloud IAM (\`PUT ${PATH}\`). ` +
      'The gateway first reads the stored configuration and includes its values in the request, because IAM does not document whether it keeps fields that are not sent. If someone else changes the configuration between the read and the write, that change is lost. ' +
      `Requires the Security Administrator role or the actions iam:identityProviders:updateOpenIDConnectConfig and iam:identityProviders:getOpenIDConnectConfig. ${CHECKED} ${aboutRetries(updateOidcConfig, true)}`,
    argument: 'The configuration to change, and the new values.',
    input:
      'A change to the OpenID Connect configuration of an identity provider in Huawei Cloud IAM. Only the given fields change.',
    fields: (t) => updateFields(t, types),
    resolve: async (input, context) => {
      const session = open(context);
      const { expectedFingerprint: expected, ...patch } = parseInput(oidcConfigPatch, input);
      const { value: stored } = await session.call(getOidcConfigToChange, { idpId: patch.idpId });
      const before = snapshotOf(stored);
      requireFresh(expected, before);
      const whole = changed(patch, stored);
      const about = [...storedWarnings({ ...whole, signingKey: whole.signingKey.text })];
      const { value, warnings } = await session.call(updateOidcConfig, whole, { expected, before });
      return { object: viewOf(value, session), warnings: [...warnings, ...about] };
    },
  });

  addKeyRotation(graph, types, open);
  return { ...types, target };
}
