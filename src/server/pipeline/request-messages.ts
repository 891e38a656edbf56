import {
  Kind,
  TypeInfo,
  coerceInputValue,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isUnionType,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type {
  ASTNode,
  DocumentNode,
  GraphQLError,
  GraphQLInputType,
  GraphQLNamedType,
  GraphQLSchema,
  NamedTypeNode,
  OperationDefinitionNode,
  VariableDefinitionNode,
} from 'graphql';
import { INEXACT_ID } from '../../graph/exact-ids.ts';
import { howToSelect } from './union-help.ts';

/*
 * What is wrong with a request, in words that hold no value of it: only what GraphQL calls things, names of the schema
 * and, of the document, names of fields and types.
 */

/** What is being executed. */
export interface RequestedOperation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A document with faults. */
export interface FaultyDocument {
  readonly document: DocumentNode;
  readonly schema: GraphQLSchema;
  /** Whether names of the schema may be told that the document does not have. */
  readonly suggestions: boolean;
}

/** Kinds of tokens: what the parser expected comes from the grammar, what it found from the document. */
const KIND = '"[^"\\w]{1,3}"|Name|Int|Float|String|BlockString|Comment|<EOF>';

const EXPECTED = new RegExp(`^Syntax Error: Expected (${KIND}|"\\w{1,12}"), found (${KIND})`);
const UNEXPECTED = new RegExp(`^Syntax Error: Unexpected (${KIND})`);
const IN_TOKEN =
  /^Syntax Error: (Unterminated string|Invalid number|Invalid character escape sequence|Invalid Unicode escape sequence|Invalid character within String|Invalid character|Unexpected character|Unexpected variable|Unexpected single quote character \('\), did you mean to use a double quote \("\)|Unexpected description)/;

/** What the parser says, by the kinds of the tokens and never by what is in them. */
export function syntaxMessage(message: string): string {
  const [, expected, found] = EXPECTED.exec(message) ?? [];
  if (expected !== undefined && found !== undefined)
    return `Syntax Error: Expected ${inWords(expected)}, found ${inWords(found)}; see locations.`;
  const [, unexpected] = UNEXPECTED.exec(message) ?? [];
  if (unexpected !== undefined)
    return `Syntax Error: Unexpected ${inWords(unexpected)}; see locations.`;
  const [, problem] = IN_TOKEN.exec(message) ?? [];
  return `Syntax Error: ${problem ?? 'the document cannot be read'}; see locations.`;
}

function inWords(kind: string): string {
  return kind === '<EOF>' ? 'end of document' : kind;
}

/** Errors about a value stand at its node; all others name only what the schema and the document call things. */
const VALUE_KINDS: ReadonlySet<string> = new Set([
  Kind.STRING,
  Kind.INT,
  Kind.FLOAT,
  Kind.BOOLEAN,
  Kind.ENUM,
  Kind.NULL,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
]);

/** Faults of values that are described by names of the schema and of the input alone. */
const SAFE_VALUE_FAULT =
  /^(OidcJwks must be a JSON object or its JSON text\.|Field "[\w.]{1,200}" of required type "[\w[\]!]{1,200}" was not provided\.|Field "\w{1,100}" is not defined by type "\w{1,200}"\.|Expected non-nullable type "[\w[\]!]{1,200}" not to be null\.)/;

/** Faults about what can be selected of a type. */
const SELECTION_FAULT =
  /^(?:Cannot query field |Field "\w{1,200}" of type "[^"]{1,200}" must have a selection of subfields\.|Fragment (?:"\w{1,200}" )?cannot be spread here )/;

/** The types that are at hand at a place of a document. */
interface TypesAt {
  readonly input: GraphQLInputType | undefined;
  /** What is selected of there: of a field without a selection, the type of that field. */
  readonly selected: GraphQLNamedType | undefined;
}

/** Names of a document that are longer than any that is meant, and how much of them is told: to look for secrets in 12,000 characters takes 1 ms. */
const LONG_NAME = /(\w{200})\w+/g;

/** What is wrong with a document, for each error of graphql-js. */
export function validationMessages(
  errors: readonly GraphQLError[],
  faulty: FaultyDocument,
): readonly string[] {
  return messagesFor(errors, faulty).map((message) => message.replace(LONG_NAME, '$1…'));
}

function messagesFor(
  errors: readonly GraphQLError[],
  { document, schema, suggestions }: FaultyDocument,
): readonly string[] {
  const nodes = errors.flatMap(({ message, nodes: [node] = [] }) =>
    node !== undefined && (VALUE_KINDS.has(node.kind) || SELECTION_FAULT.test(message))
      ? [node]
      : [],
  );
  const types = typesAt(new Set(nodes), document, schema);
  return errors.map(({ message, nodes: [node] = [] }) => {
    if (node === undefined)
      return 'The document has too many faults, or takes too long to check. Validation aborted.';
    const at = types.get(node);
    if (VALUE_KINDS.has(node.kind)) return safeValueFault(message) ?? expected(at?.input);
    if (isUnionType(at?.selected) && SELECTION_FAULT.test(message)) {
      return `${before(message, ' Did you mean ')} ${howToSelect(at.selected, node.kind === Kind.FIELD ? node.name.value : null, suggestions)}`;
    }
    return message.replace(/^Variable "\$\w+" is not defined/, 'A variable is not defined');
  });
}

/** The text before the first of these words; all of it if they are not there. */
function before(text: string, words: string): string {
  const end = text.indexOf(words);
  return end === -1 ? text : text.slice(0, end);
}

/** The types at these nodes, found in one pass. */
function typesAt(
  wanted: ReadonlySet<ASTNode>,
  document: DocumentNode,
  schema: GraphQLSchema,
): ReadonlyMap<ASTNode, TypesAt> {
  const types = new Map<ASTNode, TypesAt>();
  if (wanted.size === 0) return types;
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      enter: (node) => {
        if (!wanted.has(node)) return;
        const output = info.getType();
        types.set(node, {
          // Inside of a list, the type at hand is that of its items.
          input:
            (node.kind === Kind.LIST ? info.getParentInputType() : info.getInputType()) ??
            undefined,
          selected:
            node.kind === Kind.FIELD && output !== null && output !== undefined
              ? getNamedType(output)
              : (info.getParentType() ?? undefined),
        });
      },
    }),
  );
  return types;
}

function safeValueFault(message: string): string | undefined {
  return message.startsWith(INEXACT_ID) ? INEXACT_ID : SAFE_VALUE_FAULT.exec(message)?.[0];
}

/** Values of an enum that a message lists. No enum of an input comes near it. */
const MAX_VALUES_NAMED = 50;

/**
 * What should stand in a place. Everybody gets the values of an enum: they are few, and say less than the place
 * does, which the caller has named.
 */
function expected(type: GraphQLInputType | undefined): string {
  if (type === undefined) return 'Expected a value of type "another type".';
  const named = getNamedType(type);
  const values = isEnumType(named)
    ? named
        .getValues()
        .slice(0, MAX_VALUES_NAMED)
        .map(({ name }) => name)
    : [];
  return `Expected a value of type "${type.toString()}"${values.length === 0 ? '' : `: one of ${values.join(', ')}`}.`;
}

/** Faults of variables that a response lists, as many as graphql-js itself lists. */
const MOST_FAULTS = 50;

/** Ends the search for more of them. */
const ENOUGH = new Error('enough faults');

/** A fault of the variables of an operation. */
export interface VariableFault {
  readonly message: string;
  /** Where the variable is declared. */
  readonly definition: VariableDefinitionNode;
}

/** What is wrong with the variables of an operation, each fault at its place. */
export function variableFaults(requested: RequestedOperation): readonly VariableFault[] {
  const faults: VariableFault[] = [];
  for (const fault of findVariableFaults(requested)) {
    if (faults.length >= MOST_FAULTS) break;
    faults.push(fault);
  }
  return faults;
}

function* findVariableFaults({
  schema,
  operation,
  variables,
}: RequestedOperation): Iterable<VariableFault> {
  for (const definition of operation?.variableDefinitions ?? []) {
    const { variable, type: typeNode, defaultValue } = definition;
    const { value: name } = variable.name;
    // Validation has made sure that the type exists and is an input type.
    const type = typeFromAST(schema, typeNode as NamedTypeNode) as GraphQLInputType;
    if (!Object.hasOwn(variables, name)) {
      if (isNonNullType(type) && defaultValue === undefined)
        yield {
          message: `Variable "$${name}" of required type "${type.toString()}" was not provided.`,
          definition,
        };
      continue;
    }
    const faults: VariableFault[] = [];
    try {
      coerceInputValue(
        variables[name],
        type,
        (path, _value, { message }) => {
          // The rest is not looked at: a list of 80,000 wrong items took more than a second.
          if (faults.length >= MOST_FAULTS) throw ENOUGH;
          faults.push({
            message: `Variable "$${name}" at "${[name, ...path].join('.')}": ${safeValueFault(message) ?? expected(typeAt(type, path))}`,
            definition,
          });
        },
        true,
      );
    } catch (error) {
      if (error !== ENOUGH) throw error;
    }
    yield* faults;
  }
}

function typeAt(
  type: GraphQLInputType,
  path: readonly (string | number)[],
): GraphQLInputType | undefined {
  let current: GraphQLInputType | undefined = type;
  for (const step of path) {
    if (isNonNullType(current)) current = current.ofType;
    if (isListType(current) && typeof step === 'number') current = current.ofType;
    else if (isInputObjectType(current)) current = current.getFields()[step]?.type;
  }
  return current;
}
