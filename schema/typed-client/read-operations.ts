import type { GraphQLSchema } from 'graphql';
import type { RootDocument } from './documents.ts';

/** A list of persisted documents in Apollo's form (apollographql.com/docs/graphos/platform/security/persisted-queries). */
interface ReadOperations {
  readonly format: 'apollo-persisted-query-manifest';
  readonly version: 1;
  readonly operations: readonly {
    /** The hash of the document, as in `persisted-documents.json`. */
    readonly id: string;
    readonly name: string;
    readonly type: 'query';
    /** The document after a comment, which says what it reads: Apollo's MCP server describes a tool with it. */
    readonly body: string;
  }[];
}

/** The documents that only read. */
export function readOperations(
  schema: GraphQLSchema,
  documents: readonly RootDocument[],
): ReadOperations {
  const fields = schema.getQueryType()?.getFields() ?? {};
  return {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: documents.flatMap(({ field, text, hash }) => {
      const query = fields[field];
      if (query === undefined) return [];
      const name = `${field.charAt(0).toUpperCase()}${field.slice(1)}`;
      const [what = ''] = (query.description ?? '').split('\n');
      return [{ id: hash, name, type: 'query', body: `# ${what}\n${text}` }];
    }),
  };
}
