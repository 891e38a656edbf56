import { posix } from 'node:path';
import ts from 'typescript';

/** A source file: its path below the project's folder and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Folders by floor. A file imports from its own floor or a lower one. */
const FLOORS: readonly (readonly [prefix: string, floor: number])[] = [
  ['src/domain/', 0],
  ['src/transport/', 1],
  ['src/graph/', 2],
  ['src/upstreams/', 3],
  ['src/server/', 4],
  ['src/command-line.ts', 4],
  ['src/early-signals.ts', 4],
  ['src/terminal.ts', 4],
  ['src/config.ts', 4],
  ['src/main.ts', 4],
  ['src/start.ts', 4],
  ['src/doctor.ts', 4],
  ['src/api-key.ts', 4],
];

/** Files of an upstream's folder that may see `src/graph/`. */
const MAY_SEE_GRAPH = /^src\/upstreams\/[^/]+\/schema(-[\w-]+)?\.ts$/;

/** What an emulator may import: the kit, its own documentation as data, and the rule for `Host` of everything that serves development. */
const EMULATOR_MAY_IMPORT = [
  /^src\/transport\/emulator(-[\w-]+)?\.ts$/,
  /^src\/transport\/local-host\.ts$/,
  /^src\/upstreams\/[^/]+\/(emulator(-[\w-]+)?\.ts|examples\.json)$/,
];

/** Every import that breaks a rule of the layout, in words. */
export function floorViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(path, text).flatMap((target) => {
      const fault = judge(path, target);
      return fault === null ? [] : [`${path} imports ${target}: ${fault}`];
    }),
  );
}

/** The project's own files that a file imports, statically, as types or lazily. */
function importsOf(path: string, text: string): string[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith('.'))
    .map((name) => posix.join(posix.dirname(path), name));
}

function judge(path: string, target: string): string | null {
  const from = floorOf(path);
  const to = floorOf(target);
  if (from === null) return 'the importing file is on no floor';
  if (to === null) return 'what it imports is on no floor';
  if (to > from) return `floor ${from} must not know floor ${to}`;
  const [own, other] = [upstreamOf(path), upstreamOf(target)];
  if (own !== null && other !== null && own !== other) return 'upstreams must not know each other';
  if (own === null && other !== null && path !== 'src/upstreams/index.ts')
    return 'only the list knows the upstreams by name';
  if (own !== null && target.startsWith('src/graph/') && !MAY_SEE_GRAPH.test(path))
    return 'only schema.ts sees the graph';
  if (isEmulator(path) && !EMULATOR_MAY_IMPORT.some((allowed) => allowed.test(target)))
    return 'an emulator shares no code with the client';
  if (
    isEmulator(target) &&
    !isEmulator(path) &&
    !/^src\/(transport|upstreams\/[^/]+)\/upstream\.ts$/.test(path)
  )
    return 'only upstream.ts names its emulator';
  return null;
}

function floorOf(path: string): number | null {
  return FLOORS.find(([prefix]) => path.startsWith(prefix))?.[1] ?? null;
}

function upstreamOf(path: string): string | null {
  return /^src\/upstreams\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function isEmulator(path: string): boolean {
  return /^src\/(transport|upstreams\/[^/]+)\/emulator(-[\w-]+)?\.ts$/.test(path);
}
