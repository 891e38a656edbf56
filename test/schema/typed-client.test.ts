import {
  assertValidSchema,
  buildSchema as buildFromText,
  getNamedType,
  isAbstractType,
  isObjectType,
  isRequiredArgument,
  parse,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { rootDocuments } from '../../schema/typed-client/documents.ts';
import { selectedSchema } from '../../schema/typed-client/selection.ts';
import { printTypes } from '../../schema/typed-client/types.ts';
import { keyedBy, keyOf } from '../../src/graph/keys.ts';
import { SENSITIVE } from '../../src/graph/federation/entity.ts';
import { ROOT_FIELDS, schema } from '../setup/root-fields.ts';

/* What the typed client selects, in the schema of the gateway and in one with every case. */

/** `Type.field` of every field that a document selects. */
function selectedFields(from: GraphQLSchema, text: string): ReadonlySet<string> {
  const found = new Set<string>();
  const info = new TypeInfo(from);
  visit(
    parse(text),
    visitWithTypeInfo(info, {
      Field: ({ name }) => {
        found.add(`${info.getParentType()?.name ?? '?'}.${name.value}`);
      },
    }),
  );
  return found;
}

describe('the documents for the schema of the gateway', () => {
  const { documents } = rootDocuments(selectedSchema(schema));

  it('are one for each root field', () => {
    expect(documents.map(({ field }) => field)).toEqual([...ROOT_FIELDS.keys()].sort());
  });

  it.each(documents.map((document) => [document.field, document]))(
    '%s is valid, and selects each member of the union',
    (field, { text }) => {
      expect(validate(schema, parse(text))).toEqual([]);
      const selected = selectedFields(schema, text);
      const errors = schema.getType('OidcError');
      const spread = text.includes('...OidcError');
      for (const member of ROOT_FIELDS.get(field)?.union.getTypes() ?? []) {
        const isError = member.getInterfaces().some((type) => type === errors);
        const names = Object.keys(member.getFields());
        expect(
          isError ? spread : names.some((name) => selected.has(`${member.name}.${name}`)),
        ).toBe(true);
      }
    },
  );

  /** What no root field returns. */
  const ONLY_BY_EDGES = /^OpenIdConnect(?:ApiClient|IntegrationEvent)(?:Success)?$/;

  it('select every field, but for those that cost more, need arguments or are secret', () => {
    const selected = new Set(documents.flatMap(({ text }) => [...selectedFields(schema, text)]));
    const missing = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .filter(({ name }) => !/^(?:_|Query$|Mutation$)/.test(name) && !ONLY_BY_EDGES.test(name))
      .flatMap((type) =>
        Object.values(type.getFields())
          .filter(({ name }) =>
            [type, ...type.getInterfaces()].every((of) => !selected.has(`${of.name}.${name}`)),
          )
          .map((field) => ({ type, field })),
      );
    const unexplained = missing.filter(({ field }) => {
      const target = getNamedType(field.type);
      const isEdge =
        isAbstractType(target) || (isObjectType(target) && keyOf(target) !== undefined);
      return (
        field.extensions['tag'] !== 'sensitive' && !field.args.some(isRequiredArgument) && !isEdge
      );
    });
    expect(unexplained.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
    const names = missing.map(({ type, field }) => `${type.name}.${field.name}`);
    expect(names).toEqual(
      expect.arrayContaining([
        'OpenIdConnect.connectClientSecret',
        'OpenIdConnect.loginUrl',
        'OidcConfig.loginUrl',
        'HuaweiIdentityProvider.mapping',
        'OpenIdConnect.apiClient',
      ]),
    );
  });
});

describe('in a schema', () => {
  const text = `
    interface OidcError { code: String! }
    type OidcLostError implements OidcError { code: String!  where: String }
    interface Named { title: String  secret: String }
    "An object */ with everything."
    type Thing implements Named {
      id: ID!  title: String  secret: String  link(to: ID!): String  short(length: Int): String
      part: Part  owner: Owner  ownerResult: OwnerResult  named: Named  parts: [Part!]!
    }
    type Part { size: Int  maker: Owner }
    type Owner { id: ID!  name: String }
    type ThingSuccess { thing: Thing  report: Report }
    type Report { owner: Owner  cause: OidcError }
    type OwnerSuccess { owner: Owner! }
    union ThingResult = ThingSuccess | OidcLostError
    union OwnerResult = OwnerSuccess | OidcLostError
    input ThingInput { "Which one." id: ID! }
    type Query { thing(id: ID!, "Which language." language: String): ThingResult  things: ThingResult }
    type Mutation { "Changes a thing." changeThing(input: ThingInput!): ThingResult  owner: OwnerResult }
  `;
  const given = buildFromText(text);
  const extend = (type: string, extensions: object, field?: string) => {
    const named = given.getType(type);
    const of = field !== undefined && isObjectType(named) ? named.getFields()[field] : named;
    if (!of) throw new Error(`no ${type}.${field ?? ''}`);
    of.extensions = { ...extensions };
  };
  extend('Thing', keyedBy('id'));
  extend('Owner', keyedBy('id'));
  extend('Thing', SENSITIVE, 'secret');
  const selected = selectedSchema(given);
  const { documents, fragments } = rootDocuments(selected);
  const fieldsOf = (name: string) => {
    const type = selected.getType(name);
    return isObjectType(type) ? Object.keys(type.getFields()) : null;
  };

  it('an object that leads to others is read without them', () => {
    expect(fieldsOf('Thing')).toEqual(['id', 'part', 'parts', 'short', 'title']);
    expect(fieldsOf('Part')).toEqual(['size']);
  });

  it('a result and what belongs to it are read with their objects', () => {
    expect(fieldsOf('ThingSuccess')).toEqual(['report', 'thing']);
    expect(fieldsOf('Report')).toEqual(['cause', 'owner']);
  });

  it('the rest is a schema, and its documents are valid in the whole one', () => {
    expect(() => {
      assertValidSchema(selected);
    }).not.toThrow();
    for (const { text: document } of documents)
      expect(validate(given, parse(document))).toEqual([]);
    expect(documents.find(({ field }) => field === 'owner')?.text).toBe(
      'mutation Owner{owner{__typename...on OwnerSuccess{owner{...Owner}}...OidcError}}' +
        `${fragments.get('OidcError') ?? ''}${fragments.get('Owner') ?? ''}`,
    );
    expect(fragments.get('OidcError')).toBe(
      'fragment OidcError on OidcError{__typename code...on OidcLostError{where}}',
    );
  });

  it('types and methods say the same', async () => {
    const types = await printTypes(selected);
    expect(types).toContain('readonly cause: Maybe<OidcLostError>;');
    expect(types).toContain('readonly things: (options?: RequestOptions) => Promise<ThingResult>;');
    expect(types).toContain(
      'readonly thing: (variables: ThingVariables, options?: RequestOptions) => Promise<ThingResult>;',
    );
    expect(types).toContain(
      "  /** Which language. */\n  readonly language?: InputMaybe<Scalars['String']['input']>;",
    );
    expect(types).toContain(
      '  /** Changes a thing. */\n  readonly changeThing: (input: ThingInput, options?: MutationOptions) => Promise<ThingResult>;',
    );
    expect(types).not.toContain('secret');
  });
});
