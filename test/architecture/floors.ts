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
  ['src/redis/', 1.5],
  ['src/issuer/', 1.5],
  ['src/graph/', 2],
  ['src/upstreams/', 3],
  ['src/sign-in/', 3.5],
  ['src/watch/', 3.7],
  ['src/server/', 4],
  ['src/config/', 4],
  ['src/commands/', 5],
  ['src/main.ts', 5],
];

/** Files of an upstream's folder that may see `src/graph/`. */
const MAY_SEE_GRAPH = /^src\/upstreams\/[^/]+\/[^/]+\/schema(-[\w-]+)?\.ts$/;

/** What an emulator may import: the kit, its own documentation as data, and the rule for `Host` of everything that serves development. */
const EMULATOR_MAY_IMPORT = [
  /^src\/transport\/emulator\//,
  /^src\/transport\/http\/local-host\.ts$/,
  /^src\/upstreams\/[^/]+\/(emulator\/|examples\.json$)/,
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
    return 'only the schema of a resource sees the graph';
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

/**
 * Who may open connections to other hosts: to those that the configuration names, and `src/issuer/` alone to those that
 * callers name.
 */
const MAY_CONNECT =
  /^src\/(?:transport\/(?:http|emulator)\/|issuer\/guarded-fetch\.ts$|redis\/open-redis\.ts$|server\/auth\/issuer-keys\.ts$|server\/gateway\.ts$|server\/watching\/primary-watching\.ts$|server\/tracing\/span-sender\.ts$|commands\/(?:doctor\/checks|check|health)\.ts$)/;

/** Ways to open a connection. */
const CONNECTS = [
  /\bopenPool\b/,
  /(?<![.#])\bfetch\(/,
  /import \{[^}]*\} from '(?:undici|ioredis)'/,
  /import (?!type)[^;]*\b(?:request|get|connect|createConnection|Agent|Socket)\b[^;]* from 'node:(?:https?|net|tls|http2)'/,
];

/** Files that could open a connection to another host, and may not. */
export function connecting(files: readonly SourceFile[]): string[] {
  return files
    .filter(({ path, text }) => !MAY_CONNECT.test(path) && CONNECTS.some((way) => way.test(text)))
    .map(({ path }) => path);
}

function upstreamOf(path: string): string | null {
  return /^src\/upstreams\/([^/]+)\//.exec(path)?.[1] ?? null;
}

function isEmulator(path: string): boolean {
  return /^src\/(transport|upstreams\/[^/]+)\/emulator\//.test(path);
}

/** Import circles, those of types included: for each, the shortest way from its first file back to it. */
export function importCircles(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map(({ path, text }) => [path, importsOf(path, text)]));
  const circles = files.flatMap(({ path }) => {
    const way = wayBack(path, imports);
    // Every file of a circle finds it: it is reported where its first one does.
    return way === null || way.some((step) => step < path) ? [] : [way.join(' -> ')];
  });
  return circles.sort();
}

/** The shortest way from a file to itself, null if there is none. */
function wayBack(
  start: string,
  imports: ReadonlyMap<string, readonly string[]>,
): readonly string[] | null {
  const seen = new Set<string>();
  let ways: readonly (readonly string[])[] = [[start]];
  while (ways.length > 0) {
    const longer: (readonly string[])[] = [];
    for (const way of ways) {
      for (const target of imports.get(way[way.length - 1] ?? '') ?? []) {
        if (target === start) return [...way, start];
        if (!seen.has(target)) longer.push([...way, target]);
        seen.add(target);
      }
    }
    ways = longer;
  }
  return null;
}

/** Entries of each folder, tests not counted: files and folders. */
export function folderSizes(paths: readonly string[]): Map<string, number> {
  const entries = new Map<string, Set<string>>();
  for (const path of paths) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join('/');
      const known = entries.get(folder) ?? new Set();
      entries.set(folder, known.add(parts[depth] ?? ''));
    }
  }
  return new Map([...entries].map(([folder, { size }]) => [folder, size]));
}
