import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';
import type { PersistedDocumentsSettings } from '../../config/persisted-documents.ts';
import type { Documents } from './documents.ts';
import { automaticRefusal, malformedRequest, requestError } from './request-error.ts';

/** Parameters of a GraphQL request, before they are checked. */
interface Params {
  readonly query?: string | undefined;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

export interface PersistedDocuments {
  /**
   * The same parameters with the text of the document that they name.
   * @throws GraphQLError if it is unknown or not allowed
   */
  readonly resolve: <Given extends Params>(params: Given) => Given;
}

/** The version of Apollo's protocol of automatic persisted queries. There are no others. */
const VERSION = 1;

/**
 * Replaces ids of persisted documents by their texts. A request names one as `documentId` (GraphQL over HTTP, appendix on
 * persisted documents), or, like Apollo's clients, as `extensions.persistedQuery.sha256Hash`, with or without `sha256:`
 * before it. Apollo's clients send only the hash, and if it is unknown also the document, which is executed and not
 * registered.
 */
export function createPersistedDocuments(
  settings: PersistedDocumentsSettings | null,
): PersistedDocuments {
  const documents = settings?.documents ?? new Map<string, string>();
  const only = settings?.only === true;
  const unknown = () =>
    requestError(
      'This gateway has no persisted document with this id.',
      'PERSISTED_DOCUMENT_NOT_FOUND',
    );

  /** The text for the hash in Apollo's extension. */
  const byHash = (hash: string, query: string | undefined): string => {
    if (query !== undefined && createHash('sha256').update(query).digest('hex') !== hash) {
      throw malformedRequest(
        'The hash in extensions.persistedQuery does not match the query: send the SHA-256 of its text in UTF-8, in hexadecimal.',
      );
    }
    const known = documents.get(hash);
    if (known !== undefined) return known;
    if (only) throw unknown();
    if (query !== undefined) return query;
    throw settings === null
      ? automaticRefusal('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED')
      : automaticRefusal('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND');
  };

  return {
    resolve: (params) => {
      const { documentId, query: given, extensions } = params;
      const query = typeof given === 'string' ? given : undefined;
      if (documentId === undefined || documentId === null) {
        const hash = hashIn(extensions);
        if (hash !== null) return { ...params, query: byHash(hash, query) };
        if (only)
          throw requestError(
            'Only persisted documents are allowed here: send a documentId instead of a query.',
            'PERSISTED_DOCUMENT_REQUIRED',
          );
        return params;
      }
      if (query !== undefined)
        throw malformedRequest(
          'Send either a query or the id of a persisted document, not both: documents are not registered on demand.',
        );
      const known =
        typeof documentId === 'string' ? documents.get(withoutAlgorithm(documentId)) : undefined;
      if (known === undefined) throw unknown();
      const { documentId: _documentId, ...others } = params;
      return { ...others, query: known } as typeof params;
    },
  };
}

/** What is wrong with a document by the schema and the limits. */
export function documentIssues(
  text: string,
  { prepare }: Pick<Documents, 'prepare'>,
): readonly string[] {
  try {
    return prepare(text).errors.map(({ message }) => message);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return [error.message];
  }
}

/** The hash in Apollo's extension; null if there is none. @throws GraphQLError if the version is another one */
function hashIn(extensions: unknown): string | null {
  const { persistedQuery } = (
    typeof extensions === 'object' && extensions !== null ? extensions : {}
  ) as { readonly persistedQuery?: unknown };
  const { sha256Hash, version } = (
    typeof persistedQuery === 'object' && persistedQuery !== null ? persistedQuery : {}
  ) as { readonly sha256Hash?: unknown; readonly version?: unknown };
  if (typeof sha256Hash !== 'string') return null;
  if (version !== VERSION)
    throw malformedRequest(`The version in extensions.persistedQuery must be ${VERSION}.`);
  return withoutAlgorithm(sha256Hash);
}

function withoutAlgorithm(id: string): string {
  return id.replace(/^sha256:/, '');
}
