import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange } from '../setup/fuzz.ts';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import { dial } from '../setup/sockets.ts';

/* The headers Accept and Content-Type, as RFC 9110 has them, and parameters that are empty. */

const [JSON_TYPE, GRAPHQL, STREAM, PARTS] = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'multipart/mixed',
];

describe.each(['true', 'false'])('with FAST_PATH=%s', (fastPath) => {
  let gateway: ScriptedGateway;
  beforeAll(async () => {
    gateway = await startScriptedGateway({ FAST_PATH: fastPath });
    gateway.upstream.respondWith(permissiveUpstream);
  });
  afterAll(() => gateway.stop());

  const ask = async (
    headers: Readonly<Record<string, string>>,
    body = '{"query":"{ __typename }"}',
  ) => {
    const response = await exchange(gateway.url, {
      headers: { 'content-type': JSON_TYPE, ...HEADERS, ...headers },
      body,
    });
    return { ...response, type: response.headers['content-type']?.split(';')[0] };
  };

  describe('Accept', () => {
    it.each<[string, string]>([
      ['', JSON_TYPE],
      ['*/*', JSON_TYPE],
      [JSON_TYPE, JSON_TYPE],
      [GRAPHQL, GRAPHQL],
      [STREAM, STREAM],
      [PARTS, PARTS],
      ['application/json; charset="utf-8"', JSON_TYPE],
      ['application/json;charset=UTF-8', JSON_TYPE],
      ['application/json ; charset = "utf-8" ; q=0.5', JSON_TYPE],
      ['APPLICATION/JSON', JSON_TYPE],
      ['Application/GraphQL-Response+JSON; Q=1', GRAPHQL],
      ['application/json;q=0, */*', GRAPHQL],
      ['*/*, application/json;q=0', GRAPHQL],
      ['application/json;q=0, application/*;q=0, */*', STREAM],
      ['*/*;q=0, multipart/mixed', PARTS],
      ['application/json;q=0.000, text/event-stream;q=0.001', STREAM],
      ['application/json;q=0.1, application/graphql-response+json;q=0.2', GRAPHQL],
      ['application/graphql-response+json;q=0.1, application/json;q=0.2', JSON_TYPE],
      ['application/*;q=0.5, application/json;q=0.4', GRAPHQL],
      ['text/event-stream, application/json;q=0.9', STREAM],
      ['application/graphql-response+json, application/json', GRAPHQL],
      ['application/json, application/graphql-response+json', JSON_TYPE],
      ['text/event-stream, application/json', JSON_TYPE],
      ['multipart/mixed;deferSpec=20220824,application/json', JSON_TYPE],
      ['multipart/mixed;boundary="a,b;q=0", image/png', PARTS],
      [
        'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
        GRAPHQL,
      ],
      [
        'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9',
        GRAPHQL,
      ],
      ['text/html, application/xhtml+xml, */*;q=0.8', JSON_TYPE],
      ['application/*', JSON_TYPE],
      ['text/*', STREAM],
      ['multipart/*', PARTS],
      ['application/json;charset=utf-16, */*;q=0.1', JSON_TYPE],
      // Malformed, and read as far as they can be.
      ['application/json;q=much', JSON_TYPE],
      ['application/json;q=7', JSON_TYPE],
      ['application/json;;q', JSON_TYPE],
      [', ,application/json,', JSON_TYPE],
      ['*', JSON_TYPE],
      ['text/html, *; q=.2, */*; q=.2', JSON_TYPE],
      ['application/json;q=.2, application/graphql-response+json;q=.3', GRAPHQL],
      ['application/json;q=-1', JSON_TYPE],
      ['application/json;q=0x0', JSON_TYPE],
      ['application/json;q=1e-3, application/graphql-response+json;q=0.9', JSON_TYPE],
      ['json', JSON_TYPE],
      [';', JSON_TYPE],
      ['"', JSON_TYPE],
      ['application/json; charset="utf-8', JSON_TYPE],
    ])('%s gets a response in %s', async (accept, type) => {
      const response = await ask({ accept });
      expect([response.status, response.type]).toEqual([200, type]);
      expect(response.body).toContain('{"data":{"__typename":"Query"}}');
    });

    it.each([
      'image/png',
      'text/html',
      '*/*;q=0',
      'application/json;q=0',
      'application/json;q=0.0, text/html',
      'application/json;q="0"',
      'application/json;charset=utf-16',
      'application/json; charset="iso-8859-1"',
      'text/plain, application/xml',
      'applications/json',
      'application/jsonp',
      'image/*',
    ])('%s is refused before anything is executed', async (accept) => {
      gateway.upstream.seen.length = 0;
      const response = await ask(
        { accept },
        '{"query":"mutation { deleteOpenIdConnect(input: { id: \\"google\\" }) { __typename } }"}',
      );
      expect([response.status, response.type, response.body]).toEqual([
        406,
        JSON_TYPE,
        expect.stringContaining('"NOT_ACCEPTABLE"'),
      ]);
      expect(gateway.upstream.seen).toEqual([]);
    });

    it.each([STREAM, PARTS])(
      '%s does not keep a connection that the caller wants to be closed',
      async (accept) => {
        const client = await dial(gateway.url);
        const body = '{"query":"{ __typename }"}';
        client.socket.write(
          `POST /graphql HTTP/1.1\r\nHost: x\r\nAccept: ${accept}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        );
        const said = await client.ended;
        expect(said).toContain('{"data":{"__typename":"Query"}}');
        expect(said).toMatch(/^connection: close\r$/im);
        expect(said).not.toMatch(/^connection: keep-alive/im);
      },
    );

    it('may come in several headers', async () => {
      const response = await fetch(gateway.url, {
        method: 'POST',
        headers: [
          ['content-type', JSON_TYPE],
          ['accept', 'application/json;q=0.1'],
          ['accept', 'application/graphql-response+json'],
        ],
        body: '{"query":"{ __typename }"}',
      });
      expect(response.headers.get('content-type')).toContain(GRAPHQL);
    });

    it('is read in time that grows with its length alone', async () => {
      for (const accept of [
        ','.repeat(12_000),
        '"'.repeat(12_001),
        ';q=0'.repeat(3_000),
        `application/json${' '.repeat(12_000)};q=1`,
        'a/a,'.repeat(3_000),
        `application/json;a="${'\\'.repeat(12_000)}`,
      ])
        expect([200, 406]).toContain((await ask({ accept })).status);
    });
  });

  describe('Content-Type', () => {
    const document = '{"query":"{ __typename }"}';
    it.each<[string, string]>([
      ['application/json; profile="x"', document],
      ['application/json;profile="a;charset=latin1,b"; charset=utf-8', document],
      ['APPLICATION/JSON;CHARSET="UTF-8"', document],
      ['application/json ;', document],
      ['application/graphql+json', document],
      ['application/json, text/plain', document],
      ['application/graphql; charset=utf-8', '{ __typename }'],
      ['Application/GraphQL', '{ __typename }'],
    ])('%s is read', async (type, body) => {
      const response = await ask({ 'content-type': type }, body);
      expect([response.status, response.body]).toEqual([200, '{"data":{"__typename":"Query"}}']);
    });

    it.each([
      'application/xml',
      'text/json',
      'application/jsonp',
      'application',
      'json',
      '*/*',
      'application/json+x',
      'multipart/form-data; boundary=x',
    ])('%s is refused', async (type) => {
      const response = await ask(
        { 'content-type': type, 'apollo-require-preflight': '1' },
        document,
      );
      expect([response.status, response.body]).toEqual([
        415,
        expect.stringContaining('"UNSUPPORTED_MEDIA_TYPE"'),
      ]);
    });

    it('that is missing is refused', async () => {
      const response = await exchange(gateway.url, { headers: { ...HEADERS }, body: document });
      expect([response.status, response.body]).toEqual([
        415,
        expect.stringContaining('Send JSON, with the header \\"Content-Type: application/json\\".'),
      ]);
    });
  });

  describe('parameters that are empty', () => {
    const QUERY = 'query One { __typename }';
    const DATA = '{"data":{"__typename":"Query"}}';
    /** Parameters in JSON, and the status. Empty text counts as absent; another type is invalid. */
    const table: readonly (readonly [string, Readonly<Record<string, unknown>>, number])[] = [
      ['operationName ""', { operationName: '' }, 200],
      ['operationName null', { operationName: null }, 200],
      ['documentId ""', { documentId: '' }, 200],
      ['documentId null', { documentId: null }, 200],
      ['variables null', { variables: null }, 200],
      ['variables {}', { variables: {} }, 200],
      ['extensions null', { extensions: null }, 200],
      ['extensions {}', { extensions: {} }, 200],
      ['persistedQuery null', { extensions: { persistedQuery: null } }, 200],
      [
        'all of them',
        { operationName: '', documentId: '', variables: null, extensions: null },
        200,
      ],
      // Maps, says GraphQL over HTTP section 5.4, or null; no client that we know sends these.
      ['variables ""', { variables: '' }, 400],
      ['extensions ""', { extensions: '' }, 400],
      ['variables []', { variables: [] }, 400],
      ['operationName " "', { operationName: ' ' }, 400],
    ];

    it.each(table)('in JSON: %s', async (what, params, status) => {
      const response = await ask({}, JSON.stringify({ query: QUERY, ...params }));
      expect(response.status).toBe(status);
      // The name of no operation.
      if (what.includes('" "')) expect(response.body).toContain('OPERATION_RESOLUTION_FAILURE');
      else if (status === 200) expect(response.body).toBe(DATA);
      else expect(response.body).toContain('"BAD_REQUEST"');
    });

    it.each([
      'operationName=',
      'documentId=',
      'variables=',
      'extensions=',
      'operationName=&documentId=&variables=&extensions=',
      'operationName',
      'variables=null&extensions=null',
    ])('in a query string and a form: %s', async (params) => {
      const pairs = `query=${encodeURIComponent(QUERY)}&${params}`;
      expect(
        (await exchange(gateway.url, { method: 'GET', path: `?${pairs}`, headers: { ...HEADERS } }))
          .body,
      ).toBe(DATA);
      expect((await ask({ 'content-type': 'application/x-www-form-urlencoded' }, pairs)).body).toBe(
        DATA,
      );
    });

    it.each(['{"query":""}', '{"query":null}', '{"query":"","operationName":""}', '{}'])(
      'ask for nothing if the query is one: %s',
      async (body) => {
        const response = await ask({}, body);
        expect([response.status, response.body]).toEqual([
          400,
          expect.stringContaining('Send the text of a document as \\"query\\".'),
        ]);
      },
    );

    it.each<[string, string, unknown]>([
      ['several, none named', 'query A { __typename } query B { __typename }', ''],
      ['several, another one named', 'query A { __typename } query B { __typename }', 'canary'],
      ['one, another one named', '{ __typename }', 'canary'],
      ['one, and a name that is not text', '{ __typename }', 5],
      ['none', 'fragment F on Query { __typename }', null],
    ])('do not choose an operation, but say how to: %s', async (_what, query, operationName) => {
      const response = await ask({}, JSON.stringify({ query, operationName }));
      expect(response.status).toBe(400);
      expect(JSON.parse(response.body)).toMatchObject({
        errors: [
          {
            message:
              'It is not clear which operation to execute: send a document with one operation, or the name of one of its operations as operationName.',
            extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
          },
        ],
      });
    });

    it.each(['null', '5', '"canary"', 'true'])(
      'are not read from a body that is not an object: %s',
      async (body) => {
        const response = await ask({}, body);
        expect(response.status).toBe(400);
        expect(JSON.parse(response.body)).toMatchObject({
          errors: [
            {
              message: 'The body of the request must be a JSON object.',
              extensions: { code: 'BAD_REQUEST' },
            },
          ],
        });
      },
    );
  });
});
