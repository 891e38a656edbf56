import { isSameId } from '../../../transport/operation.ts';
import type {
  Operation,
  OperationFacts,
  ReadOperation,
  Subject,
} from '../../../transport/operation.ts';
import { confirmEqual, confirmGone } from '../../../transport/exchange/read-back.ts';
import { isFilterValue } from '../id-list.ts';
import type { OpenIdConnectQuery } from './list-input.ts';
import { FIELD_NAMES, WRITABLE_FIELDS } from './fields.ts';
import type { OpenIdConnectDraft, OpenIdConnectKey, OpenIdConnectPatch } from './input.ts';
import {
  differences,
  fromWire,
  metaFromWire,
  metaWarnings,
  patchDifferences,
  snapshotOf,
  toQuery,
  toWire,
  wholeDifferences,
} from './translate.ts';
import type { OpenIdConnect, OpenIdConnectsMeta } from './translate.ts';
import { nothing, openIdConnect, openIdConnectList } from './wire.ts';
import type { WireOpenIdConnect, WireOpenIdConnectList } from './wire.ts';
import type { OrderCloudWarning } from '../warning-codes.ts';

const RESOURCE = 'OpenIdConnect';
const FIELDS = Object.values(FIELD_NAMES);
const SECRET_FIELDS = ['connectClientSecret'];

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
  /** Warnings about the list itself; those about its items are made from the items. */
  readonly warnings: readonly OrderCloudWarning[];
}

/** Whether a response is about this configuration. */
const isAbout = ({ ID }: WireOpenIdConnect, { id }: OpenIdConnectKey) => isSameId(ID, id);

const secretsOf = ({ connectClientSecret: secret }: OpenIdConnect) =>
  secret === null ? [] : [secret];

const current = async ({ id }: OpenIdConnectKey, read: ReadOperation) =>
  snapshotOf(await read(getOpenIdConnect, { id }));

/** `POST /openidconnects`. Not repeatable: a second request creates a second object, or conflicts with the first. */
export const createOpenIdConnect: Operation<OpenIdConnectDraft, WireOpenIdConnect, OpenIdConnect> =
  {
    name: 'createOpenIdConnect',
    purpose: 'create the OpenID Connect configuration',
    effect: 'write',
    repeatable: false,
    fields: FIELDS,
    secretFields: SECRET_FIELDS,
    request: (draft) => ({
      method: 'POST',
      path: '/openidconnects',
      body: toWire(draft, draft.id),
    }),
    response: openIdConnect,
    isAbout: ({ ID }, { id }) => id === undefined || isSameId(ID, id),
    result: fromWire,
    secretsOf,
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
    choosesId: true,
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
  secretsOf,
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
  // The query was already checked.
  fields: [],
  request: (query) => ({ method: 'GET', path: `/openidconnects${toQuery(query)}` }),
  response: openIdConnectList,
  result: ({ Meta, Items }) => ({
    items: Items.map(fromWire),
    meta: metaFromWire(Meta),
    warnings: metaWarnings(Meta),
  }),
  secretsOf: ({ items }) => items.flatMap(secretsOf),
  subject: () => subject(null),
};

/** `PUT /openidconnects/{id}`. Repeatable: the ID stays, and a second request stores the same again. */
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
  secretFields: SECRET_FIELDS,
  request: (draft) => ({ method: 'PUT', path: pathOf(draft.id), body: toWire(draft, draft.id) }),
  response: openIdConnect,
  isAbout,
  result: fromWire,
  secretsOf,
  // Fields that were left out have been reset, so they are compared too.
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

/** `PATCH /openidconnects/{id}`. Not repeatable: between two requests somebody else may have changed the same fields. */
export const updateOpenIdConnect: Operation<OpenIdConnectPatch, WireOpenIdConnect, OpenIdConnect> =
  {
    name: 'updateOpenIdConnect',
    purpose: 'update the OpenID Connect configuration',
    effect: 'write',
    repeatable: false,
    fields: [...FIELDS, 'newId'],
    secretFields: SECRET_FIELDS,
    fieldFor: (field, { id, newId = id }) => (field === 'id' && newId !== id ? 'newId' : field),
    request: (patch) => ({
      method: 'PATCH',
      path: pathOf(patch.id),
      body: toWire(patch, renames(patch) ? patch.newId : undefined),
    }),
    response: openIdConnect,
    isAbout: ({ ID }, { id, newId = id }) => isSameId(ID, newId),
    result: fromWire,
    secretsOf,
    // It cannot be known whether the object with the new ID is the one that had the old ID.
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

/** `DELETE /openidconnects/{id}`. Repeatable: if the object is gone, a second request finds nothing. */
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

/** All fields that can be written; for the secret, whether there is one. */
const STORED = `id ${WRITABLE_FIELDS.map(([name]) => (name === 'connectClientSecret' ? 'hasConnectClientSecret' : name)).join(' ')} fingerprint`;

const UNSEEN_SECRET = '# This does not show whether the client secret was stored: set it again.\n';

/** A GraphQL field that reads the stored object. JSON strings are valid GraphQL strings. */
function reading(id: string): string {
  return `openIdConnect(id: ${JSON.stringify(id)}) { __typename ... on OpenIdConnectSuccess { openIdConnect { ${STORED} } } ... on OidcError { code message } }`;
}

/** A query that finds a configuration without a known id by its filterable fields. */
function searchFor({ orderCloudApiClientId, connectClientId }: OpenIdConnectDraft): string {
  const filters = Object.entries({ orderCloudApiClientId, connectClientId }).filter(([, value]) =>
    isFilterValue(value),
  );
  const filter = filters
    .map(([name, value]) => `${name}: { equals: ${JSON.stringify(value)} }`)
    .join(' ');
  return `query { openIdConnects(filter: { ${filter} }) { __typename ... on OpenIdConnectsSuccess { openIdConnects { ${STORED} } } ... on OidcError { code message } } }`;
}
