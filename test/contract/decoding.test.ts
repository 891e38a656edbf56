import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { exchange } from '../setup/fuzz.ts';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';
import { dial } from '../setup/sockets.ts';

/* What callers send arrives as it was meant, or is refused: nothing is stored that is not what they sent. */

const CREATE =
  'mutation ($input: CreateOpenIdConnectInput!) { result: createOpenIdConnect(input: $input) { __typename ... on OidcInvalidInputError { issues { path code } } } }';
const SEARCH =
  'query ($search: String) { result: openIdConnects(search: $search) { __typename ... on OidcInvalidInputError { issues { path code } } } }';

const input = (secret: string) => ({
  id: 'google',
  orderCloudApiClientId: 'CID',
  connectClientId: 'app',
  connectClientSecret: secret,
  appStartUrl: 'https://shop.example.com/{0}',
  authorizationEndpoint: 'https://idp.example.com/a',
  tokenEndpoint: 'https://idp.example.com/t',
});
const body = (secret: string) =>
  JSON.stringify({ query: CREATE, variables: { input: input(secret) } });

describe.each(['true', 'false'])('with FAST_PATH=%s', (fastPath) => {
  let gateway: ScriptedGateway;
  beforeAll(async () => {
    gateway = await startScriptedGateway({ FAST_PATH: fastPath });
    gateway.upstream.respondWith(permissiveUpstream);
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.upstream.seen.length = 0;
  });

  const send = async (
    bytes: string | Uint8Array,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'apollo-require-preflight': '1',
        ...HEADERS,
        ...headers,
      },
      body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes),
    });
    return {
      status: response.status,
      headers: response.headers,
      json: (await response.json()) as {
        readonly data?: unknown;
        readonly errors?: readonly {
          readonly message: string;
          readonly extensions: { readonly code: string; readonly requestId: string };
        }[];
      },
    };
  };
  const refused = async (
    bytes: string | Uint8Array,
    headers: Readonly<Record<string, string>>,
    status: number,
    code: string,
    message: RegExp,
  ) => {
    const { status: got, json, headers: said } = await send(bytes, headers);
    expect([got, json]).toEqual([
      status,
      {
        errors: [
          {
            message: expect.stringMatching(message) as string,
            extensions: { code, requestId: said.get('x-request-id') },
          },
        ],
      },
    ]);
    expect(gateway.upstream.seen).toEqual([]);
  };

  describe('a body', () => {
    it('in UTF-8 is stored unchanged', async () => {
      const secret = 'gehe\u00efm \u00e9 \u{1f600} \ufffd \u4e2d';
      for (const headers of [{}, { 'content-type': 'application/json; charset=utf-8' }]) {
        expect((await send(body(secret), headers)).json).toEqual({
          data: { result: { __typename: 'CreateOpenIdConnectSuccess' } },
        });
        expect(
          (JSON.parse(gateway.upstream.seen.at(-1)?.body ?? '{}') as Record<string, unknown>)[
            'ConnectClientSecret'
          ],
        ).toBe(secret);
      }
    });

    it.each<[string, Buffer]>([
      ['Latin-1', Buffer.from(body('caf\u00e9-secret'), 'latin1')],
      [
        'UTF-16',
        Buffer.concat([
          Buffer.from([0xff, 0xfe]),
          Buffer.from(body('caf\u00e9-secret'), 'utf16le'),
        ]),
      ],
      [
        'UTF-8 that is cut off',
        Buffer.from(body('\u00e9'), 'utf8').subarray(
          0,
          Buffer.from(body('\u00e9')).indexOf(0xc3) + 1,
        ),
      ],
      [
        'overlong UTF-8',
        Buffer.concat([Buffer.from('{"query":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
      ],
      [
        'UTF-8 of half a surrogate pair',
        Buffer.concat([
          Buffer.from('{"query":"{ __typename } #'),
          Buffer.from([0xed, 0xa0, 0x80]),
          Buffer.from('"}'),
        ]),
      ],
      ['compressed bytes that say nothing of it', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0])],
    ])('in %s is refused', async (_what, bytes) => {
      for (const type of [
        'application/json',
        'application/json; charset=UTF-8',
        'application/graphql+json',
        'application/graphql',
        'application/x-www-form-urlencoded',
      ]) {
        await refused(
          bytes,
          { 'content-type': type },
          400,
          'BAD_REQUEST',
          /^The body of the request is not UTF-8: send it in UTF-8\.$/,
        );
      }
    });

    it.each([
      ['iso-8859-1', 'iso-8859-1'],
      ['ISO-8859-1', 'iso-8859-1'],
      ['"iso-8859-1"', 'iso-8859-1'],
      ['utf-16', 'utf-16'],
      ['utf-8; charset=latin1', 'latin1'],
      ["'utf-8'", null],
      ['', null],
      ['utf-7', 'utf-7'],
    ])('with the charset %s is refused, which is named', async (charset, name) => {
      for (const type of [
        'application/json',
        'application/graphql',
        'application/x-www-form-urlencoded',
      ]) {
        const message =
          name === null
            ? /^The charset of the header Content-Type is not supported: send the body in UTF-8\./
            : new RegExp(
                `^The charset "${name}" of the header Content-Type is not supported: send the body in UTF-8\\.`,
              );
        await refused(
          Buffer.from(body('caf\u00e9'), 'latin1'),
          { 'content-type': `${type}; charset=${charset}` },
          415,
          'UNSUPPORTED_MEDIA_TYPE',
          message,
        );
      }
    });

    it.each([
      'utf-8',
      'UTF-8',
      'utf8',
      'UTF8',
      '"utf-8"',
      '"UTF-8"',
      '"utf\\-8"',
      ' "utf-8" ',
      'utf-8; profile="x;charset=latin1"',
      'utf-8;',
    ])('with the charset %s is taken', async (charset) => {
      expect(
        (await send(body('caf\u00e9'), { 'content-type': `Application/JSON ; charset=${charset}` }))
          .json.data,
      ).toEqual({ result: { __typename: 'CreateOpenIdConnectSuccess' } });
    });

    it.each(['gzip', 'GZIP', 'x-gzip', 'deflate', 'br', 'zstd', 'identity, gzip', 'snappy'])(
      'with the content coding %s is refused, which is named',
      async (coding) => {
        await refused(
          body('secret'),
          { 'content-encoding': coding },
          415,
          'UNSUPPORTED_MEDIA_TYPE',
          new RegExp(
            `^The content coding "${coding.toLowerCase().split(', ').at(-1) ?? ''}" of the header Content-Encoding is not supported: send the body uncompressed\\.`,
          ),
        );
        expect(
          (await send(body('secret'), { 'content-encoding': coding })).headers.get(
            'accept-encoding',
          ),
        ).toBe('identity');
      },
    );

    it.each(['identity', 'IDENTITY', 'identity, identity', ''])(
      'with the content coding "%s" is taken',
      async (coding) => {
        expect((await send(body('secret'), { 'content-encoding': coding })).json.data).toEqual({
          result: { __typename: 'CreateOpenIdConnectSuccess' },
        });
      },
    );

    it('of JSON that begins with a byte order mark is refused, which is named', async () => {
      await refused(`\ufeff${body('secret')}`, {}, 400, 'BAD_REQUEST', /byte order mark/);
    });
  });

  describe('percent-encoded text', () => {
    const bad = ['%E9', '%C3', '%ff', '%ED%A0%80', '%C0%AF', '%C3%28', '%F5%80%80%80'];
    const literal = (text: string) =>
      `%7Bresult:openIdConnects(search:%22${text}%22)%7B__typename%7D%7D`;
    const get = (path: string) =>
      exchange(gateway.url, { method: 'GET', path, headers: { ...HEADERS } });

    it.each(bad)(
      'that is not UTF-8 is refused in a query string and in a form: %s',
      async (text) => {
        for (const query of [
          `query=${literal(text)}`,
          `query=%7B__typename%7D&variables=%7B%22search%22:%22${text}%22%7D`,
          `query=%7B__typename%7D&operationName=${text}`,
          `query=%7B__typename%7D&other=${text}`,
        ]) {
          const { status, body: said } = await get(`?${query}`);
          expect([status, said]).toEqual([
            400,
            expect.stringContaining(
              '"The query string has percent-encoded bytes that are not UTF-8: encode it in UTF-8."',
            ),
          ]);
          await refused(
            query,
            { 'content-type': 'application/x-www-form-urlencoded' },
            400,
            'BAD_REQUEST',
            /^The body of the request has percent-encoded bytes that are not UTF-8: encode it in UTF-8\.$/,
          );
        }
      },
    );

    it('that is UTF-8 arrives unchanged', async () => {
      const query = `query=${encodeURIComponent(SEARCH)}&variables=${encodeURIComponent('{"search":"caf\u00e9 \u{1f600} 100%"}')}`;
      await get(`?${query}`);
      await send(query, { 'content-type': 'application/x-www-form-urlencoded' });
      await send(
        `query=${encodeURIComponent(SEARCH)}&variables={"search":"caf\u00e9 \u{1f600} 100%"}`,
        { 'content-type': 'application/x-www-form-urlencoded' },
      );
      expect(
        gateway.upstream.seen.map(({ target }) =>
          new URL(target, 'http://x').searchParams.get('search'),
        ),
      ).toEqual(Array.from({ length: 3 }, () => 'caf\u00e9 \u{1f600} 100%'));
    });

    it('that should be and is not is refused', async () => {
      const client = await dial(gateway.url);
      client.socket.write(
        Buffer.from(
          `GET /graphql?query={result:openIdConnects(search:"caf\u00e9"){__typename}} HTTP/1.1\r\nHost: x\r\nX-OrderCloud-Authorization: Bearer example-token\r\nConnection: close\r\n\r\n`,
          'utf8',
        ),
      );
      const said = await client.ended;
      expect(said).toMatch(/^HTTP\/1\.1 400 /);
      // Some versions of Node refuse it themselves.
      expect(said).toContain('has characters that must be percent-encoded.');
      expect(gateway.upstream.seen).toEqual([]);
    });
  });

  describe('half a surrogate pair, which JSON can say and no text can have', () => {
    const halves = ['\\ud800', '\\udfff', 'a\\ud83d', '\\udc00\\ud800', '\\uD800 x'];
    /** Every text of every field, as JSON. */
    const places: readonly (readonly [string, string, (text: string) => string])[] = [
      [
        'a secret',
        CREATE,
        (text) => `{"input":${JSON.stringify(input('SECRET')).replace('SECRET', text)}}`,
      ],
      [
        'an id of an input',
        CREATE,
        (text) => `{"input":${JSON.stringify(input('secret')).replace('google', text)}}`,
      ],
      [
        'a URL',
        CREATE,
        (text) =>
          `{"input":${JSON.stringify(input('secret')).replace('example.com/a', `example.com/${text}`)}}`,
      ],
      ['a search', SEARCH, (text) => `{"search":"${text}"}`],
      [
        'an id of a query',
        'query ($id: ID!) { result: openIdConnect(id: $id) { __typename } }',
        (text) => `{"id":"${text}"}`,
      ],
      [
        'a filter',
        'query ($id: String!) { result: openIdConnects(filter: { id: { equals: $id } }) { __typename } }',
        (text) => `{"id":"${text}"}`,
      ],
      [
        'an id of the other platform',
        'query ($id: ID!) { result: huaweiMapping(id: $id) { __typename } }',
        (text) => `{"id":"${text}"}`,
      ],
      [
        'a description',
        'mutation ($input: CreateHuaweiIdentityProviderInput!) { result: createHuaweiIdentityProvider(input: $input) { __typename } }',
        (text) => `{"input":{"id":"ACME","description":"${text}"}}`,
      ],
      [
        'a rule',
        'mutation ($input: CreateHuaweiMappingInput!) { result: createHuaweiMapping(input: $input) { __typename } }',
        (text) =>
          `{"input":{"id":"map1","rules":[{"local":[{"user":{"name":"x ${text}"}}],"remote":[{"type":"y ${text}"}]}]}}`,
      ],
      [
        'a reference',
        'query ($r: [_Any!]!) { result: _entities(representations: $r) { __typename } }',
        (text) => `{"r":[{"__typename":"OpenIdConnect","id":"${text}"}]}`,
      ],
      [
        'a link',
        'query ($path: String) { result: openIdConnect(id: "google") { __typename ... on OpenIdConnectSuccess { openIdConnect { loginUrl(roles: [], appStartPath: $path) } } } }',
        (text) => `{"path":"/${text}"}`,
      ],
      [
        'a fingerprint',
        'mutation ($input: DeleteOpenIdConnectInput!) { result: deleteOpenIdConnect(input: $input) { __typename } }',
        (text) =>
          `{"input":{"id":"google","expectedFingerprint":"${text === 'plain' ? 'a'.repeat(64) : text}"}}`,
      ],
      [
        'a key set',
        'mutation ($input: CreateOidcConfigInput!) { result: createOidcConfig(input: $input) { __typename } }',
        (text) =>
          `{"input":{"idpId":"ACME","accessMode":"PROGRAM","idpUrl":"https://idp.example.com","clientId":"client-app","signingKey":{"keys":[{"kty":"RSA","kid":"${text}","n":"AQAB","e":"AQAB"}]}}}`,
      ],
    ];

    it('is complete if the other half follows, and no surrogate if the escape is escaped', async () => {
      for (const [sent, stored] of [
        ['\\ud83d\\ude00', '\u{1f600}'],
        ['\\uD83D\\uDE00', '\u{1f600}'],
        ['\\\\ud800', '\\ud800'],
      ] as const) {
        expect(
          (
            await send(
              `{"query":${JSON.stringify(CREATE)},"variables":{"input":${JSON.stringify(input('SECRET-SECRET')).replace('SECRET-SECRET', `secret ${sent}`)}}}`,
            )
          ).json.data,
        ).toEqual({ result: { __typename: 'CreateOpenIdConnectSuccess' } });
        expect(
          (JSON.parse(gateway.upstream.seen.at(-1)?.body ?? '{}') as Record<string, unknown>)[
            'ConnectClientSecret'
          ],
        ).toBe(`secret ${stored}`);
      }
    });

    it.each(places)('is refused or carried exactly in %s', async (what, query, variables) => {
      const plain = await send(
        `{"query":${JSON.stringify(query)},"variables":${variables('plain')}}`,
      );
      expect([plain.status, plain.json.errors, JSON.stringify(plain.json.data)]).toEqual([
        200,
        undefined,
        expect.not.stringContaining('OidcInvalidInputError'),
      ]);
      gateway.upstream.seen.length = 0;
      for (const half of halves) {
        const { status, json } = await send(
          `{"query":${JSON.stringify(query)},"variables":${variables(half)}}`,
        );
        const said = JSON.stringify(json);
        expect([200, 400]).toContain(status);
        expect(said).not.toMatch(/INTERNAL|\ufffd|%EF%BF%BD/);
        // The key set is stored as JSON text, with the escape in it.
        if (what === 'a key set')
          expect(
            JSON.parse(
              (
                JSON.parse(gateway.upstream.seen.at(-1)?.body ?? '{}') as {
                  openid_connect_config: { signing_key: string };
                }
              ).openid_connect_config.signing_key,
            ),
          ).toMatchObject({ keys: [{ kid: JSON.parse(`"${half}"`) as string }] });
        else if (what === 'a link')
          expect(json.errors).toMatchObject([
            {
              message:
                'A text contains half of a surrogate pair, which is not a character: a link cannot contain it.',
              extensions: { code: 'BAD_USER_INPUT' },
            },
          ]);
        else expect(said).not.toContain('Success');
      }
    });
  });
});
