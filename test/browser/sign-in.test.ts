import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, openGraphiql } from '../setup/browser.ts';
import { start } from '../setup/built-gateway.ts';
import type { Running } from '../setup/built-gateway.ts';

/*
 * The walk of docs/emulators.md, as somebody does it: a configuration is broken, the check says what to do, that is done
 * in GraphiQL, and then the sign-in works.
 */

const emulators = readFileSync(new URL('../../docs/emulators.md', import.meta.url), 'utf8');
const documents = [...emulators.matchAll(/^ *```graphql\n(.*?)^ *```/gms)].map(
  ([, text = '']) => text,
);
const played = new Set<string>();

/** The document of the page that has this in it. */
function documented(part: string): string {
  const [found, ...more] = documents.filter((text) => text.includes(part));
  if (found === undefined || more.length > 0) throw new Error(`docs/emulators.md: not one ${part}`);
  played.add(found);
  return found;
}

interface Check {
  readonly code: string;
  readonly status: string;
  readonly message: string;
  readonly advice: string | null;
}
type Results = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

let dev: Running;
let browser: Browser;
let graphiql: Page;
let url: string;
let domainId: string;

beforeAll(async () => {
  dev = start('npm', ['run', 'dev'], { PORT: '0' });
  [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
  [, domainId = ''] = await dev.line(/account \(domain\) id: (\S+)/);
  browser = await launch();
  graphiql = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await openGraphiql(graphiql, url);
});
afterAll(async () => {
  await browser.close();
  dev.signal('SIGINT');
  await dev.exit;
});

const textOf = async (page: Page, selector: string) =>
  (await page.locator(selector).innerText()).replaceAll('\u00a0', ' ');

/** Pastes a text into an editor, in which keys would add brackets and spaces. */
async function fill(editor: string, text: string): Promise<void> {
  await graphiql.locator(editor).first().click();
  await graphiql.keyboard.press('Control+A');
  await graphiql.evaluate(`{
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', ${JSON.stringify(text)});
    document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }`);
}

/** Presses play, and gives the results by field. */
async function play(): Promise<Results> {
  // GraphiQL looks for the operation's name a moment after the text has changed, and tells nobody when it has it.
  await graphiql.waitForTimeout(500);
  const answered = graphiql.waitForResponse((response) => response.request().method() === 'POST');
  await graphiql.locator('[aria-label*="Execute"]').click();
  const { data } = (await (await answered).json()) as { data: Results };
  return data;
}

/** Runs a document in a new tab. */
async function run(document: string, variables: object = {}): Promise<Results> {
  await graphiql.locator('.graphiql-tab-add').click();
  await fill('.graphiql-query-editor .view-line', document);
  if (Object.keys(variables).length > 0)
    await fill('.graphiql-editor-tool .view-line', JSON.stringify(variables));
  return play();
}

/** Runs a prepared tab that checks sign-in. @returns its verdict, and what failed with the advice */
async function check(tab: string) {
  await graphiql.locator('.gateway-tabs select').selectOption({ label: tab });
  const [result] = Object.values(await play());
  const { verdict, checks } = result?.['report'] as { verdict: string; checks: Check[] };
  const failed = checks.filter(({ status }) => status === 'FAILED');
  // People see what failed, with the advice, without scrolling.
  const shown = async () => (await textOf(graphiql, '.graphiql-response')).replaceAll(/\s+/g, ' ');
  for (const { advice } of failed) await expect.poll(shown).toContain(advice);
  const screenshots = process.env['SCREENSHOTS'];
  if (screenshots !== undefined)
    await graphiql.screenshot({ path: `${screenshots}/${tab}-${failed[0]?.code ?? verdict}.png` });
  return { verdict, failed: failed.map(({ code, advice }) => [code, advice]) };
}

/**
 * Opens the `loginUrl` of a configuration that the emulator has from its start.
 * @param user who to sign in as; nobody if the sign-in ends before one can choose
 * @returns what the page says at which it ends
 */
async function landing(platform: 'openIdConnect' | 'oidcConfig', user?: string): Promise<string> {
  const results = await run(documented('loginUrl'), { domainId });
  const { loginUrl } = results[platform]?.[platform] as { loginUrl: string };
  // A browser of its own, which nobody has signed in with before.
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(loginUrl);
  if (user !== undefined) {
    await page.locator('button', { hasText: `Sign in as ${user}` }).click();
    await page.locator('h1', { hasText: /Signed in|Sign-in failed|Example app/ }).waitFor();
  }
  const text = await textOf(page, 'body');
  await context.close();
  return text;
}

describe('in development', () => {
  it('leads from a broken configuration of Huawei Cloud to the sign-in', async () => {
    const store = documented('StoreClient');
    await run(store);
    expect(await landing('oidcConfig')).toContain('invalid_client');
    expect(await check('CheckOidcConfig')).toEqual({
      verdict: 'BROKEN',
      failed: [['CLIENT_ID', expect.stringMatching(/^Store the client id that the issuer has/)]],
    });
    await run(store.replace('another-app', 'example-app'));

    const set = documented('SetEnabled');
    await run(set);
    expect(await landing('oidcConfig')).toContain('the identity provider is disabled');
    expect(await check('CheckOidcConfig')).toEqual({
      verdict: 'BROKEN',
      failed: [['PROVIDER_ENABLED', 'Enable it with updateHuaweiIdentityProvider.']],
    });
    await run(set.replace('false', 'true'));

    expect(await check('CheckOidcConfig')).toEqual({ verdict: 'READY', failed: [] });
    expect(await landing('oidcConfig', 'ada')).toMatch(/Signed in\s+User: FederationUser/);
  });

  it('leads from a broken configuration of OrderCloud to the sign-in', async () => {
    const store = documented('StoreApiClient');
    await run(store);
    expect(await landing('openIdConnect', 'ada')).toContain('the API client is not active');
    expect(await check('CheckOpenIdConnect')).toEqual({
      verdict: 'BROKEN',
      failed: [['API_CLIENT', 'Set Active of the API client to true.']],
    });
    const [, client = ''] = await dev.line(/ API client: (\S+)/);
    expect(emulators).toContain(client);
    await run(store.replace(/aaaaaaaa[\w-]+/, client));
    expect(await check('CheckOpenIdConnect')).toEqual({ verdict: 'UNDECIDED', failed: [] });
    expect(await landing('openIdConnect', 'ada')).toMatch(/ended here, with:\s+token\s+eyJ/);
  });

  it('has played every query of the page', () => {
    expect(documents.filter((document) => !played.has(document))).toEqual([]);
  });
});
