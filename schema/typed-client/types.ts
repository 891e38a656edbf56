import { plugin } from '@graphql-codegen/typescript';
import {
  GraphQLSchema,
  getNamedType,
  isAbstractType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isScalarType,
} from 'graphql';
import type { GraphQLInputType } from 'graphql';
import { rootFields, shapeOf } from './documents.ts';
import type { RootField } from './documents.ts';

/**
 * The TypeScript types of what the typed client reads and writes, and of its methods.
 * @param schema with the fields that the client selects
 */
export async function printTypes(schema: GraphQLSchema): Promise<string> {
  const output = await plugin(withoutRoots(schema), [], {
    immutableTypes: true,
    nonOptionalTypename: true,
    useImplementingTypes: true,
    enumsAsTypes: true,
    declarationKind: 'interface',
    strictScalars: true,
    avoidOptionals: { field: true },
    maybeValue: 'T | null',
    inputMaybeValue: 'T | null | undefined',
    scalars: {
      ID: 'string',
      OidcJwks: { input: 'string | object', output: 'Record<string, unknown>' },
      OidcClaims: { input: 'string | object', output: 'Record<string, unknown>' },
    },
  });
  const { content, prepend = [] } = typeof output === 'string' ? { content: output } : output;
  return [
    "import type { MutationOptions, RequestOptions } from '../options.ts';",
    ...prepend,
    withTypenamesSelected(content, schema),
    printMethods(schema),
  ].join('\n');
}

/** Methods have types of their own. */
function withoutRoots(schema: GraphQLSchema): GraphQLSchema {
  const roots: unknown[] = [schema.getQueryType(), schema.getMutationType()];
  return new GraphQLSchema({
    ...schema.toConfig(),
    query: null,
    mutation: null,
    types: Object.values(schema.getTypeMap()).filter(
      (type) => !roots.includes(type) && !isIntrospectionType(type),
    ),
  });
}

/** Only members of unions and interfaces are read with their `__typename`: other objects can be written back as they are. */
function withTypenamesSelected(content: string, schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type));
  const members = new Set(
    types
      .filter(isObjectType)
      .flatMap((type) => Object.values(type.getFields()).map((field) => getNamedType(field.type)))
      .filter(isAbstractType)
      .flatMap((type) => schema.getPossibleTypes(type).map(({ name }) => name)),
  );
  return content.replaceAll(/ {2}readonly __typename: '(\w+)';\n/g, (line, name: string) =>
    members.has(name) ? line : '',
  );
}

/** An interface with a method for each root field, and one for the variables of each that has several arguments. */
function printMethods(schema: GraphQLSchema): string {
  const variables: string[] = [];
  const methods = rootFields(schema).map(([kind, field]) => {
    const options = `options?: ${kind === 'mutation' ? 'MutationOptions' : 'RequestOptions'}`;
    const parameters = [...parametersOf(field), options].join(', ');
    if (shapeOf(field) === 'variables') variables.push(printVariables(field));
    return `${comment('  ', field.description)}  readonly ${field.name}: (${parameters}) => Promise<${String(field.type)}>;`;
  });
  return [
    ...variables,
    '/** A method for each root field of the schema. */',
    'export interface Operations {',
    ...methods,
    '}\n',
  ].join('\n');
}

function parametersOf(field: RootField): string[] {
  switch (shapeOf(field)) {
    case 'none':
      return [];
    case 'input':
      return field.args.map(({ name, type }) => `${name}: ${inputType(type)}`);
    case 'variables':
      return [
        `variables${field.args.some(isRequiredArgument) ? '' : '?'}: ${variablesName(field)}`,
      ];
  }
}

function printVariables(field: RootField): string {
  const fields = field.args.map(
    (arg) =>
      `${comment('  ', arg.description)}  readonly ${arg.name}${isRequiredArgument(arg) ? '' : '?'}: ${inputType(arg.type)};\n`,
  );
  return `/** The arguments of \`${field.name}\`. */\nexport interface ${variablesName(field)} {\n${fields.join('')}}\n`;
}

function variablesName({ name }: RootField): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Variables`;
}

function comment(indent: string, text: string | null | undefined): string {
  return text ? `${indent}/** ${text.replaceAll('*/', '*\\/')} */\n` : '';
}

/** The TypeScript type of an argument. @throws Error if it is a list, which no root field takes */
function inputType(type: GraphQLInputType): string {
  if (!isNonNullType(type)) return `InputMaybe<${namedType(type)}>`;
  return namedType(type.ofType);
}

function namedType(type: GraphQLInputType): string {
  if (isListType(type) || isNonNullType(type)) throw new Error(`not supported: ${String(type)}`);
  return isScalarType(type) ? `Scalars['${type.name}']['input']` : type.name;
}
