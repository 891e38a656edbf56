import type { IncomingMessage } from 'node:http';
import { readExampleOperations } from './graphiql/assets.ts';
import { isHarmless } from './graphiql/harmless.ts';
import { makePage } from './graphiql/page.ts';
import type { Page, PageSettings } from './graphiql/page.ts';
import { welcome } from './graphiql/welcome.ts';
import { GRAPHQL_PATH, sendNotFound } from '../http/router.ts';
import type { ApiRequest } from '../http/router.ts';
import { acceptsPage } from '../http/negotiation.ts';
import type { Refusal } from '../http/refusal.ts';
import { PAGE_POLICY, setCommonHeaders } from '../http/security-headers.ts';
import { OVERLOADED } from '../limits/concurrency-limit.ts';
import type { Slot } from '../limits/concurrency-limit.ts';
import { Semaphore } from '../../transport/waiting/semaphore.ts';
import { createRateLimit } from '../limits/rate-limit.ts';

/** Maximum number of requests for the page and its files, at the same time and per minute. A browser needs four, once. */
const MAX_REQUESTS = 32;
const MAX_REQUESTS_PER_MINUTE = 600;

const TOO_MANY_PAGES: Refusal = {
  status: 429,
  code: 'RATE_LIMITED',
  message: 'Too many pages were requested within a minute. Wait a moment, then reload the page.',
};

/** The path of the files that the page loads. */
const FILES_PATH = `${GRAPHQL_PATH}/assets/`;

export interface GraphiqlOptions {
  /** Headers of every tab: tokens for the emulators, or placeholders. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether tabs may have operations that change data. */
  readonly writes: boolean;
  /** The issuer in the variables of tabs, null to leave the public one. */
  readonly issuer: string | null;
}

/** The page on which users explore the API. */
export interface Graphiql {
  /** Whether a request is for the page or one of its files, and not for the API. */
  readonly isFor: (request: IncomingMessage, path: string) => boolean;
  /** Serves such a request. @returns the refusal if there are too many of them, else null */
  readonly serve: (api: ApiRequest, slot: Slot) => Promise<Refusal | null>;
}

/**
 * GraphiQL with a tab for each example operation. The page loads nothing from other hosts. It has several megabytes, so
 * it is built once, on demand.
 */
export function createGraphiql(options: GraphiqlOptions): Graphiql {
  const settings = settingsOf(options);
  let made: Promise<Page> | undefined;
  const slots = new Semaphore(MAX_REQUESTS);
  const rateLimit = createRateLimit({ perMinute: MAX_REQUESTS_PER_MINUTE });
  return {
    isFor: ({ method, headers }, path) =>
      (method === 'GET' || method === 'HEAD') &&
      (path === GRAPHQL_PATH ? acceptsPage(headers.accept) : path.startsWith(FILES_PATH)),
    serve: async ({ request, response, requestId, path }, slot) => {
      // The page is large and open to everybody, so fetching it must not take the slots of operations.
      if (!slot.take(slots)) return OVERLOADED;
      // Sending a file takes up to a few milliseconds, even if the caller hangs up.
      if (rateLimit.take('') !== null) return TOO_MANY_PAGES;
      setCommonHeaders(response, requestId);
      const { html, files } = await (made ??= makePage(settings, FILES_PATH));
      const file = path === GRAPHQL_PATH ? html : files.get(path);
      if (file === undefined) {
        sendNotFound(response, requestId);
        return null;
      }
      if (file === html) {
        response.setHeader('content-security-policy', PAGE_POLICY);
        response.appendHeader('vary', 'Accept');
      }
      // Not cached: the page contains the headers of the tabs and must match this version.
      await file.send(request, response, file !== html);
      return null;
    },
  };
}

function settingsOf({ headers, writes, issuer }: GraphiqlOptions): PageSettings {
  const defaultHeaders = JSON.stringify(headers, null, 2);
  const text = welcome({ writes, placeholders: /<\w{1,40}>/.test(defaultHeaders) });
  const shown = readExampleOperations().filter(
    ({ document, variables }) =>
      writes || isHarmless(document, JSON.parse(variables) as Record<string, unknown>),
  );
  return {
    examples: shown.map(({ document, variables }, index) => ({
      query: index === 0 ? text + document : document,
      variables: issuer === null ? variables : withIssuer(variables, issuer),
    })),
    defaultHeaders,
  };
}

/** The same variables with another issuer, if they have one. */
function withIssuer(variables: string, issuer: string): string {
  const changed = JSON.parse(variables, (name, value: unknown) =>
    name === 'issuer' ? issuer : value,
  ) as unknown;
  return `${JSON.stringify(changed, null, 2)}\n`;
}
