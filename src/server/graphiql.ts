import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { GraphiQLOptions } from 'graphql-yoga';
import { pagePolicy } from './security-headers.ts';

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
# Each tab is a working example: press the play button, or
# Ctrl-Enter. From left to right they are the life of a
# configuration, platform by platform, and then what errors look
# like. Variables and headers are below; the schema with all its
# descriptions is behind the book icon. Every field answers with
# a union: its success, or one of the errors it can have.

`;

/** Where the headers of the tabs have placeholders. */
const FILL_IN = `# In the headers of each tab, put credentials of your own
# in place of <token> or <key>. The round arrow below then
# fetches the schema.

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

/** The page on which people explore the API. */
export interface Graphiql {
  readonly options: GraphiQLOptions;
  /** The page as HTML. */
  readonly render: () => Promise<string>;
  /** Its content security policy. */
  readonly policy: () => Promise<string>;
}

/**
 * GraphiQL with a tab for each example operation, all its scripts inside: nothing is loaded from elsewhere. It has
 * several megabytes, so it is made on demand, and once.
 */
export function createGraphiql(exampleHeaders: Readonly<Record<string, string>>): Graphiql {
  const options = optionsWith(exampleHeaders);
  let page: ReturnType<typeof makePage> | undefined;
  const once = () => (page ??= makePage(options));
  return { options, render: async () => (await once()).html, policy: async () => (await once()).policy };
}

/** The headers are those of the emulators, or placeholders. */
function optionsWith(exampleHeaders: Readonly<Record<string, string>>): GraphiQLOptions {
  const headers = JSON.stringify(exampleHeaders, null, 2);
  return {
    // It must not be broken: there is room for one line.
    title: 'OIDC\u00A0gateway',
    defaultTabs: readExampleOperations().map(({ document, variables }, index) => ({
      query: index === 0 ? (/<\w+>/.test(headers) ? WELCOME + FILL_IN : WELCOME) + document : document,
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

async function makePage(options: GraphiQLOptions): Promise<{ readonly html: string; readonly policy: string }> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  // The page starts with these in its editors, and not with those of the tab that it opens.
  const [first] = options.defaultTabs ?? [];
  const html = renderGraphiQL(Object.assign({}, options, first))
    .replace(/<\/body>\s*<\/html>\s*$/, `${TAB_PRESS}</body></html>`)
    // As browsers read it, so that the hashes are those that they come to.
    .replaceAll(/\r\n?/g, '\n');
  return { html, policy: pagePolicy(scriptsIn(html).map((script) => createHash('sha256').update(script).digest('base64'))) };
}

/** The texts of the scripts of a page. Within a script, `<script>` is a part of its text. */
function scriptsIn(html: string): string[] {
  const [begin, end] = ['<script>', '</script>'];
  const scripts: string[] = [];
  for (let from = html.indexOf(begin); from !== -1; from = html.indexOf(begin, from)) {
    const to = html.indexOf(end, from);
    scripts.push(html.slice(from + begin.length, to));
    from = to;
  }
  return scripts;
}
