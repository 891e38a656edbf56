import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLError,
  GraphQLField,
  GraphQLObjectType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';

export type Path = GraphQLResolveInfo['path'];

/** One execution of a compiled query. */
export interface Run {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: unknown;
  readonly errors: GraphQLError[];
  /** Paths of values that an error has made null: further errors below them are not reported. */
  readonly nulled: Set<Path>;
}

/** Completes the value of a resolver (GraphQL section 6.4.3). @throws an error if the value is invalid */
export type Complete = (run: Run, value: unknown, path: Path, field: CompiledField) => unknown;

/** A field of an object, with everything that is the same in each execution. */
export interface CompiledField {
  readonly key: string;
  readonly parent: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
  readonly args: (variables: Run['variables']) => Readonly<Record<string, unknown>>;
  readonly resolve: NonNullable<GraphQLField<unknown, unknown>['resolve']>;
  /** Whether the resolver takes all four parameters. Most take only the object, and creating `info` for every call would mean an object with ten members each time. */
  readonly wantsInfo: boolean;
  readonly complete: Complete;
  readonly required: boolean;
}

/** The fields selected from objects of one type. */
export type Selection = readonly CompiledField[];

/** The fourth parameter of resolvers in graphql-js. */
export function infoOf(
  { schema, fragments, operation, variables }: Run,
  { definition, nodes, parent }: CompiledField,
  path: Path,
): GraphQLResolveInfo {
  return {
    fieldName: definition.name,
    fieldNodes: nodes,
    returnType: definition.type,
    parentType: parent,
    path,
    schema,
    fragments,
    rootValue: undefined,
    operation,
    variableValues: variables,
  };
}
