import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  Kind,
  TypeInfo,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  parse,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { GraphQLInterfaceType } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientCacheConfig, printClientCacheConfig } from '../../schema/client-cache.ts';
import { breakingChanges, mayBreak, releaseSchema, versionOf } from '../../schema/compatibility.ts';
import { printSubgraph } from '../../src/graph/federation/subgraph.ts';
import { keyOf } from '../../src/graph/keys.ts';
import { buildSchema, printSortedSchema } from '../../src/server/schema.ts';
import { upstreams } from '../../src/upstreams/index.ts';

const read = (file: string) =>
  readFileSync(new URL(`../../schema/${file}`, import.meta.url), 'utf8');
const schema = buildSchema(upstreams);
const current = printSortedSchema(schema);
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

describe('the committed schema', () => {
  it('is the schema of the code (else: npm run generate)', () => {
    expect(read('schema.graphql').trimEnd()).toBe(current.trimEnd());
  });

  it('is what composers of a supergraph get, with its keys and tags (else: npm run generate)', () => {
    expect(read('subgraph.graphql')).toBe(printSubgraph(schema));
  });

  it('tells caches of clients what they cannot know (else: npm run generate)', () => {
    expect(read('apollo-cache.json')).toBe(printClientCacheConfig(schema));
  });

  it('breaks no client of the last release (else: undo it, or raise the version and npm run release-schema)', () => {
    expect(breakingChanges(read('released.graphql'), current)).toEqual([]);
  });

  it('has every name and type that it had before its code moved into rooms', () => {
    expect(breakingChanges(read('../test/schema/names.graphql'), current)).toEqual([]);
  });

  it('would fail on a planted breaking change', () => {
    const removed = current.replace('  verifyWith: String!', '  renamed: String!');
    expect(removed).not.toBe(current);
    expect(breakingChanges(current, removed)).toEqual([
      expect.stringContaining('OidcOutcomeUnknownError.verifyWith was removed'),
    ]);
    const demanding = current.replace(
      /^ {2}customErrorUrl: String$/gm,
      '  customErrorUrl: String!',
    );
    expect(breakingChanges(current, demanding)).toContainEqual(
      expect.stringContaining('CreateOpenIdConnectInput.customErrorUrl'),
    );
  });

  it('would bear a planted harmless change', () => {
    const extended = `${current}\nextend type Query { harmless: String }\ntype Harmless { id: ID! }\nextend union OidcConfigResult = Harmless\nextend input CreateOidcConfigInput { harmless: String }\n`;
    expect(breakingChanges(current, extended)).toEqual([]);
  });
});

describe('a release of the schema', () => {
  it.each([
    ['0.1.0', '0.1.0', false],
    ['0.1.0', '0.1.9', false],
    ['0.1.0', '0.2.0', true],
    ['0.9.0', '1.0.0', true],
    ['1.0.0', '1.9.0', false],
    ['1.9.3', '2.0.0', true],
    ['2.0.0', '1.9.0', false],
    ['0.2.0', '0.1.0', false],
  ])('from %s to %s: %s', (before, after, allowed) => {
    expect(mayBreak(before, after)).toBe(allowed);
  });

  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'schema-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is refused by npm run release-schema for the version that is released', () => {
    const before = read('released.graphql');
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(mayBreak(versionOf(before), version), 'release the schema of this version first').toBe(
      false,
    );
    const { status, stderr } = spawnSync('npm', ['run', 'release-schema'], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain(`The schema of ${versionOf(before)} stays`);
    expect(read('released.graphql')).toBe(before);
  });

  it('copies the schema only when the version allows it', () => {
    const [schemaFile, releasedFile] = [
      join(folder, 'schema.graphql'),
      join(folder, 'released.graphql'),
    ];
    copyFileSync(new URL('../../schema/released.graphql', import.meta.url), releasedFile);
    writeFileSync(schemaFile, 'type Query { changed: String }\n');
    const before = readFileSync(releasedFile, 'utf8');
    const version = versionOf(before);

    expect(releaseSchema(pathToFileURL(schemaFile), pathToFileURL(releasedFile), version)).toMatch(
      /stays/,
    );
    expect(readFileSync(releasedFile, 'utf8')).toBe(before);

    expect(
      releaseSchema(pathToFileURL(schemaFile), pathToFileURL(releasedFile), '99.0.0'),
    ).toBeNull();
    const after = readFileSync(releasedFile, 'utf8');
    expect(versionOf(after)).toBe('99.0.0');
    expect(breakingChanges(after, 'type Query { changed: String }')).toEqual([]);
  });
});

describe('the schema as a product', () => {
  it('describes every type, field, argument and enum value', () => {
    const parts = types.flatMap((type) => {
      const inner = isEnumType(type)
        ? type.getValues()
        : isInputObjectType(type)
          ? Object.values(type.getFields())
          : [];
      const fields =
        isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
      return [type, ...inner, ...fields, ...fields.flatMap((field) => field.args)].map((part) => ({
        name: `${type.name} ${part.name}`,
        description: part.description ?? '',
      }));
    });
    expect(parts.length).toBeGreaterThan(150);
    const bare = parts
      .filter(({ description }) => description.trim() === '')
      .map(({ name }) => name);
    expect(bare).toEqual([]);
  });

  it('has no name that another subgraph would take', () => {
    const own =
      /^(Create|Save|Update|Delete|Provision|Evaluate|Check|Sync)?(OpenIdConnect|OidcConfig|HuaweiIdentityProvider|HuaweiProtocol|HuaweiMapping|Oidc)/;
    expect(
      types
        .map(({ name }) => name)
        .filter((name) => !own.test(name) && !['Query', 'Mutation'].includes(name)),
    ).toEqual([]);
  });

  it('has root fields that are nullable unions named after them, each with its success first and only house errors besides', () => {
    for (const root of [schema.getQueryType(), schema.getMutationType()]) {
      for (const field of Object.values(root?.getFields() ?? {})) {
        const name = field.name.replace(/^./, (first) => first.toUpperCase());
        expect(isNonNullType(field.type), field.name).toBe(false);
        const type = getNamedType(field.type);
        expect(type.name).toBe(`${name}Result`);
        const members = isUnionType(type) ? type.getTypes() : [];
        expect(members.map((member) => member.name)).toContain(`${name}Success`);
        for (const member of members) {
          const contract = member.name.endsWith('Success')
            ? 'OidcSuccess'
            : member.name.endsWith('Incomplete')
              ? 'OidcConfigProvision'
              : 'OidcError';
          expect(
            member.getInterfaces().map((one) => one.name),
            member.name,
          ).toContain(contract);
        }
      }
    }
  });

  it('has mutations with exactly one argument, input', () => {
    for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      expect(field.args.map((arg) => `${arg.name}: ${arg.type.toString()}`)).toEqual([
        `input: ${field.name.replace(/^./, (first) => first.toUpperCase())}Input!`,
      ]);
    }
  });
});

describe('the keys of objects', () => {
  const objects = types.filter(isObjectType);
  const { possibleTypes, typePolicies } = clientCacheConfig(schema);

  it('are fields of type ID!, and every object that is stored and read separately has one', () => {
    const stored = objects.filter((type) => 'fingerprint' in type.getFields());
    expect(stored.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'OpenIdConnect',
        'OidcConfig',
        'HuaweiIdentityProvider',
        'HuaweiProtocol',
        'HuaweiMapping',
      ]),
    );
    const keyed = objects.filter((type) => keyOf(type) !== undefined);
    // These cannot be written through the gateway, so they need no fingerprint.
    const onlyRead = ['OpenIdConnectApiClient', 'OpenIdConnectIntegrationEvent'];
    expect(keyed.map(({ name }) => name).sort()).toEqual(
      [...stored.map(({ name }) => name), ...onlyRead].sort(),
    );
    for (const type of keyed)
      expect(type.getFields()[keyOf(type) ?? '']?.type.toString(), type.name).toBe('ID!');
  });

  it('are what caches take, and nothing else is kept by its id', () => {
    const keyed = Object.entries(typePolicies).filter(([, { keyFields }]) => keyFields !== false);
    expect(keyed, 'docs/clients.md names these').toEqual(
      ['HuaweiProtocol', 'OidcConfig'].map((name) => [name, { keyFields: ['idpId'] }]),
    );
    const withoutPolicy = objects
      .filter(({ name }) => !(name in typePolicies))
      .map(({ name }) => name);
    expect(withoutPolicy.sort()).toEqual([
      'HuaweiIdentityProvider',
      'HuaweiMapping',
      'Mutation',
      'OpenIdConnect',
      'OpenIdConnectApiClient',
      'OpenIdConnectIntegrationEvent',
      'Query',
    ]);
    expect(typePolicies['OidcNotFoundError']).toEqual({ keyFields: false, merge: true });
  });

  it('come with the members of every union and interface', () => {
    const abstract = types.filter((type) => isUnionType(type) || isInterfaceType(type));
    expect(possibleTypes).toEqual(
      Object.fromEntries(
        abstract.map((type) => [
          type.name,
          schema
            .getPossibleTypes(type)
            .map(({ name }) => name)
            .sort(),
        ]),
      ),
    );
  });

  it.each(
    readdirSync(new URL('../../schema/operations/', import.meta.url)).filter((file) =>
      file.endsWith('.graphql'),
    ),
  )('are selected in %s, which people copy', (file) => {
    const info = new TypeInfo(schema);
    const missing: string[] = [];
    visit(
      parse(read(`operations/${file}`)),
      visitWithTypeInfo(info, {
        Field: ({ selectionSet }) => {
          const type = schema.getType(String(info.getType()).replaceAll(/[[\]!]/g, ''));
          const key = isObjectType(type) ? keyOf(type) : undefined;
          const selected =
            selectionSet?.selections.flatMap((one) =>
              one.kind === Kind.FIELD ? [one.name.value] : [],
            ) ?? [];
          if (key !== undefined && !selected.includes(key))
            missing.push(`${type?.name ?? ''}.${key}`);
        },
      }),
    );
    expect(missing).toEqual([]);
  });
});

describe('the fragment AnyError', () => {
  const fragment = read('operations/fragments/any-error.graphql');

  it('is used unchanged in the docs', () => {
    const page = read('../docs/clients.md');
    const documents = [...page.matchAll(/^```graphql\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
    expect(documents).not.toEqual([]);
    for (const document of documents)
      expect(validate(schema, parse(`${document ?? ''}${fragment}`))).toEqual([]);
  });

  const errors = schema.getPossibleTypes(
    schema.getType('OidcError') as GraphQLInterfaceType, // of a name that the schema has
  );

  it('reads all that any error has', () => {
    const [definition] = parse(fragment).definitions;
    const selections =
      definition?.kind === Kind.FRAGMENT_DEFINITION ? definition.selectionSet.selections : [];
    const namesIn = (nodes: typeof selections) =>
      nodes.flatMap((node) => (node.kind === Kind.FIELD ? [node.name.value] : []));
    const shared = namesIn(selections);
    for (const type of errors) {
      const own = selections.flatMap((node) =>
        node.kind === Kind.INLINE_FRAGMENT && node.typeCondition?.name.value === type.name
          ? namesIn(node.selectionSet.selections)
          : [],
      );
      expect([...shared, ...own].sort(), type.name).toEqual(
        ['__typename', ...Object.keys(type.getFields())].sort(),
      );
    }
  });

  it.each(
    [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
      Object.values(root?.getFields() ?? {}).map(
        (field) =>
          [field.name, root === schema.getQueryType() ? 'query' : 'mutation', field] as const,
      ),
    ),
  )('is taken beside the success of %s', (name, operation, { args }) => {
    const variables = args.map((arg) => `$${arg.name}: ${String(arg.type)}`).join(', ');
    const given = args.map((arg) => `${arg.name}: $${arg.name}`).join(', ');
    const document = `${operation}${variables && `(${variables})`} { ${name}${given && `(${given})`} { ...AnyError } } ${fragment}`;
    expect(validate(schema, parse(document))).toEqual([]);
  });
});
