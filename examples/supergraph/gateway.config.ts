import { readFileSync } from 'node:fs';
import { defineConfig } from '@graphql-hive/gateway';
import type { GatewayPlugin } from '@graphql-hive/gateway';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { ExecutionResult } from 'graphql';
import { safeError } from './safe-errors.mjs';

/** Of the caller's headers, what the gateway gets and no other subgraph: not `Authorization`, which is the router's. */
const PROPAGATED = [
  'x-ordercloud-authorization',
  'x-auth-token',
  'idempotency-key',
  'x-request-id',
  'traceparent',
  'tracestate',
];

/**
 * Handles every error of every response, including requests that the router refuses. Batches and streams, which
 * are off by default, would need more.
 */
const useSafeErrors = (): GatewayPlugin => ({
  onResultProcess(event) {
    const result = event.result as ExecutionResult;
    const errors = (result.errors ?? []).map((error) => {
      const { message, path, extensions } = safeError(error.toJSON());
      const { nodes, source, positions } = error;
      // The HTTP status: removed again before the response is sent.
      const { http } = error.extensions;
      const place = {
        nodes: nodes ?? null,
        source: source ?? null,
        positions: positions ?? null,
        path: path ?? null,
      };
      return new GraphQLError(message, {
        ...place,
        extensions: { ...extensions, ...(http !== undefined && { http }) },
      });
    });
    if (errors.length > 0) event.setResult({ ...result, errors });
  },
});

const example = {
  query: readFileSync(new URL('example.graphql', import.meta.url), 'utf8'),
  headers: process.env['EXAMPLE_HEADERS'] ?? '{}',
};

export const gatewayConfig = defineConfig({
  // At `debug`, Hive Gateway logs the headers and bodies of requests, including secrets.
  logging: 'info',
  // Not `propagateHeaders`: retries lose the headers that it adds (2.15.1).
  transportEntries: {
    oidc: {
      headers: PROPAGATED.map((name): [string, string] => [name, `{context.headers.${name}}`]),
    },
  },
  // Lost requests are retried, but not mutations: they may have been received.
  upstreamRetry: ({ executionRequest }) =>
    executionRequest.operationType === OperationTypeNode.MUTATION
      ? undefined
      : { maxRetries: 2, retryDelay: 100 },
  // Contains all its scripts: the page loads nothing from elsewhere.
  graphiql: {
    title: 'Supergraph',
    defaultTabs: [example],
    shouldPersistHeaders: false,
    ...example,
  },
  renderGraphiQL,
  plugins: () => [useSafeErrors()],
});
