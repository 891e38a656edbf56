import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { format } from 'prettier';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadFile } from '../load-file.ts';
import type { SignInFile } from '../schema.ts';
import { toYaml } from './to-yaml.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'written-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function load(text: string): SignInFile {
  const path = join(folder, 'signin.yaml');
  writeFileSync(path, text);
  return loadFile({ path, allowPlainSecrets: true }).file;
}

/** A field that may be left out. */
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

/** Texts with what YAML and terminals take for something: quotes, colons, line breaks, escapes, directions. */
const text = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({
    unit: fc.constantFrom(
      ...Array.from(
        'a#:-?{}[],&*!|>\'"%@`~ \t\n\r\\0\u0000\u001b\u0085\u009b\u2028\u202e\ufeff\u{1f600}',
      ),
    ),
    minLength: 1,
  }),
  fc.constantFrom(
    'yes',
    'null',
    '~',
    '1',
    '0x1f',
    '1e3',
    '2026-12-01',
    '12:30',
    '<<',
    '---',
    '...',
    'true',
    '.inf',
    '# a',
    'a: b',
    '- a',
    '{0}',
    '=',
    '1_000',
  ),
);
const url = fc.webUrl();
const id = (maxLength: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{1,${maxLength}}$`));
const name = fc.record({ name: text });

const rule = fc.record({
  local: fc.array(
    fc
      .record({ user: maybe(name), group: maybe(name), groups: maybe(text) })
      .filter((part) => Object.values(part).some((field) => field !== undefined)),
    { minLength: 1, maxLength: 3 },
  ),
  remote: fc.array(
    fc.oneof(
      fc.record({ type: text, anyOneOf: maybe(fc.array(text)), regex: maybe(fc.boolean()) }),
      fc.record({ type: text, notAnyOf: maybe(fc.array(text)) }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
});

const keySet = fc.record({
  keys: fc
    .array(fc.dictionary(text, fc.jsonValue({ noUnicodeString: false })))
    // The one name that a file cannot have.
    .filter((keys) => !JSON.stringify(keys).includes('"__proto__"')),
});

const consoleFields = fc.record({
  accessMode: fc.constant('PROGRAM_CONSOLE' as const),
  authorizationEndpoint: maybe(url),
  scope: maybe(fc.array(text, { minLength: 1 })),
  responseType: maybe(fc.constant('ID_TOKEN' as const)),
  responseMode: maybe(fc.constantFrom('FRAGMENT' as const, 'FORM_POST' as const)),
});

const file = fc.uniqueArray(id(64), { maxLength: 3 }).chain((issuers) => {
  const issuer = issuers.length === 0 ? fc.constant(undefined) : maybe(fc.constantFrom(...issuers));
  return fc.record({
    version: fc.constant(1 as const),
    issuers: fc.constant(
      Object.fromEntries(issuers.map((one) => [one, { url: `https://${one}.example` }])),
    ),
    openIdConnects: fc.uniqueArray(
      fc.record({
        id: id(100),
        issuer,
        orderCloudApiClientId: text,
        connectClientId: text,
        connectClientSecret: maybe(
          fc.oneof(
            text,
            fc.record({ fromFile: text }),
            fc.record({ fromEnv: fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,40}$/) }),
          ),
        ),
        appStartUrl: text,
        authorizationEndpoint: maybe(url),
        tokenEndpoint: maybe(url),
        urlEncoded: maybe(fc.boolean()),
        integrationEventId: maybe(fc.option(text)),
        callSyncUserIntegrationEvent: maybe(fc.boolean()),
        additionalIdpScopes: maybe(fc.option(fc.array(text))),
        customErrorUrl: maybe(fc.option(text)),
      }),
      { selector: (entry) => entry.id, maxLength: 4 },
    ),
    oidcConfigs: fc.uniqueArray(
      fc
        .record({
          idpId: id(64),
          description: maybe(fc.option(fc.string({ unit: 'binary' }))),
          enabled: maybe(fc.boolean()),
          issuer,
          idpUrl: maybe(url),
          clientId: text,
          signingKey: maybe(
            fc.oneof(
              keySet,
              keySet.map((set) => JSON.stringify(set)),
            ),
          ),
          mapping: maybe(
            fc.record({
              id: maybe(id(64)),
              rules: maybe(fc.array(rule, { minLength: 1, maxLength: 3 })),
            }),
          ),
        })
        .chain((entry) =>
          fc
            .oneof(fc.constant({ accessMode: 'PROGRAM' as const }), consoleFields)
            .map((fields) => ({ ...entry, ...fields })),
        ),
      { selector: (entry) => entry.idpId, maxLength: 4 },
    ),
  });
});

/** As JSON has it: without fields that are undefined, and with one zero. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const byId = <Entry>(entries: readonly Entry[], idOf: (entry: Entry) => string) =>
  entries.toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));

describe('a file that is written', () => {
  it('is loaded as it was, whatever is in it, and has no character that a terminal obeys', () => {
    fc.assert(
      fc.property(file, (given) => {
        const written = toYaml(given as SignInFile);
        expect(asJson(load(written))).toEqual(
          asJson({
            ...given,
            openIdConnects: byId(given.openIdConnects, (entry) => entry.id),
            oidcConfigs: byId(given.oidcConfigs, (entry) => entry.idpId),
          }),
        );
        expect(written).not.toMatch(/(?!\n)[\p{Cc}\u2028-\u202e\ufeff]/u);
      }),
      { numRuns: 100 },
    );
  });

  it('is the same text, in whatever order fields and entries are', () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, field]) => [key, key === 'signingKey' ? field : turned(field)] as const),
      );
    };
    fc.assert(
      fc.property(file, (given) => {
        const other = turned(given) as SignInFile;
        expect(
          toYaml({
            ...other,
            openIdConnects: other.openIdConnects.toReversed(),
            oidcConfigs: other.oidcConfigs.toReversed(),
          }),
        ).toBe(toYaml(given as SignInFile));
      }),
      { numRuns: 30 },
    );
  });

  it('can be read by people, and is formatted as Prettier would', async () => {
    const written = toYaml(
      {
        version: 1,
        oidcConfigs: [
          {
            mapping: {
              rules: [
                {
                  remote: [
                    { type: 'email' },
                    { regex: true, type: 'groups', anyOneOf: ['^admin', 'root$'] },
                  ],
                  local: [{ user: { name: '{0}' } }, { group: { name: 'admin' } }],
                },
              ],
              id: 'corporate',
            },
            idpId: 'corporate',
            issuer: 'corporate',
            accessMode: 'PROGRAM_CONSOLE',
            clientId: 'yes',
            scope: ['openid', 'email'],
            description: 'Two\nlines',
            enabled: true,
          },
        ],
        issuers: { corporate: { url: 'https://idp.example.com' } },
        openIdConnects: [
          {
            id: 'shop',
            issuer: 'corporate',
            orderCloudApiClientId: '1111',
            connectClientId: 'shop',
            connectClientSecret: { fromEnv: 'SHOP_CONNECT_CLIENT_SECRET' },
            appStartUrl: 'https://shop.example.com/login?token={0}',
            customErrorUrl: null,
          },
          {
            id: 'b2b',
            orderCloudApiClientId: '2222',
            connectClientId: 'b2b',
            appStartUrl: 'https://b2b.example.com/',
          },
        ],
      },
      ['A comment', 'and another'],
    );
    expect(written).toBe(`# A comment
# and another
version: 1

issuers:
  corporate: { url: https://idp.example.com }

openIdConnects:
  - id: b2b
    orderCloudApiClientId: "2222"
    connectClientId: b2b
    appStartUrl: https://b2b.example.com/

  - id: shop
    issuer: corporate
    orderCloudApiClientId: "1111"
    connectClientId: shop
    connectClientSecret: { fromEnv: SHOP_CONNECT_CLIENT_SECRET }
    appStartUrl: https://shop.example.com/login?token={0}
    customErrorUrl: null

oidcConfigs:
  - idpId: corporate
    description: "Two\\nlines"
    enabled: true
    issuer: corporate
    accessMode: PROGRAM_CONSOLE
    clientId: "yes"
    scope:
      - openid
      - email
    mapping:
      id: corporate
      rules:
        - local:
            - user: { name: "{0}" }
            - group: { name: admin }
          remote:
            - type: email
            - type: groups
              anyOneOf:
                - ^admin
                - root$
              regex: true
`);
    expect(await format(written, { parser: 'yaml' })).toBe(written);
  });
});
