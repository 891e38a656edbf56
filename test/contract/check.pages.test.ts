import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECK_CODES } from '../../src/domain/sign-in/report.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { permissiveUpstream } from '../setup/permissive-upstream.ts';
import { startScriptedGateway } from '../setup/scripted-gateway.ts';
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

  it.each([
    ['of the page', /```graphql\n(.*?)```/s.exec(page)?.[1] ?? ''],
    ['of GraphiQL', read('schema/operations/17-check-oidc-config.graphql')],
  ])('has an example that works: that %s', async (_whose, query) => {
    const { data, errors } = await gateway.post(
      query,
      { input: { idpId: 'ACME' } },
      { 'x-auth-token': 'example-token' },
    );
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({ checkOidcConfig: { report: { verdict: 'UNDECIDED' } } });
  });
});
