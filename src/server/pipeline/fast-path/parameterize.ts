import {
  Kind,
  TypeInfo,
  getNullableType,
  parseType,
  specifiedRules,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type {
  DocumentNode,
  GraphQLInputType,
  GraphQLSchema,
  OperationDefinitionNode,
  VariableDefinitionNode,
} from 'graphql';
import type { Literal } from './literals.ts';

/** A document in which literals have become variables. */
export interface Template {
  readonly document: DocumentNode;
  /** For each literal of the document the name of its variable; null if the literal stays. */
  readonly variables: readonly (string | null)[];
}

/** The types whose literals mean the same as a variable of the same value. Digits for an `ID` do not: they are text as a literal and a double as a variable. Other scalars may treat both differently. */
const LIFTED: Readonly<Record<Literal['kind'], readonly string[]>> = {
  STRING: ['String', 'ID'],
  INT: ['Int'],
};

/**
 * Replaces literals of a valid document with variables. Which literals are replaced depends only on the normalized text:
 * on their position, and the type that is expected there.
 * @returns null if none can be replaced, or if the document would become invalid
 */
export function templateOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  literals: readonly Literal[],
): Template | null {
  const operations = document.definitions.filter(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION,
  );
  const [operation] = operations;
  if (operation === undefined || operations.length > 1) return null;

  const indexes = new Map(literals.map(({ start }, index) => [start, index]));
  const variables: (string | null)[] = literals.map(() => null);
  const definitions: VariableDefinitionNode[] = [];
  const info = new TypeInfo(schema);
  const replaced = visit(
    document,
    visitWithTypeInfo(info, {
      // Both hold for every execution alike: there are no variables in them.
      Directive: () => false,
      VariableDefinition: () => false,
      // Another size of a page is another cost, which only the check of a document knows.
      Argument: ({ name: argument }) => (argument.value === 'pageSize' ? false : undefined),
      enter: (node) => {
        if (node.kind !== Kind.STRING && node.kind !== Kind.INT) return undefined;
        const index = indexes.get(node.loc?.start ?? -1);
        const kind = literals[index ?? -1]?.kind;
        const type = info.getInputType();
        if (index === undefined || kind === undefined || !isLifted(kind, type)) return undefined;
        // No document can have a variable of that name.
        const name = { kind: Kind.NAME, value: `literal ${index}` } as const;
        const variable = { kind: Kind.VARIABLE, name, ...(node.loc && { loc: node.loc }) } as const;
        variables[index] = name.value;
        definitions.push({
          kind: Kind.VARIABLE_DEFINITION,
          variable,
          type: parseType(type.toString()),
        });
        return variable;
      },
    }),
  );
  if (definitions.length === 0) return null;
  const template: DocumentNode = {
    ...replaced,
    definitions: replaced.definitions.map((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION
        ? {
            ...definition,
            variableDefinitions: [...(definition.variableDefinitions ?? []), ...definitions],
          }
        : definition,
    ),
  };
  return validate(schema, template, specifiedRules).length === 0
    ? { document: template, variables }
    : null;
}

function isLifted(
  kind: Literal['kind'],
  type: GraphQLInputType | null | undefined,
): type is GraphQLInputType {
  return (
    type !== null && type !== undefined && LIFTED[kind].includes(getNullableType(type).toString())
  );
}
