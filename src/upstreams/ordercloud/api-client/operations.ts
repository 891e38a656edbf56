import { isSameId } from '../../../transport/operation.ts';
import type { Operation } from '../../../transport/operation.ts';
import { assignmentsFromWire, fromWire, secretsIn } from './translate.ts';
import type { ApiClient, Assignments } from './translate.ts';
import { apiClient, assignmentList } from './wire.ts';
import type { WireApiClient, WireAssignmentList } from './wire.ts';

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
