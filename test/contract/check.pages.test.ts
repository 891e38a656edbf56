import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECK_CODES } from '../../src/domain/sign-in/report.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { HEADERS, startScriptedGateway } from '../setup/scripted-gateway.ts';
import type { ScriptedGateway } from '../setup/scripted-gateway.ts';

/* The page on checks of sign-in against the code. */

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const [, page = ''] = /\n## Checks\n(.*?)\n## /s.exec(read('docs/sign-in.md')) ?? [];
const CODES = Object.entries(
  Object.assign({}, CHECK_CODES, ...upstreams.map(({ signIn }) => signIn.check?.codes)) as Record<
    string,
    string
  >,
);

let gateway: ScriptedGateway;
beforeAll(async () => {
  gateway = await startScriptedGateway({ ISSUER_DISCOVERY: 'false' });
  gateway.upstream.respondWith(permissiveUpstream);
});
afterAll(() => gateway.stop());

describe('the page on checks', () => {
  const sections = page
    .split(/^### /m)
    .slice(1)
    .map((section) => /^`(\w+)`\n\n(.*?)\n\n(.*)$/s.exec(section) ?? []);

  it('has a section for every code, with its meaning and more', () => {
    const text = (lines = '') => lines.trim().replaceAll(/\s+/g, ' ');
    expect(sections.map(([, code, meaning]) => [code, text(meaning)])).toEqual(CODES);
    for (const [, code, , more] of sections)
      expect([code, text(more).length]).toEqual([code, expect.toSatisfy((n: number) => n > 30)]);
  });

  const examples = [...page.matchAll(/```graphql\n(.*?)```/gs)].map(([, text = '']) => text);
  const tab = (name: string) => read(`schema/operations/${name}.graphql`);
  const HUAWEI = ['checkOidcConfig', { idpId: 'ACME' }] as const;
  const ORDERCLOUD = [
    'checkOpenIdConnect',
    { id: 'google', issuer: 'https://accounts.google.com' },
  ] as const;
  it.each([
    ['of the page', examples[0], HUAWEI],
    ['of the page, for OrderCloud', examples[1], ORDERCLOUD],
    ['of GraphiQL', tab('17-check-oidc-config'), HUAWEI],
    ['of GraphiQL, for OrderCloud', tab('18-check-open-id-connect'), ORDERCLOUD],
  ])('has an example that works: that %s', async (_whose, query = '', [field, input]) => {
    const { data, errors } = await gateway.post(query, { input }, { ...HEADERS });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ [field]: { report: { verdict: 'UNDECIDED' } } });
  });

  it('has the input of the example for OrderCloud', () => {
    const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
    expect(JSON.parse(json)).toEqual({ input: ORDERCLOUD[1] });
  });
});
