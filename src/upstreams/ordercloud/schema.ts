import { AlreadyExistsError } from '../../domain/errors.ts';
import { parseInput, withoutNulls } from '../../domain/parse.ts';
import { requiresScope } from '../../graph/authorization.ts';
import { CHANGE_ERRORS, CREATE_ERRORS, READ_ERRORS } from '../../graph/errors.ts';
import type { Graph } from '../../graph/graph.ts';
import { aboutRetries } from '../../graph/retries.ts';
import { deletedId } from '../../graph/success.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession } from '../../transport/upstream.ts';
import {
  createOpenIdConnect,
  deleteOpenIdConnect,
  saveOpenIdConnect,
  updateOpenIdConnect,
} from './client.ts';
import {
  openIdConnectDeletion,
  openIdConnectDraft,
  openIdConnectKey,
  openIdConnectPatch,
  openIdConnectSave,
  openIdConnectWarnings,
} from './input.ts';
import type { OpenIdConnectKey } from './input.ts';
import { addInputs } from './schema-inputs.ts';
import { addOpenIdConnects } from './schema-list.ts';
import { addOpenIdConnect, shown } from './schema-types.ts';
import type { Shown } from './schema-types.ts';
import { noteSecret, readStored, storedWarnings } from './schema-stored.ts';
import type { OrderCloudSettings } from './upstream.ts';

interface OpenIdConnectSuccess extends Success {
  readonly openIdConnect: Shown;
}

const NEEDS_ADMIN = 'Needs the role OpenIDConnectAdmin or FullAccess, as a seller user.';

/** Adds the OpenID Connect configurations of OrderCloud. */
export function registerSchema(graph: Graph, open: OpenSession<OrderCloudSettings>): void {
  const { builder, OidcSuccess } = graph;
  const openIdConnect = addOpenIdConnect(graph, open);
  const inputs = addInputs(graph);
  addOpenIdConnects(graph, openIdConnect, open);

  const success = (name: string, description: string) =>
    builder.objectRef<OpenIdConnectSuccess>(name).implement({
      description,
      interfaces: [OidcSuccess],
      fields: (t) => ({
        openIdConnect: t.field({
          type: openIdConnect,
          description: 'The configuration as OrderCloud answered it.',
          resolve: (self) => self.openIdConnect,
        }),
      }),
    });

  builder.queryField('openIdConnect', (t) =>
    t.field({
      type: success('OpenIdConnectSuccess', 'The configuration exists.'),
      nullable: true,
      description:
        'Reads an OpenID Connect configuration of OrderCloud (`GET /openidconnects/{id}`). Needs the role OpenIDConnectReader, OpenIDConnectAdmin or FullAccess, as a seller user.',
      args: {
        id: t.arg.id({
          required: true,
          description: 'ID of the configuration, at most 100 characters.',
        }),
      },
      extensions: requiresScope('oidc:read'),
      errors: { types: READ_ERRORS, union: { description: 'What `openIdConnect` gives.' } },
      resolve: async (_root, { id }, context) => {
        const session = open(context);
        const stored = await readStored(session, parseInput(openIdConnectKey, { id }), context);
        return { openIdConnect: shown(stored, session), warnings: [...storedWarnings(stored)] };
      },
    }),
  );

  builder.mutationField('createOpenIdConnect', (t) =>
    t.field({
      type: success('CreateOpenIdConnectSuccess', 'The configuration was created.'),
      nullable: true,
      description:
        `Creates an OpenID Connect configuration in OrderCloud (\`POST /openidconnects\`). ${NEEDS_ADMIN} ` +
        `The input is checked first and all errors are reported at once. ${aboutRetries(createOpenIdConnect)} That takes an id.`,
      args: {
        input: t.arg({
          type: inputs.create,
          required: true,
          description: 'The new configuration.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: { types: CREATE_ERRORS, union: { description: 'What `createOpenIdConnect` gives.' } },
      resolve: async (_root, { input }, context) => {
        context.scrubber.add(input.connectClientSecret);
        const session = open(context);
        const draft = parseInput(openIdConnectDraft, withoutNulls(input));
        // Before the call: once it is made, nothing may stand between it and its answer.
        const about = openIdConnectWarnings(draft);
        if (draft.id === undefined) {
          about.unshift({
            code: 'ID_MISSING',
            path: ['id'],
            message:
              'Give an id: had this answer been lost, nobody could have looked up whether the create was applied.',
          });
        }
        const { value: created, warnings } = await session.call(createOpenIdConnect, draft);
        return { openIdConnect: shown(created, session), warnings: [...warnings, ...about] };
      },
    }),
  );

  builder.mutationField('saveOpenIdConnect', (t) =>
    t.field({
      type: success('SaveOpenIdConnectSuccess', 'The configuration is stored as given.'),
      nullable: true,
      description:
        `Creates an OpenID Connect configuration in OrderCloud, or overwrites the whole of the one with this id (\`PUT /openidconnects/{id}\`): to change a part, take updateOpenIdConnect. ${NEEDS_ADMIN} ` +
        `The input is checked first and all errors are reported at once. ${aboutRetries(saveOpenIdConnect)}`,
      args: {
        input: t.arg({
          type: inputs.save,
          required: true,
          description: 'The whole configuration.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: { types: CHANGE_ERRORS, union: { description: 'What `saveOpenIdConnect` gives.' } },
      resolve: async (_root, { input }, context) => {
        context.scrubber.add(input.connectClientSecret);
        const session = open(context);
        const { expectedFingerprint, ...draft } = parseInput(
          openIdConnectSave,
          withoutNulls(input),
        );
        const about = openIdConnectWarnings(draft);
        const { value: saved, warnings } = await session.call(saveOpenIdConnect, draft, {
          expected: expectedFingerprint,
        });
        return { openIdConnect: shown(saved, session), warnings: [...warnings, ...about] };
      },
    }),
  );

  builder.mutationField('updateOpenIdConnect', (t) =>
    t.field({
      type: success('UpdateOpenIdConnectSuccess', 'The configuration was changed.'),
      nullable: true,
      description:
        `Changes the given fields of an OpenID Connect configuration in OrderCloud (\`PATCH /openidconnects/{id}\`); all others stay. ${NEEDS_ADMIN} ` +
        `The input is checked first and all errors are reported at once. ${aboutRetries(updateOpenIdConnect)}`,
      args: {
        input: t.arg({
          type: inputs.update,
          required: true,
          description: 'Which configuration, and what changes.',
        }),
      },
      extensions: requiresScope('oidc:write'),
      errors: {
        types: [...CHANGE_ERRORS, AlreadyExistsError],
        union: { description: 'What `updateOpenIdConnect` gives.' },
      },
      resolve: async (_root, { input }, context) => {
        if (typeof input.connectClientSecret === 'string')
          context.scrubber.add(input.connectClientSecret);
        const session = open(context);
        const { expectedFingerprint, ...patch } = parseInput(openIdConnectPatch, input);
        const { value: updated, warnings } = await session.call(updateOpenIdConnect, patch, {
          expected: expectedFingerprint,
        });
        noteSecret(updated, context);
        return {
          openIdConnect: shown(updated, session),
          warnings: [...warnings, ...storedWarnings(updated)],
        };
      },
    }),
  );

  const deleted = builder
    .objectRef<OpenIdConnectKey & Success>('DeleteOpenIdConnectSuccess')
    .implement({
      description: 'The configuration does not exist any more.',
      interfaces: [OidcSuccess],
      fields: (t) => ({ id: t.exposeID('id', deletedId('ID that the configuration had.')) }),
    });

  builder.mutationField('deleteOpenIdConnect', (t) =>
    t.field({
      type: deleted,
      nullable: true,
      description:
        `Deletes an OpenID Connect configuration in OrderCloud (\`DELETE /openidconnects/{id}\`): nobody can sign in with it from then on. ${NEEDS_ADMIN} ` +
        aboutRetries(deleteOpenIdConnect),
      args: {
        input: t.arg({ type: inputs.remove, required: true, description: 'Which configuration.' }),
      },
      extensions: requiresScope('oidc:admin'),
      errors: { types: CHANGE_ERRORS, union: { description: 'What `deleteOpenIdConnect` gives.' } },
      resolve: async (_root, { input }, context) => {
        const session = open(context);
        const { expectedFingerprint, ...key } = parseInput(openIdConnectDeletion, input);
        const { value, warnings } = await session.call(deleteOpenIdConnect, key, {
          expected: expectedFingerprint,
        });
        return { ...value, warnings };
      },
    }),
  );
}
