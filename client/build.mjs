import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/* Makes `dist/`: the client, its types, and what other GraphQL clients need. */

const root = new URL('../', import.meta.url);
const at = (path) => fileURLToPath(new URL(path, root));
const run = (program, ...args) =>
  execFileSync(process.execPath, [at(`node_modules/${program}`), ...args], {
    cwd: at('.'),
    stdio: 'inherit',
  });

run('tsx/dist/cli.mjs', 'schema/typed-client/main.ts');
rmSync(at('client/dist'), { recursive: true, force: true });
run('typescript/bin/tsc', '-p', 'client/tsconfig.build.json');
// TypeScript leaves the extensions in declarations as they are in the source.
for (const file of readdirSync(at('client/dist'), { recursive: true, encoding: 'utf8' })) {
  if (!file.endsWith('.d.ts')) continue;
  const path = at(`client/dist/${file}`);
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"));
}
cpSync(at('schema/schema.graphql'), at('client/dist/schema.graphql'));
for (const name of ['persisted-documents.json', 'read-operations.json'])
  cpSync(at(`client/src/generated/${name}`), at(`client/dist/${name}`));
