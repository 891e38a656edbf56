import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* A number of JSON is a double: one that is perhaps not what was sent must not name an object, nor be stored. */

const FAULT =
  'This number cannot be represented exactly as an id and would name another object: send it as text.';

/** Numbers that become others, or have no text of their own. */
const INEXACT = [
  '9007199254740993',
  '9007199254740992',
  '-9007199254740992',
  '12345678901234567890',
  '1e21',
  '1E400',
  '1.5',
  '1.00000000000000000001',
  '0.99999999999999999999',
  '-0',
  '-0.0',
  '1e-400',
  '90071992547409930e-1',
];

/** Numbers that are carried, with the ids that they name. */
const EXACT = [
  ['0', '0'],
  ['7', '7'],
  ['-7', '-7'],
  ['9007199254740991', '9007199254740991'],
  ['1e3', '1000'],
  ['1.0', '1'],
] as const;

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

  interface ResponseBody {
    readonly data?: unknown;
    readonly errors?: readonly {
      readonly message: string;
      readonly extensions: { readonly code: string };
    }[];
  }
  const send = async (query: string, variables = '{}') => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...HEADERS },
      body: `{"query":${JSON.stringify(query)},"variables":${variables}}`,
    });
    return { status: response.status, ...((await response.json()) as ResponseBody) };
  };
  /** An invalid document has status 200 if JSON is accepted. */
  const expectRefused = (
    { status, data, errors }: ResponseBody & { readonly status: number },
    message: string,
    expectedStatus = 400,
  ) => {
    expect([status, data, errors?.map((error) => [error.message, error.extensions.code])]).toEqual([
      expectedStatus,
      undefined,
      [[message, 'BAD_USER_INPUT']],
    ]);
    expect(gateway.upstream.seen).toEqual([]);
  };
  /** The ids in the paths that were called. */
  const idsSeen = () => gateway.upstream.seen.map(({ target }) => target.split('/').at(-1));

  const DELETE =
    'mutation ($input: DeleteOpenIdConnectInput!) { deleteOpenIdConnect(input: $input) { __typename } }';

  describe('a number for an id in a variable', () => {
    const places: readonly (readonly [string, string, (number: string) => string, string])[] = [
      [
        'by itself',
        'query ($id: ID!) { openIdConnect(id: $id) { __typename } }',
        (number) => `{"id":${number}}`,
        'Variable "$id" at "id": ',
      ],
      [
        'of an input',
        DELETE,
        (number) => `{"input":{"id":${number}}}`,
        'Variable "$input" at "input.id": ',
      ],
      [
        'within an input',
        'mutation ($id: ID!) { deleteOpenIdConnect(input: { id: $id }) { __typename } }',
        (number) => `{ "id" :\n ${number} }`,
        'Variable "$id" at "id": ',
      ],
    ];

    it.each(places)(
      '%s is refused if it is not carried exactly',
      async (_what, query, variables, at) => {
        for (const number of INEXACT) {
          // As often as it takes to be executed by a plan.
          for (let times = 0; times < 3; times += 1)
            expectRefused(await send(query, variables(number)), at + FAULT);
        }
      },
    );

    it.each(places)('%s is accepted if it is', async (_what, query, variables) => {
      for (const [number, id] of EXACT) {
        for (let times = 0; times < 3; times += 1) {
          const { status, errors } = await send(query, variables(number));
          expect([status, errors]).toEqual([200, undefined]);
        }
        expect(new Set(idsSeen().splice(0))).toEqual(new Set([id]));
        gateway.upstream.seen.length = 0;
      }
    });

    it('is taken as text, whatever it is', async () => {
      await send(DELETE, '{"input":{"id":"9007199254740993"}}');
      expect(idsSeen()).toEqual(['9007199254740993']);
    });
  });

  describe('digits for an id in a document', () => {
    it.each(['9007199254740993', '123456789012345678901234567890', '7', '-0', '-9007199254740993'])(
      'are text, and taken as they are: %s',
      async (digits) => {
        for (let times = 0; times < 4; times += 1) {
          await send(`{ openIdConnect(id: ${digits}) { __typename } }`);
          await send(`query ($id: ID = ${digits}) { openIdConnect(id: $id) { __typename } }`);
          await send(`mutation { deleteOpenIdConnect(input: { id: ${digits} }) { __typename } }`);
          await send(
            `mutation ($input: DeleteOpenIdConnectInput! = { id: ${digits} }) { deleteOpenIdConnect(input: $input) { __typename } }`,
          );
        }
        expect(new Set(idsSeen())).toEqual(new Set([digits]));
        expect(idsSeen()).toHaveLength(16);
      },
    );

    it.each(['1e21', '1.5', '1.0', '9007199254740993.0'])(
      'are none with a point or an exponent: %s',
      async (number) => {
        for (const query of [
          `{ openIdConnect(id: ${number}) { __typename } }`,
          `query ($id: ID = ${number}) { openIdConnect(id: $id) { __typename } }`,
          `mutation { deleteOpenIdConnect(input: { id: ${number} }) { __typename } }`,
        ]) {
          expectRefused(await send(query), FAULT, 200);
        }
      },
    );

    it('keep apart what differs in nothing else, however often it comes', async () => {
      const ids = ['9007199254740992', '9007199254740993', '9007199254740994'];
      for (let times = 0; times < 4; times += 1)
        for (const id of ids) await send(`{ openIdConnect(id: ${id}) { __typename } }`);
      expect(idsSeen()).toEqual(Array.from({ length: 4 }, () => ids).flat());
    });
  });

  describe('a number for the key of a reference', () => {
    const QUERY = 'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
    const reference = (number: string) => `{"__typename":"OpenIdConnect","id":${number}}`;

    it('is refused if it is not carried exactly', async () => {
      for (const number of INEXACT)
        expectRefused(
          await send(QUERY, `{"r":[${reference('"a"')},${reference(number)}]}`),
          `Variable "$r" at "r.1": ${FAULT}`,
        );
      expectRefused(
        await send(QUERY, '{"r":[{"__typename":"OidcConfig","idpId":9007199254740993}]}'),
        `Variable "$r" at "r.0": ${FAULT}`,
      );
      expectRefused(
        await send(
          '{ _entities(representations: [{ __typename: "OpenIdConnect", id: 1e21 }]) { __typename } }',
        ),
        FAULT,
        200,
      );
    });

    it('is accepted if it is; so are all digits of a document', async () => {
      for (const [number, id] of EXACT) {
        expect((await send(QUERY, `{"r":[${reference(number)}]}`)).errors).toBeUndefined();
        expect(idsSeen().at(-1)).toBe(id);
      }
      for (const digits of ['9007199254740993', '7', '-0']) {
        expect(
          (
            await send(
              `{ _entities(representations: [{ __typename: "OpenIdConnect", id: ${digits} }]) { __typename } }`,
            )
          ).errors,
        ).toBeUndefined();
        expect(idsSeen().at(-1)).toBe(digits);
      }
    });

    it('is refused at its place if it comes by a variable within a document', async () => {
      for (const number of ['1e21', '1.5', '-0']) {
        const { data, errors } = await send(
          'query ($n: Float!) { _entities(representations: [{ __typename: "OpenIdConnect", id: $n }]) { __typename } }',
          `{"n":${number}}`,
        );
        expect([data, errors]).toEqual([
          { _entities: [null] },
          [
            expect.objectContaining({
              message: FAULT,
              path: ['_entities', 0],
              extensions: expect.objectContaining({ code: 'BAD_USER_INPUT' }) as object,
            }),
          ],
        ]);
      }
      expect(gateway.upstream.seen).toEqual([]);
    });
  });

  describe('a number in a key set', () => {
    const CREATE =
      'mutation ($keys: OidcJwks!) { result: createOidcConfig(input: { idpId: "ACME", accessMode: PROGRAM, idpUrl: "https://idp.example.com", clientId: "client-app", signingKey: $keys }) { __typename ... on OidcInvalidInputError { issues { path code } } } }';
    const keys = (number: string) =>
      `{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","x-issued":${number}}]}`;
    const ISSUE = {
      data: {
        result: {
          __typename: 'OidcInvalidInputError',
          issues: [{ path: ['signingKey'], code: 'INVALID_JSON' }],
        },
      },
    };
    const literal = (number: string) =>
      CREATE.replace('($keys: OidcJwks!)', '').replace(
        '$keys',
        `{keys: [{kty: "RSA", n: "AQAB", e: "AQAB", issued: ${number}}]}`,
      );

    it.each(['9007199254740993', '1.00000000000000000001', '1e999', '0.1000000000000000000001'])(
      'is refused if it is not carried exactly: %s',
      async (number) => {
        expect(await send(CREATE, `{"keys":${keys(number)}}`)).toMatchObject(ISSUE);
        expect(await send(CREATE, `{"keys":${JSON.stringify(keys(number))}}`)).toMatchObject(ISSUE);
        expect(await send(literal(number))).toMatchObject(ISSUE);
        expect(gateway.upstream.seen).toEqual([]);
      },
    );

    it.each(['1', '1.5', '1700000000', '0.1', '9007199254740991'])(
      'is stored unchanged if it is: %s',
      async (number) => {
        for (const { data } of [
          await send(CREATE, `{"keys":${keys(number)}}`),
          await send(CREATE, `{"keys":${JSON.stringify(keys(number))}}`),
          await send(literal(number)),
        ])
          expect(data).toEqual({ result: { __typename: 'CreateOidcConfigSuccess' } });
        for (const { body } of gateway.upstream.seen)
          expect(body).toContain(`issued\\":${number}}`);
      },
    );
  });

  it('says nothing of numbers that nothing is made of', async () => {
    const response = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }","variables":{"unused":9007199254740993},"extensions":{"trace":12345678901234567890.5}}',
    });
    expect([response.status, await response.json()]).toEqual([
      200,
      { data: { __typename: 'Query' } },
    ]);
  });

  it.each(['variables={"id":9007199254740993}', 'variables=%7B%22id%22%3A9007199254740993%7D'])(
    'reads those of a query string and a form alike: %s',
    async (variables) => {
      const query = `query=${encodeURIComponent('query ($id: ID!) { openIdConnect(id: $id) { __typename } }')}&${variables}`;
      for (const response of [
        await fetch(`${gateway.url}?${query}`, { headers: HEADERS }),
        await fetch(gateway.url, {
          method: 'POST',
          headers: { 'content-type': 'application/x-www-form-urlencoded', ...HEADERS },
          body: query,
        }),
      ]) {
        expectRefused(
          { status: response.status, ...((await response.json()) as ResponseBody) },
          `Variable "$id" at "id": ${FAULT}`,
        );
      }
    },
  );
});
