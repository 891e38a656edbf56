import type { Readable } from '../../../graph/edges/edges.ts';
import type { Graph } from '../../../graph/graph.ts';
import { RootFields } from '../../../graph/root-fields/root-fields.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import {
  createOpenIdConnect,
  deleteOpenIdConnect,
  getOpenIdConnect,
  saveOpenIdConnect,
  updateOpenIdConnect,
} from './operations.ts';
import { ABOUT_ID } from './fields.ts';
import {
  openIdConnectDeletion,
  openIdConnectDraft,
  openIdConnectKey,
  openIdConnectPatch,
  openIdConnectSave,
} from './input.ts';
import { filling } from './from-issuer.ts';
import { createFields, saveFields, updateFields } from './schema-inputs.ts';
import { addValuesFromIssuer } from './schema-issuer.ts';
import { addOpenIdConnects } from './schema-list.ts';
import { addOpenIdConnect, viewOf } from './schema-types.ts';
import type { ConfigurationView } from './schema-types.ts';
import { openIdConnectWarnings, storedWarnings } from './warnings.ts';
import type { OrderCloudSettings } from '../settings.ts';

const NEEDS_ADMIN = 'Requires a seller user with the role OpenIDConnectAdmin or FullAccess.';
const CHECKED = 'The input is checked first and all errors are reported at once.';

/** Adds the OpenID Connect configurations of OrderCloud. */
export function registerSchema(
  graph: Graph,
  open: OpenSession<OrderCloudSettings>,
): Readable<ConfigurationView> {
  const type = addOpenIdConnect(graph, open);
  addOpenIdConnects(graph, type, open);
  addValuesFromIssuer(graph);

  const fields = new RootFields(graph, {
    noun: 'OpenIdConnect',
    label: 'configuration',
    key: 'id',
    aboutKey: ABOUT_ID,
    type,
    about: 'The configuration as OrderCloud returned it.',
    open,
    viewOf,
    warnings: storedWarnings,
  });
  const target = fields.read(getOpenIdConnect, {
    description:
      'Reads an OpenID Connect configuration of OrderCloud (`GET /openidconnects/{id}`). Requires a seller user with the role OpenIDConnectReader, OpenIDConnectAdmin or FullAccess.',
    schema: openIdConnectKey,
  });
  fields.create(createOpenIdConnect, {
    description: `Creates an OpenID Connect configuration in OrderCloud (\`POST /openidconnects\`). ${NEEDS_ADMIN} ${CHECKED}`,
    input:
      'A new OpenID Connect configuration of OrderCloud. A field that is null counts as omitted.',
    fields: createFields,
    filling,
    schema: openIdConnectDraft,
    warnings: openIdConnectWarnings,
  });
  fields.save(saveOpenIdConnect, {
    description: `Creates an OpenID Connect configuration in OrderCloud, or completely replaces the one with this id (\`PUT /openidconnects/{id}\`). To change only some fields, use updateOpenIdConnect. ${NEEDS_ADMIN} ${CHECKED}`,
    input:
      'A whole OpenID Connect configuration of OrderCloud. It replaces the configuration with this id, or is created if there is none. A field that is omitted or null gets its default: nothing from the stored configuration is kept.',
    fields: saveFields,
    filling,
    schema: openIdConnectSave,
    warnings: openIdConnectWarnings,
  });
  fields.update(updateOpenIdConnect, {
    description: `Changes the given fields of an OpenID Connect configuration in OrderCloud (\`PATCH /openidconnects/{id}\`). All other fields stay unchanged. ${NEEDS_ADMIN} ${CHECKED}`,
    input:
      'A change to an OpenID Connect configuration of OrderCloud. Only the given fields change. Null clears a field that can be empty.',
    fields: updateFields,
    schema: openIdConnectPatch,
  });
  fields.delete(deleteOpenIdConnect, {
    description: `Deletes an OpenID Connect configuration in OrderCloud (\`DELETE /openidconnects/{id}\`). From then on, sign-in with it fails. ${NEEDS_ADMIN}`,
    input: 'The OpenID Connect configuration of OrderCloud to delete.',
    gone: 'ID of the deleted configuration.',
    schema: openIdConnectDeletion,
  });
  return { type, target };
}
