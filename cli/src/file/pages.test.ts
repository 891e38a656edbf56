import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadFile } from './load-file.ts';
import { signInFile } from './schema.ts';

/* The examples of docs/as-code.md, as they are there. */

const page = readFileSync(new URL('../../../docs/as-code.md', import.meta.url), 'utf8');

interface JsonSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
}

/** The block that begins with the name of a file. */
function example(name: string): string {
  const block = [...page.matchAll(/```yaml\n([^]*?)```/g)].find(([, text]) =>
    text?.startsWith(`# ${name}\n`),
  );
  if (!block?.[1]) throw new Error(`the page has no ${name}`);
  return block[1];
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pages-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('docs/as-code.md', () => {
  it('has a file and an overlay that are accepted', () => {
    const path = write('signin.yaml', example('signin.yaml'));
    const values = [write('production.yaml', example('production.yaml'))];
    expect(loadFile({ path }).file).toMatchObject({
      openIdConnects: [{ id: 'shop', connectClientId: 'shop' }],
      oidcConfigs: [{ idpId: 'corporate' }],
    });
    expect(loadFile({ path, values }).file).toMatchObject({
      issuers: { corporate: { url: 'https://idp.production.example.com' } },
      openIdConnects: [{ id: 'shop', connectClientSecret: { fromFile: '/run/secrets/shop' } }],
    });
  });

  it('names the fields that are required', () => {
    const schema = z.toJSONSchema(signInFile, { io: 'input' }) as JsonSchema;
    for (const list of ['openIdConnects', 'oidcConfigs']) {
      const row = new RegExp(`^\\| of \`${list}\` +\\|([^|]*)\\|`, 'm').exec(page)?.[1] ?? '';
      const named = [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name);
      expect(named).toEqual(schema.properties?.[list]?.items?.required);
    }
  });

  it('shows problems as they are reported', () => {
    const [, shown = ''] = /```text\n(signin\.yaml[^]*?)```/.exec(page) ?? [];
    const text = example('signin.yaml')
      .replace('appStartUrl', 'appStartURL')
      .replace(
        '- idpId: corporate\n    issuer: corporate',
        '- idpId: corporate\n    issuer: corprate',
      );
    let message = '';
    try {
      loadFile({ path: write('signin.yaml', text) });
    } catch (error) {
      message = error instanceof Error ? error.message.replaceAll(`${folder}/`, '') : '';
    }
    expect(message).toBe(shown.trimEnd());
  });
});
