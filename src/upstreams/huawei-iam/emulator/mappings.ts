import {
  isObject,
  type EmulatorRequest,
  type EmulatorRoute,
} from '../../../transport/emulator/emulator.ts';
import { findMapping, link, listLinks, V3_MAPPINGS, type Account } from './account.ts';
import type { Guard } from './auth.ts';
import { conflict, invalidField } from './error-bodies.ts';
import { checkNewId, memberObject } from './request-body.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isTexts: Check = (value) =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
const isNamed: Check = (value) =>
  isObject(value) && isText(value['name']) && Object.keys(value).length === 1;

const RULE = new Map<string, Check>([
  ['local', Array.isArray],
  ['remote', Array.isArray],
]);
const LOCAL = new Map<string, Check>([
  ['user', isNamed],
  ['group', isNamed],
  // The references disagree on text or an object, and the user guide has both.
  ['groups', (value) => isText(value) || isNamed(value)],
]);
const REMOTE = new Map<string, Check>([
  ['type', isText],
  ['any_one_of', isTexts],
  ['not_any_of', isTexts],
  ['regex', (value) => typeof value === 'boolean'],
]);

/** An account has ten rules unless its quota is raised. */
const MAX_RULES = 10;
/** The user guide has at most ten conditions in a rule. */
const MAX_CONDITIONS = 10;

function readList(
  request: EmulatorRequest,
  field: string,
  value: unknown,
  max = Infinity,
): unknown[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > max)
    throw invalidField(request, field, value ?? null);
  return value;
}

/** An object of the list `field`, with none but these members. */
function readObject(
  request: EmulatorRequest,
  field: string,
  value: unknown,
  checks: ReadonlyMap<string, Check>,
): Record<string, unknown> {
  if (!isObject(value) || Object.keys(value).length === 0)
    throw invalidField(request, field, value);
  for (const [name, member] of Object.entries(value)) {
    if (!checks.get(name)?.(member)) throw invalidField(request, name, member);
  }
  return value;
}

function readRules(request: EmulatorRequest): unknown[] {
  const rules = readList(request, 'rules', memberObject(request, 'mapping')['rules'], MAX_RULES);
  for (const rule of rules) {
    const { local, remote } = readObject(request, 'rules', rule, RULE);
    for (const each of readList(request, 'local', local)) readObject(request, 'local', each, LOCAL);
    for (const each of readList(request, 'remote', remote, MAX_CONDITIONS)) {
      const { type, any_one_of, not_any_of } = readObject(request, 'remote', each, REMOTE);
      const both = any_one_of !== undefined && not_any_of !== undefined;
      if (type === undefined || both) throw invalidField(request, 'remote', each);
    }
  }
  return rules;
}

function describeMapping(id: string, rules: readonly unknown[]): unknown {
  return { id, rules, links: { self: link(V3_MAPPINGS, id) } };
}

export function mappingRoutes(account: Account, guarded: Guard): EmulatorRoute[] {
  const { mappings } = account;
  return [
    guarded('GET', V3_MAPPINGS, 'listMappings', () => {
      const described = [...mappings].map(([id, rules]) => describeMapping(id, rules));
      return { status: 200, body: { mappings: described, links: listLinks(V3_MAPPINGS) } };
    }),
    guarded('GET', `${V3_MAPPINGS}/:mapping`, 'getMapping', (request, id) => ({
      status: 200,
      body: { mapping: describeMapping(id, findMapping(account, request, id)) },
    })),
    guarded('PUT', `${V3_MAPPINGS}/:mapping`, 'createMapping', (request, id) => {
      const rules = readRules(request);
      checkNewId(request, id);
      if (mappings.has(id)) throw conflict(request, 'mapping', id);
      mappings.set(id, rules);
      return { status: 201, body: { mapping: describeMapping(id, rules) } };
    }),
    guarded('PATCH', `${V3_MAPPINGS}/:mapping`, 'updateMapping', (request, id) => {
      const rules = readRules(request);
      findMapping(account, request, id);
      mappings.set(id, rules);
      return { status: 200, body: { mapping: describeMapping(id, rules) } };
    }),
    // One that a protocol uses can be deleted too: creating and updating list 409 among their statuses, this does not,
    // and Keystone does not look either. The protocol keeps the id, and nobody can sign in.
    guarded('DELETE', `${V3_MAPPINGS}/:mapping`, 'deleteMapping', (request, id) => {
      findMapping(account, request, id);
      mappings.delete(id);
      return { status: 204 };
    }),
  ];
}
