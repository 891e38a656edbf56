import { launch } from '../setup/browser.ts';
import { start } from '../setup/built-gateway.ts';

/* Makes the picture of the README: GraphiQL with an input that is wrong, and what the gateway says of it. */

const dev = start('npm', ['run', 'dev'], { PORT: '0' });
const [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1200, height: 640 } });
  await page.goto(url);
  await page.locator('.graphiql-query-editor .view-line').first().waitFor();
  await page.locator('.graphiql-tab-button', { hasText: /^InvalidInput$/ }).click();
  await page.locator('.graphiql-execute-button').click();
  await page.locator('.result-window', { hasText: 'INVALID_URL' }).waitFor();
  await page.screenshot({ path: 'docs/graphiql.png' });
} finally {
  await browser.close();
  dev.signal('SIGINT');
  await dev.exit;
}
