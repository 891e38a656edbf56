import type { Warning } from '../../domain/warnings.ts';
import { isSameId } from '../../transport/operation.ts';
import type {
  Operation,
  OperationFacts,
  ReadOperation,
  Subject,
} from '../../transport/operation.ts';
import { confirmEqual, confirmGone } from '../../transport/read-back.ts';
import { isFilterValue } from './input-list.ts';
import type { OpenIdConnectQuery } from './input-list.ts';
import type { OpenIdConnectDraft, OpenIdConnectKey, OpenIdConnectPatch } from './input.ts';
import {
  differences,
  FIELD_NAMES,
  fromWire,
  metaFromWire,
  metaWarnings,
  patchDifferences,
  patchToWire,
  snapshotOf,
  toQuery,
  toWire,
  wholeDifferences,
} from './mapping.ts';
import type { OpenIdConnect, OpenIdConnectsMeta } from './mapping.ts';
import { nothing, openIdConnect, openIdConnectList } from './wire.ts';
import type { WireOpenIdConnect, WireOpenIdConnectList } from './wire.ts';

const RESOURCE = 'OpenIdConnect';
const FIELDS = Object.values(FIELD_NAMES);

const needs: NonNullable<OperationFacts<unknown>['needs']> = () => ({
  resource: 'API client or integration event',
  id: null,
  advice:
    'Check orderCloudApiClientId and integrationEventId: both must exist before the configuration.',
});

/** A page of stored configurations. */
export interface OpenIdConnectPage {
  readonly items: readonly OpenIdConnect[];
  readonly meta: OpenIdConnectsMeta;
  /** About the list itself; warnings about its items are made of those. */
  readonly warnings: readonly Warning[];
}

/** Whether a response is about this configuration. */
const isAbout = ({ ID }: WireOpenIdConnect, { id }: OpenIdConnectKey) => isSameId(ID, id);

const current = async ({ id }: OpenIdConnectKey, read: ReadOperation) =>
  snapshotOf(await read(getOpenIdConnect, { id }));

/** `POST /openidconnects`. Not repeatable: a second one creates a second object, or conflicts with the first. */
export const createOpenIdConnect: Operation<OpenIdConnectDraft, WireOpenIdConnect, OpenIdConnect> =
  {
    name: 'createOpenIdConnect',
    purpose: 'create the OpenID Connect configuration',
    effect: 'write',
    repeatable: false,
    fields: FIELDS,
    request: (draft) => ({ method: 'POST', path: '/openidconnects', body: toWire(draft) }),
    response: openIdConnect,
    isAbout: ({ ID }, { id }) => id === undefined || isSameId(ID, id),
    result: fromWire,
    readBack: (draft, read) =>
      draft.id === undefined
        ? null
        : confirmEqual(
            read(getOpenIdConnect, { id: draft.id }),
            (found) => differences(draft, found),
            snapshotOf,
          ),
    subject: ({ id }) => subject(id ?? null),
    claims: ({ id }) => subject(id ?? null),
    needs,
    verifyWith: (draft) =>
      draft.id === undefined ? searchFor(draft) : `query { ${reading(draft.id)} }`,
  };

/** `GET /openidconnects/{id}`. */
export const getOpenIdConnect: Operation<OpenIdConnectKey, WireOpenIdConnect, OpenIdConnect> = {
  name: 'getOpenIdConnect',
  purpose: 'read the OpenID Connect configuration',
  effect: 'read',
  repeatable: true,
  fields: ['id'],
  request: ({ id }) => ({ method: 'GET', path: pathOf(id) }),
  response: openIdConnect,
  isAbout,
  result: fromWire,
  subject: ({ id }) => subject(id),
};

/** `GET /openidconnects`. */
export const listOpenIdConnects: Operation<
  OpenIdConnectQuery,
  WireOpenIdConnectList,
  OpenIdConnectPage
> = {
  name: 'listOpenIdConnects',
  purpose: 'list the OpenID Connect configurations',
  effect: 'read',
  repeatable: true,
  // What could be wrong with a query was checked before.
  fields: [],
  request: (query) => ({ method: 'GET', path: `/openidconnects${toQuery(query)}` }),
  response: openIdConnectList,
  result: ({ Meta, Items }) => ({
    items: Items.map(fromWire),
    meta: metaFromWire(Meta),
    warnings: metaWarnings(Meta),
  }),
  subject: () => subject(null),
};

/** `PUT /openidconnects/{id}`. Repeatable: the ID stays, and a second one stores the same again. */
export const saveOpenIdConnect: Operation<
  OpenIdConnectDraft & OpenIdConnectKey,
  WireOpenIdConnect,
  OpenIdConnect
> = {
  name: 'saveOpenIdConnect',
  purpose: 'save the OpenID Connect configuration',
  effect: 'write',
  repeatable: true,
  fields: FIELDS,
  request: (draft) => ({ method: 'PUT', path: pathOf(draft.id), body: toWire(draft) }),
  response: openIdConnect,
  isAbout,
  result: fromWire,
  // What was left out has been reset, so that it has to be compared too.
  readBack: (draft, read) =>
    confirmEqual(
      read(getOpenIdConnect, { id: draft.id }),
      (found) => wholeDifferences(draft, found),
      snapshotOf,
    ),
  current,
  subject: ({ id }) => subject(id),
  needs,
  verifyWith: ({ id }) => `${UNSEEN_SECRET}query { ${reading(id)} }`,
};

/** `PATCH /openidconnects/{id}`. Not repeatable: between two of them somebody else may have changed the same fields. */
export const updateOpenIdConnect: Operation<OpenIdConnectPatch, WireOpenIdConnect, OpenIdConnect> =
  {
    name: 'updateOpenIdConnect',
    purpose: 'update the OpenID Connect configuration',
    effect: 'write',
    repeatable: false,
    fields: [...FIELDS, 'newId'],
    fieldFor: (field, { id, newId = id }) => (field === 'id' && newId !== id ? 'newId' : field),
    request: (patch) => ({
      method: 'PATCH',
      path: pathOf(patch.id),
      body: { ...patchToWire(patch) },
    }),
    response: openIdConnect,
    isAbout: ({ ID }, { id, newId = id }) => isSameId(ID, newId),
    result: fromWire,
    // Whether what has the new ID is what had the old one, nobody can tell.
    readBack: (patch, read) =>
      renames(patch)
        ? null
        : confirmEqual(
            read(getOpenIdConnect, { id: patch.id }),
            (found) => patchDifferences(patch, found),
            snapshotOf,
          ),
    current,
    subject: ({ id }) => subject(id),
    claims: ({ id, newId = id }) => (newId === id ? null : subject(newId)),
    verifyWith: (patch) => {
      const { id, newId = id, connectClientSecret } = patch;
      const query = renames(patch)
        ? `query { renamed: ${reading(newId)} before: ${reading(id)} }`
        : `query { ${reading(id)} }`;
      return connectClientSecret === undefined ? query : UNSEEN_SECRET + query;
    },
  };

/** `DELETE /openidconnects/{id}`. Repeatable: once it is gone, a second one finds nothing. */
export const deleteOpenIdConnect: Operation<OpenIdConnectKey, undefined, OpenIdConnectKey> = {
  name: 'deleteOpenIdConnect',
  purpose: 'delete the OpenID Connect configuration',
  effect: 'write',
  repeatable: true,
  fields: ['id'],
  request: ({ id }) => ({ method: 'DELETE', path: pathOf(id) }),
  response: nothing,
  doneBy: [204],
  result: (_wire, { id }) => ({ id }),
  whenGone: ({ id }) => ({ id }),
  readBack: ({ id }, read) => confirmGone(read(getOpenIdConnect, { id }), { id }, snapshotOf),
  current,
  subject: ({ id }) => subject(id),
  verifyWith: ({ id }) => `query { ${reading(id)} }`,
};

function subject(id: string | null): Subject {
  return { resource: RESOURCE, id };
}

function pathOf(id: string): string {
  return `/openidconnects/${encodeURIComponent(id)}`;
}

function renames({ id, newId = id }: OpenIdConnectPatch): boolean {
  return newId !== id;
}

/** Everything that can be written, but the secret. */
const STORED =
  'id orderCloudApiClientId connectClientId hasConnectClientSecret appStartUrl authorizationEndpoint tokenEndpoint urlEncoded integrationEventId callSyncUserIntegrationEvent additionalIdpScopes customErrorUrl fingerprint';

const UNSEEN_SECRET =
  '# Whether the client secret was stored cannot be seen this way: set it again.\n';

/** A GraphQL field that shows what is stored. Strings of JSON are strings of GraphQL. */
function reading(id: string): string {
  return `openIdConnect(id: ${JSON.stringify(id)}) { __typename ... on OpenIdConnectSuccess { openIdConnect { ${STORED} } } ... on OidcError { code message } }`;
}

/** Looks a configuration without a known id up by what can be filtered by. */
function searchFor({ orderCloudApiClientId, connectClientId }: OpenIdConnectDraft): string {
  const filters = Object.entries({ orderCloudApiClientId, connectClientId }).filter(([, value]) =>
    isFilterValue(value),
  );
  const filter = filters
    .map(([name, value]) => `${name}: { equals: ${JSON.stringify(value)} }`)
    .join(' ');
  return `query { openIdConnects(filter: { ${filter} }) { __typename ... on OpenIdConnectsSuccess { openIdConnects { ${STORED} } } ... on OidcError { code message } } }`;
}
