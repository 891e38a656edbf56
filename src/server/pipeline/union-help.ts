import {
  getNamedType,
  getNullableType,
  isLeafType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import type {
  GraphQLField,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLUnionType,
} from 'graphql';

type Field = GraphQLField<unknown, unknown>;

/** Maximum selection depth of an example. */
const MAX_DEPTH = 3;

/**
 * How fields of the members of a union are selected.
 * @param field the field that was selected from the union itself, which has no fields; null if it was something else
 * @param namesAllowed whether the message may name the members, which the document does not name
 */
export function howToSelect(
  union: GraphQLUnionType,
  field: string | null,
  namesAllowed: boolean,
): string {
  const begin = `${union.name} is a union, so it has no fields of its own: select fields of its members`;
  if (!namesAllowed)
    return `${begin} with inline fragments, as in "... on <member> { <fields> }", or __typename.`;
  const members = union.getTypes();
  const shared = sharedInterface(members);
  const others = members.filter(
    (member) => shared === undefined || !member.getInterfaces().includes(shared),
  );
  const first =
    members.find((member) => field !== null && Object.hasOwn(member.getFields(), field)) ??
    others[0] ??
    members[0];
  const examples = [
    ...(first === undefined ? [] : [`... on ${first.name} { ${example(first, field)} }`]),
    ...(shared === undefined || first?.getInterfaces().includes(shared) === true
      ? []
      : [`... on ${shared.name} { ${leaves(shared).join(' ') || '__typename'} }`]),
  ];
  return `${begin} (${members.map(({ name }) => name).join(', ')}) with inline fragments, e.g. ${examples.join(' ')}`;
}

/** The interface that most of the members have: that of errors, in the result of a field. */
function sharedInterface(members: readonly GraphQLObjectType[]): GraphQLInterfaceType | undefined {
  const counts = new Map<GraphQLInterfaceType, number>();
  for (const shared of members.flatMap((member) => member.getInterfaces()))
    counts.set(shared, (counts.get(shared) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

/** The most useful fields of an interface: the first two leaves. */
function leaves(type: GraphQLInterfaceType): readonly string[] {
  return Object.values(type.getFields())
    .filter(isPlainLeaf)
    .slice(0, 2)
    .map(({ name }) => name);
}

/** A selection of one field: `wanted`, if the type has it. */
function example(
  type: GraphQLObjectType | GraphQLInterfaceType,
  wanted: string | null,
  depth = 1,
): string {
  const fields = Object.values<Field>(type.getFields()).filter(
    (field) => !field.args.some(isRequiredArgument),
  );
  const isComposite = ({ type: output }: Field) => !isLeafType(getNamedType(output));
  const field =
    fields.find(({ name }) => name === wanted) ??
    // The object of a success, and the field that identifies it.
    (depth === 1 ? fields.find(isComposite) : undefined) ??
    fields.find(({ name }) => name === 'id') ??
    fields.find(({ type: output }) => getNullableType(output).toString() === 'ID') ??
    fields.find(isPlainLeaf);
  if (field === undefined) return '__typename';
  const inner = getNamedType(field.type);
  if (isLeafType(inner)) return field.name;
  return `${field.name} { ${isUnionType(inner) || depth >= MAX_DEPTH ? '__typename' : example(inner, null, depth + 1)} }`;
}

function isPlainLeaf({ type, args }: Field): boolean {
  return isLeafType(getNamedType(type)) && !args.some(isRequiredArgument);
}
