import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  NotFoundError,
  OIDC_ERRORS,
  OidcError,
  UpstreamUnavailableError,
} from '../../domain/errors.ts';
import type { OidcErrorCode } from '../../domain/errors.ts';
import { parseInput } from '../../domain/parse.ts';
import { Scrubber } from '../../domain/scrub/scrub.ts';
import { processResponse } from '../../transport/response/process-response.ts';
import type { ResponseReader } from '../../transport/response/reader.ts';
import type { Operation, ReadBack, ReadOperation } from '../../transport/operation.ts';
import type { HttpResponse } from '../../transport/http/http.ts';
import * as identityProviders from './identity-provider/operations.ts';
import * as mappings from './mapping/operations.ts';
import * as protocols from './protocol/operations.ts';
import { readError } from './errors.ts';
import { identityProviderDraft, identityProviderPatch } from './identity-provider/input.ts';
import { mappingDraft } from './mapping/input.ts';
import { protocolDraft } from './protocol/input.ts';

const PROVIDER = {
  id: 'ACME',
  description: 'People',
  enabled: true,
  sso_type: 'virtual_user_sso',
  remote_ids: [],
  links: { self: 'x', protocols: 'x' },
};
const PROTOCOL = { id: 'oidc', mapping_id: 'm1', links: {} };
const RULE = {
  local: [{ user: { name: '{0}' } }],
  remote: [{ type: 'email', any_one_of: ['a'], regex: true }, { type: 'name' }],
};
const MAPPING = { id: 'm1', rules: [RULE], links: {} };
const HTML = '<!DOCTYPE html><html><title>502 Bad Gateway</title></html>';

const PROVIDERS_PATH = '/v3/OS-FEDERATION/identity_providers';
const PROVIDER_PATH = `${PROVIDERS_PATH}/ACME`;
const PROTOCOL_PATH = `${PROVIDER_PATH}/protocols/oidc`;
const MAPPINGS_PATH = '/v3/OS-FEDERATION/mappings';
const MAPPING_PATH = `${MAPPINGS_PATH}/m1`;

const providerDraft = parseInput(identityProviderDraft, {
  id: 'ACME',
  description: 'People',
  enabled: true,
  ssoType: 'VIRTUAL_USER_SSO',
});
const providerPatch = parseInput(identityProviderPatch, {
  id: 'ACME',
  description: null,
  enabled: true,
});
const protocolInput = parseInput(protocolDraft, { idpId: 'ACME', mappingId: 'm1' });
const mappingInput = parseInput(mappingDraft, {
  id: 'm1',
  rules: [
    {
      local: [{ user: { name: '{0}' }, group: null }],
      remote: [
        { type: 'email', anyOneOf: ['a'], regex: true },
        { type: 'name', regex: false },
      ],
    },
  ],
});

const reader: ResponseReader = {
  id: 'HUAWEI_IAM',
  label: 'Huawei Cloud IAM',
  requestIdHeader: 'x-request-id',
  readError,
  credentialsAdvice: 'Get a token.',
  urlVariables: ['HUAWEI_IAM_URL'],
};

function respond(status: number, body: unknown = ''): HttpResponse {
  return {
    status,
    body: typeof body === 'string' ? body : JSON.stringify(body),
    header: () => null,
  };
}

/** An error body of the `/v3` APIs. */
const v3 = (code: number, message = 'No.') => ({ error: { code, message, title: 'Error' } });

/** An operation with its arguments, which its type would otherwise ask for everywhere. */
function bind<Args, Wire, Result>(operation: Operation<Args, Wire, Result>, args: Args) {
  const process = (given: HttpResponse): unknown =>
    processResponse(operation, args, given, reader, new Scrubber());
  return {
    name: operation.name,
    repeatable: operation.repeatable,
    effect: operation.effect,
    request: operation.request(args),
    process,
    failure: (given: HttpResponse): OidcError => {
      try {
        process(given);
      } catch (error) {
        if (error instanceof OidcError) return error;
        throw error;
      }
      throw new Error('nothing was thrown');
    },
    verifyWith: operation.effect === 'write' ? operation.verifyWith(args) : null,
    whenGone: operation.whenGone?.(args) as unknown,
    readBack: async (read: ReadOperation): Promise<ReadBack<unknown> | null> =>
      (await operation.readBack?.(args, read)) ?? null,
  };
}

const list = {
  providers: bind(identityProviders.listIdentityProviders, null),
  mappings: bind(mappings.listMappings, null),
};
const get = {
  provider: bind(identityProviders.getIdentityProvider, { id: 'ACME' }),
  protocol: bind(protocols.getProtocol, { idpId: 'ACME' }),
  mapping: bind(mappings.getMapping, { id: 'm1' }),
};
const create = {
  provider: bind(identityProviders.createIdentityProvider, providerDraft),
  protocol: bind(protocols.createProtocol, protocolInput),
  mapping: bind(mappings.createMapping, mappingInput),
};
const update = {
  provider: bind(identityProviders.updateIdentityProvider, providerPatch),
  protocol: bind(protocols.updateProtocol, protocolInput),
  mapping: bind(mappings.updateMapping, mappingInput),
};
const remove = {
  provider: bind(identityProviders.deleteIdentityProvider, { id: 'ACME' }),
  protocol: bind(protocols.deleteProtocol, { idpId: 'ACME' }),
  mapping: bind(mappings.deleteMapping, { id: 'm1' }),
};
type Bound = (typeof get)['provider'];
const all = (kind: Readonly<Record<string, Bound>>) =>
  Object.values(kind).map((bound) => [bound.name, bound] as const);
const reads = [...all(list), ...all(get)];
const changes = [...all(create), ...all(update)];
const writes = [...changes, ...all(remove)];

describe('requests', () => {
  it.each<[string, Bound, object]>([
    ['list identity providers', list.providers, { method: 'GET', path: PROVIDERS_PATH }],
    ['read an identity provider', get.provider, { method: 'GET', path: PROVIDER_PATH }],
    [
      'create an identity provider',
      create.provider,
      {
        method: 'PUT',
        path: PROVIDER_PATH,
        body: {
          identity_provider: { sso_type: 'virtual_user_sso', description: 'People', enabled: true },
        },
      },
    ],
    [
      'create an identity provider of nothing but its id',
      bind(identityProviders.createIdentityProvider, { id: 'ACME' }),
      { method: 'PUT', path: PROVIDER_PATH, body: { identity_provider: {} } },
    ],
    [
      'update an identity provider',
      update.provider,
      {
        method: 'PATCH',
        path: PROVIDER_PATH,
        body: { identity_provider: { description: '', enabled: true } },
      },
    ],
    [
      'update a part of an identity provider',
      bind(identityProviders.updateIdentityProvider, { id: 'ACME', enabled: false }),
      { method: 'PATCH', path: PROVIDER_PATH, body: { identity_provider: { enabled: false } } },
    ],
    ['delete an identity provider', remove.provider, { method: 'DELETE', path: PROVIDER_PATH }],
    ['read a protocol', get.protocol, { method: 'GET', path: PROTOCOL_PATH }],
    [
      'create a protocol',
      create.protocol,
      { method: 'PUT', path: PROTOCOL_PATH, body: { protocol: { mapping_id: 'm1' } } },
    ],
    [
      'update a protocol',
      update.protocol,
      { method: 'PATCH', path: PROTOCOL_PATH, body: { protocol: { mapping_id: 'm1' } } },
    ],
    ['delete a protocol', remove.protocol, { method: 'DELETE', path: PROTOCOL_PATH }],
    ['list mappings', list.mappings, { method: 'GET', path: MAPPINGS_PATH }],
    ['read a mapping', get.mapping, { method: 'GET', path: MAPPING_PATH }],
    [
      'create a mapping',
      create.mapping,
      { method: 'PUT', path: MAPPING_PATH, body: { mapping: { rules: [RULE] } } },
    ],
    [
      'update a mapping',
      update.mapping,
      { method: 'PATCH', path: MAPPING_PATH, body: { mapping: { rules: [RULE] } } },
    ],
    ['delete a mapping', remove.mapping, { method: 'DELETE', path: MAPPING_PATH }],
  ])('%s', (_what, { request }, expected) => {
    expect(request).toStrictEqual(expected);
  });

  it.each([...reads, ...writes])(
    '%s may be retried only if that has no further effect',
    (_name, { request: { method }, repeatable, effect }) => {
      // The PUT of this API is a create, which conflicts with itself; what a PATCH sent again would undo is not known.
      expect(repeatable).toBe(method === 'GET' || method === 'DELETE');
      expect(effect).toBe(method === 'GET' ? 'read' : 'write');
    },
  );
});

describe('success', () => {
  const provider = {
    id: 'ACME',
    description: 'People',
    enabled: true,
    ssoType: 'VIRTUAL_USER_SSO',
    remoteIds: [],
  };
  const protocol = { idpId: 'ACME', id: 'oidc', mappingId: 'm1' };
  const mapping = {
    id: 'm1',
    incomplete: [],
    rules: [
      {
        local: [{ user: { name: '{0}' } }],
        remote: [{ type: 'email', anyOneOf: ['a'], regex: true }, { type: 'name' }],
      },
    ],
  };

  it.each<[string, Bound, object, object]>([
    ...[get.provider, create.provider, update.provider].map(
      (bound): [string, Bound, object, object] => [
        bound.name,
        bound,
        { identity_provider: PROVIDER },
        provider,
      ],
    ),
    ...[get.protocol, create.protocol, update.protocol].map(
      (bound): [string, Bound, object, object] => [
        bound.name,
        bound,
        { protocol: PROTOCOL },
        protocol,
      ],
    ),
    ...[get.mapping, create.mapping, update.mapping].map(
      (bound): [string, Bound, object, object] => [
        bound.name,
        bound,
        { mapping: MAPPING },
        mapping,
      ],
    ),
    [
      list.providers.name,
      list.providers,
      { identity_providers: [PROVIDER, { id: 'B' }], links: { next: null } },
      [provider, { id: 'B', enabled: false }],
    ],
    [list.mappings.name, list.mappings, { mappings: [MAPPING], links: {} }, [mapping]],
    [`${list.mappings.name} without any`, list.mappings, { mappings: [] }, []],
  ])('of %s', (_name, { process }, body, expected) => {
    // A create is documented with 200 in one place and with 201 in another.
    for (const status of [200, 201]) expect(process(respond(status, body))).toMatchObject(expected);
  });

  it.each<[string, Bound, object]>([
    ['an identity provider', remove.provider, { id: 'ACME' }],
    ['a protocol', remove.protocol, { idpId: 'ACME' }],
    ['a mapping', remove.mapping, { id: 'm1' }],
  ])(
    'of deleting %s has no body, and is the same once it is gone',
    (_what, { process, whenGone }, expected) => {
      for (const [status, body] of [
        [204, ''],
        [200, ''],
        [204, '\r\n'],
      ] as const)
        expect(process(respond(status, body))).toEqual(expected);
      expect(whenGone).toEqual(expected);
    },
  );

  const wrong: [string, unknown][] = [
    ['nothing', ''],
    ['HTML', HTML],
    ['an error', v3(404)],
    ['what belongs into the wrapper', PROVIDER],
    [
      'an empty wrapper',
      {
        identity_provider: null,
        protocol: null,
        mapping: null,
        identity_providers: null,
        mappings: null,
      },
    ],
    [
      'members of other types',
      {
        identity_provider: { id: 1 },
        protocol: { id: 'oidc', mapping_id: {} },
        mapping: { id: 'm1', rules: {} },
        identity_providers: {},
        mappings: [{}],
      },
    ],
    [
      'ids that are empty',
      {
        identity_provider: { id: '' },
        protocol: { id: '' },
        mapping: { id: '', rules: [] },
        identity_providers: [{ id: '' }],
        mappings: [{ id: '', rules: [] }],
      },
    ],
    ['half of a body', JSON.stringify({ identity_provider: PROVIDER }).slice(0, -1)],
  ];

  it.each(wrong)(
    'with %s is an unknown outcome of a write and a broken contract of a read',
    (_what, body) => {
      for (const [name, { failure }] of changes)
        expect([name, failure(respond(200, body))]).toMatchObject([
          name,
          { code: 'OUTCOME_UNKNOWN', reason: 'UNREADABLE_ANSWER' },
        ]);
      for (const [name, { failure }] of reads)
        expect([name, failure(respond(200, body))]).toMatchObject([
          name,
          { code: 'UPSTREAM_CONTRACT' },
        ]);
      if (body !== '')
        for (const [name, { failure }] of all(remove))
          expect([name, failure(respond(200, body))]).toMatchObject([
            name,
            { code: 'OUTCOME_UNKNOWN', reason: 'UNREADABLE_ANSWER' },
          ]);
    },
  );
});

describe('failures', () => {
  it.each<[number, unknown, OidcErrorCode, OidcErrorCode]>([
    [302, HTML, 'OUTCOME_UNKNOWN', 'UPSTREAM_CONTRACT'],
    [400, v3(400, 'The request body is invalid.'), 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [
      401,
      v3(401, 'The request you have made requires authentication.'),
      'UNAUTHENTICATED',
      'UNAUTHENTICATED',
    ],
    [
      403,
      v3(403, 'You are not authorized to perform the requested action.'),
      'PERMISSION_DENIED',
      'PERMISSION_DENIED',
    ],
    [404, v3(404, 'Not Found'), 'NOT_FOUND', 'NOT_FOUND'],
    [
      404,
      { error_code: 'APIGW.0101', error_msg: 'The API does not exist.' },
      'UPSTREAM_REJECTED',
      'UPSTREAM_REJECTED',
    ],
    [408, '', 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [413, HTML, 'UPSTREAM_REJECTED', 'UPSTREAM_REJECTED'],
    [429, v3(429, 'Too many requests'), 'RATE_LIMITED', 'RATE_LIMITED'],
    [500, v3(500, 'Internal error'), 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
    [503, HTML, 'OUTCOME_UNKNOWN', 'UPSTREAM_UNAVAILABLE'],
  ])('%i with %j are %s of a write and %s of a read', (status, body, ofWrite, ofRead) => {
    for (const [operations, code] of [
      [writes, ofWrite],
      [reads, ofRead],
    ] as const) {
      for (const [name, { failure }] of operations) {
        const error = failure(respond(status, body));
        expect([name, error.code]).toEqual([name, code]);
        expect(error).toBeInstanceOf(OIDC_ERRORS[code]);
      }
    }
  });

  it.each<[string, Bound, string, object]>([
    [
      'identity provider',
      create.provider,
      'identity_provider',
      { resource: 'identity_provider', id: 'ACME' },
    ],
    [
      'protocol',
      create.protocol,
      'federation_protocol',
      { resource: 'federation_protocol', id: 'ACME/oidc' },
    ],
    ['mapping', create.mapping, 'mapping', { resource: 'mapping', id: 'm1' }],
  ])('of creating an %s that exists name it', (_what, { failure }, stored, object) => {
    for (const message of [
      `Conflict occurred attempting to store ${stored}`,
      `Conflict occurred attempting to store ${stored} - Duplicate entry.`,
    ]) {
      expect(failure(respond(409, v3(409, message)))).toMatchObject({
        code: 'ALREADY_EXISTS',
        ...object,
      });
    }
    expect(failure(respond(409))).toMatchObject({
      code: 'ALREADY_EXISTS',
      id: (object as { id: string }).id,
    });
  });

  it.each([...all(update), ...all(remove), ...reads])(
    'of %s never say that an id is taken',
    (_name, { failure }) => {
      expect(
        failure(respond(409, v3(409, 'Conflict occurred attempting to store mapping'))),
      ).toMatchObject({ code: 'UPSTREAM_REJECTED' });
    },
  );

  it.each<[string, Bound, object, object]>([
    [
      'create a protocol without a mapping',
      create.protocol,
      v3(404, 'Could not find mapping: m1.'),
      { resource: 'mapping', id: 'm1' },
    ],
    [
      'create a protocol without an identity provider',
      create.protocol,
      v3(404, 'Could not find identity_provider: ACME.'),
      { resource: 'identity_provider', id: 'ACME' },
    ],
    [
      'create a protocol without either',
      create.protocol,
      v3(404),
      { resource: 'identity_provider or mapping', id: null },
    ],
    [
      'update a protocol that is not there',
      update.protocol,
      v3(404, 'Could not find federated protocol: oidc'),
      { resource: 'federated protocol', id: 'oidc' },
    ],
    [
      'update a protocol without one of what it needs',
      update.protocol,
      v3(404),
      { resource: 'protocol or mapping', id: null },
    ],
    ['read a protocol', get.protocol, v3(404), { resource: 'protocol', id: 'ACME/oidc' }],
    [
      'delete a protocol',
      remove.protocol,
      v3(404, 'Could not find federated protocol: oidc'),
      { resource: 'federated protocol', id: 'oidc' },
    ],
    [
      'update an identity provider',
      update.provider,
      v3(404),
      { resource: 'identity_provider', id: 'ACME' },
    ],
    ['update a mapping', update.mapping, v3(404), { resource: 'mapping', id: 'm1' }],
    ['delete a mapping', remove.mapping, v3(404), { resource: 'mapping', id: 'm1' }],
  ])('to %s name what is missing', (_what, { failure }, body, object) => {
    expect(failure(respond(404, body))).toMatchObject({ code: 'NOT_FOUND', ...object });
  });

  it.each([
    [
      'creating',
      create.protocol,
      'The identity provider "ACME" and the mapping "m1" must exist before the protocol.',
    ],
    [
      'updating',
      update.protocol,
      'The protocol itself and the mapping "m1" must exist before the change.',
    ],
  ])('of %s a protocol have advice', (_what, { failure }, advice) => {
    for (const body of [v3(404), v3(404, 'Could not find mapping: m1.')])
      expect(failure(respond(404, body)).message.endsWith(` ${advice}`)).toBe(true);
  });
});

describe('verifyWith', () => {
  const schema = buildSchema(
    readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8'),
  );

  it.each<[string, Bound[], string, string[]]>([
    [
      'identity provider',
      [create.provider, update.provider, remove.provider],
      'huaweiIdentityProvider(id: "ACME")',
      ['description', 'enabled', 'ssoType'],
    ],
    [
      'protocol',
      [create.protocol, update.protocol, remove.protocol],
      'huaweiProtocol(idpId: "ACME")',
      ['mappingId'],
    ],
    [
      'mapping',
      [create.mapping, update.mapping, remove.mapping],
      'huaweiMapping(id: "m1")',
      ['user', 'group', 'groups', 'type', 'anyOneOf', 'notAnyOf', 'regex'],
    ],
  ])(
    'of every write of an %s is a query of this gateway that shows all that it could have changed',
    (_what, operations, field, shown) => {
      for (const { verifyWith } of operations) {
        expect(validate(schema, parse(verifyWith ?? ''))).toEqual([]);
        expect(verifyWith).toContain(field);
        for (const name of [...shown, 'fingerprint'])
          expect(verifyWith).toMatch(new RegExp(`\\b${name}\\b`));
      }
    },
  );
});

describe('reading back', () => {
  /** A read that returns an object or fails, and the paths that it was asked for. */
  function reading(found: object | Error) {
    const paths: string[] = [];
    const read: ReadOperation = (operation, args) => {
      paths.push(operation.request(args).path);
      expect(operation.effect).toBe('read');
      return found instanceof Error
        ? Promise.reject(found)
        : Promise.resolve(
            processResponse(operation, args, respond(200, found), reader, new Scrubber()),
          );
    };
    return { paths, read };
  }

  const gone = new NotFoundError('Not there.', 'x', null, { attested: true });
  const down = new UpstreamUnavailableError('Down.', null);
  const provider = (changed: object) => ({ identity_provider: { ...PROVIDER, ...changed } });
  const rules = (...list_: object[]) => ({ mapping: { ...MAPPING, rules: list_ } });

  it.each<[string, Bound, string, object, [different: object, fields: string][]]>([
    [
      'creating an identity provider',
      create.provider,
      PROVIDER_PATH,
      provider({ sso_type: '', remote_ids: ['r'] }),
      [
        [provider({ enabled: false }), 'enabled'],
        [provider({ description: '', sso_type: 'iam_user_sso' }), 'ssoType, description'],
      ],
    ],
    [
      'updating an identity provider',
      update.provider,
      PROVIDER_PATH,
      provider({ description: null, sso_type: 'iam_user_sso' }),
      [[provider({}), 'description']],
    ],
    [
      'creating a protocol',
      create.protocol,
      PROTOCOL_PATH,
      { protocol: PROTOCOL },
      [
        [{ protocol: { id: 'oidc' } }, 'mappingId'],
        [{ protocol: { id: 'oidc', mapping_id: 'm2' } }, 'mappingId'],
      ],
    ],
    [
      'updating a protocol',
      update.protocol,
      PROTOCOL_PATH,
      { protocol: PROTOCOL },
      [[{ protocol: { id: 'oidc', mapping_id: 'm2' } }, 'mappingId']],
    ],
    [
      'creating a mapping',
      create.mapping,
      MAPPING_PATH,
      rules({ ...RULE, links: null }),
      [
        [rules(), 'rules'],
        [rules(RULE, RULE), 'rules'],
        [rules({ ...RULE, priority: 1 }), 'rules'],
      ],
    ],
    [
      'updating a mapping',
      update.mapping,
      MAPPING_PATH,
      rules(RULE),
      [[rules({ ...RULE, remote: RULE.remote.toReversed() }), 'rules']],
    ],
  ])('after %s', async (_what, { readBack, process, request }, path, same, others) => {
    const { paths, read } = reading(same);
    expect(await readBack(read)).toEqual({ applied: process(respond(200, same)) });
    expect(paths).toEqual([path]);
    expect(request.path).toBe(path);
    for (const [other, fields] of others)
      expect(await readBack(reading(other).read)).toMatchObject({
        finding: `found an object that differs in ${fields}`,
        stored: { content: expect.any(Object) as unknown },
      });
    // That it is not there is for the caller of the operation to judge: the write may be under way.
    await expect(readBack(reading(gone).read)).rejects.toBe(gone);
    await expect(readBack(reading(down).read)).rejects.toBe(down);
  });

  it.each<[string, Bound, string, object]>([
    ['an identity provider', remove.provider, PROVIDER_PATH, provider({})],
    ['a protocol', remove.protocol, PROTOCOL_PATH, { protocol: PROTOCOL }],
    ['a mapping', remove.mapping, MAPPING_PATH, rules({ odd: 1 })],
  ])('after deleting %s', async (_what, { readBack, whenGone }, path, still) => {
    const { paths, read } = reading(gone);
    expect(await readBack(read)).toEqual({ applied: whenGone });
    expect(paths).toEqual([path]);
    expect(await readBack(reading(still).read)).toMatchObject({
      finding: 'found it still there, but the deletion may still be in progress',
      stored: { content: expect.any(Object) as unknown },
    });
    await expect(readBack(reading(down).read)).rejects.toBe(down);
  });
});
