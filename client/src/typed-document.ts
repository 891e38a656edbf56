/**
 * The text of a document, with the types of its data and variables. graphql-codegen's client preset makes such documents
 * with `documentMode: 'string'`. Plain text is one, too; its data is `unknown`.
 */
export interface TypedDocumentString<Data, Variables> {
  valueOf(): string;
  toString(): string;
  /** Only for the types. */
  readonly __apiType?: ((variables: Variables) => Data) | undefined;
  /** Information of graphql-codegen, such as the hash of the document. */
  readonly __meta__?: Readonly<Record<string, unknown>> | undefined;
}
