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
import { INEXACT_ID } from '../../graph/scalars/exact-ids.ts';
import { howToSelect } from './union-help.ts';

/*
 * Messages about what is wrong with a request. They contain no value from it, only GraphQL's own words, names of the schema, and
 * names of fields and types in the document.
 */

/** What is being executed. */
export interface RequestedOperation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** A document that is not valid. */
export interface InvalidDocument {
  readonly document: DocumentNode;
  readonly schema: GraphQLSchema;
  /** Whether messages may suggest names of the schema that are not in the document. */
  readonly suggestions: boolean;
}

/** Kinds of tokens: what the parser expected comes from the grammar, what it found from the document. */
const KIND = '"[^"\\w]{1,3}"|Name|Int|Float|String|BlockString|Comment|<EOF>';

const EXPECTED = new RegExp(`^Syntax Error: Expected (${KIND}|"\\w{1,12}"), found (${KIND})`);
const UNEXPECTED = new RegExp(`^Syntax Error: Unexpected (${KIND})`);
const IN_TOKEN =
  /^Syntax Error: (Unterminated string|Invalid number|Invalid character escape sequence|Invalid Unicode escape sequence|Invalid character within String|Invalid character|Unexpected character|Unexpected variable|Unexpected single quote character \('\), did you mean to use a double quote \("\)|Unexpected description)/;

/** The parser's message, with the kinds of tokens and never their content. */
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

/** Errors about values are at nodes of these kinds. All other messages hold only names. */
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

/** Errors about values whose messages hold only names of the schema and of the input. */
const SAFE_VALUE_ERROR =
  /^(Oidc(?:Jwks|Claims) must be a JSON object or its JSON text\.|Field "[\w.]{1,200}" of required type "[\w[\]!]{1,200}" was not provided\.|Field "\w{1,100}" is not defined by type "\w{1,200}"\.|Expected non-nullable type "[\w[\]!]{1,200}" not to be null\.)/;

/** Errors about what can be selected of a type. */
const SELECTION_ERROR =
  /^(?:Cannot query field |Field "\w{1,200}" of type "[^"]{1,200}" must have a selection of subfields\.|Fragment (?:"\w{1,200}" )?cannot be spread here )/;

/** The types at a place in a document. */
interface TypesAt {
  readonly input: GraphQLInputType | undefined;
  /** The type of the selection; for a field without a selection, the type of the field. */
  readonly selected: GraphQLNamedType | undefined;
}

/** Names longer than any real one, and the part of them that is shown: searching 12,000 characters for secrets takes 1 ms. */
const LONG_NAME = /(\w{200})\w+/g;

/** What is wrong with a document, for each error of graphql-js. */
export function validationMessages(
  errors: readonly GraphQLError[],
  invalid: InvalidDocument,
): readonly string[] {
  return messagesFor(errors, invalid).map((message) => message.replace(LONG_NAME, '$1…'));
}

function messagesFor(
  errors: readonly GraphQLError[],
  { document, schema, suggestions }: InvalidDocument,
): readonly string[] {
  const nodes = errors.flatMap(({ message, nodes: [node] = [] }) =>
    node !== undefined && (VALUE_KINDS.has(node.kind) || SELECTION_ERROR.test(message))
      ? [node]
      : [],
  );
  const types = typesAt(new Set(nodes), document, schema);
  return errors.map(({ message, nodes: [node] = [] }) => {
    if (node === undefined)
      return 'The document has too many errors, or takes too long to check. Validation aborted.';
    const at = types.get(node);
    if (VALUE_KINDS.has(node.kind)) return safeValueError(message) ?? expected(at?.input);
    if (isUnionType(at?.selected) && SELECTION_ERROR.test(message)) {
      return `${before(message, ' Did you mean ')} ${howToSelect(at.selected, node.kind === Kind.FIELD ? node.name.value : null, suggestions)}`;
    }
    return message.replace(/^Variable "\$\w+" is not defined/, 'A variable is not defined');
  });
}

/** The text before these words; all of it if they are not in it. */
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

function safeValueError(message: string): string | undefined {
  return message.startsWith(INEXACT_ID) ? INEXACT_ID : SAFE_VALUE_ERROR.exec(message)?.[0];
}

/** Maximum number of values of an enum in a message. No input enum comes near it. */
const MAX_VALUES_NAMED = 50;

/**
 * What is expected at a place. It lists the values of an enum even if suggestions are off: the caller already knows the
 * place, which says more.
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

/** Errors of variables that a response lists, as many as graphql-js itself lists. */
const MAX_VARIABLE_ERRORS = 50;

/** Ends the search for more of them. */
const ENOUGH = new Error('enough errors');

/** An error of a variable of an operation. */
export interface VariableError {
  readonly message: string;
  /** Where the variable is declared. */
  readonly definition: VariableDefinitionNode;
}

/** What is wrong with the variables of an operation, each error at its place. */
export function variableErrors(requested: RequestedOperation): readonly VariableError[] {
  const errors: VariableError[] = [];
  for (const error of findVariableErrors(requested)) {
    if (errors.length >= MAX_VARIABLE_ERRORS) break;
    errors.push(error);
  }
  return errors;
}

function* findVariableErrors({
  schema,
  operation,
  variables,
}: RequestedOperation): Iterable<VariableError> {
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
    const errors: VariableError[] = [];
    try {
      coerceInputValue(
        variables[name],
        type,
        (path, _value, { message }) => {
          // The rest is not looked at: a list of 80,000 wrong items took more than a second.
          if (errors.length >= MAX_VARIABLE_ERRORS) throw ENOUGH;
          errors.push({
            message: `Variable "$${name}" at "${[name, ...path].join('.')}": ${safeValueError(message) ?? expected(typeAt(type, path))}`,
            definition,
          });
        },
        true,
      );
    } catch (thrown) {
      if (thrown !== ENOUGH) throw thrown;
    }
    yield* errors;
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
