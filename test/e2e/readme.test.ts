import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentVariables } from '../../src/config/config.ts';
import { OIDC_ERRORS } from '../../src/domain/errors.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { tableRows } from '../setup/markdown-table.ts';
import { start } from '../setup/built-gateway.ts';
import type { Running } from '../setup/built-gateway.ts';
import { folderWith, oidcConfig } from '../setup/oidc-config.ts';

/* What the README and the docs show is what happens: examples are run against what `npm run dev` starts. */

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');
const docs = (page: string) => read(`docs/${page}.md`);
const blocks = (language: string, text = readme) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );
const rows = (text: string, heading: string) => {
  const [section = ''] = text.split(`# ${heading}\n`)[1]?.split('\n## ') ?? [];
  return tableRows(section).filter(([first = '']) => first.startsWith('`'));
};
const operation = (name: string) => ({
  query: read(`schema/operations/${name}.graphql`),
  variables: JSON.parse(read(`schema/operations/${name}.variables.json`)) as unknown,
});

describe('npm run dev', () => {
  let dev: Running;
  let url: string;
  beforeAll(async () => {
    dev = start('npm', ['run', 'dev'], { PORT: '0' });
    [, url = ''] = await dev.line(/GraphiQL\s+(http:\S+)/);
    await dev.line(/Stop with Ctrl-C/);
  });
  afterAll(async () => {
    dev.signal('SIGINT');
    await dev.exit;
  });

  const printed = (pattern: RegExp) => pattern.exec(dev.output())?.[1] ?? '';
  const ask = async (body: unknown): Promise<unknown> => {
    const headers = {
      'content-type': 'application/json',
      'X-OrderCloud-Authorization': `Bearer ${printed(/token \(admin\): (eyJ\S+)/)}`,
      'X-Auth-Token': printed(/token \(admin\): (MII\S+)/),
    };
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
  };

  it('prints where everything is, the tokens, an OAuth client and an IAM user', () => {
    for (const line of [
      'OpenID Provider  http://127.0.0.1:',
      'OrderCloud emulator  http://127.0.0.1:',
      'Huawei Cloud IAM emulator  http://127.0.0.1:',
      'OAuth client id: ',
      'IAM user: ',
      '/__emulator/faults',
      'press play',
      'header X-OrderCloud-Authorization: Bearer <token>',
      'header X-Auth-Token: <token>',
    ]) {
      expect(dev.output()).toContain(line);
    }
  });

  it("plans the README's file as the README shows", async () => {
    const issuer = printed(/OpenID Provider {2}(\S+)/);
    const folder = folderWith({ 'dev.yaml': `issuers: { corporate: { url: "${issuer}" } }\n` });
    const [shown = ''] = blocks('text');
    const [prompt = '', ...lines] = shown.split('\n');
    const [, command = '', file = ''] = /^\$ oidc-config (\w+) (\S+)$/.exec(prompt) ?? [];
    const { code, stdout, stderr } = await oidcConfig(
      folder,
      [command, fileURLToPath(new URL(`../../${file}`, import.meta.url)), '--values', 'dev.yaml'],
      {
        OIDC_CONFIG_URL: url,
        ORDERCLOUD_TOKEN: printed(/token \(checker\): (eyJ\S+)/),
        HUAWEI_TOKEN: printed(/token \(admin\): (MII\S+)/),
        SHOP_CLIENT_SECRET: 'example-app-secret',
      },
    );
    expect(stdout.replaceAll(issuer, 'http://127.0.0.1:4003')).toBe(lines.join('\n'));
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  });

  it("returns the README's first response to the README's first mutation", async () => {
    const { query, variables } = operation('01-create-open-id-connect');
    const [document] = blocks('graphql');
    const [shownVariables = '', expected = ''] = blocks('json');
    expect(document).toBe(query);
    expect(JSON.parse(shownVariables)).toEqual(variables);
    expect(
      await ask({ query: document, variables: JSON.parse(shownVariables) as unknown }),
    ).toEqual(JSON.parse(expected));
  });

  it('gives the documented result of provisioning a configuration', async () => {
    // The emulator is its own console.
    const consoleUrl = printed(/Huawei Cloud IAM emulator\s+(\S+)/);
    const documented = blocks('json', docs('lifecycle'))[0] ?? '';
    expect(await ask(operation('07-provision-oidc-config'))).toEqual(
      JSON.parse(documented.replaceAll('https://auth.huaweicloud.com', consoleUrl)),
    );
  });

  it("returns the README's error response", async () => {
    expect(await ask(operation('13-invalid-input'))).toEqual(JSON.parse(blocks('json')[2] ?? ''));
  });

  it("gives the README's result of its curl", async () => {
    // The command is taken apart instead of run, so that the tests need no curl.
    const command = blocks('sh').find((block) => block.startsWith('curl')) ?? '';
    const [, path = '', type = '', body = ''] =
      /^curl http:\/\/127\.0\.0\.1:4000(\S+) -H 'content-type: (\S+)' \\\n {2}-d '(.+)'\n$/.exec(
        command,
      ) ?? [];
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    });
    expect(await response.json()).toEqual(JSON.parse(blocks('json')[3] ?? ''));
  });

  it('lets an emulator misbehave with the documented command', async () => {
    const command = blocks('sh', docs('emulators')).find((block) => block.startsWith('curl')) ?? '';
    const [, method, path, type = '', body] =
      /^curl -X (\w+) http:\/\/127\.0\.0\.1:4001(\S+) -H 'content-type: (\S+)' \\\n {2}-d '(.+)'\n$/.exec(
        command,
      ) ?? [];
    const emulator = printed(/OrderCloud emulator\s+(\S+)/);
    const response = await fetch(`${emulator}${path ?? ''}`, {
      method: method ?? '',
      headers: { 'content-type': type },
      body: body ?? '',
    });
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ fault: { kind: 'applyThenHang' } });
    await fetch(`${emulator}/__emulator/faults`, { method: 'DELETE' });
  });

  it('issues tokens that the gateway passes on', async () => {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: printed(/OAuth client id: (\S+)/),
      client_secret: printed(/OAuth client secret: (\S+)/),
      scope: 'OpenIDConnectReader',
    });
    const issued = (await (
      await fetch(`${printed(/OrderCloud emulator\s+(\S+)/)}/oauth/token`, {
        method: 'POST',
        body: form,
      })
    ).json()) as { access_token: string };
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${issued.access_token}`,
      },
      body: JSON.stringify({ query: '{ openIdConnect(id: "example-existing") { __typename } }' }),
    });
    expect(await response.json()).toEqual({
      data: { openIdConnect: { __typename: 'OpenIdConnectSuccess' } },
    });
  });
});

describe('the tables', () => {
  it('list every variable of the environment, with its default', () => {
    const expected = environmentVariables(upstreams).map((variable) => [
      `\`${variable.name}\``,
      variable.default === null ? '' : `\`${variable.default}\``,
      variable.description,
    ]);
    expect(
      rows(docs('configuration'), 'Variables').map((row) => row.map((cell) => cell.trim())),
    ).toEqual(expected);
  });

  it('list every error with its code', () => {
    const expected = Object.entries(OIDC_ERRORS).map(([code, { name }]) => [
      `\`Oidc${name}\``,
      `\`${code}\``,
    ]);
    expect(rows(docs('errors'), 'Errors').map(([member, code]) => [member, code])).toEqual(
      expected,
    );
  });

  it('keep the README short, and its production example to variables that exist', () => {
    expect(readme.split('\n').length).toBeLessThanOrEqual(250);
    const variables = environmentVariables(upstreams).map(({ name }) => name);
    const [, production = ''] = readme.split('## In production');
    const exported = [...production.matchAll(/^export (\w+)=/gm)].map(([, name]) => name);
    expect(exported).toEqual(['ORDERCLOUD_API_URL']);
    expect(variables).toEqual(expect.arrayContaining(exported));
  });
});
