// Makes `dist/`: the command as JavaScript, and the JSON Schemas of its files.
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');

rmSync(new URL('dist/', import.meta.url), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: here, stdio: 'inherit' });

const dist = new URL('dist/', import.meta.url);
const { fileSchema, overlaySchema } = await import(new URL('file/json-schema.js', dist).href);
for (const [name, schema] of [
  ['schema.json', fileSchema()],
  ['overlay.schema.json', overlaySchema()],
])
  writeFileSync(new URL(name, dist), `${JSON.stringify(schema, null, 2)}\n`);
