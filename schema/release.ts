import { readFileSync } from 'node:fs';
import { releaseSchema } from './compatibility.ts';

/* npm run release-schema: schema.graphql becomes released.graphql, where the version in package.json allows it. */

const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string };
const refusal = releaseSchema(
  new URL('schema.graphql', import.meta.url),
  new URL('released.graphql', import.meta.url),
  version,
);
if (refusal === null) {
  process.stdout.write(`schema/released.graphql is the schema of ${version} now.\n`);
} else {
  process.stderr.write(`${refusal}\n`);
  process.exitCode = 1;
}
