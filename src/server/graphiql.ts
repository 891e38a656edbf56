import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isHarmless } from './graphiql/harmless.ts';
import { makePage } from './graphiql/page.ts';
import type { Page, PageSettings } from './graphiql/page.ts';
import { welcome } from './graphiql/welcome.ts';
import { GRAPHQL_PATH } from './listener.ts';
import { acceptsPage } from './negotiation.ts';
import { PAGE_POLICY } from './security-headers.ts';

/** An operation of `schema/operations/`, with the variables beside it. */
export interface ExampleOperation {
  /** File name without its ending. */
  readonly name: string;
  readonly document: string;
  /** JSON text. */
  readonly variables: string;
}

const OPERATIONS = new URL('../../schema/operations/', import.meta.url);

/** Where the files are that the page loads. */
const FILES_PATH = `${GRAPHQL_PATH}/assets/`;

/** The example operations, in the order of their names. */
export function readExampleOperations(): ExampleOperation[] {
  return readdirSync(OPERATIONS)
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => {
      const name = file.replace(/\.graphql$/, '');
      return {
        name,
        document: readFileSync(new URL(file, OPERATIONS), 'utf8'),
        variables: readFileSync(new URL(`${name}.variables.json`, OPERATIONS), 'utf8'),
      };
    });
}

export interface GraphiqlOptions {
  /** Headers of every tab: those of the emulators, or placeholders. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether there are tabs that change something. */
  readonly writes: boolean;
}

/** The page on which people explore the API. */
export interface Graphiql {
  /** Whether a request is for the page or one of its files, and not for the API. */
  readonly isFor: (request: IncomingMessage, path: string) => boolean;
  /** Answers such a request. The response has its common headers already. @returns false if there is no such file */
  readonly serve: (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ) => Promise<boolean>;
}

/**
 * GraphiQL with a tab for each example operation; nothing is loaded from elsewhere. It has several megabytes, so it is
 * made on demand, and once.
 */
export function createGraphiql(options: GraphiqlOptions): Graphiql {
  const settings = settingsOf(options);
  let made: Promise<Page> | undefined;
  return {
    isFor: ({ method, headers }, path) =>
      (method === 'GET' || method === 'HEAD') &&
      (path === GRAPHQL_PATH ? acceptsPage(headers.accept) : path.startsWith(FILES_PATH)),
    serve: async (request, response, path) => {
      const { html, files } = await (made ??= makePage(settings, FILES_PATH));
      const file = path === GRAPHQL_PATH ? html : files.get(path);
      if (file === undefined) return false;
      if (file === html) {
        response.setHeader('content-security-policy', PAGE_POLICY);
        response.appendHeader('vary', 'Accept');
      }
      // The page holds the headers of the tabs, and must be that of this version: nobody keeps it.
      await file.send(request, response, file !== html);
      return true;
    },
  };
}

function settingsOf({ headers, writes }: GraphiqlOptions): PageSettings {
  const defaultHeaders = JSON.stringify(headers, null, 2);
  const text = welcome({ writes, placeholders: /<\w{1,40}>/.test(defaultHeaders) });
  const shown = readExampleOperations().filter(
    ({ document, variables }) =>
      writes || isHarmless(document, JSON.parse(variables) as Record<string, unknown>),
  );
  return {
    examples: shown.map(({ document, variables }, index) => ({
      query: index === 0 ? text + document : document,
      variables,
    })),
    defaultHeaders,
  };
}
