import fc from 'fast-check';
import {
  Kind,
  TypeInfo,
  ValidationContext,
  getNullableType,
  isIntrospectionType,
  isListType,
  parse,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type {
  DocumentNode,
  FragmentDefinitionNode,
  GraphQLObjectType,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { addFederation } from '../../graph/federation/federation.ts';
import { upstreams } from '../../upstreams/index.ts';
import { Measurer } from './operation-cost.ts';
import type { Measure } from './operation-cost.ts';
import { buildSchema } from '../schema.ts';

const schema = addFederation(buildSchema(upstreams), Infinity);

function operationsOf(document: DocumentNode): OperationDefinitionNode[] {
  return document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
}

function measureAll(text: string, maxKeys = Infinity): Measure[] {
  const document = parse(text);
  const measurer = new Measurer(
    new ValidationContext(schema, document, new TypeInfo(schema), () => undefined),
    maxKeys,
  );
  return operationsOf(document).map((operation) => measurer.measure(operation));
}

function measure(text: string): Measure {
  const [only] = measureAll(text);
  if (only === undefined) throw new Error('no operation');
  return only;
}

/** Inlines every fragment spread, and counts the result. */
function measureExpanded(document: DocumentNode): Measure[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition);
  const within = (set: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: set.selections.map(expand),
  });
  const expand = (selection: SelectionNode): SelectionNode => {
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return { ...selection, selectionSet: within(selection.selectionSet) };
    if (selection.kind === Kind.FIELD)
      return selection.selectionSet === undefined
        ? selection
        : { ...selection, selectionSet: within(selection.selectionSet) };
    const fragment = fragments.get(selection.name.value);
    return {
      kind: Kind.INLINE_FRAGMENT,
      directives: [...(selection.directives ?? []), ...(fragment?.directives ?? [])],
      ...(fragment && { typeCondition: fragment.typeCondition }),
      selectionSet:
        fragment === undefined
          ? { kind: Kind.SELECTION_SET, selections: [] }
          : within(fragment.selectionSet),
    };
  };
  return operationsOf(document).map((operation) => {
    const total = {
      depth: 0,
      introspectionDepth: 0,
      aliases: 0,
      directives: 0,
      cost: 0,
      writes: new Map<string, Set<string>>(),
    };
    const factors = [1];
    /** The page that encloses a field: its size, and whether the field is inside of its items. */
    const pages: { readonly size: number; readonly inside: boolean }[] = [];
    const names: string[] = [];
    const info = new TypeInfo(schema);
    visit(
      { ...operation, selectionSet: within(operation.selectionSet) },
      visitWithTypeInfo(info, {
        Directive: () => {
          total.directives += 1;
        },
        Field: {
          enter: (node) => {
            const name = node.name.value;
            const parent = info.getParentType() ?? null;
            const type = info.getFieldDef()?.type;
            const hidden = parent !== null && isIntrospectionType(parent);
            const isOn = (root: GraphQLObjectType | null | undefined) =>
              parent !== null && parent === root;
            const entry = names.findLastIndex(
              (above) => above === '__schema' || above === '__type',
            );
            names.push(name);
            if (entry < 0) total.depth = Math.max(total.depth, names.length);
            else
              total.introspectionDepth = Math.max(
                total.introspectionDepth,
                names.length - 1 - entry,
              );
            if (node.alias !== undefined) total.aliases += 1;
            const list =
              hidden &&
              node.selectionSet !== undefined &&
              type !== undefined &&
              isListType(getNullableType(type));
            const own = list
              ? parent.name === '__Schema' && name === 'types'
                ? 1_000
                : 120
              : name.startsWith('__') || hidden
                ? 1
                : isOn(schema.getMutationType())
                  ? 150
                  : isOn(schema.getQueryType())
                    ? ((info.getFieldDef()?.extensions['cost'] as number | undefined) ?? 150)
                    : ((info.getFieldDef()?.extensions['cost'] as number | undefined) ??
                      (node.selectionSet !== undefined
                        ? 2
                        : (info.getFieldDef()?.args.length ?? 0) > 0
                          ? 10
                          : 1));
            const factor = factors.at(-1) ?? 1;
            total.cost += own * factor;
            const { pageSize, itemsOfPage } = info.getFieldDef()?.extensions ?? {};
            const page = pages.at(-1) ?? { size: 0, inside: false };
            const [sizeGiven] =
              node.arguments?.map(({ value }) =>
                value.kind === Kind.INT ? Number(value.value) : 100,
              ) ?? [];
            const items = !page.inside && itemsOfPage === true ? page.size : 1;
            factors.push(
              factor *
                (itemsOfPage === true
                  ? items
                  : type !== undefined && isListType(getNullableType(type)) && !hidden
                    ? 5
                    : 1),
            );
            if (itemsOfPage === true && node.selectionSet !== undefined)
              total.cost += 12 * factor * items;
            pages.push(
              pageSize === undefined
                ? { ...page, inside: page.inside || itemsOfPage === true }
                : { size: sizeGiven ?? 20, inside: false },
            );
            if (type !== undefined && !name.startsWith('__') && isOn(schema.getMutationType()))
              total.writes.set(
                name,
                (total.writes.get(name) ?? new Set()).add(node.alias?.value ?? name),
              );
          },
          leave: () => {
            names.pop();
            factors.pop();
            pages.pop();
          },
        },
      }),
    );
    return total;
  });
}

const FIELDS = [
  'openIdConnect',
  'openIdConnects',
  'openIdConnects(pageSize: 3)',
  'openIdConnects(pageSize: $given)',
  'fingerprint',
  'apiClient',
  'mapping',
  'oidcConfig',
  'huaweiMappings',
  'rules',
  'remote',
  'warnings',
  'requestId',
  'code',
  'upstream',
  'details',
  'createOpenIdConnect',
  'deleteOidcConfig',
  'provisionOidcConfig',
  'steps',
  '_entities',
  '_service',
  '__typename',
  '__schema',
  '__type',
  'types',
  'fields',
  'ofType',
  'nothingOfThisName',
  'constructor',
  '__proto__',
];
const TYPES = [
  'Query',
  'Mutation',
  'OpenIdConnect',
  'OpenIdConnectsSuccess',
  'HuaweiMapping',
  'HuaweiIdentityProvider',
  'OidcError',
  'OidcUpstreamFailure',
  '__Schema',
  '__Type',
  'OidcErrorCode',
  'CreateOpenIdConnectInput',
  'NothingOfThisName',
  '__proto__',
];
const FRAGMENTS = ['A', 'B', 'C', 'D', 'Missing'];

const directives = fc
  .array(fc.constantFrom('@skip(if: true)', '@include(if: $given)', '@nothingOfThisName'), {
    maxLength: 2,
  })
  .map((all) => all.join(' '));

/** Selections that spread some of these fragments. */
function selections(spreads: readonly string[]): fc.Arbitrary<string> {
  return fc.letrec<{ set: string; selection: string }>((tie) => ({
    set: fc
      .array(tie('selection'), { minLength: 1, maxLength: 4 })
      .map((all) => `{ ${all.join(' ')} }`),
    selection: fc.oneof(
      { maxDepth: 5 },
      fc
        .tuple(fc.constantFrom('', 'a: ', 'b: '), fc.constantFrom(...FIELDS), directives)
        .map((parts) => parts.join(' ')),
      fc
        .tuple(fc.constantFrom('', '', 'a: '), fc.constantFrom(...FIELDS), directives, tie('set'))
        .map((parts) => parts.join(' ')),
      fc
        .tuple(fc.constantFrom('', ...TYPES.map((type) => `on ${type}`)), directives, tie('set'))
        .map((parts) => `... ${parts.join(' ')}`),
      ...(spreads.length === 0
        ? []
        : [
            fc
              .tuple(fc.constantFrom(...spreads), directives)
              .map(([name, applied]) => `...${name} ${applied}`),
          ]),
    ),
  })).set;
}

/** @param spreadsOf the fragments that a fragment spreads */
function documents(spreadsOf: (name: string) => readonly string[]): fc.Arbitrary<string> {
  const operation = fc.tuple(
    fc.constantFrom('query', 'mutation', 'subscription'),
    fc.constantFrom('', '($given: Boolean @skip(if: true))'),
    directives,
    selections(FRAGMENTS),
  );
  const operations = fc
    .array(operation, { minLength: 1, maxLength: 2 })
    .map((all) =>
      all.map(([kind, ...rest], index) => `${kind} Operation${index} ${rest.join(' ')}`),
    );
  const fragments = FRAGMENTS.slice(0, -1).map((name) =>
    fc
      .tuple(fc.constantFrom(...TYPES), directives, selections(spreadsOf(name)))
      .map((parts) => `fragment ${name} on ${parts.join(' ')}`),
  );
  return fc
    .tuple(operations, ...fragments)
    .map(([first, ...rest]) => [...first, ...rest].join('\n'));
}

describe('a measure', () => {
  it('is that of the document with its fragments written out', () => {
    fc.assert(
      fc.property(
        documents((name) => FRAGMENTS.slice(FRAGMENTS.indexOf(name) + 1)),
        (text) => {
          expect(measureAll(text)).toEqual(measureExpanded(parse(text)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is taken of any document, with cycles of fragments too', () => {
    fc.assert(
      fc.property(
        documents(() => FRAGMENTS),
        (text) => {
          for (const { depth, cost } of measureAll(text)) {
            expect(depth).toBeGreaterThan(-1);
            expect(cost).toBeGreaterThan(-1);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is that of the text even if fragments multiply beyond counting', () => {
    const bomb = (levels: number) =>
      `query { ...F0 } ${Array.from({ length: levels }, (_, level) => `fragment F${level} on Query { ...F${level + 1} @skip(if: false) ...F${level + 1} }`).join(' ')} fragment F${levels} on Query { a: __typename }`;
    expect(measure(bomb(30))).toMatchObject({
      depth: 1,
      aliases: 2 ** 30,
      cost: 2 ** 30,
      directives: 2 ** 30 - 1,
    });
    expect(measure(bomb(5000))).toMatchObject({
      depth: 1,
      aliases: Infinity,
      cost: Infinity,
      directives: Infinity,
    });
  });

  it('reads each fragment twice, however often and from wherever it is spread: for what it spreads, and for what it selects', () => {
    const after = (level: number) =>
      Array.from({ length: 30 - level }, (_, index) => `...F${30 - index} ...F${30 - index}`).join(
        ' ',
      );
    const document = parse(
      `query { ${after(-1)} } query Again { ${after(5)} } ${Array.from({ length: 30 }, (_, level) => `fragment F${level} on Query { ${after(level)} }`).join(' ')} fragment F30 on Query { __typename }`,
    );
    const reads = new Map<string, number>();
    for (const definition of document.definitions) {
      if (definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
      const { selections } = definition.selectionSet;
      Object.defineProperty(definition.selectionSet, 'selections', {
        get: () => {
          reads.set(definition.name.value, (reads.get(definition.name.value) ?? 0) + 1);
          return selections;
        },
      });
    }
    const measurer = new Measurer(
      new ValidationContext(schema, document, new TypeInfo(schema), () => undefined),
      1,
    );
    for (const operation of operationsOf(document)) measurer.measure(operation);
    expect(reads.size).toBe(31);
    expect(new Set(reads.values())).toEqual(new Set([2]));
  });

  it('follows a chain of fragments that is longer than the stack is deep', () => {
    const length = 10_000;
    const chain = Array.from(
      { length },
      (_, index) => `fragment F${index} on Query { a: __typename ...F${index + 1} }`,
    ).join(' ');
    expect(measure(`query { ...F0 } ${chain}`)).toMatchObject({ aliases: length });
  });

  it('counts as many depths as fields are inside of each other', () => {
    expect(measure('{ __typename }').depth).toBe(1);
    expect(
      measure(
        '{ openIdConnect(id: "1") { ... on OidcError { ...Upstream } } } fragment Upstream on OidcError { upstream { details { code } } }',
      ).depth,
    ).toBe(4);
    expect(measure('{ __schema { types { ofType { name } } } }')).toMatchObject({
      depth: 1,
      introspectionDepth: 3,
    });
  });

  it('multiplies what is selected of lists of objects, and nothing else', () => {
    expect(
      measure(
        '{ openIdConnects { ... on OpenIdConnectsSuccess { openIdConnects { id additionalIdpScopes } } } }',
      ).cost,
    ).toBe(150 + 2 + 20 * (12 + 2));
    expect(
      measure(
        '{ huaweiMappings { ... on HuaweiMappingsSuccess { huaweiMappings { rules { remote { type } } } } } }',
      ).cost,
    ).toBe(150 + 2 + 5 * (2 + 5 * (2 + 5 * 1)));
    expect(measure('{ _entities(representations: []) { ... on OpenIdConnect { id } } }').cost).toBe(
      150 + 5,
    );
    expect(measure('{ __schema { types { fields { name } } } }').cost).toBe(1_122);
    expect(
      measure(
        '{ openIdConnect(id: "1") { ... on OpenIdConnectSuccess { openIdConnect { loginUrl(roles: []) } } } }',
      ).cost,
    ).toBe(150 + 2 + 10);
    expect(
      measure('mutation { deleteOpenIdConnect(input: { id: "1" }) { __typename } }').cost,
    ).toBe(151);
  });

  it.each([
    ['nothing', 20],
    ['(pageSize: null)', 20],
    ['(pageSize: 1)', 1],
    ['(page: 7, pageSize: 99)', 99],
    ['(pageSize: 0)', 1],
    ['(pageSize: -99999)', 1],
    ['(pageSize: 100000)', 100],
    ['(pageSize: $size)', 100],
    ['(pageSize: "1")', 100],
  ])('counts the items of a page that is asked for with %s as %i', (given, items) => {
    const list = `openIdConnects${given === 'nothing' ? '' : given}`;
    const cost = 150 + 2 + items * (12 + 1 + 10);
    expect(
      measure(
        `{ ${list} { ... on OpenIdConnectsSuccess { openIdConnects { id loginUrl(roles: []) } } } }`,
      ).cost,
    ).toBe(cost);
    expect(
      measure(
        `{ ...Read } fragment Read on Query { ${list} { ...Page } } fragment Page on OpenIdConnectsSuccess { openIdConnects { ...Item } } fragment Item on OpenIdConnect { id loginUrl(roles: []) }`,
      ).cost,
    ).toBe(cost);
  });

  it('counts pages of different sizes that share their selection each by its own size', () => {
    expect(
      measure(
        '{ a: openIdConnects(pageSize: 3) { ...Page } b: openIdConnects(pageSize: 50) { ...Page } } fragment Page on OpenIdConnectsSuccess { openIdConnects { id } }',
      ).cost,
    ).toBe(2 * (150 + 2) + 53 * (12 + 1));
  });

  it('counts what is made for a field as more than what is there', () => {
    expect(
      measure(
        '{ openIdConnect(id: "1") { ... on OpenIdConnectSuccess { openIdConnect { id fingerprint } } } }',
      ).cost,
    ).toBe(150 + 2 + 1 + 3);
    // A key set is read and written as a whole.
    expect(
      measure(
        '{ oidcConfig(idpId: "1") { ... on OidcConfigSuccess { oidcConfig { idpId jwks signingKey fingerprint } } } }',
      ).cost,
    ).toBe(150 + 2 + 1 + 600 + 50 + 50);
  });

  it('counts a field that leads to another object as the call that it takes, or as a part of a common one', () => {
    const provider = (selected: string) =>
      measure(
        `{ huaweiIdentityProvider(id: "1") { ... on HuaweiIdentityProviderSuccess { huaweiIdentityProvider { ${selected} } } } }`,
      ).cost - 152;
    expect(provider('protocol { __typename }')).toBe(150 + 1);
    expect(provider('oidcConfig { __typename }')).toBe(150 + 1);
    // Its protocol is read, too.
    expect(provider('mapping { __typename }')).toBe(150 + 20 + 1);
    expect(
      measure(
        '{ openIdConnects { ... on OpenIdConnectsSuccess { openIdConnects { apiClient { __typename } integrationEvent { __typename } } } } }',
      ).cost,
    ).toBe(150 + 2 + 20 * (12 + 2 * (20 + 1)));
    expect(
      measure(
        '{ huaweiIdentityProviders { ... on HuaweiIdentityProvidersSuccess { huaweiIdentityProviders { protocol { __typename } } } } }',
      ).cost,
    ).toBe(150 + 2 + 5 * (150 + 1));
  });

  it('has the response keys of writes, and keeps no more of them than it is asked to', () => {
    const text =
      'mutation { first: deleteHuaweiMapping ...Rest ...Rest deleteOpenIdConnect __typename nothingOfThisName } fragment Rest on Mutation { second: deleteHuaweiMapping ... { third: deleteHuaweiMapping first: deleteHuaweiMapping } }';
    expect([...measure(text).writes]).toEqual([
      ['deleteHuaweiMapping', new Set(['first', 'second', 'third'])],
      ['deleteOpenIdConnect', new Set(['deleteOpenIdConnect'])],
    ]);
    expect([...(measureAll(text, 2)[0]?.writes.values() ?? [])].map(({ size }) => size)).toEqual([
      2, 1,
    ]);
  });
});
