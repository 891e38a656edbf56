import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { newProgress } from '../../../graph/context.ts';
import type { GatewayContext } from '../../../graph/context.ts';
import { createLog } from '../../log/log.ts';
import { createHeaderReader } from '../../http/request-headers.ts';
import { createFastPath } from './fast-path.ts';
import { createPersistedDocuments } from '../persisted-documents.ts';
import { createPipeline } from '../pipeline.ts';
import { ParamsReader } from '../request-params.ts';

const log = createLog('silent', { write: () => undefined });
const limits = {
  depth: 10,
  aliases: 50,
  tokens: 2_000,
  directives: 20,
  cost: 100_000,
  repeatedWrites: 5,
};
const pipeline = createPipeline({
  schema: buildSchema('type Query { a: Int } type Mutation { b: Int }'),
  limits,
  introspection: true,
  rateLimit: { take: () => null },
  refusals: { take: () => null, wait: () => null },
  log,
});
const serve = createFastPath({
  pipeline,
  persisted: createPersistedDocuments(null),
  params: new ParamsReader(1_000),
  log,
});

/** The response of the fast path; empty if it does not serve the request. */
async function responseTo(body: unknown, headers: IncomingHttpHeaders = {}, method = 'POST') {
  const said: unknown[] = [];
  const response = {
    writeHead: (status: number) => said.push(status),
    end: (text: string) => said.push(JSON.parse(text)),
  } as unknown as ServerResponse;
  const shape = createHeaderReader([])({
    method,
    headers: { 'content-type': 'application/json', ...headers },
  } as unknown as IncomingMessage);
  if ('status' in shape) return said;
  const context = {
    requestId: 'r1',
    identity: null,
    trace: null,
    progress: newProgress(),
    signal: { aborted: false },
  } as unknown as GatewayContext;
  await serve(
    response,
    shape,
    Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    context,
  );
  return said;
}

describe('the short way in', () => {
  it.each<[string, unknown, IncomingHttpHeaders]>([
    ['without an Accept', { query: '{ a }' }, {}],
    ['that takes anything', { query: '{ a }' }, { accept: '*/*' }],
    ['that takes JSON', { query: '{ a }' }, { accept: 'application/json' }],
    [
      'that takes the type of GraphQL over HTTP',
      { query: '{ a }' },
      { accept: 'application/graphql-response+json' },
    ],
    [
      'that takes both',
      { query: '{ a }' },
      { accept: 'application/graphql-response+json, application/json' },
    ],
    ['with a charset', { query: '{ a }' }, { 'content-type': 'application/json; charset=utf-8' }],
    [
      'with headers that few send',
      { query: '{ a }' },
      {
        'content-type': 'Application/JSON ; profile=x; charset="UTF-8"',
        accept: 'text/html, */*;q=0.1',
      },
    ],
    ['with parameters that are empty', { query: '{ a }', operationName: '', documentId: '' }, {}],
    [
      'with parameters that are null',
      { query: '{ a }', variables: null, operationName: null, extensions: null },
      {},
    ],
  ])('is taken by a request %s', async (_what, body, headers) => {
    expect(await responseTo(body, headers)).toEqual([200, { data: { a: null } }]);
  });

  it.each<[string, unknown, IncomingHttpHeaders, string?]>([
    ['another method', { query: '{ a }' }, {}, 'GET'],
    ['another type', { query: '{ a }' }, { 'content-type': 'application/graphql' }],
    ['another media type', { query: '{ a }' }, { accept: 'text/event-stream' }],
    ['no JSON', '{', {}],
    ['no object', [], {}],
    ['no query', {}, {}],
    ['another parameter', { query: '{ a }', other: 1 }, {}],
    ['variables that are none', { query: '{ a }', variables: [] }, {}],
    ['an invalid document', { query: '{ c }' }, {}],
    ['no document', { query: '{' }, {}],
    ['an operation that there is not', { query: '{ a }', operationName: 'B' }, {}],
  ])('is left alone by a request with %s', async (_what, body, headers, method) => {
    expect(await responseTo(body, headers, method)).toEqual([]);
  });
});
