import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fileSchema, overlaySchema } from './json-schema.ts';
import { loadFile } from './load-file.ts';

interface Validator {
  (value: unknown): boolean;
  readonly errors?: readonly { readonly dataPath: string; readonly keyword: string }[] | null;
}

/* ESLint brings a validator along, which is nothing that we depend on. */
const Ajv = createRequire(createRequire(import.meta.url).resolve('eslint/package.json'))(
  'ajv',
) as new (options: object) => { readonly compile: (schema: object) => Validator };

/** What is wrong with a value, such as `.openIdConnects[0] required`. */
function checker(schema: object): (yaml: string) => string[] {
  const validate = new Ajv({ allErrors: true }).compile(schema);
  return (yaml) =>
    validate(parse(yaml))
      ? []
      : (validate.errors ?? []).map(({ dataPath, keyword }) => `${dataPath} ${keyword}`);
}

const EXAMPLES = fileURLToPath(new URL('../../../examples/as-code/', import.meta.url));
const files = [
  'signin.yaml',
  ...readdirSync(join(EXAMPLES, 'recipes')).map((name) => join('recipes', name)),
];

describe('the JSON Schema', () => {
  it.each(files)('accepts what the command accepts: %s', (name) => {
    const path = join(EXAMPLES, name);
    expect(loadFile({ path }).file.version).toBe(1);
    expect(checker(fileSchema())(readFileSync(path, 'utf8'))).toEqual([]);
  });

  const ENTRY = 'idpId: a, accessMode: PROGRAM, clientId: cloud';

  it.each([
    ['issuers: {}', ' required'],
    ['version: 2', '.version const'],
    ['version: 1\nissuer: {}', ' additionalProperties'],
    ['version: 1\nissuers: { "a b": { url: x } }', '.issuers propertyNames'],
    ['version: 1\nissuers: { a: { uri: x } }', ".issuers['a'] additionalProperties"],
    [
      'version: 1\noidcConfigs: [{ idpId: a b, accessMode: PROGRAM, clientId: c }]',
      '.oidcConfigs[0].idpId pattern',
    ],
    [
      `version: 1\noidcConfigs: [{ ${ENTRY}, responseMode: QUERY }]`,
      '.oidcConfigs[0].responseMode enum',
    ],
    [
      `version: 1\noidcConfigs: [{ ${ENTRY}, mapping: { rules: [] } }]`,
      '.oidcConfigs[0].mapping.rules minItems',
    ],
    [`version: 1\noidcConfigs: [{ ${ENTRY}, enabled: yes }]`, '.oidcConfigs[0].enabled type'],
  ])('refuses %s', (yaml, error) => {
    expect(checker(fileSchema())(yaml)).toContain(error);
  });

  it('asks nothing but ids of an overlay', () => {
    const overlay = readFileSync(join(EXAMPLES, 'production.yaml'), 'utf8');
    expect(checker(overlaySchema())(overlay)).toEqual([]);
    expect(checker(fileSchema())(overlay)).not.toEqual([]);
    expect(checker(overlaySchema())('oidcConfigs: [{ clientId: cloud }]')).toEqual([
      '.oidcConfigs[0] required',
    ]);
    expect(checker(overlaySchema())('openIdConnects: [{ id: a, appStartUri: x }]')).toEqual([
      '.openIdConnects[0] additionalProperties',
    ]);
  });
});
