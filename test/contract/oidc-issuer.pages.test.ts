import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ISSUER_REASONS } from '../../src/domain/errors.ts';
import { FINDING_CODES } from '../../src/domain/sign-in/findings.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { startGateway } from '../setup/gateway.ts';
import { startIssuer } from '../setup/issuer-server.ts';

/* The page on issuers against the code. */

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/sign-in.md');

/** The text below a heading of the third level. */
const section = (heading: string) =>
  page.split(/^#+ /m).find((part) => part.startsWith(heading)) ?? '';
/** Rows of the table below a heading, as lists of cells. */
const rows = (heading: string) =>
  [...section(heading).matchAll(/^\| `(.*?)` +\| (.*?) +\|$/gm)].map(([, code, text]) => [
    code,
    text,
  ]);

describe('the page on sign-in', () => {
  it('lists every finding with its meaning', () => {
    const codes = Object.assign(
      {},
      FINDING_CODES,
      ...upstreams.map(({ signIn }) => signIn.findingCodes),
    ) as Record<string, string>;
    expect(rows('Findings')).toEqual(Object.entries(codes));
  });

  it('says what to do for every reason', () => {
    expect(rows('Why an issuer cannot be used').map(([reason]) => reason)).toEqual(
      Object.keys(ISSUER_REASONS),
    );
  });

  it.each([
    ['of the page', /```graphql\n(query OidcIssuer.*?)```/s.exec(page)?.[1] ?? ''],
    ['of GraphiQL', read('schema/operations/16-oidc-issuer.graphql')],
  ])('has an example that works: that %s', async (_whose, query) => {
    const server = await startIssuer();
    const gateway = await startGateway({
      ORDERCLOUD_API_URL: 'http://127.0.0.1:9/v1',
      ISSUER_DISCOVERY: 'true',
      ISSUER_ALLOWED_HOSTS: server.issuer,
    });
    onTestFinished(async () => {
      await gateway.stop();
    });
    const { data, errors } = await gateway.post(query, { issuer: server.issuer });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      oidcIssuer: { oidcIssuer: { issuer: server.issuer, findings: [] } },
    });
  });
});
