import {
  buildASTSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  lexicographicSortSchema,
  parse,
  printSchema,
  visit,
} from 'graphql';
import type {
  GraphQLField,
  GraphQLNamedType,
  GraphQLSchema,
  InterfaceTypeDefinitionNode,
  ObjectTypeDefinitionNode,
} from 'graphql';
import { keyOf } from '../../src/graph/keys.ts';

/*
 * What the typed client selects: everything that belongs to the result of a call and costs nothing more. Three kinds of
 * fields are left out, and read with documents of one's own: secrets (tagged `sensitive`), fields with required arguments,
 * and edges, which lead from an object with an identity of its own to another one and take further calls.
 */

/** The schema with only the fields that the typed client selects. Results, inputs and root fields are all there. */
export function selectedSchema(schema: GraphQLSchema): GraphQLSchema {
  const sorted = lexicographicSortSchema(schema);
  const inObjects = partsOfObjects(sorted);
  const leftOut = new Set(
    fieldsOf(sorted)
      .filter(({ type, field }) => !isSelected(sorted, type, field, inObjects))
      .map(({ type, field }) => `${type.name}.${field.name}`),
  );
  const printed = parse(printSchema(sorted), { noLocation: true });
  const withoutThem = visit(printed, {
    ObjectTypeDefinition: without(leftOut),
    InterfaceTypeDefinition: without(leftOut),
  });
  return buildASTSchema(withoutThem);
}

type Field = GraphQLField<unknown, unknown>;

/** Takes fields out of the definition of a type. */
function without(leftOut: ReadonlySet<string>) {
  return <Node extends ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode>(
    node: Node,
  ): Node => ({
    ...node,
    fields: node.fields?.filter((field) => !leftOut.has(`${node.name.value}.${field.name.value}`)),
  });
}

function fieldsOf(schema: GraphQLSchema): { type: GraphQLNamedType; field: Field }[] {
  const roots: unknown[] = [schema.getQueryType(), schema.getMutationType()];
  return Object.values(schema.getTypeMap())
    .filter((type) => (isObjectType(type) || isInterfaceType(type)) && !roots.includes(type))
    .flatMap((type) => fieldsIn(type).map((field) => ({ type, field })));
}

function fieldsIn(type: GraphQLNamedType): Field[] {
  return isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
}

/** Types that have an identity, and what is embedded in them. From here, whatever leads to an object is an edge. */
function partsOfObjects(schema: GraphQLSchema): ReadonlySet<GraphQLNamedType> {
  const found = new Set(
    Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && hasIdentity(type)),
  );
  // A set is iterated over what is added meanwhile, too.
  for (const type of found)
    for (const field of fieldsIn(type)) {
      const target = getNamedType(field.type);
      if (isObjectType(target)) found.add(target);
    }
  return found;
}

function isSelected(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  field: Field,
  inObjects: ReadonlySet<GraphQLNamedType>,
): boolean {
  if (field.extensions['tag'] === 'sensitive') return false;
  if (field.args.some(isRequiredArgument)) return false;
  const target = getNamedType(field.type);
  if (!isCompositeType(target)) return true;
  const isInObject = isInterfaceType(type)
    ? schema.getPossibleTypes(type).some((member) => inObjects.has(member))
    : inObjects.has(type);
  return !isInObject || !(isAbstractType(target) || hasIdentity(target));
}

function hasIdentity(type: GraphQLNamedType): boolean {
  return keyOf(type) !== undefined;
}
