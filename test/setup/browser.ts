import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

/** Headless Chromium that sends no requests of its own. */
export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** A page, with what it asked for and what went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  readonly requested: string[];
  /** Errors and warnings of its scripts, violations of its policy, and requests that failed. */
  readonly problems: string[];
}

/** Opens a page and watches it. */
export async function watch(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  const requested: string[] = [];
  const problems: string[] = [];
  page.on('request', (request) => requested.push(request.url()));
  page.on('requestfailed', (request) =>
    problems.push(`${request.url()} failed: ${request.failure()?.errorText ?? ''}`),
  );
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.url()}: ${response.status()}`);
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text());
  });
  return { page, requested, problems };
}

/** Opens GraphiQL and waits until one can write in it. */
export async function openGraphiql(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  // The last that is made.
  await page.locator('.gateway-tabs').waitFor({ state: 'attached' });
}
