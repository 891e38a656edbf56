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
  GraphQLObjectType,
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
  const leftOut = fieldsLeftOut(sorted);
  const printed = parse(printSchema(sorted), { noLocation: true });
  return buildASTSchema(
    visit(printed, {
      ObjectTypeDefinition: without(leftOut),
      InterfaceTypeDefinition: without(leftOut),
    }),
  );
}

/** Takes fields, each named as `Type.field`, out of the definition of a type. */
function without(leftOut: ReadonlySet<string>) {
  return <Node extends ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode>(
    node: Node,
  ): Node => ({
    ...node,
    fields: node.fields?.filter(({ name }) => !leftOut.has(`${node.name.value}.${name.value}`)),
  });
}

function fieldsLeftOut(schema: GraphQLSchema): ReadonlySet<string> {
  const roots: unknown[] = [schema.getQueryType(), schema.getMutationType()];
  const types = Object.values(schema.getTypeMap());
  const objects = types.filter(isObjectType).filter((type) => !roots.includes(type));
  const parts = partsOfObjects(objects);
  const leftOut = new Set(
    objects.flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => !isSelected(field, parts.has(type)))
        .map(({ name }) => `${type.name}.${name}`),
    ),
  );
  for (const type of types.filter(isInterfaceType))
    for (const name of Object.keys(type.getFields()))
      if (schema.getPossibleTypes(type).some((member) => leftOut.has(`${member.name}.${name}`)))
        leftOut.add(`${type.name}.${name}`);
  return leftOut;
}

/** Types with an identity, and what is embedded in them. Whatever leads from them to an object is an edge. */
function partsOfObjects(objects: readonly GraphQLObjectType[]): ReadonlySet<GraphQLObjectType> {
  const found = new Set(objects.filter(hasIdentity));
  // What is added meanwhile is visited, too.
  for (const type of found)
    for (const field of Object.values(type.getFields())) {
      const target = getNamedType(field.type);
      if (isObjectType(target)) found.add(target);
    }
  return found;
}

function isSelected(field: GraphQLField<unknown, unknown>, isInObject: boolean): boolean {
  if (field.extensions['tag'] === 'sensitive') return false;
  if (field.args.some(isRequiredArgument)) return false;
  const target = getNamedType(field.type);
  if (!isInObject || !isCompositeType(target)) return true;
  return !isAbstractType(target) && !hasIdentity(target);
}

function hasIdentity(type: GraphQLObjectType): boolean {
  return keyOf(type) !== undefined;
}
