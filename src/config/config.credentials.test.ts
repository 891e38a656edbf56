import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeApiKey } from '../../test/setup/api-keys.ts';
import { ConfigError, readConfig } from './config.ts';
import { Secret } from '../domain/scrub/secret.ts';
import { upstreams } from '../upstreams/index.ts';

const inbound = makeApiKey();
afterAll(inbound.remove);

const CANARY = 'canary-0123456789';
const ORDERCLOUD = { ORDERCLOUD_API_URL: 'https://sandboxapi.ordercloud.io/v1' };
const HUAWEI = { HUAWEI_IAM_URL: 'https://iam.myhuaweicloud.com' };
const CLIENT = {
  ...ORDERCLOUD,
  ORDERCLOUD_CREDENTIALS: 'gateway',
  ORDERCLOUD_CLIENT_ID: 'cid',
  ORDERCLOUD_CLIENT_SECRET: CANARY,
};
const PASSWORD = {
  ...HUAWEI,
  HUAWEI_CREDENTIALS: 'gateway',
  HUAWEI_AUTH_METHOD: 'password',
  HUAWEI_DOMAIN_NAME: 'IAMDomain',
  HUAWEI_USER_NAME: 'IAMUser',
  HUAWEI_PASSWORD: CANARY,
};
const KEY = {
  ...HUAWEI,
  HUAWEI_CREDENTIALS: 'gateway',
  HUAWEI_AUTH_METHOD: 'access-key',
  HUAWEI_ACCESS_KEY: CANARY,
  HUAWEI_SECRET_KEY: CANARY,
};

type Environment = Readonly<Record<string, string | undefined>>;

const read = (environment: Environment) =>
  readConfig('production', upstreams, { ...inbound.environment, ...environment }).upstreams;

/** The issues of an environment. None may contain a value. */
function issuesOf(environment: Environment): readonly string[] {
  try {
    read(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(`${error.message} ${inspect(error)}`).not.toContain('canary');
    return error.issues;
  }
  throw new Error('nothing was wrong');
}

describe('credentials of the gateway', () => {
  it.each([
    [
      'a client of OrderCloud',
      'ORDERCLOUD',
      {
        ...CLIENT,
        ORDERCLOUD_ROLES: 'OpenIDConnectReader FullAccess',
        ORDERCLOUD_AUTH_URL: 'https://auth.example.com/oauth/token',
      },
    ],
    ['a password of Huawei Cloud', 'HUAWEI_IAM', PASSWORD],
    ['an access key of Huawei Cloud', 'HUAWEI_IAM', KEY],
    [
      'a temporary access key of Huawei Cloud',
      'HUAWEI_IAM',
      { ...KEY, HUAWEI_SECURITY_TOKEN: CANARY, HUAWEI_DOMAIN_ID: 'did' },
    ],
    [
      'callers',
      'ORDERCLOUD',
      { ...ORDERCLOUD, ORDERCLOUD_CREDENTIALS: 'caller', HUAWEI_CREDENTIALS: 'caller' },
    ],
    [
      'a client of OrderCloud in a region',
      'ORDERCLOUD',
      {
        ...CLIENT,
        ORDERCLOUD_API_URL: '',
        ORDERCLOUD_REGION: 'us-east',
        ORDERCLOUD_ENVIRONMENT: 'sandbox',
      },
    ],
    [
      'a password of Huawei Cloud in a region',
      'HUAWEI_IAM',
      { ...PASSWORD, HUAWEI_IAM_URL: '', HUAWEI_REGION: 'eu-west-101' },
    ],
  ])('may be those of %s', (_what, id, environment) => {
    const settings = read(environment).get(id) ?? {};
    const shown = Object.fromEntries(
      Object.entries(settings).map(([name, value]) => [
        name,
        value instanceof Secret ? value.reveal() : value,
      ]),
    );
    expect(shown).toEqual(
      Object.fromEntries(
        Object.entries(environment).filter(
          ([name, value]) => value !== '' && name.startsWith(id.split('_')[0] ?? ''),
        ),
      ),
    );
  });

  it.each([CLIENT, PASSWORD, { ...KEY, HUAWEI_SECURITY_TOKEN: CANARY }])(
    'are not shown by a configuration that is printed',
    (environment) => {
      const config = readConfig('production', upstreams, {
        ...inbound.environment,
        ...environment,
      });
      for (const text of [
        JSON.stringify([...config.upstreams]),
        inspect(config, { depth: 10, showHidden: true }),
        [...config.upstreams.values()].flatMap((settings) => Object.values(settings)).join(),
      ])
        expect(text).not.toContain('canary');
    },
  );
});

const WHEN = 'when ORDERCLOUD_CREDENTIALS is gateway';
const UNLESS = 'must not be set unless';

describe('half a configuration', () => {
  it.each<[string, Environment, readonly string[]]>([
    [
      'OrderCloud: nothing but the mode',
      { ...ORDERCLOUD, ORDERCLOUD_CREDENTIALS: 'gateway' },
      [
        `ORDERCLOUD_CLIENT_ID must be set ${WHEN}`,
        `ORDERCLOUD_CLIENT_SECRET must be set ${WHEN}, directly or in a file`,
      ],
    ],
    [
      'OrderCloud: no id',
      { ...CLIENT, ORDERCLOUD_CLIENT_ID: '' },
      [`ORDERCLOUD_CLIENT_ID must be set ${WHEN}`],
    ],
    [
      'OrderCloud: no secret',
      { ...CLIENT, ORDERCLOUD_CLIENT_SECRET: undefined },
      [`ORDERCLOUD_CLIENT_SECRET must be set ${WHEN}, directly or in a file`],
    ],
    [
      'OrderCloud: no mode',
      {
        ...CLIENT,
        ORDERCLOUD_CREDENTIALS: undefined,
        ORDERCLOUD_ROLES: CANARY,
        ORDERCLOUD_AUTH_URL: CANARY,
      },
      ['CLIENT_ID', 'CLIENT_SECRET', 'ROLES', 'AUTH_URL'].map(
        (name) => `ORDERCLOUD_${name} ${UNLESS} ORDERCLOUD_CREDENTIALS is gateway`,
      ),
    ],
    [
      'OrderCloud: the mode of callers',
      { ...CLIENT, ORDERCLOUD_CREDENTIALS: 'caller' },
      ['CLIENT_ID', 'CLIENT_SECRET'].map(
        (name) => `ORDERCLOUD_${name} ${UNLESS} ORDERCLOUD_CREDENTIALS is gateway`,
      ),
    ],
    [
      'OrderCloud: an unknown mode',
      { ...CLIENT, ORDERCLOUD_CREDENTIALS: CANARY },
      ['ORDERCLOUD_CREDENTIALS must be caller or gateway'],
    ],
    [
      'OrderCloud: everything malformed',
      {
        ...CLIENT,
        ORDERCLOUD_CLIENT_ID: ' cid',
        ORDERCLOUD_CLIENT_SECRET: `${CANARY}\n`,
        ORDERCLOUD_ROLES: 'A,canary',
        ORDERCLOUD_AUTH_URL: 'http://canary.example.com/oauth/token',
      },
      [
        'ORDERCLOUD_CLIENT_ID must not contain U+0020 (a space) at its start',
        'ORDERCLOUD_CLIENT_SECRET must not contain U+000A (a line break) at its end',
        'ORDERCLOUD_ROLES must be role names separated by single spaces',
        'ORDERCLOUD_AUTH_URL must begin with https:// (http:// is allowed only for this machine)',
      ],
    ],
    [
      'OrderCloud: a token endpoint without a path',
      { ...CLIENT, ORDERCLOUD_AUTH_URL: 'https://canary.example.com' },
      [
        'ORDERCLOUD_AUTH_URL must be the full URL of the token endpoint, e.g. https://sandboxapi.ordercloud.io/oauth/token',
      ],
    ],
    [
      'Huawei: nothing but the mode',
      { ...HUAWEI, HUAWEI_CREDENTIALS: 'gateway' },
      ['HUAWEI_AUTH_METHOD must be access-key or password when HUAWEI_CREDENTIALS is gateway'],
    ],
    [
      'Huawei: an unknown method',
      { ...PASSWORD, HUAWEI_AUTH_METHOD: CANARY },
      ['HUAWEI_AUTH_METHOD must be access-key or password when HUAWEI_CREDENTIALS is gateway'],
    ],
    [
      'Huawei: an unknown mode',
      { ...PASSWORD, HUAWEI_CREDENTIALS: CANARY },
      ['HUAWEI_CREDENTIALS must be caller or gateway'],
    ],
    [
      'Huawei: no mode',
      { ...PASSWORD, HUAWEI_CREDENTIALS: '' },
      ['AUTH_METHOD', 'DOMAIN_NAME', 'USER_NAME', 'PASSWORD'].map(
        (name) => `HUAWEI_${name} ${UNLESS} HUAWEI_CREDENTIALS is gateway`,
      ),
    ],
    [
      'Huawei: no access key',
      { ...HUAWEI, HUAWEI_CREDENTIALS: 'gateway', HUAWEI_AUTH_METHOD: 'access-key' },
      ['ACCESS_KEY', 'SECRET_KEY'].map(
        (name) =>
          `HUAWEI_${name} must be set when HUAWEI_AUTH_METHOD is access-key, directly or in a file`,
      ),
    ],
    [
      'Huawei: no user',
      { ...HUAWEI, HUAWEI_CREDENTIALS: 'gateway', HUAWEI_AUTH_METHOD: 'password' },
      [
        'HUAWEI_DOMAIN_NAME must be set when HUAWEI_AUTH_METHOD is password',
        'HUAWEI_USER_NAME must be set when HUAWEI_AUTH_METHOD is password',
        'HUAWEI_PASSWORD must be set when HUAWEI_AUTH_METHOD is password, directly or in a file',
      ],
    ],
    [
      'Huawei: a key with half a user',
      { ...KEY, HUAWEI_SECRET_KEY: '', HUAWEI_PASSWORD: CANARY, HUAWEI_USER_NAME: CANARY },
      [
        'HUAWEI_SECRET_KEY must be set when HUAWEI_AUTH_METHOD is access-key, directly or in a file',
        `HUAWEI_PASSWORD ${UNLESS} HUAWEI_AUTH_METHOD is password`,
        `HUAWEI_USER_NAME ${UNLESS} HUAWEI_AUTH_METHOD is password`,
      ],
    ],
    [
      'Huawei: a user with a key',
      {
        ...PASSWORD,
        HUAWEI_ACCESS_KEY: CANARY,
        HUAWEI_SECRET_KEY: CANARY,
        HUAWEI_SECURITY_TOKEN: CANARY,
        HUAWEI_DOMAIN_ID: CANARY,
      },
      ['ACCESS_KEY', 'SECRET_KEY', 'SECURITY_TOKEN', 'DOMAIN_ID'].map(
        (name) => `HUAWEI_${name} ${UNLESS} HUAWEI_AUTH_METHOD is access-key`,
      ),
    ],
    [
      'Huawei: what no header can hold',
      {
        ...KEY,
        HUAWEI_ACCESS_KEY: `${CANARY}é`,
        HUAWEI_SECURITY_TOKEN: `${CANARY} 中`,
        HUAWEI_DOMAIN_ID: 'canaryé',
      },
      ['ACCESS_KEY', 'SECURITY_TOKEN', 'DOMAIN_ID'].map(
        (name) => `HUAWEI_${name} must have only visible ASCII characters`,
      ),
    ],
    [
      'the mode with half of a region',
      { ...CLIENT, ORDERCLOUD_API_URL: '', ORDERCLOUD_REGION: 'us-east', ...HUAWEI },
      ['ORDERCLOUD_ENVIRONMENT must be set with ORDERCLOUD_REGION'],
    ],
    [
      'the mode without a URL',
      { ...CLIENT, ORDERCLOUD_API_URL: '', ...HUAWEI },
      [
        'ORDERCLOUD_CREDENTIALS must not be gateway without ORDERCLOUD_API_URL or ORDERCLOUD_REGION',
      ],
    ],
    [
      'the mode without any URL',
      { ...CLIENT, ...PASSWORD, ORDERCLOUD_API_URL: '', HUAWEI_IAM_URL: '' },
      [
        'ORDERCLOUD_CREDENTIALS must not be gateway without ORDERCLOUD_API_URL or ORDERCLOUD_REGION',
        'HUAWEI_CREDENTIALS must not be gateway without HUAWEI_IAM_URL or HUAWEI_REGION',
        'no upstream is configured: set ORDERCLOUD_API_URL or ORDERCLOUD_REGION or HUAWEI_IAM_URL or HUAWEI_REGION',
      ],
    ],
    [
      'the mode with a URL that is wrong',
      { ...PASSWORD, HUAWEI_IAM_URL: 'ftp://canary' },
      ['HUAWEI_IAM_URL must begin with https:// (http:// is allowed only for this machine)'],
    ],
    [
      'both at once, and the server',
      {
        PORT: 'canary',
        ...ORDERCLOUD,
        ...HUAWEI,
        ORDERCLOUD_CREDENTIALS: 'gateway',
        HUAWEI_CREDENTIALS: 'gateway',
      },
      [
        'PORT must be a whole number from 0 to 65535',
        `ORDERCLOUD_CLIENT_ID must be set ${WHEN}`,
        `ORDERCLOUD_CLIENT_SECRET must be set ${WHEN}, directly or in a file`,
        'HUAWEI_AUTH_METHOD must be access-key or password when HUAWEI_CREDENTIALS is gateway',
      ],
    ],
  ])('has every issue named: %s', (_what, environment, issues) => {
    expect(issuesOf(environment)).toEqual(issues);
  });
});

describe('an invisible character', () => {
  const secrets: readonly (readonly [name: string, environment: Environment])[] = [
    ['ORDERCLOUD_CLIENT_SECRET', CLIENT],
    ['ORDERCLOUD_CLIENT_ID', CLIENT],
    ['HUAWEI_PASSWORD', PASSWORD],
    ['HUAWEI_USER_NAME', PASSWORD],
    ['HUAWEI_DOMAIN_NAME', PASSWORD],
    ['HUAWEI_ACCESS_KEY', KEY],
    ['HUAWEI_SECRET_KEY', KEY],
    ['HUAWEI_SECURITY_TOKEN', KEY],
    ['HUAWEI_DOMAIN_ID', KEY],
  ];

  it.each(secrets)(
    'is named wherever it stands in %s, and nothing else of the value',
    (name, environment) => {
      for (const [value, where] of [
        [`${CANARY}\u200B`, 'at its end'],
        [`\u200B${CANARY}`, 'at its start'],
        [`canary\u200B-0123456789`, 'within'],
      ] as const) {
        expect(issuesOf({ ...environment, [name]: value })).toEqual([
          `${name} must not contain U+200B (a zero width space) ${where}`,
        ]);
      }
    },
  );
});

describe('credentials of the gateway without inbound authentication', () => {
  const open = { AUTH_API_KEYS_FILE: '' };

  it('are refused in production, for each upstream', () => {
    const issues = ['ORDERCLOUD', 'HUAWEI'].map(
      (name) =>
        `${name}_CREDENTIALS must not be gateway without inbound authentication: set AUTH_JWKS_URL, AUTH_JWKS_FILE or AUTH_API_KEYS_FILE`,
    );
    expect(issuesOf({ ...CLIENT, ...PASSWORD, ...open })).toEqual(issues);
  });

  it('are allowed in development', () => {
    expect(
      readConfig('development', upstreams, { ...CLIENT, ...open }).upstreams.get('ORDERCLOUD'),
    ).toHaveProperty('ORDERCLOUD_CREDENTIALS', 'gateway');
  });
});

describe('a secret in a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const fileWith = (content: string): string => {
    const file = join(folder, `secret-${Buffer.from(content).toString('hex')}`);
    writeFileSync(file, content);
    return file;
  };
  const inFile = (content: string): Environment => ({
    ...CLIENT,
    ORDERCLOUD_CLIENT_SECRET: '',
    ORDERCLOUD_CLIENT_SECRET_FILE: fileWith(content),
  });

  it.each([
    ['as it is', CANARY, CANARY],
    ['with a line break at the end', `${CANARY}\n`, CANARY],
    ['with a line break of Windows at the end', `${CANARY}\r\n`, CANARY],
    ['with other characters', 'a b\'"\\é中$`', 'a b\'"\\é中$`'],
  ])('is taken %s', (_how, content, expected) => {
    const { ORDERCLOUD_CLIENT_SECRET: secret, ...rest } =
      read(inFile(content)).get('ORDERCLOUD') ?? {};
    expect(secret instanceof Secret && secret.reveal()).toBe(expected);
    expect(rest).toEqual({
      ...ORDERCLOUD,
      ORDERCLOUD_CREDENTIALS: 'gateway',
      ORDERCLOUD_CLIENT_ID: 'cid',
    });
  });

  it.each(['HUAWEI_ACCESS_KEY', 'HUAWEI_SECRET_KEY', 'HUAWEI_SECURITY_TOKEN'])(
    'may be %s',
    (name) => {
      const { [name]: secret } =
        read({ ...KEY, [name]: undefined, [`${name}_FILE`]: fileWith(CANARY) }).get('HUAWEI_IAM') ??
        {};
      expect(secret instanceof Secret && secret.reveal()).toBe(CANARY);
    },
  );

  it('may be HUAWEI_PASSWORD', () => {
    const { HUAWEI_PASSWORD: secret } =
      read({ ...PASSWORD, HUAWEI_PASSWORD: undefined, HUAWEI_PASSWORD_FILE: fileWith(CANARY) }).get(
        'HUAWEI_IAM',
      ) ?? {};
    expect(secret instanceof Secret && secret.reveal()).toBe(CANARY);
  });

  it.each([
    ['nothing', '', 'ORDERCLOUD_CLIENT_SECRET_FILE names a file that is empty'],
    ['a line break', '\n', 'ORDERCLOUD_CLIENT_SECRET_FILE names a file that is empty'],
    [
      'two line breaks at the end',
      `${CANARY}\n\n`,
      'ORDERCLOUD_CLIENT_SECRET_FILE must not contain U+000A (a line break) at its end',
    ],
    [
      'several lines',
      `${CANARY}\n${CANARY}`,
      'ORDERCLOUD_CLIENT_SECRET_FILE must not contain U+000A (a line break) within',
    ],
    [
      'a space before',
      ` ${CANARY}`,
      'ORDERCLOUD_CLIENT_SECRET_FILE must not contain U+0020 (a space) at its start',
    ],
    [
      'a byte order mark',
      `\uFEFF${CANARY}`,
      'ORDERCLOUD_CLIENT_SECRET_FILE must not contain U+FEFF (a byte order mark) at its start',
    ],
    [
      'a byte order mark alone',
      '\uFEFF',
      'ORDERCLOUD_CLIENT_SECRET_FILE names a file that is empty',
    ],
    [
      'a zero width space before the line break',
      `${CANARY}\u200B\n`,
      'ORDERCLOUD_CLIENT_SECRET_FILE must not contain U+200B (a zero width space) at its end',
    ],
    [
      'a zero width space alone',
      '\u200B',
      'ORDERCLOUD_CLIENT_SECRET_FILE must not contain U+200B (a zero width space) at its start',
    ],
    [
      'UTF-16 without a byte order mark',
      Buffer.from(CANARY, 'utf16le').toString('latin1'),
      'ORDERCLOUD_CLIENT_SECRET_FILE must not contain U+0000 (a null character) within',
    ],
  ])('is refused with %s', (_what, content, issue) => {
    expect(issuesOf(inFile(content))).toEqual([issue]);
  });

  it('is refused in another encoding than UTF-8', () => {
    const file = join(folder, 'latin-1');
    writeFileSync(file, Buffer.from('g\u00e9heim', 'latin1'));
    expect(
      issuesOf({ ...CLIENT, ORDERCLOUD_CLIENT_SECRET: '', ORDERCLOUD_CLIENT_SECRET_FILE: file }),
    ).toEqual(['ORDERCLOUD_CLIENT_SECRET_FILE must contain UTF-8 text']);
  });

  it('is refused if the file cannot be read, together with the other issues', () => {
    const missing = join(folder, 'canary');
    expect(
      issuesOf({
        ...CLIENT,
        ORDERCLOUD_CLIENT_ID: '',
        ORDERCLOUD_CLIENT_SECRET: '',
        ORDERCLOUD_CLIENT_SECRET_FILE: missing,
      }),
    ).toEqual([
      'ORDERCLOUD_CLIENT_SECRET_FILE names a file that does not exist',
      `ORDERCLOUD_CLIENT_ID must be set ${WHEN}`,
    ]);
    expect(issuesOf({ ...KEY, HUAWEI_SECRET_KEY: '', HUAWEI_SECRET_KEY_FILE: folder })).toEqual([
      'HUAWEI_SECRET_KEY_FILE names a folder, not a file',
    ]);
    expect(
      issuesOf({ ...PASSWORD, HUAWEI_PASSWORD: '', HUAWEI_PASSWORD_FILE: '\0canary' }),
    ).toEqual([expect.stringMatching(/^HUAWEI_PASSWORD_FILE cannot be read/)]);
  });

  it('is refused if the variable is set as well', () => {
    expect(issuesOf({ ...CLIENT, ORDERCLOUD_CLIENT_SECRET_FILE: fileWith(CANARY) })).toEqual([
      'ORDERCLOUD_CLIENT_SECRET_FILE must not be set together with ORDERCLOUD_CLIENT_SECRET',
    ]);
  });

  it("is refused if the credentials are the callers' or of another kind", () => {
    expect(issuesOf({ ...ORDERCLOUD, ORDERCLOUD_CLIENT_SECRET_FILE: fileWith(CANARY) })).toEqual([
      `ORDERCLOUD_CLIENT_SECRET_FILE ${UNLESS} ORDERCLOUD_CREDENTIALS is gateway`,
    ]);
    expect(issuesOf({ ...KEY, HUAWEI_PASSWORD_FILE: join(folder, 'canary') })).toEqual([
      'HUAWEI_PASSWORD_FILE names a file that does not exist',
      `HUAWEI_PASSWORD_FILE ${UNLESS} HUAWEI_AUTH_METHOD is password`,
    ]);
  });
});
