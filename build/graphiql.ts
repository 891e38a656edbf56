import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  PAGE_FILES,
  readExampleOperations,
  readPageFiles,
} from '../src/server/browser/graphiql/assets.ts';
import { GRAPHIQL } from './paths.ts';

/**
 * Writes the files of GraphiQL's page: what does not depend on the configuration.
 * @returns a file of each package that is in them
 */
export async function writeGraphiql(): Promise<readonly string[]> {
  mkdirSync(GRAPHIQL, { recursive: true });
  const files = await readPageFiles();
  for (const name of PAGE_FILES) writeFileSync(join(GRAPHIQL, name), files[name]);
  writeFileSync(join(GRAPHIQL, 'examples.json'), JSON.stringify(readExampleOperations()));
  return ['node_modules/@graphql-yoga/render-graphiql/esm/graphiql.js'];
}
