import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { connecting, floorViolations, folderSizes, importCircles } from './floors.ts';
import type { SourceFile } from './floors.ts';

const ROOT = new URL('../../', import.meta.url);

const sources: SourceFile[] = readdirSync(new URL('src/', ROOT), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => ({
    path: `src/${path}`,
    text: readFileSync(new URL(`src/${path}`, ROOT), 'utf8'),
  }));

describe('the floors', () => {
  it('hold in the source', () => {
    expect(sources.length).toBeGreaterThan(30);
    expect(floorViolations(sources)).toEqual([]);
  });

  it.each([
    [
      'an upward import',
      'src/domain/keys/jwks.ts',
      "import { openPool } from '../../transport/http/http.ts';",
    ],
    [
      'an upward import of a type',
      'src/transport/http/http.ts',
      "import type { Graph } from '../../graph/graph.ts';",
    ],
    [
      'a re-export from above',
      'src/graph/errors.ts',
      "export { createGateway } from '../server/gateway.ts';",
    ],
    [
      'a lazy upward import',
      'src/upstreams/ordercloud/open-id-connect/operations.ts',
      "const gateway = await import('../../../server/gateway.ts');",
    ],
    [
      'an upstream that knows another',
      'src/upstreams/ordercloud/open-id-connect/translate.ts',
      "import { fromWire } from '../../huawei-iam/oidc-config/translate.ts';",
    ],
    [
      'a server that knows an upstream',
      'src/server/gateway.ts',
      "import { orderCloud } from '../upstreams/ordercloud/upstream.ts';",
    ],
    [
      'an emulator with the wire schemas of the client',
      'src/upstreams/ordercloud/emulator/emulator.ts',
      "import { openIdConnect } from '../open-id-connect/wire.ts';",
    ],
    [
      'an emulator with the translation of the client',
      'src/upstreams/huawei-iam/emulator/emulator.ts',
      "import { toWire } from '../oidc-config/translate.ts';",
    ],
    [
      'an emulator with the rules of the domain',
      'src/upstreams/huawei-iam/emulator/emulator.ts',
      "import { jwks } from '../../../domain/keys/jwks.ts';",
    ],
    [
      'a client that knows the graph',
      'src/upstreams/ordercloud/open-id-connect/operations.ts',
      "import { READ_ERRORS } from '../../../graph/errors.ts';",
    ],
    [
      'a server that loads an emulator',
      'src/upstreams/index.ts',
      "import { startEmulator } from './ordercloud/emulator/emulator.ts';",
    ],
    ['a file on no floor', 'src/helpers/text.ts', "import { Secret } from '../domain/secret.ts';"],
  ])('do not bear %s', (_name, path, text) => {
    expect(floorViolations([{ path, text }])).toHaveLength(1);
  });

  it.each([
    [
      'an issuer that knows the graph',
      'src/issuer/issuers.ts',
      "import type { Graph } from '../graph/graph.ts';",
    ],
    [
      'a transport that reads issuers',
      'src/transport/exchange/exchange.ts',
      "import { Issuers } from '../../issuer/issuers.ts';",
    ],
    [
      'an upstream that knows what joins them',
      'src/upstreams/ordercloud/open-id-connect/operations.ts',
      "import { addIssuers } from '../../../sign-in/issuer-schema.ts';",
    ],
    [
      'a sign-in that knows an upstream',
      'src/sign-in/issuer-schema.ts',
      "import { fromIssuer } from '../upstreams/ordercloud/open-id-connect/from-issuer.ts';",
    ],
  ])('do not bear %s', (_name, path, text) => {
    expect(floorViolations([{ path, text }])).toHaveLength(1);
  });

  it.each([
    [
      'a lower floor',
      'src/server/gateway.ts',
      "import { openPool } from '../transport/http/http.ts';",
    ],
    [
      'its own floor',
      'src/domain/errors.ts',
      "import type { InputIssue } from './input-issue.ts';",
    ],
    ['a package', 'src/domain/keys/jwks.ts', "import { z } from 'zod';"],
    [
      'the kit of emulators',
      'src/upstreams/ordercloud/emulator/emulator.ts',
      "import { runEmulator } from '../../../transport/emulator/run-emulator.ts';",
    ],
  ])('bear an import from %s', (_name, path, text) => {
    expect(floorViolations([{ path, text }])).toEqual([]);
  });
});

describe('connections to other hosts', () => {
  it('are opened in few places, of which only issuers go where a caller says', () => {
    expect(connecting(sources)).toEqual([]);
  });

  it.each([
    "import { openPool } from '../transport/http/http.ts';",
    "await fetch('https://a.example');",
    "import { request } from 'undici';",
    "import { Redis } from 'ioredis';",
    "import { get } from 'node:https';",
    "import { connect } from 'node:net';",
  ])('would be noticed: %s', (text) => {
    expect(connecting([{ path: 'src/graph/graph.ts', text }])).toEqual(['src/graph/graph.ts']);
  });
});

describe('imports', () => {
  it('form no circle', () => {
    expect(importCircles(sources)).toEqual([]);
  });

  it('would be seen to form one, those of types included', () => {
    const files = [
      { path: 'src/domain/b.ts', text: "import type { C } from './text/c.ts';" },
      { path: 'src/domain/text/c.ts', text: "export { a } from '../a.ts';" },
      { path: 'src/domain/a.ts', text: "const b = await import('./b.ts');" },
      { path: 'src/domain/d.ts', text: "import { a } from './a.ts';" },
    ];
    expect(importCircles(files)).toEqual([
      'src/domain/a.ts -> src/domain/b.ts -> src/domain/text/c.ts -> src/domain/a.ts',
    ]);
    expect(importCircles(files.slice(1))).toEqual([]);
  });
});

describe('the size', () => {
  /** All files, also those that are not TypeScript, but for tests. */
  const paths = readdirSync(new URL('src/', ROOT), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map(
      ({ parentPath, name }) =>
        `src/${relative(fileURLToPath(new URL('src/', ROOT)), join(parentPath, name))}`,
    );

  it('of a folder is at most 14 entries', () => {
    expect([...folderSizes(paths)].filter(([, size]) => size > 14)).toEqual([]);
    expect(folderSizes(['src/a/b.ts', 'src/a/c/d.ts', 'src/a/c/e.ts']).get('src/a')).toBe(2);
  });

  it('of a file is at most 300 lines', () => {
    const lines = sources.map(
      ({ path, text }) => [path, text.trimEnd().split('\n').length] as const,
    );
    expect(lines.filter(([, count]) => count > 300)).toEqual([]);
    expect(Math.max(...lines.map(([, count]) => count))).toBeGreaterThan(200);
  });
});

describe('each upstream', () => {
  const folders = [
    ...new Set(sources.flatMap(({ path }) => /^src\/upstreams\/([^/]+)\//.exec(path)?.[1] ?? [])),
  ];
  const filesOf = (folder: string) =>
    sources
      .map(({ path }) => path)
      .filter((path) => path.startsWith(`src/upstreams/${folder}/`))
      .map((path) => path.slice(`src/upstreams/${folder}/`.length));

  it.each(folders)('%s has the same files', (folder) => {
    expect(filesOf(folder)).toEqual(
      expect.arrayContaining([
        'auth/credentials.ts',
        'emulator/emulator.ts',
        'errors.ts',
        'regions.ts',
        'sign-in/sign-in-urls.ts',
        'upstream.ts',
      ]),
    );
  });

  it('has the same files in each folder of a resource', () => {
    const resources = sources.flatMap(({ path }) => {
      const [, folder = ''] = /^(src\/upstreams\/[^/]+\/[^/]+)\/wire\.ts$/.exec(path) ?? [];
      return folder === '' ? [] : [folder];
    });
    expect(resources.length).toBeGreaterThan(4);
    const paths = sources.map(({ path }) => path);
    // A resource that is only read for others has no root fields.
    const needed = (folder: string) =>
      paths.includes(`${folder}/schema.ts`)
        ? ['input', 'operations', 'translate', 'warnings']
        : ['operations', 'translate'];
    expect(paths).toEqual(
      expect.arrayContaining(
        resources.flatMap((folder) => needed(folder).map((file) => `${folder}/${file}.ts`)),
      ),
    );
  });

  it('is named by nothing outside of its folder', () => {
    const outside = sources.filter(({ path }) => !/^src\/upstreams\//.test(path));
    const naming = outside
      .filter(({ text }) =>
        /ordercloud|huawei/i.test(text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '')),
      )
      .map(({ path }) => path);
    expect(naming).toEqual([]);
  });
});
