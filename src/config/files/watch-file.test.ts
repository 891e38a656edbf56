import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fixture } from '../../../test/fixtures/upstream/upstream.ts';
import { MODES } from '../../../test/setup/guarded-gateway.ts';
import { upstreams } from '../../upstreams/index.ts';
import { ConfigError, readWatchedConfig, readWatches } from '../config.ts';

const folder = mkdtempSync(join(tmpdir(), 'watch-file-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const path = join(folder, 'watch.yaml');
const OWN = { ...MODES['credentials of the gateway'].environment, FIXTURE_CREDENTIALS: 'gateway' };

async function read(text: string, environment: Readonly<Record<string, string>> = OWN) {
  writeFileSync(path, text);
  return readWatches([...upstreams, fixture], { ...environment, WATCH_FILE: path });
}

async function issuesOf(text: string, environment?: Readonly<Record<string, string>>) {
  const result = await read(text, environment);
  return 'issues' in result ? result.issues : [];
}

const WHOLE = `
checkOidcConfig:
  - idpId: corporate
    every: 6h
checkOpenIdConnect:
  - id: corporate
    issuer: https://idp.example.com
integrationEvents:
  - id: sign-in-event
    every: 15m
oidcWidgets:
  - id: one
    mode: sync
`;

describe('the file of watches', () => {
  it.each([
    ['YAML', WHOLE],
    [
      'JSON',
      JSON.stringify({
        checkOidcConfig: [{ idpId: 'corporate', every: '6h' }],
        checkOpenIdConnect: [{ id: 'corporate', issuer: 'https://idp.example.com' }],
        integrationEvents: [{ id: 'sign-in-event', every: '15m' }],
        oidcWidgets: [{ id: 'one', mode: 'sync' }],
      }),
    ],
  ])('names what is checked on all platforms, in %s, by default every hour', async (_how, text) => {
    const result = await read(text);
    expect(
      'watches' in result &&
        result.watches.map(({ kind, upstream, id, everyMs }) => [kind.name, upstream, id, everyMs]),
    ).toEqual([
      ['checkOpenIdConnect', 'ORDERCLOUD', 'corporate', 3_600_000],
      ['integrationEvents', 'ORDERCLOUD', 'sign-in-event', 900_000],
      ['checkOidcConfig', 'HUAWEI_IAM', 'corporate', 21_600_000],
      ['oidcWidgets', 'FIXTURE', 'one', 3_600_000],
    ]);
  });

  it('has all its issues at once, each with its line and path, and hints at what is meant', async () => {
    expect(
      await issuesOf(`checkOidcConfg:
  - idpId: corporate
integrationEvents:
  - id: a/b
    evry: 1h
  - every: 1s
checkOpenIdConnect:
  - id: one
    every: 1m
  - id: one
    probe: yes
  - id: two
    issuer: nothing
    probe: true
  - id: three
    probe: true
oidcWidgets: {}
`),
    ).toEqual([
      'WATCH_FILE line 1: checkOidcConfg is not known (is checkOidcConfig meant?)',
      'WATCH_FILE line 4: integrationEvents[0].id must be an ID: without / \\ % ? # and not made of dots alone',
      'WATCH_FILE line 5: integrationEvents[0].evry is not known (is every meant?)',
      'WATCH_FILE line 6: integrationEvents[1].id must be set',
      'WATCH_FILE line 6: integrationEvents[1].every must be an interval, e.g. 30m, 6h or 1d',
      'WATCH_FILE line 9: checkOpenIdConnect[0].every must be from 5m to 7d',
      'WATCH_FILE line 10: checkOpenIdConnect[1].id is the same as in an earlier entry',
      'WATCH_FILE line 11: checkOpenIdConnect[1].probe must be true or false',
      'WATCH_FILE line 13: checkOpenIdConnect[2].issuer must be an absolute URL that begins with https:// or http://, without spaces',
      'WATCH_FILE line 14: checkOpenIdConnect[2].probe must not be true without SIGN_IN_PROBES',
      'WATCH_FILE line 16: checkOpenIdConnect[3].probe must not be true without SIGN_IN_PROBES',
      'WATCH_FILE line 17: oidcWidgets must be a list with at least one entry',
    ]);
  });

  it.each([
    [
      'integrationEvents:\n  - id: one\n  - id: two\n  - id: one\n',
      'WATCH_FILE line 4: integrationEvents[2].id is the same as in an earlier entry',
    ],
    [
      'integrationEvents: [',
      'WATCH_FILE line 1: it is not valid YAML (BAD_INDENT): it is not indented as it must be, or a bracket is not closed',
    ],
    [
      'integrationEvents:\n\t- id: one\n',
      'WATCH_FILE line 2: it is not valid YAML (TAB_AS_INDENT): indent with spaces, not with tabs',
    ],
    [
      'integrationEvents: []\nintegrationEvents: []\n',
      'WATCH_FILE line 2: it has the key integrationEvents twice',
    ],
    [
      'integrationEvents:\n  - id: *canary\n',
      'WATCH_FILE line 2: it has an alias without an anchor: put a value that begins with * in quotes',
    ],
    [
      'integrationEvents:\n  - id: 123\n',
      'WATCH_FILE line 2: integrationEvents[0].id must be of type string: put it in quotes',
    ],
    [
      '[]',
      'WATCH_FILE line 1: it must have at least one of the sections checkOpenIdConnect, integrationEvents, checkOidcConfig, oidcConfigKeys, oidcWidgets',
    ],
    ['  \n', 'WATCH_FILE names a file that is empty'],
    [
      `oidcWidgets:\n${'abcdefghijk'
        .split('')
        .flatMap((one) => 'abcdefghij'.split('').map((other) => `  - id: ${one}${other}\n`))
        .join('')}`,
      'WATCH_FILE line 1: it must have at most 100 entries in all sections together',
    ],
  ])('is refused: %j', async (text, issue) => {
    expect(await issuesOf(text)).toEqual([issue]);
  });

  it('needs credentials of the gateway itself for each platform that it names', async () => {
    const { ORDERCLOUD_CREDENTIALS: _own, ...others } = OWN;
    expect(await issuesOf(WHOLE, { ...others, HUAWEI_CREDENTIALS: 'caller' })).toEqual([
      'WATCH_FILE line 2: checkOidcConfig needs credentials of the gateway itself: set HUAWEI_CREDENTIALS to gateway',
      'WATCH_FILE line 5: checkOpenIdConnect needs credentials of the gateway itself: set ORDERCLOUD_CREDENTIALS to gateway',
      'WATCH_FILE line 8: integrationEvents needs credentials of the gateway itself: set ORDERCLOUD_CREDENTIALS to gateway',
    ]);
  });
});

describe('the configuration with watches', () => {
  async function issues(environment: Readonly<Record<string, string>>) {
    try {
      await readWatchedConfig([...upstreams, fixture], environment);
    } catch (error) {
      if (error instanceof ConfigError) return error.issues;
      throw error;
    }
    return [];
  }

  it('has the issues of the variables and of the file at once', async () => {
    writeFileSync(path, 'oidcWidgets:\n  - id: 1\n');
    expect(
      await issues({ PORT: 'x', FIXTURE_API_URL: 'http://127.0.0.1:1', WATCH_FILE: path }),
    ).toEqual([
      'PORT must be a whole number from 0 to 65535',
      'WATCH_FILE line 1: oidcWidgets needs credentials of the gateway itself: set FIXTURE_CREDENTIALS to gateway',
      'WATCH_FILE line 2: oidcWidgets[0].id must be of type string: put it in quotes',
    ]);
  });

  const KEY = Buffer.alloc(32, 7).toString('base64');
  it.each<[Readonly<Record<string, string>>, readonly string[]]>([
    [
      { WEBHOOK_URL: 'https://hooks.example.com/canary', WATCH_FILE: '' },
      [
        'WEBHOOK_URL must not be set without WATCH_FILE',
        'WEBHOOK_SECRET must be set with WEBHOOK_URL, directly or in a file',
      ],
    ],
    [{ WEBHOOK_SECRET: KEY }, ['WEBHOOK_SECRET must not be set without WEBHOOK_URL']],
    [
      { WEBHOOK_SECRET: 'canary', WEBHOOK_URL: 'https://hooks.example.com' },
      ['WEBHOOK_SECRET must be 24 to 64 bytes in base64, as openssl rand -base64 32 makes them'],
    ],
    [
      { WEBHOOK_SECRET: 'canary', WEBHOOK_URL: 'http://hooks.example.com' },
      [
        'WEBHOOK_SECRET must be 24 to 64 bytes in base64, as openssl rand -base64 32 makes them',
        'WEBHOOK_URL must be a URL that begins with https:// and has no user name, port or private address, unless ISSUER_ALLOWED_HOSTS names its host',
      ],
    ],
    ...[
      'http://hooks.example.com',
      'https://10.0.0.1/x',
      'https://hooks.internal:8443',
      'canary',
    ].map((url): [Readonly<Record<string, string>>, readonly string[]] => [
      { WEBHOOK_SECRET: KEY, WEBHOOK_URL: url },
      [
        'WEBHOOK_URL must be a URL that begins with https:// and has no user name, port or private address, unless ISSUER_ALLOWED_HOSTS names its host',
      ],
    ]),
    [
      {
        WEBHOOK_SECRET: `whsec_${KEY}`,
        WEBHOOK_URL: 'https://hooks.internal:8443/path',
        ISSUER_ALLOWED_HOSTS: 'hooks.internal:8443',
      },
      [],
    ],
  ])('is checked: %j', async (environment, expected) => {
    writeFileSync(path, 'integrationEvents:\n  - id: one\n');
    const found = await issues({
      ORDERCLOUD_API_URL: 'https://sandboxapi.ordercloud.io/v1',
      ...MODES['credentials of the gateway'].environment,
      HUAWEI_IAM_URL: 'https://iam.myhuaweicloud.com',
      AUTH_JWKS_URL: 'https://idp.example.com/keys',
      AUTH_ISSUER: 'https://idp.example.com',
      AUTH_AUDIENCE: 'gateway',
      WATCH_FILE: path,
      ...environment,
    });
    expect(found).toEqual(expected);
  });
});
