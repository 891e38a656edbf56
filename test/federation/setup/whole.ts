import {
  buildSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import type { GraphQLNamedType } from 'graphql';
import { GATEWAY_API } from './subgraphs.ts';

const api = buildSchema(GATEWAY_API);

/** Selects all that a field of the gateway can give, of every member of its union; fields that need arguments or lead to other objects are left out. */
export function wholeOf(typeName: string): string {
  return selectionOf(api.getType(typeName));
}

/** Names of a union's members, sorted. */
export function membersOf(typeName: string): string[] {
  const type = api.getType(typeName);
  return isAbstractType(type)
    ? api
        .getPossibleTypes(type)
        .map(({ name }) => name)
        .sort()
    : [];
}

function selectionOf(type: GraphQLNamedType | undefined): string {
  if (!isCompositeType(type)) return '';
  const members = isAbstractType(type)
    ? api.getPossibleTypes(type).map((member) => `... on ${member.name} ${selectionOf(member)}`)
    : [];
  const fields = 'getFields' in type && members.length === 0 ? Object.values(type.getFields()) : [];
  const own = fields
    .filter(
      ({ args, type: given }) =>
        !args.some(isRequiredArgument) && !isUnionType(getNamedType(given)),
    )
    .map((field) => `${field.name} ${selectionOf(getNamedType(field.type))}`);
  return `{ __typename ${[...own, ...members].join(' ')} }`;
}
