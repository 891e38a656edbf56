import { GraphQLError } from 'graphql';
import type { Documents } from './documents.ts';
import { safeRefusal } from './safe-errors.ts';

/** The documents that callers may ask for by their hash. */
export interface PersistedDocumentsSettings {
  /** Texts by the SHA-256 of each, in hexadecimal. */
  readonly documents: ReadonlyMap<string, string>;
  /** Whether callers may send no other ones. */
  readonly only: boolean;
}

/** Parameters of a GraphQL request, before they are checked. */
interface Params {
  readonly query?: string | undefined;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

export interface PersistedDocuments {
  /**
   * The same parameters with the text of the document that they name.
   * @throws GraphQLError where it is not known, or not allowed
   */
  readonly resolve: <Given extends Params>(params: Given) => Given;
}

/**
 * Puts the texts of persisted documents in the place of their ids. A request names one as `documentId` (GraphQL over
 * HTTP, appendix on persisted documents), or as `extensions.persistedQuery.sha256Hash`, as clients of Apollo do; with or
 * without `sha256:` before it.
 */
export function createPersistedDocuments(settings: PersistedDocumentsSettings | null): PersistedDocuments {
  const documents = settings?.documents ?? new Map<string, string>();
  return {
    resolve: (params) => {
      const id = idIn(params);
      if (id === null) {
        if (settings?.only === true) throw safeRefusal('Only persisted documents are allowed here: send a documentId in place of a query.', 'PERSISTED_DOCUMENT_REQUIRED');
        return params;
      }
      if (typeof params.query === 'string') throw safeRefusal('Send either a query or the id of a persisted document, not both: documents are not registered on demand.', 'BAD_REQUEST');
      const query = documents.get(id);
      if (query === undefined) throw safeRefusal('There is no persisted document with this id here.', 'PERSISTED_DOCUMENT_NOT_FOUND');
      const { documentId: _documentId, ...others } = params;
      return { ...others, query } as typeof params;
    },
  };
}

/** A persisted document that every request for it would be refused by. */
export interface BrokenDocument {
  readonly id: string;
  readonly faults: readonly string[];
}

/** Finds those that the schema and the limits do not allow. */
export function brokenDocuments(settings: PersistedDocumentsSettings | null, { prepare }: Pick<Documents, 'prepare'>): readonly BrokenDocument[] {
  return [...(settings?.documents ?? [])].flatMap(([id, text]) => {
    try {
      const { faults } = prepare(text);
      return faults.length === 0 ? [] : { id, faults: faults.map(({ message }) => message) };
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return { id, faults: [error.message] };
    }
  });
}

function idIn({ documentId, extensions }: Params): string | null {
  if (documentId !== undefined && documentId !== null) return typeof documentId === 'string' ? hashIn(documentId) : '';
  const { persistedQuery } = (typeof extensions === 'object' && extensions !== null ? extensions : {}) as { readonly persistedQuery?: unknown };
  const { sha256Hash } = (typeof persistedQuery === 'object' && persistedQuery !== null ? persistedQuery : {}) as { readonly sha256Hash?: unknown };
  return typeof sha256Hash === 'string' ? hashIn(sha256Hash) : null;
}

function hashIn(id: string): string {
  return id.replace(/^sha256:/, '');
}
