import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import * as esbuild from 'esbuild';
import type { Metafile, Plugin } from 'esbuild';
import { DIST, ROOT } from './paths.ts';
import { renamedClasses } from './renamed-classes.ts';

/**
 * What `require` is in the bundle. CommonJS packages require modules of Node.js. One of them also tries an optional
 * package, which must not be loaded from a folder above.
 */
const BANNER =
  'const require=(name)=>{const found=process.getBuiltinModule(name);if(found===undefined)throw new Error(`not in the bundle: ${name}`);return found};';

/**
 * Loads the modules of Node.js by `require`. An `import` reads each of their exports, of which some are made on demand:
 * that of `node:http` loads all of Node's `fetch`, which takes 50 ms.
 */
const requireBuiltins: Plugin = {
  name: 'require the modules of Node.js',
  setup(build) {
    // Some packages leave the prefix out.
    build.onResolve({ filter: /^(?:node:|[a-z_]+$)/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      if (kind === 'require-call') return { path, external: true };
      return { path, namespace: 'builtin' };
    });
    build.onLoad({ filter: /^/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** Modules that are others in the bundle. */
const replaceModules: Plugin = {
  name: 'replace modules',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, () => ({ path: join(ROOT, 'build/undici.mjs') }));
    // Loads all of HTTP/2, which connections to upstreams do not use.
    build.onLoad({ filter: /[\\/]undici[\\/]lib[\\/]dispatcher[\\/]client-h2\.js$/ }, () => ({
      contents: "module.exports = () => { throw new Error('HTTP/2 is not in the bundle'); };",
    }));
    // They run commands to find out about the machine, and are not used.
    build.onLoad(
      {
        filter: /[\\/]@opentelemetry[\\/]resources[\\/]build[\\/]esm[\\/]detectors[\\/]index\.js$/,
      },
      () => ({
        contents:
          'export const envDetector = null, hostDetector = null, osDetector = null, processDetector = null, serviceInstanceIdDetector = null;',
      }),
    );
    // The page's files are read from `dist/`, not from the source and from packages.
    build.onLoad({ filter: /[\\/]browser[\\/]graphiql[\\/]assets\.ts$/ }, () => ({
      contents: "export * from './built-assets.ts';",
      resolveDir: join(ROOT, 'src/server/browser/graphiql'),
    }));
  },
};

/**
 * Bundles the program: one file for each command and for what they share, each loaded on demand. The emulators are
 * also entries, for examples and tests.
 * @returns the files whose code is in it, relative to the project's folder
 * @throws Error if a class would have another name: errors show theirs
 */
export async function bundle(): Promise<readonly string[]> {
  const upstreams = readdirSync(join(ROOT, 'src/upstreams'), { withFileTypes: true }).filter(
    (entry) => entry.isDirectory(),
  );
  const { metafile } = await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: {
      main: 'src/main.ts',
      ...Object.fromEntries(
        upstreams.map(({ name }) => [
          `emulators/${name}`,
          `src/upstreams/${name}/emulator/emulator.ts`,
        ]),
      ),
    },
    outdir: DIST,
    // Flat: code finds the files beside it by its own URL.
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // ES modules if a package has both: what is not used of them is left out. One file of each package, however it is loaded.
    mainFields: ['module', 'main'],
    // Identifiers stay: errors and stacks show them. `keepNames` would take a tenth of the time of a start.
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    // A package compares its own Request with that of Node.js, which loads all of Node's `fetch`. They are never the same.
    define: { 'globalThis.Request': 'undefined' },
    banner: { js: BANNER },
    // Only `dev` loads it, and only if it is installed: see docs/decisions/bundle.md.
    external: ['oidc-provider'],
    plugins: [requireBuiltins, replaceModules],
    logLevel: 'warning',
  });
  const inputs = inputsOf(metafile);
  check(inputs, metafile);
  return inputs;
}

/** The files whose code is in the output. */
function inputsOf({ outputs }: Metafile): string[] {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => path),
  );
  return [...new Set(used)].sort();
}

function check(inputs: readonly string[], { outputs }: Metafile): void {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  const built = Object.keys(outputs)
    .filter((path) => path.endsWith('.js'))
    .map(read);
  const renamed = renamedClasses(inputs.filter((path) => path.startsWith('src/')).map(read), built);
  if (renamed.length > 0)
    throw new Error(
      `Give these classes unique names, and do not name them in themselves: ${renamed.join(', ')}`,
    );
}
