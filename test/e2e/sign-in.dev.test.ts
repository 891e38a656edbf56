import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { start } from '../setup/built-gateway.ts';
import { browse } from '../setup/sign-in-browser.ts';

const page = readFileSync(new URL('../../docs/emulators.md', import.meta.url), 'utf8');
const [, documented] = /^```graphql\n(.*?)^```/ms.exec(page) ?? [];

it('signs in to both platforms with the links that the gateway gives in development', async () => {
  const dev = start(process.execPath, ['--import', 'tsx', 'src/main.ts', 'dev'], { PORT: '0' });
  const [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
  const [, orderCloud = ''] = await dev.line(/token \(admin\): (eyJ\S+)/);
  const [, huawei = ''] = await dev.line(/token \(admin\): (MII\S+)/);
  const [, domainId = ''] = await dev.line(/account \(domain\) id: (\S+)/);
  await dev.line(/OpenID Provider {2}(http:\S+)/);

  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-OrderCloud-Authorization': `Bearer ${orderCloud}`,
      'X-Auth-Token': huawei,
    },
    body: JSON.stringify({
      query: documented,
      variables: { domainId },
    }),
  });
  const body: unknown = await response.json();
  expect(body).toEqual({
    data: {
      openIdConnect: { openIdConnect: { loginUrl: expect.any(String) as unknown } },
      oidcConfig: { oidcConfig: { loginUrl: expect.any(String) as unknown } },
    },
  });
  const { data } = body as {
    readonly data: {
      readonly openIdConnect: { readonly openIdConnect: { readonly loginUrl: string } };
      readonly oidcConfig: { readonly oidcConfig: { readonly loginUrl: string } };
    };
  };

  const app = await browse(data.openIdConnect.openIdConnect.loginUrl);
  expect([app.status, app.text]).toEqual([
    200,
    expect.stringContaining('<dt>path</dt><dd>/blue</dd>'),
  ]);
  expect(app.text).toMatch(/<dt>token<\/dt><dd>eyJ/);

  const declined = await browse(data.openIdConnect.openIdConnect.loginUrl, 'Decline');
  expect(declined.text).toContain(
    '<dt>error</dt><dd>access_denied: The sign-in was declined.</dd>',
  );

  const console = await browse(data.oidcConfig.oidcConfig.loginUrl);
  expect([console.status, console.text]).toEqual([
    200,
    expect.stringContaining('User: <b>FederationUser</b>'),
  ]);

  dev.signal('SIGINT');
  expect((await dev.exit).code).toBe(0);
});
