import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { upstreams } from '../../src/upstreams/index.ts';
import { launch, openGraphiql, watch } from '../setup/browser.ts';
import type { WatchedPage } from '../setup/browser.ts';
import { start, startBuiltGateway } from '../setup/built-gateway.ts';

/* GraphiQL's page at the sizes of a laptop and of a phone, in development and in production: what one sees, reaches, and finds again. */

vi.setConfig({ testTimeout: 120_000 });
// Conditions are waited for as long as a slow machine takes.
const POLL = { timeout: 60_000 };

const ALL = [
  'CreateOpenIdConnect',
  'OpenIdConnects',
  'UpdateOpenIdConnect',
  'OpenIdConnect',
  'DeleteOpenIdConnect',
  'PlanOidcConfig',
  'ProvisionOidcConfig',
  'OidcConfig',
  'UpdateOidcConfig',
  'DeleteHuaweiIdentityProvider',
  'DeleteHuaweiMapping',
  'CreateOidcConfig',
  'InvalidInput',
  'Conflict',
  'EvaluateHuaweiMapping',
  'OidcIssuer',
  'CheckOidcConfig',
  'CheckOpenIdConnect',
  'ProvisionOidcSignIn',
  'OidcConfigKeys',
  'SyncOidcConfigKeys',
  'OidcWatches',
  'IdentityProvidersWithParts',
];
const READING = [
  'OpenIdConnects',
  'OpenIdConnect',
  'PlanOidcConfig',
  'OidcConfig',
  'EvaluateHuaweiMapping',
  'OidcIssuer',
  'OidcConfigKeys',
  'SyncOidcConfigKeys',
  'OidcWatches',
  'IdentityProvidersWithParts',
];

/** What another GraphiQL of the same origin left. */
const FOREIGN = {
  'graphiql:tabState': JSON.stringify({
    tabs: [
      {
        id: 'x',
        title: 'Foreign',
        query: 'query Foreign { a }',
        variables: null,
        headers: null,
        operationName: null,
        response: null,
      },
    ],
    activeTabIndex: 0,
  }),
  'graphiql:query': 'query Foreign { a }',
  'graphiql:variables': '{"foreign":1}',
};

interface Started {
  readonly url: string;
  readonly stop: () => Promise<unknown>;
}

async function startDevelopment(): Promise<Started> {
  const dev = start('npm', ['run', 'dev'], { PORT: '0' });
  const [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
  return {
    url,
    stop: () => {
      dev.signal('SIGINT');
      return dev.exit;
    },
  };
}

async function startProduction(): Promise<Started> {
  const emulators = await Promise.all(
    upstreams.map(async ({ emulator }) => (await emulator()).startEmulator()),
  );
  const gateway = await startBuiltGateway({
    GRAPHIQL: 'true',
    ...(Object.assign({}, ...emulators.map(({ environment }) => environment)) as Record<
      string,
      string
    >),
  });
  return {
    url: gateway.url,
    stop: async () => {
      await gateway.stop();
      await Promise.all(emulators.map((emulator) => emulator.close()));
    },
  };
}

/** Scripts are text: the types of this project are those of Node.js. */
const evaluate = <Result>(page: Page, script: string) => page.evaluate<Result>(script);
const storageOf = (page: Page) =>
  evaluate<Record<string, string>>(page, '({ ...localStorage, ...sessionStorage })');
const storedTabs = async (page: Page) =>
  JSON.parse(
    (await storageOf(page))['oidc-gateway /graphql graphiql:tabState'] ?? '{"tabs":[]}',
  ) as { tabs: { query: string; variables: string }[] };
const titles = (page: Page) => page.locator('.graphiql-tab-button').allInnerTexts();
const tab = (page: Page, name = '') =>
  page.locator('.graphiql-tab-button', { hasText: new RegExp(`^${name}$`) });
const box = async (locator: Locator) =>
  (await locator.boundingBox()) ?? { x: NaN, y: NaN, width: 0, height: 0 };
const text = async (locator: Locator) => (await locator.innerText()).replaceAll('\u00a0', ' ');

async function isWithin(inner: Locator, outer: Locator): Promise<boolean> {
  const [a, b] = [await box(inner), await box(outer)];
  return a.x >= b.x - 1 && a.x + a.width <= b.x + b.width + 1;
}

async function outOfSight(page: Page): Promise<number> {
  const strip = page.locator('.graphiql-tabs');
  const within = await Promise.all(
    (await page.locator('.graphiql-tab').all()).map((each) => isWithin(each, strip)),
  );
  return within.filter((seen) => !seen).length;
}

describe.each([
  ['development', startDevelopment, ALL, /"(CreateOpenIdConnectSuccess|OidcAlreadyExistsError)"/],
  ['production', startProduction, READING, /"OidcUnauthenticatedError"/],
] as const)('in %s', (mode, startMode, names, firstResult) => {
  let started: Started;
  let browser: Browser;
  beforeAll(async () => {
    [started, browser] = await Promise.all([startMode(), launch()]);
  });
  afterAll(async () => {
    await browser.close();
    await started.stop();
  });

  describe.each([
    [1280, 800],
    [480, 800],
  ])('at %i x %i', (width, height) => {
    let context: BrowserContext;
    let watched: WatchedPage;
    let page: Page;
    beforeAll(async () => {
      context = await browser.newContext({ viewport: { width, height } });
      watched = await watch(context);
      page = watched.page;
      await page.goto(new URL('/livez', started.url).href);
      await evaluate(page, `Object.assign(localStorage, ${JSON.stringify(FOREIGN)})`);
      await openGraphiql(page, started.url);
    });
    afterAll(() => context.close());

    const fits = async () => {
      expect(
        await evaluate(
          page,
          '[document.documentElement, document.body, document.querySelector("#root > .graphiql-container")].map((e) => e.scrollWidth <= e.clientWidth)',
        ),
      ).toEqual([true, true, true]);
    };

    it('has a tab for each of its examples, and none of another GraphiQL', async () => {
      expect(await titles(page)).toEqual(names);
      expect(await text(page.locator('.graphiql-tab-active'))).toBe(names[0]);
    });

    it('greets with lines that fit', async () => {
      await expect
        .poll(() => text(page.locator('.graphiql-query-editor')), POLL)
        .toMatch(
          mode === 'production' ? /These tabs change nothing/ : /Each tab is a working example/,
        );
      const comments = (await page.locator('.graphiql-query-editor .view-line > span').all()).slice(
        0,
        9,
      );
      // Once the font is there.
      for (const line of comments)
        await expect
          .poll(
            () => isWithin(line, page.locator('.graphiql-query-editor .monaco-scrollable-element')),
            POLL,
          )
          .toBe(true);
    });

    it('is no wider than the window, with the documentation, the explorer and the headers open too', async () => {
      await fits();
      for (const name of ['Documentation Explorer', 'GraphiQL Explorer']) {
        await page.locator(`[aria-label="Show ${name}"]`).click();
        const plugin = page.locator('.graphiql-plugin');
        await plugin.locator('section, div').first().waitFor();
        await fits();
        expect((await box(plugin)).width).toBeGreaterThan(width === 480 ? 400 : 190);
        await page.locator(`[aria-label="Hide ${name}"]`).click();
        await expect
          .poll(async () => (await box(page.locator('.graphiql-sessions'))).width, POLL)
          .toBeGreaterThan(width * 0.9);
      }
      await page.locator('.graphiql-editor-tools button', { hasText: 'Headers' }).click();
      const headers = page.locator('.graphiql-editor-tool .graphiql-editor').nth(1);
      await expect.poll(() => text(headers), POLL).toContain('X-Auth-Token');
      expect((await box(headers)).width).toBeGreaterThan(300);
      await fits();
      await page.locator('.graphiql-editor-tools button', { hasText: 'Variables' }).click();
    });

    it('shows the button to run, the editors and the result at once', async () => {
      await page.locator('[aria-label*="Execute"]').click();
      await expect.poll(() => text(page.locator('.graphiql-response')), POLL).toMatch(firstResult);
      for (const [selector, least] of [
        ['.graphiql-execute-button', 20],
        ['.graphiql-query-editor .monaco-editor', 300],
        ['.graphiql-editor-tool', 300],
        ['.graphiql-response', 300],
      ] as const) {
        const { x, y, width: wide, height: high } = await box(page.locator(selector).first());
        expect([
          selector,
          wide >= least,
          high >= 20,
          x >= 0,
          y >= 0,
          x + wide <= width,
          y + high <= height,
        ]).toEqual([selector, true, true, true, true, true, true]);
      }
      // What the result says is in sight.
      const result = page.locator('.graphiql-response .view-line').nth(2);
      expect(await isWithin(result, page.locator('.graphiql-response'))).toBe(true);
    });

    it('says how many tabs are out of sight, and nothing if none is', async () => {
      const hidden = await outOfSight(page);
      expect(hidden).toBeGreaterThan(0);
      const label = page.locator('.gateway-tabs label');
      const more = () => page.locator('.graphiql-tabs').getAttribute('data-more');
      await expect.poll(() => text(label.locator('span')), POLL).toBe(`${hidden} more ▾`);
      expect(await more()).toBe('right');
      await page.setViewportSize({ width: 6000, height });
      await expect.poll(more, POLL).toBe('none');
      expect([await outOfSight(page), await label.isVisible()]).toEqual([0, false]);
      await page.setViewportSize({ width, height });
      await expect.poll(more, POLL).toBe('right');
    });

    it('opens every tab from the list of all tabs, and shows it', async () => {
      if (!(await page.locator('.gateway-tabs label').isVisible())) return;
      const list = page.locator('.gateway-tabs select');
      expect(await list.locator('option').allInnerTexts()).toEqual(names);
      for (const index of [names.length - 1, 1]) {
        await list.selectOption({ index });
        await expect
          .poll(() => text(page.locator('.graphiql-tab-active')), POLL)
          .toBe(names[index]);
        await expect
          .poll(
            () => isWithin(page.locator('.graphiql-tab-active'), page.locator('.graphiql-tabs')),
            POLL,
          )
          .toBe(true);
      }
      // By keyboard, one after another.
      await list.focus();
      await page.keyboard.press('ArrowDown');
      await expect.poll(() => text(page.locator('.graphiql-tab-active')), POLL).toBe(names[2]);
    });

    it('lets the arrow keys go through the tabs, and Enter open one', async () => {
      await tab(page, names[0]).focus();
      for (const name of names.slice(1)) {
        await page.keyboard.press('ArrowRight');
        expect(await evaluate(page, 'document.activeElement.textContent')).toBe(name);
        await expect
          .poll(() => isWithin(tab(page, name), page.locator('.graphiql-tabs')), POLL)
          .toBe(true);
      }
      await page.keyboard.press('Enter');
      const last = names.at(-1) ?? '';
      await expect.poll(() => text(page.locator('.graphiql-tab-active')), POLL).toBe(last);
      await page.keyboard.press('Home');
      await expect
        .poll(() => isWithin(tab(page, names[0]), page.locator('.graphiql-tabs')), POLL)
        .toBe(true);
      await fits();
    });

    it('lets the wheel go through the tabs', async () => {
      const strip = page.locator('.graphiql-tabs');
      const { x, y, height: high } = await box(strip);
      const furthest = await evaluate<number>(
        page,
        '(() => { const { scrollWidth, clientWidth } = document.querySelector(".graphiql-tabs"); return scrollWidth - clientWidth; })()',
      );
      await page.mouse.move(x + 20, y + high / 2);
      // More than once: how far the labels beside it let it go changes with what they say.
      await expect
        .poll(async () => {
          await page.mouse.wheel(0, 5_000);
          return isWithin(page.locator('.graphiql-tab').last(), strip);
        }, POLL)
        .toBe(true);
      if (furthest > 0) {
        await expect
          .poll(async () => {
            await page.mouse.wheel(0, -5_000);
            return isWithin(page.locator('.graphiql-tab').first(), strip);
          }, POLL)
          .toBe(true);
      }
    });

    it('has its own icon and mark', async () => {
      expect(await page.locator('link[rel=icon]').getAttribute('href')).toMatch(
        /^data:image\/svg\+xml,/,
      );
      expect(
        await evaluate(
          page,
          'new Promise((resolve) => { const image = new Image(); image.onload = () => resolve(image.naturalWidth > 0); image.onerror = () => resolve(false); image.src = document.querySelector("link[rel=icon]").href; })',
        ),
      ).toBe(true);
      const logo = page.locator('.graphiql-logo');
      expect(await logo.locator('svg').count()).toBe(1);
      expect(await logo.locator('svg circle').isVisible()).toBe(true);
      expect(await isWithin(logo.locator('svg'), page.locator('.graphiql-session-header'))).toBe(
        true,
      );
      expect(await logo.innerHTML()).not.toMatch(/yoga/i);
    });

    it('left what another GraphiQL had stored as it was, and stored nothing among it', async () => {
      await expect.poll(async () => (await storedTabs(page)).tabs.length, POLL).toBe(names.length);
      const stored = await storageOf(page);
      expect(stored).toMatchObject(FOREIGN);
      expect(
        Object.keys(stored).filter(
          (name) => !name.startsWith('oidc-gateway /graphql ') && !(name in FOREIGN),
        ),
      ).toEqual([]);
    });

    it('asked no other host for anything, and nothing went wrong', () => {
      const { host } = new URL(started.url);
      expect(watched.requested.length).toBeGreaterThan(4);
      expect(
        watched.requested.filter(
          (address) => !/^(data|blob):/.test(address) && new URL(address).host !== host,
        ),
      ).toEqual([]);
      expect(watched.problems).toEqual([]);
    });

    it('is there at /, by a way that people see', async () => {
      const home = await watch(context);
      await home.page.goto(new URL('/', started.url).href);
      if (mode === 'production') {
        expect(
          await evaluate(
            home.page,
            'document.documentElement.scrollWidth <= document.documentElement.clientWidth',
          ),
        ).toBe(true);
        await home.page.locator('a').click();
      }
      await home.page.locator('.graphiql-query-editor .view-line').first().waitFor();
      expect(home.page.url()).toBe(started.url);
      expect(home.problems).toEqual([]);
      await home.page.close();
    });
  });

  describe('coming back', () => {
    let context: BrowserContext;
    let page: Page;
    beforeAll(async () => {
      context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
      page = await context.newPage();
    });
    afterAll(() => context.close());

    /** Bytes of the page and its files that came over the network, without API responses. */
    async function bytesOf(visit: () => Promise<void>): Promise<number> {
      const session = await context.newCDPSession(page);
      await session.send('Network.enable');
      const ofPage = new Set<string>();
      let bytes = 0;
      session.on('Network.requestWillBeSent', ({ requestId, request }) => {
        if (request.method === 'GET') ofPage.add(requestId);
      });
      session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (ofPage.has(requestId)) bytes += encodedDataLength;
      });
      await visit();
      await session.detach();
      return bytes;
    }

    it('loads the large parts once', async () => {
      const first = await bytesOf(() => openGraphiql(page, started.url));
      expect(first).toBeGreaterThan(1_000_000);
      expect(first).toBeLessThan(3_500_000);
      expect(await bytesOf(() => openGraphiql(page, started.url))).toBeLessThan(100_000);
    });

    it('finds what one wrote, but no token and no address that tells of it', async () => {
      await page.locator('.graphiql-editor-tools button', { hasText: 'Headers' }).click();
      await page
        .locator('.graphiql-editor-tool .graphiql-editor')
        .nth(1)
        .locator('.view-line')
        .first()
        .click();
      await page.keyboard.press('Control+A');
      await page.keyboard.press('Delete');
      await page.keyboard.insertText('{ "X-Auth-Token": "canary-token" }');
      await expect
        .poll(() => text(page.locator('.graphiql-editor-tool')), POLL)
        .toContain('canary-token');
      await page.locator('.graphiql-query-editor .view-line').first().click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText('query Mine { __typename }');
      await expect
        .poll(async () => (await storedTabs(page)).tabs.map(({ query }) => query), POLL)
        .toContain('query Mine { __typename }');
      // It is sent, and it came with the headers.
      const sent = page.waitForRequest((request) => request.postData()?.includes('Mine') === true);
      await expect.poll(() => text(page.locator('.graphiql-tab-active')), POLL).toBe('Mine');
      await page.locator('[aria-label*="Execute"]').click();
      expect((await sent).headers()['x-auth-token']).toBe('canary-token');
      await expect.poll(() => text(page.locator('.graphiql-response')), POLL).toContain('"Query"');
      expect(JSON.stringify(await storageOf(page))).not.toContain('canary-token');
      await openGraphiql(page, started.url);
      expect(page.url()).toBe(started.url);
      expect(await titles(page)).toEqual(['Mine', ...names.slice(1)]);
      await expect
        .poll(() => text(page.locator('.graphiql-query-editor')), POLL)
        .toContain('query Mine');
    });

    it('brings the examples back on demand', async () => {
      expect(await titles(page)).not.toContain(names[0]);
      await page.locator('.gateway-tabs button').click();
      await expect.poll(() => titles(page), POLL).toEqual([...names, 'Mine']);
      await page.locator('.graphiql-query-editor .view-line').first().waitFor();
      await expect.poll(() => page.locator('.gateway-tabs button').isVisible(), POLL).toBe(false);
    });

    it('closes a tab at the first press on its cross, and brings it back', async () => {
      const press = async (locator: Locator) => {
        const { x, y, width, height } = await box(locator);
        await page.mouse.click(x + width / 2, y + height / 2, { delay: 60 });
      };
      await tab(page, names[0]).scrollIntoViewIfNeeded();
      await press(tab(page, names[0]));
      await expect.poll(() => text(page.locator('.graphiql-tab-active')), POLL).toBe(names[0]);
      await press(page.locator('.graphiql-tab-active .graphiql-tab-close'));
      await expect.poll(() => titles(page), POLL).toEqual([...names.slice(1), 'Mine']);
      await expect.poll(async () => (await storedTabs(page)).tabs.length, POLL).toBe(names.length);
      // What is closed stays closed.
      await openGraphiql(page, started.url);
      expect(await titles(page)).toEqual([...names.slice(1), 'Mine']);
      await page.locator('.gateway-tabs button').click();
      await expect.poll(() => titles(page), POLL).toEqual([...names, 'Mine']);
      await page.locator('.graphiql-query-editor .view-line').first().waitFor();
    });

    it('replaces unedited examples with those of a new version', async () => {
      const prefix = 'oidc-gateway /graphql ';
      const old = { query: 'query OldExample { a }', variables: '{}' };
      const stored = await storedTabs(page);
      const of = ({ query, variables }: { query: string; variables: string }) => ({
        id: query,
        title: 'x',
        query,
        variables,
        headers: null,
        operationName: null,
        response: null,
      });
      const tabs = [of(old), of({ ...old, variables: '{"edited":1}' }), ...stored.tabs.slice(-1)];
      // The page stores what it has when it is left, so this is done from another one.
      await page.goto(new URL('/livez', started.url).href);
      await evaluate(
        page,
        `Object.assign(localStorage, ${JSON.stringify({ [`${prefix}examples`]: JSON.stringify([old]), [`${prefix}graphiql:tabState`]: JSON.stringify({ tabs, activeTabIndex: 1 }) })})`,
      );
      await openGraphiql(page, started.url);
      expect(await titles(page)).toEqual([...names, 'x', 'Mine']);
      await expect
        .poll(() => text(page.locator('.graphiql-query-editor')), POLL)
        .toContain('OldExample');
      await expect
        .poll(() => text(page.locator('.graphiql-editor-tool')), POLL)
        .toContain('edited');
    });

    it.each([
      'no JSON',
      '{}',
      '[]',
      '{"tabs":[]}',
      '{"tabs":[1],"activeTabIndex":0}',
      '{"tabs":[null],"activeTabIndex":0}',
      '[null]',
      '{"tabs":[{}],"activeTabIndex":"0"}',
    ])('works with a storage that contains %s', async (broken) => {
      await page.goto(new URL('/livez', started.url).href);
      await evaluate(
        page,
        `for (const name of ['examples', 'graphiql:tabState', 'graphiql:query', 'graphiql:theme']) localStorage['oidc-gateway /graphql ' + name] = ${JSON.stringify(broken)}`,
      );
      await openGraphiql(page, started.url);
      expect((await titles(page)).slice(0, names.length)).toEqual(names);
    });

    it('opens the document of a link, and runs nothing', async () => {
      const posted: string[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST') posted.push(request.postData() ?? '');
      });
      await openGraphiql(
        page,
        `${started.url}?query=${encodeURIComponent('query Linked { __typename }')}`,
      );
      await expect.poll(() => text(page.locator('.graphiql-tab-active')), POLL).toBe('Linked');
      await expect
        .poll(() => text(page.locator('.graphiql-query-editor')), POLL)
        .toContain('query Linked');
      expect(posted.filter((body) => body.includes('Linked'))).toEqual([]);
    });
  });
});
