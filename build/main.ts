import { rmSync } from 'node:fs';
import { bundle } from './bundle.ts';
import { writeGraphiql } from './graphiql.ts';
import { writeLicenses } from './licenses.ts';
import { DIST } from './paths.ts';
import { writeSbom } from './sbom.ts';

/* Makes `dist/`, which has all that the gateway needs besides Node.js: docs/decisions/bundle.md says what is in it. `--sbom` adds a list of the packages. */

rmSync(DIST, { recursive: true, force: true });
const inputs = await bundle();
const graphiql = await writeGraphiql();
const packages = writeLicenses([...inputs, ...graphiql]);
if (process.argv.includes('--sbom')) await writeSbom(packages);
