import { isSameId } from '../../../transport/operation.ts';
import type { Operation } from '../../../transport/operation.ts';
import { assignmentsFromWire, fromWire, secretsIn } from './translate.ts';
import type { ApiClient, Assignments } from './translate.ts';
import { idQuery } from '../id-list.ts';
import { apiClient, apiClientList, assignmentList } from './wire.ts';
import type { WireApiClient, WireApiClientList, WireAssignmentList } from './wire.ts';

/** Identifies an API client. The id was checked: it becomes a part of the path. */
interface ApiClientKey {
  readonly id: string;
}

/** `GET /apiclients/{id}`. */
export const getApiClient: Operation<ApiClientKey, WireApiClient, ApiClient> = {
  name: 'getApiClient',
  purpose: 'read the API client',
  effect: 'read',
  repeatable: true,
  fields: [],
  request: ({ id }) => ({ method: 'GET', path: `/apiclients/${encodeURIComponent(id)}` }),
  response: apiClient,
  isAbout: ({ ID }, { id }) => isSameId(ID, id),
  result: fromWire,
  secretsOf: (_client, wire) => secretsIn(wire),
  subject: ({ id }) => ({ resource: 'ApiClient', id }),
};

/** `GET /apiclients` for some IDs. Which of them are missing is not known for sure: an ID may be written in another way. */
export const findApiClients: Operation<readonly string[], WireApiClientList, readonly ApiClient[]> =
  {
    name: 'listApiClients',
    purpose: 'list the API clients',
    effect: 'read',
    repeatable: true,
    fields: [],
    request: (ids) => ({ method: 'GET', path: `/apiclients${idQuery(ids)}` }),
    response: apiClientList,
    result: ({ Items }) => Items.map(fromWire),
    secretsOf: (_clients, { Items }) => Items.flatMap(secretsIn),
    subject: () => ({ resource: 'ApiClient', id: null }),
  };

/** `GET /apiclients/assignments` for one API client. The first page is enough to see whether a company is assigned. */
export const listAssignments: Operation<ApiClientKey, WireAssignmentList, Assignments> = {
  name: 'listApiClientAssignments',
  purpose: 'list the assignments of the API client',
  effect: 'read',
  repeatable: true,
  fields: [],
  request: ({ id }) => ({
    method: 'GET',
    path: `/apiclients/assignments?apiClientID=${encodeURIComponent(id)}`,
  }),
  response: assignmentList,
  result: (wire, { id }) => assignmentsFromWire(wire, id),
  subject: ({ id }) => ({ resource: 'ApiClient', id }),
};
