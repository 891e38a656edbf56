import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { floorViolations } from './floors.ts';
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
    ['an upward import', 'src/domain/jwks.ts', "import { openPool } from '../transport/http.ts';"],
    [
      'an upward import of a type',
      'src/transport/http.ts',
      "import type { Graph } from '../graph/graph.ts';",
    ],
    [
      'a re-export from above',
      'src/graph/errors.ts',
      "export { createGateway } from '../server/gateway.ts';",
    ],
    [
      'a lazy upward import',
      'src/upstreams/ordercloud/client.ts',
      "const gateway = await import('../../server/gateway.ts');",
    ],
    [
      'an upstream that knows another',
      'src/upstreams/ordercloud/mapping.ts',
      "import { fromWire } from '../huawei-iam/mapping.ts';",
    ],
    [
      'a server that knows an upstream',
      'src/server/gateway.ts',
      "import { orderCloud } from '../upstreams/ordercloud/upstream.ts';",
    ],
    [
      'an emulator with the wire schemas of the client',
      'src/upstreams/ordercloud/emulator.ts',
      "import { openIdConnect } from './wire.ts';",
    ],
    [
      'an emulator with the mapping of the client',
      'src/upstreams/huawei-iam/emulator.ts',
      "import { toWire } from './mapping.ts';",
    ],
    [
      'an emulator with the rules of the domain',
      'src/upstreams/huawei-iam/emulator.ts',
      "import { jwks } from '../../domain/jwks.ts';",
    ],
    [
      'a client that knows the graph',
      'src/upstreams/ordercloud/client.ts',
      "import { READ_ERRORS } from '../../graph/errors.ts';",
    ],
    [
      'a server that loads an emulator',
      'src/upstreams/index.ts',
      "import { startEmulator } from './ordercloud/emulator.ts';",
    ],
    ['a file on no floor', 'src/helpers/text.ts', "import { Secret } from '../domain/secret.ts';"],
  ])('do not bear %s', (_name, path, text) => {
    expect(floorViolations([{ path, text }])).toHaveLength(1);
  });

  it.each([
    ['a lower floor', 'src/server/gateway.ts', "import { openPool } from '../transport/http.ts';"],
    ['its own floor', 'src/domain/errors.ts', "import type { InputIssue } from './parse.ts';"],
    ['a package', 'src/domain/jwks.ts', "import { z } from 'zod';"],
    [
      'the kit of emulators',
      'src/upstreams/ordercloud/emulator.ts',
      "import { runEmulator } from '../../transport/emulator.ts';",
    ],
  ])('bear an import from %s', (_name, path, text) => {
    expect(floorViolations([{ path, text }])).toEqual([]);
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
      .map((path) => path.split('/').at(-1));

  it.each(folders)('%s has the same files', (folder) => {
    expect(filesOf(folder)).toEqual(
      expect.arrayContaining([
        'client.ts',
        'emulator.ts',
        'errors.ts',
        'input.ts',
        'mapping.ts',
        'schema.ts',
        'upstream.ts',
        'wire.ts',
      ]),
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
