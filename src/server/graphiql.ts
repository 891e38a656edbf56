import { readdirSync, readFileSync } from 'node:fs';
import type { GraphiQLOptions } from 'graphql-yoga';

/** An operation of `schema/operations/`, with the variables beside it. */
export interface ExampleOperation {
  /** File name without its ending. */
  readonly name: string;
  readonly document: string;
  /** JSON text. */
  readonly variables: string;
}

const OPERATIONS = new URL('../../schema/operations/', import.meta.url);

const WELCOME = `# Welcome to the OpenID Connect configuration gateway.
#
# Each tab is a working example: press the play button, or Ctrl-Enter. From left to right they are the life of a
# configuration, platform by platform, and then what errors look like. The variables and the
# headers with a token are below; the schema with all its descriptions is behind the book icon.
# Every field answers with a union: its success, or one of the errors it can have.

`;

/** The example operations, in the order of their names. */
export function readExampleOperations(): ExampleOperation[] {
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

/** GraphiQL with a tab for each example operation. The headers are those of the emulators, or placeholders. */
export function graphiqlOptions(exampleHeaders: Readonly<Record<string, string>>): GraphiQLOptions {
  const headers = JSON.stringify(exampleHeaders, null, 2);
  return {
    title: 'OIDC gateway',
    defaultTabs: readExampleOperations().map(({ document, variables }, index) => ({
      query: index === 0 ? WELCOME + document : document,
      variables,
      headers,
    })),
    defaultHeaders: headers,
    // Tokens stay out of the browser's storage.
    shouldPersistHeaders: false,
  };
}

/**
 * GraphiQL's tabs can be dragged, and take the first press on each for the begin of a drag: the click goes to the bar
 * behind and the tab does not open. This hands it on to the tab that was pressed.
 */
const TAB_PRESS = `<script>
{
  let press = null;
  addEventListener('pointerdown', ({ target, clientX, clientY }) => {
    press = { tab: target.closest('.graphiql-tab-button'), clientX, clientY };
  }, true);
  addEventListener('click', ({ target, clientX, clientY }) => {
    const { tab } = press ?? {};
    const still = press && Math.hypot(clientX - press.clientX, clientY - press.clientY) < 5;
    press = null;
    if (tab && still && !tab.contains(target)) tab.click();
  }, true);
}
</script>`;

/** Renders the page with all its scripts inside: nothing is loaded from elsewhere. Several megabytes, so only on demand. */
export async function renderGraphiql(options: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  // The page starts with these in its editors, and not with those of the tab that it opens.
  const [first] = options.defaultTabs ?? [];
  const page = renderGraphiQL(Object.assign({}, options, first));
  return page.replace(/<\/body>\s*<\/html>\s*$/, `${TAB_PRESS}</body></html>`);
}
