import { readdirSync, readFileSync } from 'node:fs';
import { STYLES } from './styles.ts';
import { vendorScript } from './vendor-script.ts';

/* What the page consists of, read from the source. The build writes it to `dist/`, from where `built-assets.ts` reads it. */

/** An operation of `schema/operations/` with its variables. */
export interface ExampleOperation {
  /** File name without its ending. */
  readonly name: string;
  readonly document: string;
  /** JSON text. */
  readonly variables: string;
}

/** The files that the page loads: GraphiQL itself, and the page's own script. */
export const PAGE_FILES = ['styles.css', 'vendor.js', 'page.js'] as const;

/** Their content by name. */
export type PageFiles = Readonly<Record<(typeof PAGE_FILES)[number], string>>;

const OPERATIONS = new URL('../../../../schema/operations/', import.meta.url);

/** The page's own script, which is not bundled. */
const PAGE_SCRIPT = new URL('./browser/page.js', import.meta.url);

/** The example operations, sorted by name. */
export function readExampleOperations(): readonly ExampleOperation[] {
  return readdirSync(OPERATIONS)
    .filter((file) => file.endsWith('.graphql'))
    .sort()
    .map((file) => {
      const name = file.replace(/\.graphql$/, '');
      return {
        name,
        document: readFileSync(new URL(file, OPERATIONS), 'utf8'),
        variables: readFileSync(new URL(`${name}.variables.json`, OPERATIONS), 'utf8'),
      };
    });
}

/** The content of the page's files. They have several megabytes. */
export async function readPageFiles(): Promise<PageFiles> {
  const graphiql = await import('@graphql-yoga/render-graphiql/graphiql');
  return {
    'styles.css': `${graphiql.css}\n${STYLES}`,
    'vendor.js': vendorScript(graphiql),
    'page.js': readFileSync(PAGE_SCRIPT, 'utf8'),
  };
}
