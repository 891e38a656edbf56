import { Kind, OperationTypeNode, parse, valueFromASTUntyped } from 'graphql';
import type { SelectionNode } from 'graphql';

/** Whether a document can be run without changing anything: it contains only queries and mutations in which every field is a dry run. */
export function isHarmless(
  document: string,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  return parse(document).definitions.every((definition) => {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) return true;
    if (definition.kind !== Kind.OPERATION_DEFINITION) return false;
    if (definition.operation === OperationTypeNode.QUERY) return true;
    return (
      definition.operation === OperationTypeNode.MUTATION &&
      definition.selectionSet.selections.every((field) => isDryRun(field, variables))
    );
  });
}

/** Every mutation takes one argument, `input`. Fragments are assumed to change something. */
function isDryRun(selection: SelectionNode, variables: Readonly<Record<string, unknown>>): boolean {
  if (selection.kind !== Kind.FIELD) return false;
  const input = selection.arguments?.find(({ name }) => name.value === 'input');
  const value: unknown = input === undefined ? null : valueFromASTUntyped(input.value, variables);
  return typeof value === 'object' && value !== null && 'dryRun' in value && value.dryRun === true;
}
