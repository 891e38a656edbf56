import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../../domain/errors.ts';
import { parseInput } from '../../../domain/parse.ts';
import { defaultMappingId, provisioning } from './input.ts';

const KEY = { kty: 'RSA', e: 'AQAB', use: 'sig', n: 'example', kid: 'kid_example', alg: 'RS256' };
const PROGRAM = {
  idpId: 'ACME',
  accessMode: 'PROGRAM',
  idpUrl: 'https://accounts.example.com',
  clientId: 'client_id_example',
  signingKey: { keys: [KEY] },
};
const CONSOLE_ONLY = {
  authorizationEndpoint: 'https://accounts.example.com/o/oauth2/v2/auth',
  scope: ['openid', 'email'],
  responseType: 'ID_TOKEN',
  responseMode: 'FORM_POST',
};
const AROUND = {
  description: 'People of ACME',
  mappingId: 'mapping-of-acme',
  rules: [
    {
      local: [{ user: { name: '{0}' } }, { groups: '{1}' }],
      remote: [{ type: 'email' }, { type: 'roles' }, { type: 'team', anyOneOf: ['a', 'b'] }],
    },
  ],
};

/** Faults as "path code", sorted: which half of the schema found one does not matter. */
function codesOf(input: object): string[] {
  try {
    parseInput(provisioning, input);
    return [];
  } catch (error) {
    if (error instanceof InvalidInputError)
      return error.issues.map(({ path, code }) => `${path.join('.')} ${code}`).sort();
    throw error;
  }
}

describe('provisioning', () => {
  it('needs nothing but the configuration', () => {
    expect(parseInput(provisioning, PROGRAM)).toEqual({
      ...PROGRAM,
      signingKey: { text: JSON.stringify({ keys: [KEY] }), keys: [KEY] },
      dryRun: false,
    });
  });

  it('takes everything', () => {
    const whole = {
      ...PROGRAM,
      ...CONSOLE_ONLY,
      ...AROUND,
      accessMode: 'PROGRAM_CONSOLE',
      dryRun: true,
    };
    expect(parseInput(provisioning, whole)).toEqual({
      ...whole,
      signingKey: { text: JSON.stringify({ keys: [KEY] }), keys: [KEY] },
    });
  });

  it('reports the issues of the configuration and of what is around it at once', () => {
    const wrong = {
      idpId: 'not/an id',
      accessMode: 'PROGRAM',
      idpUrl: 'accounts.example.com',
      clientId: 'four',
      authorizationEndpoint: CONSOLE_ONLY.authorizationEndpoint,
      scope: ['openid'],
      signingKey: {
        keys: [
          { ...KEY, d: 'private' },
          { ...KEY, n: '' },
        ],
      },
      description: ' ',
      mappingId: '../mappings',
      rules: [
        {
          local: [{ user: { name: '{1}' } }],
          remote: [{ type: 'email', anyOneOf: ['a'], notAnyOf: ['b'] }],
        },
        { local: [], remote: [{ type: 'email', regex: true }] },
      ],
    };
    expect(codesOf(wrong)).toEqual(
      [
        'authorizationEndpoint NOT_ALLOWED',
        'clientId TOO_SHORT',
        'description BLANK',
        'idpId INVALID_FORMAT',
        'idpUrl INVALID_URL',
        'mappingId INVALID_FORMAT',
        'rules.0.local.0.user.name INVALID_PLACEHOLDER',
        'rules.0.remote.0.notAnyOf NOT_ALLOWED',
        'rules.1.local TOO_SHORT',
        'rules.1.remote.0.regex NOT_ALLOWED',
        'scope NOT_ALLOWED',
        'signingKey.keys.0.d PRIVATE_KEY',
        'signingKey.keys.1.n INVALID_KEY',
      ].sort(),
    );
  });

  it('reports what the console needs beside issues of the rules', () => {
    expect(codesOf({ ...PROGRAM, accessMode: 'PROGRAM_CONSOLE', rules: [] })).toEqual([
      'authorizationEndpoint REQUIRED',
      'responseMode REQUIRED',
      'responseType REQUIRED',
      'rules TOO_SHORT',
      'scope REQUIRED',
    ]);
  });

  it.each<[object, string[]]>([
    [{ idpId: 'x'.repeat(56) }, []],
    [{ idpId: 'x'.repeat(57) }, ['mappingId REQUIRED']],
    [{ idpId: 'x'.repeat(64) }, ['mappingId REQUIRED']],
    [{ idpId: 'x'.repeat(64), mappingId: 'm' }, []],
    [{ idpId: 'x'.repeat(64), mappingId: 'm'.repeat(65) }, ['mappingId INVALID_FORMAT']],
    [{ mappingId: 'm'.repeat(64) }, []],
    [{ description: 'x'.repeat(1000) }, []],
    [{ rules: Array.from({ length: 10 }, () => AROUND.rules[0]) }, []],
    [{ rules: Array.from({ length: 11 }, () => AROUND.rules[0]) }, ['rules TOO_LONG']],
  ])('%j has the issues %j', (change, issues) => {
    expect(codesOf({ ...PROGRAM, ...change })).toEqual(issues);
  });
});

describe('defaultMappingId', () => {
  it('is the name that the console gives', () => {
    expect(defaultMappingId('ACME')).toBe('mapping_ACME');
  });
});
