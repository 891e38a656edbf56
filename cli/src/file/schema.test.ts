import { readFileSync } from 'node:fs';
import { buildSchema, isInputObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { signInFile } from './schema.ts';

const SDL = new URL('../../../schema/schema.graphql', import.meta.url);
const schema = buildSchema(readFileSync(SDL, 'utf8'));

/** The fields of a GraphQL input, but for some. */
function inputFields(name: string, ...without: string[]): string[] {
  const type = schema.getType(name);
  if (!isInputObjectType(type)) throw new Error(`${name} is not an input`);
  return Object.keys(type.getFields())
    .filter((field) => !without.includes(field))
    .sort();
}

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

const file = z.toJSONSchema(signInFile, { io: 'input' }) as JsonSchema;
const entry = file.properties?.['openIdConnects']?.items;
const config = file.properties?.['oidcConfigs']?.items;
const mapping = config?.properties?.['mapping'];
const rule = mapping?.properties?.['rules']?.items;

const fieldsOf = (part: JsonSchema | undefined) => Object.keys(part?.properties ?? {}).sort();

describe('the file', () => {
  it('has the fields of the inputs of the gateway, by the same names', () => {
    expect(fieldsOf(entry)).toEqual(inputFields('CreateOpenIdConnectInput'));
    expect(fieldsOf(config)).toEqual(
      [
        ...inputFields('ProvisionOidcConfigInput', 'dryRun', 'mappingId', 'rules'),
        'enabled',
        'mapping',
      ].sort(),
    );
    expect(fieldsOf(mapping)).toEqual(inputFields('CreateHuaweiMappingInput'));
    expect(fieldsOf(rule)).toEqual(inputFields('HuaweiMappingRuleInput'));
    expect(fieldsOf(rule?.properties?.['local']?.items)).toEqual(
      inputFields('HuaweiMappingLocalInput'),
    );
    expect(fieldsOf(rule?.properties?.['remote']?.items)).toEqual(
      inputFields('HuaweiMappingRemoteInput'),
    );
  });

  it('describes each field, for editors', () => {
    const undescribed = (part: JsonSchema | undefined, path: string): string[] => [
      ...Object.entries(part?.properties ?? {}).flatMap(([name, field]) => [
        ...(field.description === undefined ? [`${path}.${name}`] : []),
        ...undescribed(field, `${path}.${name}`),
      ]),
      ...(part?.items ? undescribed(part.items, `${path}[]`) : []),
    ];
    expect(undescribed(file, '')).toEqual([]);
  });
});
