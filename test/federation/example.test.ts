import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { start } from '../setup/built-gateway.ts';
import type { Exit, Running } from '../setup/built-gateway.ts';
import { send } from './setup/world.ts';

/* The example as a user runs it, after `npm ci` and a build. */

const FOLDER = new URL('../../examples/supergraph/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, FOLDER), 'utf8');

describe('the example', () => {
  let running: Running;
  let url: string;
  let command: string;
  /** As the command has them. */
  let tokens: Record<string, string>;
  let ended: Exit | undefined;
  beforeAll(async () => {
    running = start(process.execPath, ['start.mjs'], { PORT: '0' }, fileURLToPath(FOLDER));
    [, url = ''] = await running.line(/^ +GraphiQL +(\S+)$/);
    [, command = ''] = await running.line(/^ +curl (.*)$/);
    tokens = Object.fromEntries(
      [...command.matchAll(/-H '(X-[^':]+): ([^']*)'/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    );
    await running.line(/^Stop with Ctrl-C/);
  });
  afterAll(() => {
    if (ended === undefined) running.signal('SIGKILL');
  });

  it('prints a command that works', async () => {
    const { data, errors } = await send(url, /-d '(.*)'$/.exec(command)?.[1] ?? '', tokens);
    expect(command.startsWith(`${url} `)).toBe(true);
    expect(errors).toBeUndefined();
    expect(data?.['storefronts']).toContainEqual({
      name: 'Books',
      signIn: { id: 'example-existing', connectClientId: 'existing-app' },
      staffSignIn: {
        idpId: 'ACME-CONFIGURED',
        authorizationEndpoint: expect.stringMatching(/^https:/) as unknown,
      },
    });
  });

  it('opens GraphiQL with a query and tokens that work, and with nothing from elsewhere', async () => {
    const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
    expect(page).toContain('<title>Supergraph</title>');
    expect(
      page.match(/<(script|link|img)\b[^>]* (src|href)="?(https?:)?\/\/[^ ">]+/g) ?? [],
    ).toEqual([]);
    const { data, errors } = await send(url, { query: read('example.graphql') }, tokens);
    expect(errors).toBeUndefined();
    expect(data?.['storefronts']).toHaveLength(3);
    for (const token of Object.values(tokens)) expect(page).toContain(token);
  });

  it('stops as a whole', async () => {
    running.signal('SIGINT');
    ended = await running.exit;
    expect(ended.code).toBe(0);
    for (const [origin = ''] of ended.stdout.matchAll(/http:\/\/127\.0\.0\.1:\d+/g))
      await expect(fetch(origin), origin).rejects.toThrow();
  });
});

it('hands on the same headers under every router', () => {
  const headers = [
    'x-ordercloud-authorization',
    'x-auth-token',
    'idempotency-key',
    'x-request-id',
    'traceparent',
    'tracestate',
  ];
  for (const file of ['router.yaml', 'cosmo.yaml']) {
    const named = [...read(file).matchAll(/named: ([\w-]+)/g)].map(([, name]) =>
      name?.toLowerCase(),
    );
    expect(named, file).toEqual(headers);
  }
  const [, list = ''] = /PROPAGATED = \[([^\]]*)\]/.exec(read('gateway.config.ts')) ?? [];
  expect([...list.matchAll(/'([\w-]+)'/g)].map(([, name]) => name)).toEqual(headers);
});
