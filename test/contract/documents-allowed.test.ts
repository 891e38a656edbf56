import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getIntrospectionQuery } from 'graphql';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ConfigError, readConfig } from '../../src/config/config.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* Which documents callers may send: about the schema, and by their hash alone. */

async function start(environment: Readonly<Record<string, string>> = {}): Promise<ScriptedGateway> {
  const gateway = await startScriptedGateway(environment);
  onTestFinished(async () => {
    await gateway.stop();
  });
  gateway.upstream.respondWith(permissiveUpstream);
  return gateway;
}

describe('the schema', () => {
  const asking: readonly string[] = [
    getIntrospectionQuery({ descriptions: false }),
    '{ __type(name: "OpenIdConnect") { name } }',
    '{ _service { sdl } }',
    '{ ...F } fragment F on Query { __schema { queryType { name } } }',
    '{ ... { a: __type(name: "Query") { name } } }',
    '{ ...G } fragment G on Query { ... on Query { s: _service { __typename } } }',
  ];
  const MISSPELT = [
    '{ openIdConect(id: "a") { __typename } }',
    '{ openIdConnect(idd: "a") { __typename } }',
    '{ openIdConnect(id: "a") { ... on OpenIdConnectSucces { requestId } } }',
    'query ($a: CreateOpenIdConnectInpt) { __typename }',
  ];

  it('is hidden by default, and misspelled names get no suggestions', async () => {
    const { post } = await start();
    for (const document of asking) {
      const { data, errors } = await post(document);
      expect(data).toBeUndefined();
      expect(errors?.[0]?.message).toBe(
        'Introspection is turned off here; the operator of the gateway can turn it on (INTROSPECTION).',
      );
    }
    for (const document of MISSPELT) {
      const { data, text } = await post(document);
      expect(data).toBeUndefined();
      expect(text).not.toMatch(/did you mean/i);
      for (const name of [
        'openIdConnect"',
        'openIdConnects',
        'OpenIdConnectSuccess',
        'CreateOpenIdConnectInput',
      ])
        expect(text).not.toContain(`"${name}`);
    }
    // Every client asks for this.
    expect((await post('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });

  it.each(['INTROSPECTION', 'GRAPHIQL'])('is shown with %s=true', async (variable) => {
    const { post } = await start({ [variable]: 'true' });
    for (const document of asking) expect((await post(document)).errors).toBeUndefined();
    for (const document of MISSPELT) expect((await post(document)).text).toMatch(/did you mean/i);
  });
});

const DOCUMENT = 'query Read($id: ID!) { openIdConnect(id: $id) { __typename } }';
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const HASH = hashOf(DOCUMENT);
const FOUND = { data: { openIdConnect: { __typename: 'OpenIdConnectSuccess' } } };

/** A file that is removed with the test. @returns its path */
function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-documents-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, 'documents.json');
  writeFileSync(path, text);
  return path;
}
const documents = () => ({ PERSISTED_DOCUMENTS_FILE: file(JSON.stringify({ [HASH]: DOCUMENT })) });

async function send({ url }: ScriptedGateway, params: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...HEADERS },
    body: JSON.stringify({ variables: { id: 'google' }, ...params }),
  });
  return response.json();
}
const MESSAGES: Readonly<Record<string, string>> = {
  PERSISTED_DOCUMENT_REQUIRED:
    'Only persisted documents are allowed here: send a documentId instead of a query.',
  PERSISTED_DOCUMENT_NOT_FOUND: 'This gateway has no persisted document with this id.',
  BAD_REQUEST:
    'Send either a query or the id of a persisted document, not both: documents are not registered on demand.',
};
const refused = (code: string) => ({
  errors: [
    { message: MESSAGES[code], extensions: { code, requestId: expect.any(String) as string } },
  ],
});
const byApollo = (sha256Hash: string) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});

describe('a persisted document', () => {
  it.each<[string, object]>([
    ['its hash', { documentId: HASH }],
    ['its hash with a prefix', { documentId: `sha256:${HASH}` }],
    ["its hash in Apollo's extension", byApollo(HASH)],
    [
      "its hash in Apollo's extension with a prefix, as generated documents have it",
      byApollo(`sha256:${HASH}`),
    ],
    ['its hash, where there is no query', { documentId: HASH, query: null }],
  ])('is executed by %s', async (_what, params) => {
    const gateway = await start({ ...documents(), PERSISTED_ONLY: 'true' });
    expect(await send(gateway, params)).toEqual(FOUND);
  });

  it('is executed by GET', async () => {
    const { url } = await start({ ...documents(), PERSISTED_ONLY: 'true' });
    const search = new URLSearchParams({
      documentId: `sha256:${HASH}`,
      variables: '{"id":"google"}',
    });
    const response = await fetch(`${url}?${search.toString()}`, {
      headers: { 'apollo-require-preflight': '1', ...HEADERS },
    });
    expect(await response.json()).toEqual(FOUND);
  });

  it.each<[string, object, string]>([
    ['another hash', { documentId: hashOf('another') }, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['its hash in capitals', { documentId: HASH.toUpperCase() }, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['an id that is not text', { documentId: { sha256: HASH } }, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['a name of every object', { documentId: 'constructor' }, 'PERSISTED_DOCUMENT_NOT_FOUND'],
    ['its hash beside a query', { documentId: HASH, query: DOCUMENT }, 'BAD_REQUEST'],
  ])('is not found by %s', async (_what, params, code) => {
    const gateway = await start(documents());
    expect(await send(gateway, params)).toEqual(refused(code));
    expect(gateway.upstream.seen).toEqual([]);
  });

  it('may be absent if other documents are allowed', async () => {
    expect(await send(await start(documents()), { query: DOCUMENT })).toEqual(FOUND);
  });

  it('is not found if no documents are persisted', async () => {
    expect(await send(await start(), { documentId: HASH })).toEqual(
      refused('PERSISTED_DOCUMENT_NOT_FOUND'),
    );
  });
});

const OTHER = 'query Other($id: ID!) { other: openIdConnect(id: $id) { __typename } }';
const automatic = (message: string, code: string) => ({
  errors: [{ message, extensions: { code, requestId: expect.any(String) as string } }],
});
const NOT_SUPPORTED = automatic('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED');
const NOT_FOUND = automatic('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND');
const MISMATCH = automatic(
  'The hash in extensions.persistedQuery does not match the query: send the SHA-256 of its text in UTF-8, in hexadecimal.',
  'BAD_REQUEST',
);
const WRONG_VERSION = automatic(
  'The version in extensions.persistedQuery must be 1.',
  'BAD_REQUEST',
);
const OTHER_FOUND = { data: { other: { __typename: 'OpenIdConnectSuccess' } } };

describe("clients of Apollo's automatic persisted queries", () => {
  const settings: Readonly<Record<string, () => Readonly<Record<string, string>>>> = {
    'no documents': () => ({}),
    documents: documents,
    'documents alone': () => ({ ...documents(), PERSISTED_ONLY: 'true' }),
  };
  const versioned = (version: unknown) => ({
    query: DOCUMENT,
    extensions: { persistedQuery: { version, sha256Hash: HASH } },
  });

  /** A request, and its response with no persisted documents, with some, and with only those. */
  const table: readonly (readonly [string, object, unknown, unknown, unknown])[] = [
    ['the hash of a document', byApollo(HASH), NOT_SUPPORTED, FOUND, FOUND],
    [
      'the hash of a document, with empty parameters',
      { ...byApollo(HASH), query: '', operationName: '', documentId: '' },
      NOT_SUPPORTED,
      FOUND,
      FOUND,
    ],
    [
      'another hash',
      byApollo(hashOf(OTHER)),
      NOT_SUPPORTED,
      NOT_FOUND,
      refused('PERSISTED_DOCUMENT_NOT_FOUND'),
    ],
    [
      'another hash, beside null',
      { ...byApollo(hashOf(OTHER)), query: null },
      NOT_SUPPORTED,
      NOT_FOUND,
      refused('PERSISTED_DOCUMENT_NOT_FOUND'),
    ],
    ['a document with its hash', { ...byApollo(HASH), query: DOCUMENT }, FOUND, FOUND, FOUND],
    [
      'a document with its hash with a prefix',
      { ...byApollo(`sha256:${HASH}`), query: DOCUMENT },
      FOUND,
      FOUND,
      FOUND,
    ],
    [
      'another query with its hash',
      { ...byApollo(hashOf(OTHER)), query: OTHER },
      OTHER_FOUND,
      OTHER_FOUND,
      refused('PERSISTED_DOCUMENT_NOT_FOUND'),
    ],
    [
      'a query with the hash of another one',
      { ...byApollo(hashOf(OTHER)), query: DOCUMENT },
      MISMATCH,
      MISMATCH,
      MISMATCH,
    ],
    [
      'another query with the hash of a document',
      { ...byApollo(HASH), query: OTHER },
      MISMATCH,
      MISMATCH,
      MISMATCH,
    ],
    [
      'a query with a space more than its hash',
      { ...byApollo(HASH), query: `${DOCUMENT} ` },
      MISMATCH,
      MISMATCH,
      MISMATCH,
    ],
    [
      'a hash that is none',
      byApollo('constructor'),
      NOT_SUPPORTED,
      NOT_FOUND,
      refused('PERSISTED_DOCUMENT_NOT_FOUND'),
    ],
    ...[2, 0, '1', null, undefined].map(
      (version) =>
        [
          `version ${JSON.stringify(version)}`,
          versioned(version),
          WRONG_VERSION,
          WRONG_VERSION,
          WRONG_VERSION,
        ] as const,
    ),
  ];

  it.each(Object.keys(settings).map((name, index) => [name, index] as const))(
    'learn what to send next, if there are %s',
    async (name, index) => {
      for (const fastPath of ['true', 'false']) {
        const gateway = await start({ ...settings[name]?.(), FAST_PATH: fastPath });
        for (const [what, params, ...responses] of table) {
          expect(await send(gateway, params), what).toEqual(responses[index]);
          const search = new URLSearchParams(
            Object.entries({ variables: { id: 'google' }, ...params } as Readonly<
              Record<string, unknown>
            >)
              .filter(([, value]) => value !== null)
              .map(([key, value]) => [
                key,
                typeof value === 'string' ? value : JSON.stringify(value),
              ]),
          );
          const headers = { 'apollo-require-preflight': '1', ...HEADERS };
          expect(
            await (await fetch(`${gateway.url}?${search.toString()}`, { headers })).json(),
            `${what}, by GET`,
          ).toEqual(responses[index]);
          expect(
            await (await fetch(gateway.url, { method: 'POST', headers, body: search })).json(),
            `${what}, by a form`,
          ).toEqual(responses[index]);
        }
        // Executing a document does not register it.
        expect(await send(gateway, byApollo(hashOf(OTHER)))).toEqual(table[2]?.[index + 2]);
      }
    },
    60_000,
  );

  it('get a status with which they read the response', async () => {
    const { url } = await start();
    const statusFor = async (accept: string, params: object) =>
      (
        await fetch(url, {
          method: 'POST',
          headers: { accept, 'content-type': 'application/json', ...HEADERS },
          body: JSON.stringify(params),
        })
      ).status;
    // As Apollo's own server has it with JSON, and as GraphQL over HTTP asks for with its own media type.
    expect([
      await statusFor('application/json', byApollo(HASH)),
      await statusFor('application/graphql-response+json', byApollo(HASH)),
    ]).toEqual([200, 400]);
    expect([
      await statusFor('application/json', { ...byApollo(HASH), query: OTHER }),
      await statusFor('application/json', versioned(2)),
    ]).toEqual([400, 400]);
  });

  it('may not run a mutation by GET', async () => {
    const mutation = 'mutation { deleteOpenIdConnect(input: { id: "google" }) { __typename } }';
    const { url, upstream } = await start({
      PERSISTED_DOCUMENTS_FILE: file(JSON.stringify({ [hashOf(mutation)]: mutation })),
    });
    const response = await fetch(
      `${url}?extensions=${encodeURIComponent(JSON.stringify(byApollo(hashOf(mutation)).extensions))}`,
      { headers: { 'apollo-require-preflight': '1', ...HEADERS } },
    );
    expect(response.status).toBe(405);
    expect(upstream.seen).toEqual([]);
  });
});

describe('persisted documents that cannot be executed', () => {
  it('are named at start, with what is wrong', async () => {
    const broken = [
      '{ canary }',
      '{',
      `{ ${Array.from({ length: 21 }, (_, index) => `a${index}: __typename`).join(' ')} }`,
    ];
    const { logs } = await start({
      PERSISTED_DOCUMENTS_FILE: file(
        JSON.stringify(
          Object.fromEntries([DOCUMENT, ...broken].map((text) => [hashOf(text), text])),
        ),
      ),
    });
    await vi.waitFor(() => {
      expect(logs.filter(({ level }) => level === 'warn')).toEqual(
        [
          /^Cannot query field "canary"/,
          /^Syntax Error/,
          /^The operation has too many aliases/,
        ].map(
          (fault, index) =>
            expect.objectContaining({
              id: hashOf(broken[index] ?? ''),
              issues: [expect.stringMatching(fault)],
              msg: 'this persisted document cannot be executed: every request for it is refused',
            }) as unknown,
        ),
      );
    });
  });
});

describe('any other document', () => {
  it.each<[string, object]>([
    ['a query', { query: DOCUMENT }],
    ['a query beside an id of null', { query: DOCUMENT, documentId: null }],
    [
      "a query beside an extension that is none of Apollo's",
      { query: DOCUMENT, extensions: { persistedQuery: { sha256Hash: 1 } } },
    ],
    ['an empty query', { query: '' }],
    ['nothing at all', {}],
  ])('is refused if only persisted ones are allowed: %s', async (_what, params) => {
    const gateway = await start({ ...documents(), PERSISTED_ONLY: 'true' });
    expect(await send(gateway, params)).toEqual(refused('PERSISTED_DOCUMENT_REQUIRED'));
    expect(gateway.upstream.seen).toEqual([]);
  });

  it('is refused whichever way it comes', async () => {
    const { url, upstream } = await start({ ...documents(), PERSISTED_ONLY: 'true' });
    const query = '{ openIdConnect(id: "google") { __typename } }';
    const headers = { 'apollo-require-preflight': '1', ...HEADERS };
    for (const response of [
      await fetch(`${url}?query=${encodeURIComponent(query)}`, { headers }),
      await fetch(url, { method: 'POST', headers, body: new URLSearchParams({ query }) }),
      await fetch(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/graphql' },
        body: query,
      }),
      await fetch(`${url}?documentId=${HASH}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      }),
    ]) {
      expect([response.status, await response.json()]).toEqual([
        400,
        refused('PERSISTED_DOCUMENT_REQUIRED'),
      ]);
    }
    expect(upstream.seen).toEqual([]);
  });
});

describe('a file of persisted documents', () => {
  const faultsOf = (set: Readonly<Record<string, string>>): readonly string[] => {
    try {
      readConfig('production', upstreams, {
        ORDERCLOUD_API_URL: 'https://sandboxapi.ordercloud.io/v1',
        ...set,
      });
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.issues;
    }
  };

  it.each([
    [
      'a hash that is another one',
      JSON.stringify({ [HASH]: `${DOCUMENT} `, [hashOf('b')]: 'a' }),
      'PERSISTED_DOCUMENTS_FILE has 2 documents whose SHA-256 is not its id: "',
    ],
    [
      'a hash in capitals',
      JSON.stringify({ [HASH.toUpperCase()]: DOCUMENT }),
      'PERSISTED_DOCUMENTS_FILE has a document whose SHA-256 is not its id: "',
    ],
    [
      'a list',
      JSON.stringify([DOCUMENT]),
      'PERSISTED_DOCUMENTS_FILE must contain a JSON object that maps the SHA-256 of each document to its text',
    ],
    [
      'something else than documents',
      JSON.stringify({ [HASH]: 1 }),
      'PERSISTED_DOCUMENTS_FILE must contain a JSON object that maps the SHA-256 of each document to its text',
    ],
    [
      'no JSON',
      DOCUMENT,
      'PERSISTED_DOCUMENTS_FILE must contain a JSON object that maps the SHA-256 of each document to its text',
    ],
  ])('is refused at start with %s', (_what, text, fault) => {
    expect(faultsOf({ PERSISTED_DOCUMENTS_FILE: file(text) })).toEqual([
      expect.stringMatching(new RegExp(`^${fault}`)),
    ]);
  });

  it('is refused at the start if it does not exist', () => {
    expect(faultsOf({ PERSISTED_DOCUMENTS_FILE: `${file('{}')}.not` })).toEqual([
      'PERSISTED_DOCUMENTS_FILE names a file that does not exist',
    ]);
    expect(faultsOf({ PERSISTED_ONLY: 'true' })).toEqual([
      'PERSISTED_ONLY must not be true without PERSISTED_DOCUMENTS_FILE',
    ]);
    expect(faultsOf({ PERSISTED_DOCUMENTS_FILE: file('{}') })).toEqual([]);
  });
});
