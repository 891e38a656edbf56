import { readFileSync } from 'node:fs';
import type * as Bundle from '@graphql-yoga/render-graphiql/graphiql';
import { createFile } from './file.ts';
import type { StaticFile } from './file.ts';
import { FAVICON, LOGO } from './logo.ts';
import { STYLES } from './styles.ts';

/** It must not be broken: there is room for one line. */
const TITLE = 'OIDC\u00A0gateway';

/** The script of the page itself, which needs no building. */
const PAGE_SCRIPT = new URL('./browser/page.js', import.meta.url);

/** What the script of the page is given. */
export interface PageSettings {
  /** One for each tab. */
  readonly examples: readonly { readonly query: string; readonly variables: string }[];
  /** JSON text: the headers of every tab. */
  readonly defaultHeaders: string;
}

/** The page, and the files that it loads, by their paths. */
export interface Page {
  readonly html: StaticFile;
  readonly files: ReadonlyMap<string, StaticFile>;
}

/**
 * Makes the page of GraphiQL. All that is large is in files whose names have their hash, so that a browser keeps them
 * and a page of another version asks for others.
 * @param folder the path of the files; the page is beside it
 */
export async function makePage(settings: PageSettings, folder: string): Promise<Page> {
  const graphiql = await import('@graphql-yoga/render-graphiql/graphiql');
  const files = new Map<string, StaticFile>();
  /** @returns the attributes that load the file */
  const add = (attribute: string, content: string, ending: string, type: string): string => {
    const file = createFile(content, type);
    const path = `${folder}${file.hash}${ending}`;
    files.set(path, file);
    // Without the slash: it is found behind a proxy that puts the gateway below another path too.
    return `${attribute}="${path.slice(1)}" integrity="${file.integrity}"`;
  };
  const style = add('href', `${graphiql.css}\n${STYLES}`, '.css', 'text/css; charset=utf-8');
  const script = add('src', vendorScript(graphiql), '.js', 'text/javascript; charset=utf-8');
  const ownScript = add(
    'src',
    readFileSync(PAGE_SCRIPT, 'utf8').replace(/^\/\/# sourceMappingURL=.{0,200}$/m, ''),
    '.js',
    'text/javascript; charset=utf-8',
  );
  // Within a script, only these end it or change how its end is found.
  const data = JSON.stringify({ ...settings, title: TITLE, logo: LOGO }).replaceAll(
    /<(?=[/!])/g,
    '\\u003c',
  );
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<link rel="icon" type="image/svg+xml" href="${FAVICON}">
<link rel="stylesheet" ${style}>
</head>
<body class="no-focus-outline">
<noscript>GraphiQL needs JavaScript.</noscript>
<div id="root"><p>Loading GraphiQL. If this stays, reload the page.</p></div>
<script type="application/json" id="settings">${data}</script>
<script defer ${script}></script>
<script type="module" ${ownScript}></script>
</body>
</html>
`;
  return { html: createFile(html, 'text/html; charset=utf-8'), files };
}

/** GraphiQL, and the workers of its editors, which it makes of text. */
function vendorScript({
  js,
  editorWorkerService,
  jsonWorker,
  graphqlWorker,
}: typeof Bundle): string {
  return `self.MonacoEnvironment = (() => {
const urlOf = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
const workers = {
editorWorkerService: urlOf(${JSON.stringify(editorWorkerService)}),
json: urlOf(${JSON.stringify(jsonWorker)}),
graphql: urlOf(${JSON.stringify(graphqlWorker)}),
};
return { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] };
})();
${js};
`;
}
