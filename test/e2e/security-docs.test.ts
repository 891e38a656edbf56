import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentVariables, readConfig } from '../../src/config/config.ts';
import { SCOPES } from '../../src/domain/identity.ts';
import { limitsEnvironment } from '../../src/config/limit-settings.ts';
import { FILE_SUFFIX } from '../../src/transport/env-schema.ts';
import { upstreams } from '../../src/upstreams/index.ts';
import { tableRows } from '../setup/markdown-table.ts';
import { start } from '../setup/built-gateway.ts';
import { startGuardedGateway } from '../setup/guarded-gateway.ts';
import { documentOf, ROOT_FIELDS } from '../setup/root-fields.ts';
import { HEADERS } from '../setup/scripted-gateway.ts';

/* What docs/security.md says is what the code does. */

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const sections = new Map(
  page.split(/^## /m).map((section) => [section.split('\n')[0] ?? '', section]),
);
const section = (heading: string) => sections.get(heading) ?? '';
const rows = (heading: string) => tableRows(section(heading));
const blocks = (heading: string, language: string) =>
  [...section(heading).matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    ([, text = '']) => text,
  );
const block = (heading: string, language: string) => blocks(heading, language)[0] ?? '';
const code = (text: string) => `\`${text}\``;

describe('the page on security', () => {
  it('lists every limit, with its default', () => {
    const defaults = Object.entries(limitsEnvironment.parse({})).map(([name, value]) => [
      code(name),
      code(String(value)),
    ]);
    expect(rows('Limits').map(([name, value]) => [name, value])).toEqual(defaults);
  });

  it('lists what each scope allows', () => {
    const allowed = SCOPES.map((scope) => {
      const names = [...ROOT_FIELDS.values()]
        .filter((field) => field.scope === scope)
        .map(({ name }) => name);
      return [
        code(scope),
        [...names, ...(scope === 'oidc:read' ? ['_entities'] : [])].sort().map(code).join(', '),
      ];
    });
    expect(rows('Scopes')).toEqual(allowed);
  });

  it('names every variable and every header with a secret', () => {
    const variables = environmentVariables(upstreams).map(({ name }) => name);
    // A secret can come from a file, whose variable stands beside its own.
    const secrets = variables.filter((name) => variables.includes(name + FILE_SUFFIX));
    expect(secrets.length).toBeGreaterThan(4);
    const headers = [
      ...upstreams.flatMap(({ exampleHeaders }) => Object.keys(exampleHeaders)),
      'Authorization',
      'X-Api-Key',
    ];
    const named = [...section('How secrets flow').matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    for (const name of [...secrets.flatMap((secret) => [secret, secret + FILE_SUFFIX]), ...headers])
      expect(named).toContain(name);
  });

  it('names no variable that does not exist', () => {
    const known = new Set(environmentVariables(upstreams).map(({ name }) => name));
    const named = [...page.matchAll(/\b[A-Z]+(?:_[A-Z]+)+(?==|`)/g)].map(([name]) => name);
    const codes = [
      'LIMIT_EXCEEDED',
      'RATE_LIMITED',
      'AUTHENTICATION_UNAVAILABLE',
      'PERSISTED_DOCUMENT_NOT_FOUND',
      'PERSISTED_DOCUMENT_REQUIRED',
      'PERSISTED_QUERY_NOT_SUPPORTED',
      'PERSISTED_QUERY_NOT_FOUND',
    ];
    expect(
      named.filter(
        (name) => !known.has(name) && !codes.includes(name) && !name.endsWith('_CREDENTIALS'),
      ),
    ).toEqual([]);
  });

  it('shows settings for tokens that start a gateway', () => {
    const set = Object.fromEntries(
      block('Callers with tokens', 'sh')
        .trim()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const { authentication } = readConfig('production', upstreams, {
      ORDERCLOUD_REGION: 'us-west',
      ORDERCLOUD_ENVIRONMENT: 'sandbox',
      ...set,
    });
    expect(authentication?.jwt).toMatchObject({
      issuer: 'https://idp.example.com',
      audience: 'oidc-config-gateway',
      keys: new URL('https://idp.example.com/.well-known/jwks.json'),
    });
  });

  it('shows the command that makes an API key', async () => {
    // What is built is there already.
    const [, args = ''] =
      /^npm run build && npm run api-key -- (.+)\n$/.exec(block('Callers with API keys', 'sh')) ??
      [];
    const { code: exit, stdout } = await start(
      'npm',
      ['run', '--silent', 'api-key', '--', ...args.split(' ')],
      {},
    ).exit;
    expect(exit).toBe(0);
    expect(stdout).toContain('"id":"nightly"');
  });

  it('shows how to ask for a persisted document, one of the examples', () => {
    const { documentId } = JSON.parse(block('Documents and browsers', 'json')) as {
      readonly documentId: string;
    };
    expect(
      JSON.parse(readFileSync('schema/client/persisted-documents.json', 'utf8')),
    ).toHaveProperty(documentId, expect.stringMatching(/^query OpenIdConnect\b/));
  });

  it('shows the lines of the audit trail as they are', async () => {
    const gateway = await startGuardedGateway();
    const caller = await gateway.inbound.byToken(['oidc:write'], 'anna@example.com');
    await gateway.run(
      documentOf('updateOpenIdConnect'),
      { input: { id: 'google', connectClientSecret: 'new-client-secret' } },
      { ...HEADERS, ...caller },
    );
    await gateway.stop();
    const examples = blocks('The audit trail', 'json').map(
      (text) => JSON.parse(text) as Record<string, unknown>,
    );
    const lines = gateway.logs.filter(({ msg }) => msg === 'audit');
    expect(lines).toEqual(
      examples.map((example) => ({
        ...example,
        time: expect.any(String) as string,
        requestId: expect.any(String) as string,
      })),
    );
    expect(lines.map((line) => Object.keys(line).sort())).toEqual(
      examples.map((example) => Object.keys(example).sort()),
    );
  });
});
