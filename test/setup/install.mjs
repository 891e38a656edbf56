// Installs what some tests need and the gateway does not, into the folders given, where it is missing or of another lock file.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @param {URL} file */
const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

for (const folder of process.argv.slice(2)) {
  const here = new URL(`../../${folder}/`, import.meta.url);
  if (
    changed(new URL('node_modules/.package-lock.json', here)) >
    changed(new URL('package-lock.json', here))
  )
    continue;
  // Some of it asks for a newer Node.js than the gateway does, and works on older ones.
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--engine-strict=false'], {
    cwd: fileURLToPath(here),
    stdio: 'inherit',
    timeout: 600_000,
  });
}
