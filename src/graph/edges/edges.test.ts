import { execute, parse } from 'graphql';
import { expect, it } from 'vitest';
import { NotFoundError } from '../../domain/errors.ts';
import type { OpenSession, SignIn } from '../../transport/upstream.ts';
import { newProgress } from '../context.ts';
import { createGraph } from '../graph.ts';
import { optionsOf } from '../root-fields/options.ts';
import { addFound } from '../root-fields/found.ts';
import { addEdge } from './edges.ts';
import { beginRootField } from './reads.ts';
import type { Target } from './target.ts';

interface Part {
  readonly id: string;
}

/** A schema whose only object leads to parts with these ids. @returns the result of a query for them, as a caller with these scopes */
async function partsOf(
  ids: readonly string[],
  read: Target<Part>['read'],
  scopes: readonly string[] = ['oidc:read'],
) {
  const signIn = { provision: { targets: { PART: 'A part.' } } } as unknown as SignIn;
  const graph = createGraph([{ id: 'PLATFORM', description: 'One.', warningCodes: {}, signIn }]);
  const { builder } = graph;
  builder.mutationField('nothing', (t) => t.int({ resolve: () => 0 }));
  const part = builder.objectRef<Part>('Part').implement({
    fields: (t) => ({ id: t.exposeID('id') }),
  });
  const whole = builder.objectRef<Part>('Whole').implement({});
  const success = addFound(graph, { noun: 'Part', about: '', type: part }, '', '');
  const { errors } = optionsOf('part', { effect: 'read' }, 'id');
  const target: Target<Part> = {
    result: builder.errorUnion('PartResult', {
      types: [...errors.types, success],
      resolveType: () => success,
    }),
    errors: errors.types,
    idOf: ({ id }) => id,
    canRead: () => true,
    read,
    list: null,
    known: (object) => ({ object, warnings: [] }),
  };
  const wholes = { ...target, read: () => Promise.reject(new Error('not read')) };
  addEdge(graph, { type: whole, target: wholes }, 'part', {
    description: 'A part.',
    to: target,
    idOf: ({ id }) => id,
  });
  builder.queryField('wholes', (t) =>
    t.field({ type: [whole], resolve: () => ids.map((id) => ({ id })) }),
  );
  const progress = newProgress();
  beginRootField(progress, false);
  const { data, errors: failures = [] } = await execute({
    schema: builder.toSchema(),
    document: parse(
      '{ wholes { part { __typename ... on PartSuccess { part { id } } ... on OidcPermissionDeniedError { missing } } } }',
    ),
    contextValue: {
      progress,
      identity: { kind: 'JWT', id: 'somebody', scopes: new Set(scopes) },
      refusal: null,
      requestId: 'r',
    },
  });
  const { wholes: given = [] } = (data ?? {}) as { wholes?: readonly { part: unknown }[] };
  return {
    parts: given.map((one) => one.part),
    codes: progress.codes,
    began: progress.fieldBegan,
    failures: failures.map(({ originalError }) => originalError?.message),
  };
}

it('leads nowhere for callers who may not read, and reads nothing for them', async () => {
  const read: string[] = [];
  const { parts, codes } = await partsOf(
    ['a', 'b'],
    (_sessions, id) => {
      read.push(id);
      return Promise.reject(new Error('read'));
    },
    [],
  );
  expect(parts).toEqual(
    ['a', 'b'].map(() => ({ __typename: 'OidcPermissionDeniedError', missing: ['oidc:read'] })),
  );
  expect(codes).toEqual(['PERMISSION_DENIED']);
  expect(read).toEqual([]);
});

it('reads each object once, and gives its declared errors as members and others as GraphQL errors', async () => {
  const read: string[] = [];
  const { parts, codes, failures } = await partsOf(['a', 'b', 'a', 'c', 'c'], (_sessions, id) => {
    read.push(id);
    if (id === 'b') return Promise.reject(new NotFoundError('no b', 'Part', id));
    if (id === 'c') return Promise.reject(new TypeError('a bug'));
    return Promise.resolve({ object: { id }, warnings: [] });
  });
  expect(parts).toEqual([
    { __typename: 'PartSuccess', part: { id: 'a' } },
    { __typename: 'OidcNotFoundError' },
    { __typename: 'PartSuccess', part: { id: 'a' } },
    null,
    null,
  ]);
  expect(codes).toEqual(['NOT_FOUND']);
  expect(failures).toEqual(['a bug', 'a bug']);
  expect(read).toEqual(['a', 'b', 'c']);
});

it('reads with the deadline of the root field, in one session for each platform', async () => {
  const deadlines: unknown[] = [];
  const open: OpenSession<object> = () => ({
    baseUrl: '',
    settings: {},
    owner: 'caller',
    call: () => Promise.reject(new Error('not called')),
    startDeadline: (since) => {
      deadlines.push(since);
    },
  });
  const { parts, began } = await partsOf(['a', 'b'], (sessions, id) => {
    sessions(open);
    return Promise.resolve({ object: { id }, warnings: [] });
  });
  expect(parts).toHaveLength(2);
  expect(deadlines).toEqual([began]);
  expect(began).toBeGreaterThan(0);
});

it('begins anew with each field of a mutation, and not with those of a query', () => {
  const progress = newProgress();
  beginRootField(progress, false);
  progress.fieldBegan = 1;
  beginRootField(progress, false);
  expect(progress.fieldBegan).toBe(1);
  beginRootField(progress, true);
  expect(progress.fieldBegan).toBeGreaterThan(1);
});
