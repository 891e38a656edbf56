import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DIFFERENCES, KEY_STATUSES } from '../../src/domain/keys/rotation/compare.ts';
import { KEY_ACTIONS } from '../../src/domain/keys/rotation/plan.ts';
import { startKeysGateway } from '../setup/keys-gateway.ts';
import { rsaKey } from '../setup/rotating-keys.ts';
import { HEADERS } from '../setup/scripted-gateway.ts';

/* The page on keys that rotate against the code. */

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const [, page = ''] = /\n## Keys that rotate\n(.*?)\n## /s.exec(read('docs/sign-in.md')) ?? [];
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, text = '']) => text,
  );

it('says what every status and action means', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm)].map(([, code, text]) => [
    code,
    text,
  ]);
  expect(rows).toEqual([...Object.entries(KEY_STATUSES), ...Object.entries(KEY_ACTIONS)]);
});

it('says what every difference is', () => {
  const [, table = ''] = /\n\| difference (.*?)\n\n/s.exec(page) ?? [];
  const rows = [...table.matchAll(/^\| ([^|-]+?) +\|/gm)].map(([, text]) => text);
  expect(rows).toEqual(Object.values(DIFFERENCES));
});

const [comparing = '', syncing = ''] = blocks('graphql');
const [compared = '', dryRun = '', compromised = ''] = blocks('json');
const tab = (name: string) => read(`schema/operations/${name}`);
it.each([
  [
    'compares',
    comparing,
    compared,
    { oidcConfigKeys: { oidcConfigKeys: { now: { verdict: 'UNDECIDED' } } } },
  ],
  [
    'shows what a sync would do',
    syncing,
    dryRun,
    { syncOidcConfigKeys: { action: 'WOULD_UPDATE' } },
  ],
  ['drops compromised keys', syncing, compromised, { syncOidcConfigKeys: { action: 'UPDATED' } }],
  [
    'compares in GraphiQL',
    tab('20-oidc-config-keys.graphql'),
    tab('20-oidc-config-keys.variables.json'),
    { oidcConfigKeys: { oidcConfigKeys: { now: { verdict: 'UNDECIDED' } } } },
  ],
  [
    'shows in GraphiQL what a sync would do',
    tab('21-sync-oidc-config-keys.graphql'),
    tab('21-sync-oidc-config-keys.variables.json'),
    { syncOidcConfigKeys: { action: 'WOULD_UPDATE' } },
  ],
])('has an example that %s', async (_what, query, variables, expected) => {
  const gateway = await startKeysGateway([rsaKey('a'), rsaKey('b')]);
  gateway.publish(rsaKey('b'), rsaKey('c'));
  const { data, errors } = await gateway.post(query, JSON.parse(variables) as object, {
    ...HEADERS,
  });
  expect(errors).toBeUndefined();
  expect(data).toMatchObject(expected);
});

it.each([
  ['the comparison', comparing],
  ['the sync', syncing],
  ['the comparison in GraphiQL', tab('20-oidc-config-keys.graphql')],
  ['the sync in GraphiQL', tab('21-sync-oidc-config-keys.graphql')],
])('has an example of %s that says why an input is wrong', async (_what, query) => {
  const gateway = await startKeysGateway([rsaKey('a')]);
  const { data } = await gateway.post(query, { input: { idpId: 'A/B' } }, { ...HEADERS });
  expect(Object.values(data ?? {})).toMatchObject([
    {
      code: 'INVALID_INPUT',
      issues: [{ path: ['idpId'], code: 'INVALID_FORMAT', message: expect.any(String) as unknown }],
    },
  ]);
});
