import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileProblems } from './load/problems.ts';
import { loadFile, type LoadOptions } from './load-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signin-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Loads a file with overlays named `overlay-1.yaml` and so on. */
function load(text: string, overlays: readonly string[] = [], options: Partial<LoadOptions> = {}) {
  return loadFile({
    path: write('signin.yaml', text),
    values: overlays.map((overlay, index) => write(`overlay-${index + 1}.yaml`, overlay)),
    ...options,
  });
}

/** What is wrong, a line each, without the folder. */
function problems(action: () => unknown): string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof FileProblems)
      return error.message.replaceAll(`${folder}/`, '').split('\n');
    throw error;
  }
  return [];
}

const SHOP = `version: 1
issuers:
  corporate: { url: https://idp.example.com }
openIdConnects:
  - id: shop
    issuer: corporate
    orderCloudApiClientId: "1111"
    connectClientId: shop
    connectClientSecret: { fromEnv: SHOP_SECRET }
    appStartUrl: https://shop.example.com/login?token={0}
oidcConfigs:
  - idpId: corporate
    issuer: corporate
    accessMode: PROGRAM_CONSOLE
    clientId: cloud
    scope: [openid, email]
    mapping:
      rules:
        - local: [{ user: { name: '{0}' } }]
          remote: [{ type: sub }]
`;

describe('a file', () => {
  it('is read with what it says, and nothing added but empty lists', () => {
    expect(load(SHOP).file).toEqual({
      version: 1,
      issuers: { corporate: { url: 'https://idp.example.com' } },
      openIdConnects: [
        {
          id: 'shop',
          issuer: 'corporate',
          orderCloudApiClientId: '1111',
          connectClientId: 'shop',
          connectClientSecret: { fromEnv: 'SHOP_SECRET' },
          appStartUrl: 'https://shop.example.com/login?token={0}',
        },
      ],
      oidcConfigs: [
        {
          idpId: 'corporate',
          issuer: 'corporate',
          accessMode: 'PROGRAM_CONSOLE',
          clientId: 'cloud',
          scope: ['openid', 'email'],
          mapping: {
            rules: [{ local: [{ user: { name: '{0}' } }], remote: [{ type: 'sub' }] }],
          },
        },
      ],
    });
    expect(load('version: 1').file).toEqual({
      version: 1,
      issuers: {},
      openIdConnects: [],
      oidcConfigs: [],
    });
  });

  it('may be JSON', () => {
    expect(
      load('{"version": 1, "issuers": {"a": {"url": "https://a.example"}}}').file,
    ).toMatchObject({ issuers: { a: { url: 'https://a.example' } } });
  });

  it('says where each value is', () => {
    const { positionOf } = load(SHOP);
    const place = (...path: (string | number)[]) => {
      const { line, column } = positionOf(path);
      return `${line}:${column}`;
    };
    expect(place('version')).toBe('1:1');
    expect(place('openIdConnects', 0)).toBe('5:5');
    expect(place('openIdConnects', 0, 'appStartUrl')).toBe('10:5');
    expect(place('openIdConnects', 0, 'connectClientSecret', 'fromEnv')).toBe('9:28');
    // What is in no file: the nearest value around it.
    expect(place('openIdConnects', 0, 'customErrorUrl')).toBe('5:5');
    expect(place('nothing')).toBe('1:1');
  });

  it('replaces aliases with what they stand for', () => {
    const { file } = load(`version: 1
oidcConfigs:
  - { idpId: a, accessMode: PROGRAM, clientId: &client cloud, mapping: &mapping { id: m } }
  - { idpId: b, accessMode: PROGRAM, clientId: *client, mapping: *mapping }
`);
    expect(file.oidcConfigs[1]).toMatchObject({ clientId: 'cloud', mapping: { id: 'm' } });
  });

  it('reports everything that is wrong at once, with its place', () => {
    const text = SHOP.replace('appStartUrl:', 'appStartURL:')
      .replace('"1111"', '1111')
      .replace('issuer: corporate\n    access', 'issuer: corprate\n    access')
      .replace('PROGRAM_CONSOLE', 'PROGRAM')
      .replace('{ type: sub }', '{ type: sub, anyOneOf: [a], notAnyOf: [b] }');
    expect(problems(() => load(text))).toEqual([
      'signin.yaml:5:5: openIdConnects.shop.appStartUrl is required.',
      'signin.yaml:7:5: openIdConnects.shop.orderCloudApiClientId must be text. Put it in quotation marks.',
      'signin.yaml:10:5: "appStartURL" is not a field of openIdConnects.shop. Did you mean appStartUrl?',
      'signin.yaml:13:5: issuers has no "corprate". Did you mean corporate?',
      'signin.yaml:20:20: oidcConfigs.corporate.mapping.rules[0].remote[0] must not have both anyOneOf and notAnyOf.',
    ]);
  });

  it('has one message for a field that is not indented far enough', () => {
    const outdented = SHOP.replace('      rules:', '    rules:')
      .replace(/ {8}(- local.*)\n {10}(remote.*)/, '    $1\n      $2')
      .replace('    appStartUrl', 'appStartUrl');
    expect(problems(() => load(outdented))).toEqual([
      'signin.yaml:10:1: "appStartUrl" is not a field of the file. Indent it further, as a field of openIdConnects.shop.',
      'signin.yaml:18:5: "rules" is not a field of oidcConfigs.corporate. Indent it further, as a field of oidcConfigs.corporate.mapping.',
    ]);
  });

  it('does not ask to indent a field that its entry has', () => {
    expect(problems(() => load(`${SHOP}clientId: other\n`))).toEqual([
      expect.stringContaining('"clientId" is not a field of the file. It has version'),
    ]);
  });

  it.each([
    ['an empty file', '', '1:1: The file is empty.'],
    ['a comment alone', '# nothing\n', '1:1: The file is empty.'],
    ['no map', '- 1', '1:1: The file must be a map of fields.'],
    ['no version', 'issuers: {}', '1:1: version is required.'],
    ['another version', 'version: 2', '1:1: version must be 1.'],
    [
      'an unknown field',
      'version: 1\noidcConfig: []',
      '2:1: "oidcConfig" is not a field of the file. Did you mean oidcConfigs?',
    ],
    [
      'an unknown field that is like none',
      'version: 1\nx: []',
      '2:1: "x" is not a field of the file. It has version, issuers, openIdConnects, oidcConfigs.',
    ],
    ['a field twice', 'version: 1\nversion: 1', '2:1: "version" is there twice, first in line 1.'],
    ['a list as a map', 'version: 1\noidcConfigs: {}', '2:1: oidcConfigs must be a list.'],
    [
      'null',
      'version: 1\noidcConfigs:',
      '2:1: oidcConfigs must not be null. Leave it out to keep what is stored.',
    ],
    ['null for what is required', 'version:', '1:1: version is required, and must not be null.'],
    [
      'null for a required field',
      'version: 1\noidcConfigs: [{ idpId: a, accessMode: PROGRAM, clientId: null }]',
      '2:48: oidcConfigs.a.clientId is required, and must not be null.',
    ],
    [
      'null in a list',
      'version: 1\noidcConfigs: [{ idpId: a, accessMode: PROGRAM_CONSOLE, clientId: b, scope: [openid, null] }]',
      '2:85: oidcConfigs.a.scope[1] must not be null.',
    ],
    [
      'null as an entry',
      'version: 1\noidcConfigs: [null]',
      '2:15: oidcConfigs[0] must not be null.',
    ],
    ['a map as a list', 'version: 1\nissuers: []', '2:1: issuers must be a map of fields.'],
    ['an issuer without URL', 'version: 1\nissuers:\n  a: {}', '3:3: issuers.a.url is required.'],
    [
      'an issuer with an odd name',
      'version: 1\nissuers: { "a b": { url: https://a.example } }',
      '2:12: issuers."a b" is not a possible name: 1 to 64 letters, digits, hyphens and underscores.',
    ],
    [
      'a merge key',
      'version: 1\nissuers: { a: { <<: {}, url: https://a.example } }',
      '2:17: "<<" is not a field of issuers.a. YAML 1.2 has no merge keys.',
    ],
    [
      'a second document',
      'version: 1\n---\nversion: 1',
      '2:1: This begins a second document. A file has only one.',
    ],
    ['a tab', 'version: 1\nissuers:\n\ta: {}', '3:1: This is indented with a tab. Use spaces.'],
    ['a key that is not text', 'version: 1\n[a]: 1', '2:1: This is a key that is not text.'],
    [
      'a dangerous key',
      'version: 1\n__proto__: {}',
      '2:1: This is not a name that a field can have.',
    ],
    [
      'a terminal sequence',
      'version: 1\n"\\e[31mred": 1',
      '2:1: "\\u001b[31mred" is not a field of the file. It has version, issuers, openIdConnects, oidcConfigs.',
    ],
  ])('is refused: %s', (_case, text, expected) => {
    expect(problems(() => load(text))).toEqual([`signin.yaml:${expected}`]);
  });

  const entry = (fields: string) =>
    `version: 1\noidcConfigs:\n  - { idpId: a, clientId: cloud, accessMode: PROGRAM, ${fields} }`;

  it.each([
    [
      'a console field with PROGRAM',
      entry('scope: [openid]'),
      'oidcConfigs.a.scope is only for accessMode PROGRAM_CONSOLE.',
    ],
    [
      'a part that says nothing',
      entry('mapping: { rules: [{ local: [{}], remote: [{ type: sub }] }] }'),
      'oidcConfigs.a.mapping.rules[0].local[0] must have at least one of user, group, groups.',
    ],
    [
      'no rules',
      entry('mapping: { rules: [] }'),
      'oidcConfigs.a.mapping.rules must have at least one item.',
    ],
    ['an empty text', entry('idpUrl: ""'), 'oidcConfigs.a.idpUrl must not be empty.'],
    ['yes', entry('enabled: yes'), 'oidcConfigs.a.enabled must be true or false.'],
    [
      'an enum in lower case',
      'version: 1\noidcConfigs:\n  - { idpId: a, clientId: cloud, accessMode: program }',
      'oidcConfigs.a.accessMode must be PROGRAM or PROGRAM_CONSOLE.',
    ],
    [
      'an id of another form',
      'version: 1\noidcConfigs:\n  - { idpId: a b, clientId: cloud, accessMode: PROGRAM }',
      'oidcConfigs[0].idpId must be 1 to 64 letters, digits, hyphens and underscores.',
    ],
    [
      'keys that are none',
      entry('signingKey: [1]'),
      'oidcConfigs.a.signingKey must be a JSON Web Key Set: { keys: [ … ] }, or the same as JSON in a text.',
    ],
    [
      'keys as text that is not JSON',
      entry('signingKey: abc'),
      'oidcConfigs.a.signingKey must be a JSON Web Key Set: { keys: [ … ] }, or the same as JSON in a text.',
    ],
    [
      'an issuer where there are none',
      entry('issuer: x'),
      'issuers has no "x". issuer is the name of one of issuers, which have the URLs.',
    ],
  ])('is refused: %s', (_case, text, expected) => {
    expect(
      problems(() => load(text)).map((line) => line.replace(/^signin.yaml:3:\d+: /, '')),
    ).toEqual([expected]);
  });

  it('is refused if an id is there twice, or a mapping has two lists of rules', () => {
    const config = (idpId: string, user: string) =>
      `  - { idpId: ${idpId}, clientId: cloud, accessMode: PROGRAM, mapping: { id: m, rules: [{ local: [{ user: { name: ${user} } }], remote: [{ type: sub }] }] } }\n`;
    const text = (...configs: string[]) => `version: 1\noidcConfigs:\n${configs.join('')}`;
    expect(problems(() => load(text(config('a', 'x'), config('b', 'x'))))).toEqual([]);
    expect(problems(() => load(text(config('a', 'x'), config('a', 'y'))))).toEqual([
      'signin.yaml:4:5: oidcConfigs has "a" twice, first in line 3.',
      expect.stringMatching(
        /^signin.yaml:4:\d+: The mapping "m" has other rules in the entry "a"\./,
      ),
    ]);
  });

  it('is refused if it cannot be read, is too large, or is not text', () => {
    expect(problems(() => loadFile({ path: join(folder, 'none.yaml') }))).toEqual([
      'none.yaml:1:1: The file does not exist. `oidc-config export` writes one.',
    ]);
    expect(problems(() => loadFile({ path: folder }))[0]).toMatch(/cannot be read \(EISDIR\)/);
    expect(problems(() => load(`version: 1 #${'x'.repeat(1024 * 1024)}`))).toEqual([
      'signin.yaml:1:1: The file is larger than 1 MiB.',
    ]);
    const path = write('utf16.yaml', Buffer.from('\uFEFFversion: 1', 'utf16le'));
    expect(problems(() => loadFile({ path }))).toEqual([
      'utf16.yaml:1:1: The file is not UTF-8 text. Save it with this encoding.',
    ]);
    expect(load('\uFEFFversion: 1').file.version).toBe(1);
  });

  it('compares a wrong word with the first 100 names only, so that thousands of both take no minutes', () => {
    const issuers = Array.from({ length: 150 }, (_, index) => `  issuer-${index}-x: { url: a }\n`);
    const text = (issuer: string) =>
      `version: 1\nissuers:\n${issuers.join('')}oidcConfigs:\n  - { idpId: a, accessMode: PROGRAM, clientId: a, issuer: ${issuer} }\n`;
    expect(problems(() => load(text('issuer-7-xy')))[0]).toContain('Did you mean issuer-7-x?');
    expect(problems(() => load(text('issuer-149-xy')))[0]).not.toContain('issuer-149-x?');
  });

  it('is refused if aliases make it large, or go in circles', () => {
    const levels = Array.from(
      { length: 9 },
      (_, index) => `x${index + 1}: &x${index + 1} [${Array(9).fill(`*x${index}`).join(', ')}]`,
    );
    expect(problems(() => load(`x0: &x0 [a, a]\n${levels.join('\n')}`))).toEqual([
      'signin.yaml:1:1: The file has more than 100000 values, with its aliases replaced.',
    ]);
    expect(problems(() => load('version: 1\nissuers: &a { a: *a }'))[0]).toBe(
      'signin.yaml:2:18: This alias is inside of what it stands for.',
    );
    for (const deep of ['['.repeat(100_000), `${'['.repeat(60)}${']'.repeat(60)}`])
      expect(problems(() => load(`version: ${deep}`)).join('\n')).toContain('nested too deeply');
  });
});

describe('a secret', () => {
  const SECRETS = [
    'hunter2-hunter2',
    '*hunter2',
    '!hunter2 x',
    '&hunter2 x',
    '"hunter2\\q"',
    '@hunter2',
    '%hunter2',
    '{ hunter2: x, hunter2: y }',
    '[hunter2]',
    '{ fromEnv: "hunter2 hunter2" }',
    '{ fromEnv: hunter2, fromFile: x }',
  ];

  it.each(SECRETS)('in plain text is refused, and never repeated: %s', (secret) => {
    const lines = problems(() => load(SHOP.replace('{ fromEnv: SHOP_SECRET }', secret)));
    expect(lines).not.toEqual([]);
    expect(lines.filter((line) => !line.startsWith('signin.yaml:9:'))).toEqual([]);
    expect(lines.join('\n')).not.toContain('hunter');
  });

  it('may be in plain text if that is allowed', () => {
    const { file } = load(SHOP.replace('{ fromEnv: SHOP_SECRET }', 'hunter2'), [], {
      allowPlainSecrets: true,
    });
    expect(file.openIdConnects[0]?.connectClientSecret).toBe('hunter2');
  });

  it.each([
    ['GOOGLE_CONNECT_CLIENT_SECRET', true],
    ['TF_VAR_secret2', true],
    ['A3F9C01B77DE4410AA02FFEE99812345_CONNECT_CLIENT_SECRET', true],
    ['9LIVES', false],
    ['my-secret', false],
    ['a3f9c01b77de4410aa02ffee99812345', false],
    ['GOCSPX_Qk3vT0mZx8Lw2Rb7Ny4Pc6Js', false],
  ])('comes from a variable with a name, not a value: %s', (name, accepted) => {
    const lines = problems(() => load(SHOP.replace('SHOP_SECRET', name)));
    expect(lines).toEqual(
      accepted ? [] : [expect.stringMatching(/^signin.yaml:9:28: fromEnv is not the name/)],
    );
    expect(lines.join('\n')).not.toContain(name);
  });
});

describe('overlays', () => {
  it('change fields, entries by id and issuers by name, one after the other', () => {
    const { file, positionOf } = load(SHOP, [
      `issuers: { corporate: { url: https://idp.production.example.com } }
openIdConnects:
  - id: shop
    connectClientId: shop-production
    customErrorUrl: null
    connectClientSecret: { fromFile: secret.txt }
oidcConfigs:
  - idpId: corporate
    scope: [openid]
    mapping: { id: production }
`,
      'openIdConnects: [{ id: shop, connectClientId: shop-production-2 }]',
    ]);
    const before = load(SHOP).file;
    expect(file).toEqual({
      ...before,
      issuers: { corporate: { url: 'https://idp.production.example.com' } },
      openIdConnects: [
        {
          ...before.openIdConnects[0],
          connectClientId: 'shop-production-2',
          customErrorUrl: null,
          connectClientSecret: { fromFile: 'secret.txt' },
        },
      ],
      oidcConfigs: [
        {
          ...before.oidcConfigs[0],
          scope: ['openid'],
          mapping: { ...before.oidcConfigs[0]?.mapping, id: 'production' },
        },
      ],
    });
    const place = (...path: (string | number)[]) => {
      const position = positionOf(['openIdConnects', 0, ...path]);
      return `${position.file.slice(folder.length + 1)}:${position.line}:${position.column}`;
    };
    expect(place('connectClientId')).toBe('overlay-2.yaml:1:30');
    expect(place('connectClientSecret', 'fromFile')).toBe('overlay-1.yaml:6:28');
    expect(place('appStartUrl')).toBe('signin.yaml:10:5');
  });

  it('may add a field that the file leaves out, also a required one', () => {
    const text = SHOP.replace('    connectClientId: shop\n', '');
    expect(problems(() => load(text))).toHaveLength(1);
    const { file } = load(text, ['openIdConnects: [{ id: shop, connectClientId: a }]']);
    expect(file.openIdConnects[0]?.connectClientId).toBe('a');
  });

  it('add no entries and no issuers, so that a typo is found', () => {
    const overlay = `issuers: { corporat: { url: https://a.example } }
openIdConnects:
  - id: shp
    connectClientId: a
  - connectClientId: b
  - id: shop
  - id: shop
oidcConfigs:
  - idpId: other
`;
    expect(problems(() => load(SHOP, [overlay]))).toEqual([
      'overlay-1.yaml:1:12: issuers has no "corporat" that this overlay could change. Did you mean corporate?',
      'overlay-1.yaml:3:5: openIdConnects has no entry "shp" that this overlay could change. Did you mean shop?',
      'overlay-1.yaml:5:5: An entry of openIdConnects in an overlay needs id: the one of the entry that it changes.',
      'overlay-1.yaml:7:5: openIdConnects has "shop" twice in this overlay.',
      'overlay-1.yaml:9:5: oidcConfigs has no entry "other" that this overlay could change. An overlay changes entries and adds none.',
    ]);
  });

  it('are checked as the file is, and problems have their place', () => {
    const overlay =
      'version: 1\nopenIdConnects:\n  - { id: shop, appStartUri: x, connectClientSecret: hunter2 }';
    expect(problems(() => load(SHOP, [overlay, '[]']))).toEqual([
      'overlay-1.yaml:3:17: "appStartUri" is not a field of openIdConnects.shop. Did you mean appStartUrl?',
      expect.stringMatching(/^overlay-1.yaml:3:33: connectClientSecret has a secret in plain text/),
      'overlay-2.yaml:1:1: The file must be a map of fields.',
    ]);
  });

  it('name files of secrets relative to themselves', () => {
    mkdirSync(join(folder, 'production'));
    const overlay = write(
      'production/values.yaml',
      'openIdConnects: [{ id: shop, connectClientSecret: { fromFile: secret.txt } }]',
    );
    const { file, folder: root } = load(SHOP, [], { values: [overlay] });
    expect(file.openIdConnects[0]?.connectClientSecret).toEqual({
      fromFile: join('production', 'secret.txt'),
    });
    expect(root).toBe(folder);
  });
});
