import { extendSchema, isObjectType, isScalarType, isUnionType, parse } from 'graphql';
import type { GraphQLNamedType, GraphQLSchema } from 'graphql';
import { exactNumber } from '../../domain/json/exact-json.ts';
import { aboutScope } from '../authorization.ts';
import type { GatewayContext } from '../context.ts';
import { exactId } from '../scalars/exact-ids.ts';
import { untypedValue } from '../scalars/scalars.ts';
import { entityOf } from './entity.ts';
import type { Entity } from './entity.ts';
import { checked, resolveReferences } from './references.ts';
import { printSubgraph } from './subgraph.ts';

/*
 * The part of a Federation 2 subgraph (Apollo Federation subgraph specification): entities, which other subgraphs refer
 * to by their key, and the schema as text for composers. Entities and tags are declared at their types, in Pothos's
 * `extensions`; this file works on the finished schema and knows no type by name.
 */

/**
 * Adds `_service` and `_entities` to a schema.
 * @param maxObjects objects that one request may refer to. Limits of documents cannot count them, because they are in the variables
 */
export function addFederation(schema: GraphQLSchema, maxObjects: number): GraphQLSchema {
  const entities = new Map(Object.values(schema.getTypeMap()).flatMap((type) => entityEntry(type)));
  // Printed on the first request: most gateways are never asked, and printing takes a twentieth of the start.
  let sdl: string | undefined;
  const extended = extendSchema(
    schema,
    parse(SERVICE + (entities.size === 0 ? '' : entitiesDefinition([...entities.keys()]))),
  );
  const { _service: service, _entities: references } = extended.getQueryType()?.getFields() ?? {};
  if (service !== undefined) service.resolve = () => ({ sdl: (sdl ??= printSubgraph(schema)) });

  const types = new WeakMap<object, string>();
  const union = extended.getType('_Entity');
  if (isUnionType(union)) union.resolveType = (value: object) => types.get(value);
  const any = extended.getType('_Any');
  if (isScalarType(any)) {
    any.parseValue = (value) => checked(value, entities);
    // While the document is validated its variables are unknown, so there is nothing to check.
    any.parseLiteral = (node, variables) => {
      const value = untypedValue(node, variables, numberOrDigits);
      return variables === undefined ? checked(value, entities, node) : value;
    };
  }
  if (references !== undefined) {
    references.resolve = (
      _root,
      args: { readonly representations: readonly unknown[] },
      context: GatewayContext,
    ) => {
      context.progress.outcomes.push({ field: '_entities', member: null });
      return resolveReferences(args.representations, entities, context, { types, maxObjects });
    };
  }
  return extended;
}

const SERVICE = `
  "The result of \`_service\`."
  type _Service {
    "The schema of this subgraph for composition, in Federation 2."
    sdl: String!
  }
  extend type Query {
    "For composers of a supergraph."
    _service: _Service!
  }
`;

const entitiesDefinition = (types: readonly string[]) => `
  "A reference to an entity: its \`__typename\` and its key."
  scalar _Any
  "Every type that other subgraphs may refer to."
  union _Entity = ${types.join(' | ')}
  extend type Query {
    "For the router of a supergraph: objects by their references. An object that does not exist is null; a failure is an error with its code in \`extensions.code\`. ${aboutScope('oidc:read')}"
    _entities(
      "Equal references are read once. Each object costs as much as a query for it, and the cost limit bounds how many are read."
      representations: [_Any!]!
    ): [_Entity]!
  }
`;

/** The digits of a whole number in a document are text; they are kept if a double cannot hold them. */
function numberOrDigits(digits: string): number | string {
  const value = exactNumber(digits);
  return exactId(value) === null && /^-?\d+$/.test(digits) ? digits : value;
}

function entityEntry(type: GraphQLNamedType): [string, Entity][] {
  const declaration = isObjectType(type) ? entityOf(type) : undefined;
  return declaration === undefined ? [] : [[type.name, declaration]];
}
