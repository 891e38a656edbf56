import {
  OverlappingFieldsCanBeMergedRule,
  buildSchema,
  extendSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  parse,
  printSchema,
  validate,
  visit,
} from 'graphql';
import type { GraphQLAbstractType, GraphQLNamedType, GraphQLSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { addFederation } from '../../src/graph/federation/federation.ts';
import { buildSchema as buildGatewaySchema } from '../../src/server/schema.ts';
import { upstreams } from '../../src/upstreams/index.ts';

/*
 * A caller who selects from a union must be able to select any field of any member, by its own name: members agree on the
 * type of a field of the same name. The same for an interface and the types that implement it.
 */

/** As it is served, with what a supergraph needs. */
const served = addFederation(buildGatewaySchema(upstreams), 1);
const abstractTypes = Object.values(served.getTypeMap()).filter(
  (type): type is GraphQLAbstractType => isAbstractType(type),
);

/**
 * What is left out of an interface: no field gives it, and no union has both. The configuration after a provisioning can
 * be missing, after a dry run, while that of every other success never is.
 */
const APART: Readonly<Record<string, readonly string[]>> = {
  OidcSuccess: ['ProvisionOidcConfigSuccess', 'ProvisionOidcSignInSuccess'],
};

/** Every field of a type, of those in it, and of all types that it may be. */
function everything(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  above: readonly string[] = [],
): string {
  if (above.includes(type.name)) return '{ __typename }';
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  const selected = fields.map((field) => {
    const inner = getNamedType(field.type);
    const args =
      field.args.length === 0
        ? ''
        : `(${field.args.map(({ name }) => `${name}: $${name}`).join(' ')})`;
    return `${field.name}${args} ${isCompositeType(inner) ? everything(schema, inner, [...above, type.name]) : ''}`;
  });
  const members = isAbstractType(type)
    ? schema
        .getPossibleTypes(type)
        .map(
          (member) => `... on ${member.name} ${everything(schema, member, [...above, type.name])}`,
        )
    : [];
  return `{ __typename ${[...selected, ...members].join(' ')} }`;
}

/** What keeps a document that selects everything from being one. */
function conflicts(schema: GraphQLSchema, type: GraphQLAbstractType): string[] {
  const document = visit(parse(`fragment Everything on ${type.name} ${everything(schema, type)}`), {
    InlineFragment: ({ typeCondition }) =>
      APART[type.name]?.includes(typeCondition?.name.value ?? '') === true ? null : undefined,
  });
  return validate(schema, document, [OverlappingFieldsCanBeMergedRule], { maxErrors: 100 }).map(
    ({ message }) => message,
  );
}

describe('members of one union, and of one interface', () => {
  it.each(abstractTypes.map((type) => [type.name, type] as const))(
    'agree on fields of the same name: %s',
    (_name, type) => {
      expect(conflicts(served, type)).toEqual([]);
    },
  );

  it('are all of them', () => {
    expect(abstractTypes.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        '_Entity',
        'OidcError',
        'OidcConfiguration',
        'OidcConfigProvision',
        'DeleteOpenIdConnectResult',
        'ProvisionOidcConfigResult',
      ]),
    );
    expect(abstractTypes.length).toBeGreaterThan(25);
  });

  it('would fail on a planted disagreement, also one further down', () => {
    const planted = extendSchema(
      buildSchema(printSchema(served)),
      parse(`
      type Apart { upstream: Deeper id: Int! }
      type Deeper { status: String }
      extend union DeleteOpenIdConnectResult = Apart
    `),
    );
    const type = planted.getType('DeleteOpenIdConnectResult');
    const found = isAbstractType(type) ? conflicts(planted, type).join('\n') : '';
    expect(found).toMatch(/Fields "id" conflict/);
    expect(found).toMatch(/Fields "upstream" conflict because subfields "status" conflict/);
  });

  it('give their ids side by side', () => {
    const document = parse(`mutation {
      deleteOpenIdConnect(input: { id: "a" }) { ... on DeleteOpenIdConnectSuccess { id } ... on OidcNotFoundError { id } }
      deleteHuaweiMapping(input: { id: "a" }) { ... on DeleteHuaweiMappingSuccess { id } ... on OidcNotFoundError { id } }
      deleteHuaweiIdentityProvider(input: { id: "a" }) { ... on DeleteHuaweiIdentityProviderSuccess { id } ... on OidcNotFoundError { id } }
      createOpenIdConnect(input: {}) { ... on OidcAlreadyExistsError { id } ... on OidcNotFoundError { id } }
    }`);
    expect(validate(served, document, [OverlappingFieldsCanBeMergedRule])).toEqual([]);
  });
});
