import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* What errors of requests say: the id to look for in the log, and what to do, without any value of the request. */

interface ResponseBody {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: { readonly code?: string; readonly requestId?: string };
  }[];
}

const CANARY = 'canary-value-7f3a';

describe.each([
  ['true', 'true'],
  ['true', 'false'],
  ['false', 'true'],
  ['false', 'false'],
])('with FAST_PATH=%s and INTROSPECTION=%s', (fastPath, introspection) => {
  let gateway: ScriptedGateway;
  beforeAll(async () => {
    gateway = await startScriptedGateway({
      FAST_PATH: fastPath,
      INTROSPECTION: introspection,
      LIMIT_BODY_BYTES: '300000',
    });
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.upstream.respondWith(permissiveUpstream);
    gateway.upstream.seen.length = 0;
  });

  const send = async (body: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...HEADERS, ...headers },
      body,
    });
    const text = await response.text();
    return { response, text, json: text.startsWith('{') ? (JSON.parse(text) as ResponseBody) : {} };
  };
  const messagesFor = async (query: string, variables: object = {}) => {
    const { text, json } = await send(JSON.stringify({ query, variables }));
    expect(text).not.toContain(CANARY);
    expect(gateway.upstream.seen).toEqual([]);
    return json.errors?.map(({ message }) => message);
  };

  describe('the id of the request', () => {
    const query = (text: string, more: object = {}) => JSON.stringify({ query: text, ...more });
    it.each<[string, string, Readonly<Record<string, string>>]>([
      ['no JSON', '{', {}],
      ['no query', '{}', {}],
      ['another media type', '{}', { 'content-type': 'application/xml' }],
      ['another charset', '{}', { 'content-type': 'application/json; charset=latin1' }],
      ['a coding', '{}', { 'content-encoding': 'gzip' }],
      ['an Accept that nothing fits', '{}', { accept: 'image/png' }],
      [
        'what a page could send',
        '{}',
        { 'content-type': 'text/plain', 'x-auth-token': '', 'x-ordercloud-authorization': '' },
      ],
      ['a body that is too large', ' '.repeat(300_001), {}],
      ['a batch', '[]', {}],
      ['a syntax error', query('{'), {}],
      ['faults of a document', query('{ a b c }'), {}],
      ['a document with faults that is known', query('{ a b c }'), {}],
      ['a limit', query(`{ ${'a:__typename '.repeat(30)} }`), {}],
      [
        'a variable',
        query('query ($id: ID!) { openIdConnect(id: $id) { __typename } }', {
          variables: { id: {} },
        }),
        {},
      ],
      [
        'an argument',
        query('query ($id: ID = "x") { openIdConnect(id: $id) { __typename } }', {
          variables: { id: null },
        }),
        {},
      ],
      ['an operation that there is not', query('{ __typename }', { operationName: 'A' }), {}],
      [
        'a hash',
        query('', { extensions: { persistedQuery: { version: 1, sha256Hash: 'a' } } }),
        {},
      ],
      [
        'a reference',
        query('{ _entities(representations: [{ __typename: "OpenIdConnect" }]) { __typename } }'),
        {},
      ],
      ['a subscription', query('subscription { a }'), {}],
    ])('is in every error of %s', async (_what, body, headers) => {
      for (const given of [{}, { 'x-request-id': `mine-${fastPath}-${introspection}` }]) {
        for (const accept of ['application/json', 'application/graphql-response+json']) {
          const { response, json } = await send(body, { accept, ...headers, ...given });
          const id = response.headers.get('x-request-id');
          if ('x-request-id' in given) expect(id).toBe(given['x-request-id']);
          expect(json.errors?.length).toBeGreaterThan(0);
          expect(new Set(json.errors?.map(({ extensions }) => extensions.requestId))).toEqual(
            new Set([id]),
          );
          expect(gateway.logs.some(({ requestId }) => requestId === id)).toBe(true);
        }
      }
    });

    it('is in the errors of fields too, for every kind of response', async () => {
      for (const accept of ['application/json', 'text/event-stream', 'multipart/mixed']) {
        const { response, text } = await send(
          query(
            '{ a: openIdConnect(id: "google") { __typename } _entities(representations: [{}]) { __typename } }',
          ),
          { accept },
        );
        expect(text).toContain(
          `"extensions":{"code":"INVALID_INPUT","requestId":"${response.headers.get('x-request-id') ?? ''}"}`,
        );
      }
    });
  });

  describe('a field of a union', () => {
    it.each<[string, string, string, RegExp]>([
      [
        'that a member has',
        '{ openIdConnect(id: "x") { openIdConnect { id } } }',
        'Cannot query field "openIdConnect" on type "OpenIdConnectResult".',
        /e\.g\. \.\.\. on OpenIdConnectSuccess \{ openIdConnect \{ id \} \} \.\.\. on OidcError \{ code message \}$/,
      ],
      [
        'that what is in a member has',
        '{ oidcConfig(idpId: "x") { clientId } }',
        'Cannot query field "clientId" on type "OidcConfigResult".',
        /e\.g\. \.\.\. on OidcConfigSuccess \{ oidcConfig \{ \w+ \} \} \.\.\. on OidcError \{ code message \}$/,
      ],
      [
        'that an error has',
        '{ openIdConnect(id: "x") { message } }',
        'Cannot query field "message" on type "OpenIdConnectResult".',
        /e\.g\. \.\.\. on Oidc\w+Error \{ message \}/,
      ],
      [
        'of a write',
        'mutation { deleteOpenIdConnect(input: { id: "a" }) { id } }',
        'Cannot query field "id" on type "DeleteOpenIdConnectResult".',
        /e\.g\. \.\.\. on (DeleteOpenIdConnectSuccess|OidcNotFoundError|OidcAlreadyExistsError) \{ id \}/,
      ],
      [
        'that is no field at all',
        '{ openIdConnect(id: "x") { nothing } }',
        'Cannot query field "nothing" on type "OpenIdConnectResult".',
        /e\.g\. \.\.\. on OpenIdConnectSuccess \{ openIdConnect \{ id \} \} \.\.\. on OidcError \{ code message \}$/,
      ],
      [
        'of which nothing is selected',
        '{ openIdConnect(id: "x") }',
        'Field "openIdConnect" of type "OpenIdConnectResult" must have a selection of subfields.',
        /e\.g\. \.\.\. on OpenIdConnectSuccess/,
      ],
      [
        'by the type of what is in a member',
        '{ openIdConnect(id: "x") { ... on OpenIdConnect { id } } }',
        'Fragment cannot be spread here as objects of type "OpenIdConnectResult" can never be of type "OpenIdConnect".',
        /e\.g\. \.\.\. on OpenIdConnectSuccess/,
      ],
    ])('%s is explained', async (_what, query, begin, example) => {
      const [message = ''] = (await messagesFor(query)) ?? [];
      expect(message.startsWith(`${begin} `)).toBe(true);
      expect(message).toContain(
        'is a union, so it has no fields of its own: select fields of its members',
      );
      if (introspection === 'true') {
        expect(message).toMatch(example);
        expect(message).toMatch(
          /\(\w+Success, /.test(message) ? /Success/ : /OidcInvalidInputError/,
        );
      } else {
        expect(message).toContain(
          'with inline fragments, as in "... on <member> { <fields> }", or __typename.',
        );
        expect(message).not.toMatch(/Success|OidcError|OidcNotFound/);
      }
    });

    it('that is explained so can be selected so', async () => {
      if (introspection === 'false') return;
      for (const root of [
        'openIdConnect(id: "x")',
        'openIdConnects',
        'oidcConfig(idpId: "x")',
        'huaweiMappings',
        'huaweiProtocol(idpId: "x")',
        'huaweiIdentityProviders',
      ]) {
        const [message = ''] = (await messagesFor(`{ ${root} { nothing } }`)) ?? [];
        const [, example = ''] =
          /, e\.g\. (.*)$/.exec(message) ?? /e\.g\. (.*)$/.exec(message) ?? [];
        const { json } = await send(JSON.stringify({ query: `{ ${root} { ${example} } }` }));
        expect(json.errors, example).toBeUndefined();
        gateway.upstream.seen.length = 0;
      }
    });
  });

  describe('an unknown value of an enum', () => {
    const ONE_OF = 'one of PROGRAM, PROGRAM_CONSOLE.';
    const INPUT =
      'mutation ($input: CreateOidcConfigInput!) { createOidcConfig(input: $input) { __typename } }';
    it('gets an error with the known values', async () => {
      for (const value of [
        'CANARY_VALUE',
        `"${CANARY}"`,
        '1',
        'program',
        '[PROGRAM, X]',
        '{ a: PROGRAM }',
        '"PROGRAM"',
      ]) {
        const messages = await messagesFor(
          `mutation { createOidcConfig(input: { idpId: "A", accessMode: ${value}, idpUrl: "https://a.example", clientId: "client", signingKey: {} }) { __typename } }`,
        );
        expect(messages).toContainEqual(
          `Expected a value of type "OidcConfigAccessMode!": ${ONE_OF}`,
        );
      }
      for (const value of [CANARY, 'program', 1, [], {}, true]) {
        const messages = await messagesFor(INPUT, {
          input: {
            idpId: 'A',
            accessMode: value,
            idpUrl: 'https://a.example',
            clientId: 'client',
            signingKey: {},
          },
        });
        expect(messages).toEqual([
          `Variable "$input" at "input.accessMode": Expected a value of type "OidcConfigAccessMode!": ${ONE_OF}`,
        ]);
      }
      expect(
        await messagesFor('query ($mode: OidcConfigAccessMode = X) { __typename }'),
      ).toContainEqual(`Expected a value of type "OidcConfigAccessMode": ${ONE_OF}`);
    });

    it('takes no longer for very many values', async () => {
      const { json } = await send(
        JSON.stringify({
          query: 'query ($modes: [OidcConfigAccessMode!]!) { __typename }',
          variables: { modes: Array.from({ length: 80_000 }, () => 1) },
        }),
      );
      expect(json.errors?.length).toBeGreaterThan(0);
      expect(json.errors?.length).toBeLessThanOrEqual(50);
    });
  });

  describe('a syntax error', () => {
    it.each([
      ['{', 'Expected Name, found end of document'],
      [`{ a(b: "${CANARY}" "${CANARY}") }`, 'Expected Name, found String'],
      [`{ a ${JSON.stringify(CANARY)} }`, 'Expected Name, found String'],
      [`{ a(b: """${CANARY}""" """${CANARY}""") }`, 'Expected Name, found BlockString'],
      ['{ a( }', 'Expected Name, found "}"'],
      ['{ a(b 12345678) }', 'Expected ":", found Int'],
      ['{ a(b 1234.5678) }', 'Expected ":", found Float'],
      ['query ($a: Int = $b) { a }', 'Unexpected variable'],
      ['{ a } }', 'Unexpected "}"'],
      [`canary ${JSON.stringify(CANARY)}`, 'Unexpected Name'],
      [`${JSON.stringify(CANARY)} { a }`, 'Unexpected description'],
      [JSON.stringify(CANARY), 'Unexpected end of document'],
      ['fragment F Canary { a }', 'Expected "on", found Name'],
      ['{ a(b: 012345) }', 'Invalid number'],
      ['{ a(b: 1x) }', 'Invalid number'],
      [`{ a(b: "${CANARY}) }`, 'Unterminated string'],
      [
        `{ a(b: '${CANARY}') }`,
        `Unexpected single quote character ('), did you mean to use a double quote (")`,
      ],
      ['{ a(b: "\\q") }', 'Invalid character escape sequence'],
      ['{ a(b: "\\ud800") }', 'Invalid Unicode escape sequence'],
      ['{ a % b }', 'Unexpected character'],
      ['{ a(b: "\n") }', 'Unterminated string'],
      ['{ ... on }', 'Expected Name, found "}"'],
    ])('%s says what was found, by its kind', async (query, problem) => {
      expect(await messagesFor(query)).toEqual([`Syntax Error: ${problem}; see locations.`]);
    });
  });
});
