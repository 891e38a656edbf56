import type { IncomingMessage } from 'node:http';
import { FAVICON } from './graphiql/logo.ts';
import { GRAPHQL_PATH } from '../http/router.ts';
import type { HomePage } from '../http/router.ts';
import { acceptsPage } from '../http/negotiation.ts';
import { HOME_POLICY } from '../http/security-headers.ts';

const TITLE = 'OpenID Connect configuration gateway';
const API = `The API is at ${GRAPHQL_PATH}: send GraphQL requests with POST.`;
/** Relative, so that it also works behind a proxy that serves the gateway below another path. */
const LINK = GRAPHQL_PATH.slice(1);

const text = (graphiql: boolean) => `${TITLE}

${API}
${graphiql ? `GraphiQL: open ${GRAPHQL_PATH} in a browser.\n` : ''}Health: /livez and /readyz.
`;

const html = (graphiql: boolean) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${TITLE}</title>
<link rel="icon" type="image/svg+xml" href="${FAVICON}">
</head>
<body>
<h1>${TITLE}</h1>
<p>${API}</p>
${graphiql ? `<p><a href="${LINK}">Explore it with GraphiQL</a></p>\n` : ''}</body>
</html>
`;

/**
 * Responds at `/` for people who try the address; in development it redirects a browser to GraphiQL. It shows no version,
 * because that would help attackers.
 */
export function createHome({
  graphiql,
  development,
}: {
  readonly graphiql: boolean;
  readonly development: boolean;
}): (request: IncomingMessage) => HomePage {
  const forBrowsers: HomePage =
    graphiql && development
      ? {
          status: 302,
          headers: [
            'location',
            GRAPHQL_PATH,
            'content-type',
            'text/plain; charset=utf-8',
            'vary',
            'Accept',
          ],
          body: text(graphiql),
        }
      : {
          status: 200,
          headers: [
            'content-security-policy',
            HOME_POLICY,
            'content-type',
            'text/html; charset=utf-8',
            'vary',
            'Accept',
          ],
          body: html(graphiql),
        };
  const forOthers: HomePage = {
    status: 200,
    headers: ['content-type', 'text/plain; charset=utf-8', 'vary', 'Accept'],
    body: text(graphiql),
  };
  return ({ headers }) => (acceptsPage(headers.accept) ? forBrowsers : forOthers);
}
