/*
 * Apollo Gateway under Apollo Server, as somebody would run it in front of the gateway.
 * Usage: node apollo-gateway.mjs <supergraph file> [unmasked]; it prints its URL.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { safeError } from '../../examples/supergraph/safe-errors.mjs';

/** Of the caller's headers, what the gateway gets and no other subgraph: not `Authorization`, which is the router's. */
const PROPAGATED = [
  'x-ordercloud-authorization',
  'x-auth-token',
  'idempotency-key',
  'x-request-id',
  'traceparent',
  'tracestate',
];

const [, , supergraphFile = '', unmasked] = process.argv;
const gateway = new ApolloGateway({
  supergraphSdl: readFileSync(supergraphFile, 'utf8'),
  buildService: ({ name, url }) =>
    new RemoteGraphQLDataSource({
      url: url ?? '',
      willSendRequest({ request, context }) {
        if (name !== 'oidc') return;
        for (const header of PROPAGATED) {
          const value = context['headers']?.[header];
          if (typeof value === 'string') request.http?.headers.set(header, value);
        }
      },
    }),
});
const apollo = new ApolloServer({
  gateway,
  introspection: true,
  includeStacktraceInErrorResponses: false,
  ...(unmasked === undefined && { formatError: safeError }),
});
await apollo.start();

// Not `startStandaloneServer`: if a body is not JSON, that returns and logs a part of it.
const server = createServer(async (request, response) => {
  /** @type {unknown} */
  let body;
  try {
    body = JSON.parse(await text(request));
  } catch {
    response
      .writeHead(400, { 'content-type': 'application/json' })
      .end('{"errors":[{"message":"The body of the request is not valid JSON."}]}');
    return;
  }
  const headers = new HeaderMap(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const {
    status,
    headers: own,
    body: result,
  } = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? '',
      headers,
      search: new URL(request.url ?? '', 'http://router').search,
      body,
    },
    context: () => Promise.resolve({ headers: request.headers }),
  });
  response.writeHead(status ?? 200, Object.fromEntries(own));
  if (result.kind === 'complete') response.end(result.string);
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const address = /** @type {import('node:net').AddressInfo} */ (server.address());
console.log(`listening on http://127.0.0.1:${address.port}/`);
