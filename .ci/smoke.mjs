// Starts the built server with npm start and nothing but what production needs, and checks that it executes an operation.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'smoke-'));
for (const path of ['package.json', 'dist'])
  cpSync(join(root, path), join(folder, path), { recursive: true });

const { startEmulator } = await import(
  pathToFileURL(join(folder, 'dist/emulators/ordercloud.js')).href
);
const emulator = await startEmulator();
const server = spawn('npm', ['start'], {
  cwd: folder,
  env: { ...process.env, ...emulator.environment, HOST: '127.0.0.1', PORT: '0', GRAPHIQL: 'true' },
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
});
try {
  let url;
  for await (const line of createInterface(server.stdout)) {
    console.log(line);
    url = /"url":"([^"]+)"/.exec(line)?.[1];
    if (url) break;
  }
  assert.equal((await fetch(new URL('/readyz', url))).status, 200);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...emulator.exampleHeaders },
    body: JSON.stringify({ query: '{ openIdConnect(id: "example-existing") { __typename } }' }),
  });
  assert.deepEqual(await response.json(), {
    data: { openIdConnect: { __typename: 'OpenIdConnectSuccess' } },
  });
  const page = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
  assert.match(page, /<title>OIDC\u00A0gateway<\/title>/);
  console.log('the built server works');
} finally {
  process.kill(-server.pid, 'SIGTERM');
  await emulator.close();
  rmSync(folder, { recursive: true });
}
