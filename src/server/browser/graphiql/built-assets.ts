import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type * as Source from './assets.ts';

/* What `assets.ts` exports, read from what the build made of it. The bundle has this module instead. */

const FOLDER = new URL('./graphiql/', import.meta.url);

export const readExampleOperations: typeof Source.readExampleOperations = () =>
  JSON.parse(readFileSync(new URL('examples.json', FOLDER), 'utf8')) as Source.ExampleOperation[];

export const readPageFiles: typeof Source.readPageFiles = async () => {
  const read = (name: keyof Source.PageFiles) => readFile(new URL(name, FOLDER), 'utf8');
  return {
    'styles.css': await read('styles.css'),
    'vendor.js': await read('vendor.js'),
    'page.js': await read('page.js'),
  };
};
