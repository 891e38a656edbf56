import { GraphQLError, Kind, buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createDocuments } from './documents.ts';

const schema = buildSchema(`
  scalar Any
  enum Kind { A B }
  input In { id: ID!, name: String, page: Int, any: Any, kind: Kind, names: [String!], inner: In }
  type Query { one(id: ID!): String, two(in: In!): String, size(page: Int = 1, pageSize: Int): String, any(any: Any): String }
`);
const LIMITS = {
  depth: 10,
  aliases: 50,
  tokens: 2_000,
  directives: 20,
  cost: 100_000,
  repeatedWrites: 5,
};

function open() {
  const documents = createDocuments({ schema, limits: LIMITS, introspection: true });
  return {
    ...documents,
    values: (text: string) => documents.prepareShared(text).literals?.values ?? null,
  };
}

/** Has the template of these documents made: it takes two of them. */
function shared(text: (value: string) => string) {
  const documents = open();
  for (const value of ['"a"', '"b"']) documents.prepareShared(text(value));
  return documents;
}

describe('documents that differ in literals alone', () => {
  it('are one from the third on', () => {
    const text = (id: number) =>
      `query Q { one(id: "id-${id}") two(in: { id: "${id}", name: """n ${id}""", page: ${id}, names: ["${id}", "x"], inner: { id: "i" } }) }`;
    const documents = open();
    const prepared = Array.from({ length: 1_000 }, (_, id) => documents.prepareShared(text(id)));
    expect(prepared.slice(0, 2).map(({ literals }) => literals)).toEqual([null, null]);
    expect(new Set(prepared.map(({ document }) => document)).size).toBe(3);
    expect(Object.values(prepared[7]?.literals?.values ?? {})).toEqual([
      'id-7',
      '7',
      'n 7',
      7,
      '7',
      'x',
      'i',
    ]);
  });

  it('have variables that no document can have', () => {
    const { values } = shared((value) => `{ one(id: ${value}) }`);
    for (const name of Object.keys(values('{ one(id: "c") }') ?? {})) expect(name).toMatch(/ /);
  });

  it.each<[string, (value: string) => string]>([
    ['a scalar that reads literals by itself', (value) => `{ any(any: ${value}) }`],
    ['a part of one', (value) => `{ any(any: { a: [${value}] }) }`],
    ['a default of a variable', (value) => `query ($id: ID! = ${value}) { one(id: $id) }`],
    ['a directive', (value) => `{ one(id: $id) @skip(if: ${value}) }`],
    [
      'the size of a page, which the limits look at',
      (value) => `{ size(pageSize: ${value.charCodeAt(1)}) }`,
    ],
    [
      'one of several operations',
      (value) => `query A { one(id: ${value}) } query B { one(id: ${value}) }`,
    ],
    ['a list of one without brackets', (value) => `{ two(in: { id: 1, names: ${value} }) }`],
    ['the same field with other literals', (value) => `{ one(id: "x") one(id: ${value}) }`],
  ])('are not shared if the literal is that of %s', (_what, text) => {
    expect(shared(text).values(text('"c"'))).toBeNull();
  });

  it('share what they have in common even if other literals stay', () => {
    const text = (any: string, id: string) => `{ any(any: ${any}) one(id: ${id}) }`;
    const documents = open();
    for (const id of ['"a"', '"b"', '"c"']) documents.prepareShared(text('"x"', id));
    expect(documents.values(text('"x"', '"d"'))).toEqual({ 'literal 1': 'd' });
    // Another value that stays is another document.
    expect(documents.values(text('"y"', '"d"'))).toBeNull();
  });

  it('are distinguished if a literal is invalid at its place', () => {
    const { prepareShared, values } = shared((value) => `{ size(page: 1) one(id: ${value}) }`);
    expect(values('{ size(page: 7) one(id: "d") }')).toEqual({ 'literal 0': 7, 'literal 1': 'd' });
    for (const page of ['99999999999', '1.5', '"7"', 'null', 'A'])
      expect(prepareShared(`{ size(page: ${page}) one(id: "d") }`).literals, page).toBeNull();
    expect(prepareShared('{ size(page: 99999999999) one(id: "d") }').errors).toHaveLength(1);
    expect(() => prepareShared(String.raw`{ size(page: 1) one(id: "\q") }`)).toThrow(GraphQLError);
  });

  it('with errors are never one', () => {
    const { prepareShared } = shared((value) => `{ nothing(id: ${value}) }`);
    expect(prepareShared('{ nothing(id: "c") }')).toMatchObject({
      literals: null,
      errors: [{ message: expect.stringContaining('nothing') as unknown }],
    });
  });

  it('have their errors at their own places', () => {
    const { prepareShared } = shared((value) => `{ one(id: ${value})\n  size }`);
    const text = '{ one(id: "much longer\\n than the first")\n  size }';
    const { document, literals } = prepareShared(text);
    const [operation] = document.definitions;
    const nodes =
      operation?.kind === Kind.OPERATION_DEFINITION ? operation.selectionSet.selections : [];
    const locations = nodes.map((node) =>
      literals?.relocate(new GraphQLError('an error', { nodes: node, path: ['x'] })),
    );
    expect(locations).toMatchObject([
      { locations: [{ line: 1, column: 3 }], path: ['x'] },
      { locations: [{ line: 2, column: 3 }], path: ['x'] },
    ]);
  });
});

describe('what is kept', () => {
  const inUse = '{ one(id: $id) }'.replace('{', 'query ($id: ID!) {');

  it('is a document that came twice', () => {
    const { prepare } = open();
    const [first, second, third] = [prepare(inUse), prepare(inUse), prepare(inUse)];
    expect(second).not.toBe(first);
    expect(third).toBe(second);
  });

  it.each<[string, (index: number) => string]>([
    ['in literals', (index) => `{ one(id: "${index}") size }`],
    ['in names', (index) => `{ a${index}: size size }`],
  ])(
    'outlives a flood of 16,000 documents that differ %s, and keeps none of them',
    (_what, text) => {
      const { prepareShared } = open();
      prepareShared(inUse);
      const kept = prepareShared(inUse);
      for (let index = 0; index < 16_000; index += 1)
        expect(prepareShared(text(index)).errors).toEqual([]);
      expect(prepareShared(inUse)).toBe(kept);
      // The first of them is read anew.
      expect(prepareShared(text(0))).not.toBe(prepareShared(text(0)));
    },
  );

  it('outlives a flood of invalid documents, and checks each once, whether the fast path or Yoga reads it', () => {
    const { prepare, prepareShared } = open();
    prepareShared(inUse);
    const kept = prepareShared(inUse);
    for (let index = 0; index < 3_000; index += 1) {
      const first = prepareShared(`{ nothing${index} }`);
      expect(first.errors).toHaveLength(1);
      expect(prepare(`{ nothing${index} }`)).toBe(first);
    }
    expect(prepareShared(inUse)).toBe(kept);
  });

  it('gets only a useful number of errors', () => {
    const { errors } = open().prepare(
      `{ ${Array.from({ length: 99 }, (_, index) => `nothing${index}`).join(' ')} }`,
    );
    expect(errors).toHaveLength(11);
    expect(errors.at(-1)?.message).toContain('too many errors');
  });
});
