import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch } from '../setup/browser.ts';
import { start } from '../setup/built-gateway.ts';
import type { Running } from '../setup/built-gateway.ts';

/* GraphiQL as people meet it: `npm run dev`, a browser, and a press on play in the prepared tabs. */

/** Every tab, and what it gives when they are run in this order. */
const TABS = [
  ['CreateOpenIdConnect', 'CreateOpenIdConnectSuccess'],
  ['OpenIdConnects', 'OpenIdConnectsSuccess'],
  ['UpdateOpenIdConnect', 'UpdateOpenIdConnectSuccess'],
  ['OpenIdConnect', 'OpenIdConnectSuccess'],
  ['DeleteOpenIdConnect', 'DeleteOpenIdConnectSuccess'],
  ['PlanOidcConfig', 'ProvisionOidcConfigSuccess'],
  ['ProvisionOidcConfig', 'ProvisionOidcConfigSuccess'],
  ['OidcConfig', 'OidcConfigSuccess'],
  ['UpdateOidcConfig', 'UpdateOidcConfigSuccess'],
  ['DeleteHuaweiIdentityProvider', 'DeleteHuaweiIdentityProviderSuccess'],
  ['DeleteHuaweiMapping', 'DeleteHuaweiMappingSuccess'],
  ['CreateOidcConfig', 'CreateOidcConfigSuccess'],
  ['InvalidInput', 'OidcInvalidInputError'],
  ['Conflict', 'OidcAlreadyExistsError'],
  ['EvaluateHuaweiMapping', 'EvaluateHuaweiMappingSuccess'],
  ['OidcIssuer', 'OidcIssuerSuccess'],
  ['CheckOidcConfig', 'CheckOidcConfigSuccess'],
  ['CheckOpenIdConnect', 'CheckOpenIdConnectSuccess'],
  ['ProvisionOidcSignIn', 'ProvisionOidcSignInSuccess'],
  ['OidcConfigKeys', 'OidcConfigKeysSuccess'],
  ['SyncOidcConfigKeys', 'SyncOidcConfigKeysSuccess'],
  ['OidcWatches', 'OidcWatchesSuccess'],
  ['IdentityProvidersWithParts', 'HuaweiIdentityProvidersSuccess'],
] as const;

let dev: Running;
let url: string;
let browser: Browser;
let page: Page;
const requested: string[] = [];
const problems: string[] = [];

beforeAll(async () => {
  dev = start('npm', ['run', 'dev'], { PORT: '0' });
  [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.on('request', (request) => requested.push(request.url()));
  page.on('pageerror', (error) => problems.push(error.message));
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
});
afterAll(async () => {
  await browser.close();
  dev.signal('SIGINT');
  await dev.exit;
});

async function play(tab: string): Promise<string> {
  // As a person does it: the mouse goes there, and one press opens the tab.
  const button = page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${tab}$`) });
  await button.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await button.boundingBox()) ?? {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  };
  await page.mouse.click(x + width / 2, y + height / 2, { delay: 60 });
  await expect.poll(() => page.locator('.graphiql-tab-active').innerText()).toBe(tab);
  await expect
    .poll(() => page.locator('.graphiql-query-editor').innerText())
    .toMatch(new RegExp(`(mutation|query)\\s${tab}[\\s(]`));
  // GraphiQL looks for the operation's name a moment after the text has changed, and tells nobody when it has it.
  await page.waitForTimeout(500);
  await page.locator('[aria-label*="Execute"]').click();
  const response = page.locator('.graphiql-response');
  const text = async () => (await response.innerText()).replaceAll('\u00a0', ' ');
  await expect.poll(text, { timeout: 20_000 }).toContain('__typename');
  return text();
}

describe('GraphiQL', () => {
  it('greets with a welcome text and a tab for each example', async () => {
    expect(await page.title()).toBe('OIDC\u00A0gateway');
    expect(await page.locator('.graphiql-tab').allInnerTexts()).toEqual(TABS.map(([tab]) => tab));
    await expect
      .poll(() => page.locator('.graphiql-query-editor').innerText())
      .toMatch(/Welcome\sto\sthe\sOpenID/);
  });

  it.each(TABS)('runs the tab %s and shows the response', async (tab, member) => {
    expect(await play(tab)).toContain(`"__typename": "${member}"`);
    const screenshots = process.env['SCREENSHOTS'];
    if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/${tab}.png` });
  });

  it('asked no other host for anything, and nothing went wrong on the page', () => {
    const { host } = new URL(url);
    expect(requested.length).toBeGreaterThan(5);
    expect(
      requested.filter(
        (address) => !/^(data|blob):/.test(address) && new URL(address).host !== host,
      ),
    ).toEqual([]);
    expect(problems).toEqual([]);
  });
});
