import { STATUS_CODES } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningEmulator } from '../../../transport/emulator/emulator.ts';
import { startEmulator } from './emulator.ts';

let emulator: RunningEmulator;
beforeEach(async () => {
  emulator = await startEmulator();
});
afterEach(() => emulator.close());

interface ReceivedResponse {
  status: number;
  body: unknown;
}

async function send(method: string, path: string, body?: unknown): Promise<ReceivedResponse> {
  const headers = { ...emulator.exampleHeaders, 'Content-Type': 'application/json' };
  const sent = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(emulator.url + path, { method, headers, body: sent });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

function failure(code: number, message: string): ReceivedResponse {
  return { status: code, body: { error: { code, message, title: STATUS_CODES[code] } } };
}

function invalid(field: string, value: unknown): string {
  return `Invalid input for field '${field}'. The value is '${typeof value === 'string' ? value : JSON.stringify(value)}'.`;
}

const INVALID_BODY = 'The request body is invalid.';
const LINKS = 'https://iam.myhuaweicloud.com';
const PROVIDERS = '/v3/OS-FEDERATION/identity_providers';
const MAPPINGS = '/v3/OS-FEDERATION/mappings';
const CONFIG = '/v3.0/OS-FEDERATION/identity-providers/ACME-CONFIGURED/openid-connect-config';
const READY = { protocol: { mapping_id: 'mapping_ACME' } };

describe('identity providers', () => {
  it.each([
    [
      'PUT',
      'ACME',
      { identity_provider: {} },
      409,
      'Conflict occurred attempting to store identity_provider - ACME.',
    ],
    ['PUT', 'a.b', { identity_provider: {} }, 400, invalid('id', 'a.b')],
    ['PUT', 'x'.repeat(65), { identity_provider: {} }, 400, invalid('id', 'x'.repeat(65))],
    ['PUT', 'N', {}, 400, INVALID_BODY],
    ['PUT', 'N', '{', 400, INVALID_BODY],
    ['PUT', 'N', { identity_provider: { enabled: 'no' } }, 400, invalid('enabled', 'no')],
    ['PUT', 'N', { identity_provider: { description: 1 } }, 400, invalid('description', 1)],
    ['PUT', 'N', { identity_provider: { sso_type: 'x' } }, 400, invalid('sso_type', 'x')],
    ['GET', 'Z', undefined, 404, 'Could not find identity_provider: Z.'],
    [
      'PATCH',
      'Z',
      { identity_provider: { enabled: true } },
      404,
      'Could not find identity_provider: Z.',
    ],
    ['PATCH', 'ACME', {}, 400, INVALID_BODY],
    ['PATCH', 'ACME', { identity_provider: {} }, 400, INVALID_BODY],
    ['PATCH', 'ACME', { identity_provider: { enabled: 'no' } }, 400, invalid('enabled', 'no')],
    [
      'PATCH',
      'ACME',
      { identity_provider: { description: null } },
      400,
      invalid('description', null),
    ],
    [
      'PATCH',
      'ACME',
      { identity_provider: { sso_type: 'iam_user_sso' } },
      400,
      invalid('sso_type', 'iam_user_sso'),
    ],
    ['PATCH', 'ACME', { identity_provider: { enabled: true, id: 'B' } }, 400, invalid('id', 'B')],
    ['DELETE', 'Z', undefined, 404, 'Could not find identity_provider: Z.'],
  ])('%s %s of %j is %i', async (method, path, body, status, message) => {
    expect(await send(method, `${PROVIDERS}/${path}`, body)).toEqual(failure(status, message));
  });

  it('keep what an update does not name', async () => {
    await send('PATCH', `${PROVIDERS}/ACME`, {
      identity_provider: { description: 'Stores ACME identities.' },
    });
    await send('PATCH', `${PROVIDERS}/ACME`, { identity_provider: { enabled: false } });
    const identity_provider = { description: 'Stores ACME identities.', enabled: false };
    expect(await send('GET', `${PROVIDERS}/ACME`)).toMatchObject({
      status: 200,
      body: { identity_provider },
    });
  });

  it('take their protocol and configuration along, but not the mapping', async () => {
    expect(await send('DELETE', `${PROVIDERS}/ACME-CONFIGURED`)).toEqual({
      status: 204,
      body: null,
    });
    await send('PUT', `${PROVIDERS}/ACME-CONFIGURED`, { identity_provider: {} });
    expect(await send('GET', `${PROVIDERS}/ACME-CONFIGURED/protocols/oidc`)).toEqual(
      failure(404, 'Could not find protocol: oidc.'),
    );
    expect((await send('GET', CONFIG)).status).toBe(404);
    expect((await send('GET', `${MAPPINGS}/mapping_ACME`)).status).toBe(200);
  });
});

describe('protocols', () => {
  it.each([
    ['GET', 'Z/protocols', undefined, 404, 'Could not find identity_provider: Z.'],
    ['GET', 'Z/protocols/oidc', undefined, 404, 'Could not find identity_provider: Z.'],
    ['GET', 'ACME-NO-PROTOCOL/protocols/oidc', undefined, 404, 'Could not find protocol: oidc.'],
    ['PUT', 'Z/protocols/oidc', READY, 404, 'Could not find identity_provider: Z.'],
    [
      'PUT',
      'ACME/protocols/oidc',
      READY,
      409,
      'Conflict occurred attempting to store federation_protocol - oidc.',
    ],
    ['PUT', 'ACME-NO-PROTOCOL/protocols/oidc', {}, 400, INVALID_BODY],
    ['PUT', 'ACME-NO-PROTOCOL/protocols/oidc', { protocol: {} }, 400, invalid('mapping_id', null)],
    [
      'PUT',
      'ACME-NO-PROTOCOL/protocols/oidc',
      { protocol: { mapping_id: 1 } },
      400,
      invalid('mapping_id', 1),
    ],
    [
      'PUT',
      'ACME-NO-PROTOCOL/protocols/oidc',
      { protocol: { mapping_id: 'x' } },
      404,
      'Could not find mapping: x.',
    ],
    ['PATCH', 'Z/protocols/oidc', READY, 404, 'Could not find identity_provider: Z.'],
    ['PATCH', 'ACME-NO-PROTOCOL/protocols/oidc', READY, 404, 'Could not find protocol: oidc.'],
    ['PATCH', 'ACME/protocols/oidc', {}, 400, INVALID_BODY],
    ['PATCH', 'ACME/protocols/oidc', { protocol: {} }, 400, invalid('mapping_id', null)],
    [
      'PATCH',
      'ACME/protocols/oidc',
      { protocol: { mapping_id: 'x' } },
      404,
      'Could not find mapping: x.',
    ],
    ['DELETE', 'Z/protocols/oidc', undefined, 404, 'Could not find identity_provider: Z.'],
    ['DELETE', 'ACME-NO-PROTOCOL/protocols/oidc', undefined, 404, 'Could not find protocol: oidc.'],
  ])('%s %s of %j is %i', async (method, path, body, status, message) => {
    expect(await send(method, `${PROVIDERS}/${path}`, body)).toEqual(failure(status, message));
  });

  it('are listed if there are none', async () => {
    const links = {
      self: `${LINKS}${PROVIDERS}/ACME-NO-PROTOCOL/protocols`,
      previous: null,
      next: null,
    };
    expect(await send('GET', `${PROVIDERS}/ACME-NO-PROTOCOL/protocols`)).toEqual({
      status: 200,
      body: { protocols: [], links },
    });
  });

  it('take another mapping', async () => {
    await send('PUT', `${MAPPINGS}/other`, { mapping: { rules: [rule()] } });
    const protocol = { mapping_id: 'other' };
    expect(await send('PATCH', `${PROVIDERS}/ACME/protocols/oidc`, { protocol })).toMatchObject({
      status: 200,
      body: { protocol },
    });
    expect(await send('GET', `${PROVIDERS}/ACME/protocols/oidc`)).toMatchObject({
      body: { protocol },
    });
  });

  it('need no mapping if users are IAM users, and keep the one they have', async () => {
    const path = `${PROVIDERS}/NEW/protocols/oidc`;
    await send('PUT', `${PROVIDERS}/NEW`, { identity_provider: { sso_type: 'iam_user_sso' } });
    const links = { identity_provider: `${LINKS}${PROVIDERS}/NEW`, self: LINKS + path };
    expect(await send('PUT', path, { protocol: {} })).toEqual({
      status: 201,
      body: { protocol: { id: 'oidc', links } },
    });
    await send('PATCH', path, READY);
    expect(await send('PATCH', path, { protocol: {} })).toMatchObject({ status: 200, body: READY });
  });

  it('leave the configuration when they go, which then cannot be created anew', async () => {
    expect(await send('DELETE', `${PROVIDERS}/ACME-CONFIGURED/protocols/oidc`)).toEqual({
      status: 204,
      body: null,
    });
    const { status, body } = await send('GET', CONFIG);
    expect(status).toBe(200);
    expect(await send('POST', CONFIG, body)).toEqual({
      status: 404,
      body: { error_msg: 'Could not find protocol: oidc.', error_code: 'IAM.0004' },
    });
  });
});

function rule(fields: object = {}): object {
  return { local: [{ user: { name: '{0}' } }], remote: [{ type: 'sub' }], ...fields };
}

describe('mappings', () => {
  it.each([
    ['GET', 'z', undefined, 404, 'Could not find mapping: z.'],
    ['PATCH', 'z', { mapping: { rules: [rule()] } }, 404, 'Could not find mapping: z.'],
    ['DELETE', 'z', undefined, 404, 'Could not find mapping: z.'],
    [
      'PUT',
      'mapping_ACME',
      { mapping: { rules: [rule()] } },
      409,
      'Conflict occurred attempting to store mapping - mapping_ACME.',
    ],
    ['PUT', 'a.b', { mapping: { rules: [rule()] } }, 400, invalid('id', 'a.b')],
    ['PUT', 'x'.repeat(65), { mapping: { rules: [rule()] } }, 400, invalid('id', 'x'.repeat(65))],
    ['PUT', 'new', '{', 400, INVALID_BODY],
    ['PATCH', 'mapping_ACME', { rules: [rule()] }, 400, INVALID_BODY],
  ])('%s %s of %j is %i', async (method, id, body, status, message) => {
    expect(await send(method, `${MAPPINGS}/${id}`, body)).toEqual(failure(status, message));
  });

  const eleven = <T>(value: T): T[] => Array.from({ length: 11 }, () => value);
  const both = { type: 'groups', any_one_of: ['a'], not_any_of: ['b'] };

  it.each<[what: string, rules: unknown, field: string, value: unknown]>([
    ['no rules', undefined, 'rules', null],
    ['rules that are no list', {}, 'rules', {}],
    ['an empty list of rules', [], 'rules', []],
    ['eleven rules', eleven(rule()), 'rules', eleven(rule())],
    ['a rule that is none', ['x'], 'rules', 'x'],
    ['an empty rule', [{}], 'rules', {}],
    ['a rule with more', [rule({ more: 1 })], 'more', 1],
    [
      'a rule with a name that objects have anyway',
      [rule({ constructor: 'x' })],
      'constructor',
      'x',
    ],
    ['a rule without local', [{ remote: [{ type: 'sub' }] }], 'local', null],
    ['a rule without remote', [{ local: [{ groups: 'a' }] }], 'remote', null],
    ['a local that is no list', [rule({ local: { groups: 'a' } })], 'local', { groups: 'a' }],
    ['an empty local', [rule({ local: [] })], 'local', []],
    ['a local of nothing', [rule({ local: [{}] })], 'local', {}],
    ['a local user without a name', [rule({ local: [{ user: {} }] })], 'user', {}],
    [
      'a local user with an empty name',
      [rule({ local: [{ user: { name: '' } }] })],
      'user',
      { name: '' },
    ],
    [
      'a local group by id',
      [rule({ local: [{ group: { name: 'a', id: 'b' } }] })],
      'group',
      { name: 'a', id: 'b' },
    ],
    ['local groups as a list', [rule({ local: [{ groups: ['a'] }] })], 'groups', ['a']],
    ['another local', [rule({ local: [{ role: { name: 'a' } }] })], 'role', { name: 'a' }],
    ['an empty remote', [rule({ remote: [] })], 'remote', []],
    [
      'eleven conditions',
      [rule({ remote: eleven({ type: 'sub' }) })],
      'remote',
      eleven({ type: 'sub' }),
    ],
    ['a remote without a type', [rule({ remote: [{ regex: true }] })], 'remote', { regex: true }],
    ['a remote with an empty type', [rule({ remote: [{ type: '' }] })], 'type', ''],
    [
      'any_one_of that is no list',
      [rule({ remote: [{ type: 'a', any_one_of: 'b' }] })],
      'any_one_of',
      'b',
    ],
    [
      'not_any_of of what is not text',
      [rule({ remote: [{ type: 'a', not_any_of: [1] }] })],
      'not_any_of',
      [1],
    ],
    ['both conditions at once', [rule({ remote: [both] })], 'remote', both],
    [
      'regex as text',
      [rule({ remote: [{ type: 'a', any_one_of: ['b'], regex: 'yes' }] })],
      'regex',
      'yes',
    ],
  ])('with %s are refused by name, on create and on update', async (_, rules, field, value) => {
    const error = failure(400, invalid(field, value));
    expect(await send('PUT', `${MAPPINGS}/new`, { mapping: { rules } })).toEqual(error);
    expect(await send('PATCH', `${MAPPINGS}/mapping_ACME`, { mapping: { rules } })).toEqual(error);
  });

  it('keep all that the rules may say', async () => {
    const rules = [
      {
        local: [
          { user: { name: '{0}' }, group: { name: 'admin' } },
          { groups: '{1}' },
          { groups: { name: 'manager' } },
        ],
        remote: [
          { type: 'sub' },
          { type: 'groups' },
          { type: 'mail', any_one_of: ['.*@example.com$'], regex: true },
          { type: 'groups', not_any_of: [] },
        ],
      },
      ...Array.from({ length: 9 }, () => rule()),
    ];
    const mapping = { id: 'new', rules, links: { self: `${LINKS}${MAPPINGS}/new` } };
    expect(await send('PUT', `${MAPPINGS}/new`, { mapping: { rules } })).toEqual({
      status: 201,
      body: { mapping },
    });
    expect(await send('GET', `${MAPPINGS}/new`)).toEqual({ status: 200, body: { mapping } });
  });

  it('have their rules replaced by an update', async () => {
    const rules = [rule()];
    await send('PATCH', `${MAPPINGS}/mapping_ACME`, { mapping: { rules } });
    const { body } = await send('GET', MAPPINGS);
    expect(body).toMatchObject({ mappings: [{ id: 'mapping_ACME', rules }] });
  });

  it('can be deleted though a protocol uses them', async () => {
    expect(await send('DELETE', `${MAPPINGS}/mapping_ACME`)).toEqual({ status: 204, body: null });
    expect(await send('GET', MAPPINGS)).toMatchObject({ status: 200, body: { mappings: [] } });
    expect(await send('GET', `${PROVIDERS}/ACME/protocols/oidc`)).toMatchObject({
      status: 200,
      body: READY,
    });
  });
});
