import { readPageFiles } from './assets.ts';
import { createFile } from './file.ts';
import type { StaticFile } from './file.ts';
import { FAVICON, LOGO } from './logo.ts';

/** Does not wrap: there is room for one line. */
const TITLE = 'OIDC\u00A0gateway';

/** The data for the page's script. */
export interface PageSettings {
  /** One for each tab. */
  readonly examples: readonly { readonly query: string; readonly variables: string }[];
  /** JSON text: the headers of every tab. */
  readonly defaultHeaders: string;
}

/** The page, and the files that it loads by path. */
export interface Page {
  readonly html: StaticFile;
  readonly files: ReadonlyMap<string, StaticFile>;
}

/**
 * Builds the GraphiQL page. Large content is in files with their hash in the name, so that browsers can cache them and a
 * page of another version loads others.
 * @param folder the path of the files, next to the page
 */
export async function makePage(settings: PageSettings, folder: string): Promise<Page> {
  const contents = await readPageFiles();
  const files = new Map<string, StaticFile>();
  /** @returns the attributes that load the file */
  const add = (attribute: string, content: string, ending: string, type: string): string => {
    const file = createFile(content, type);
    const path = `${folder}${file.hash}${ending}`;
    files.set(path, file);
    // A relative path also works behind a proxy that serves the gateway below another path.
    return `${attribute}="${path.slice(1)}" integrity="${file.integrity}"`;
  };
  const script = 'text/javascript; charset=utf-8';
  const style = add('href', contents['styles.css'], '.css', 'text/css; charset=utf-8');
  const vendorScript = add('src', contents['vendor.js'], '.js', script);
  const ownScript = add('src', contents['page.js'], '.js', script);
  // Inside a script element, only these end it or change how its end is found.
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
<script defer ${vendorScript}></script>
<script type="module" ${ownScript}></script>
</body>
</html>
`;
  return { html: createFile(html, 'text/html; charset=utf-8'), files };
}
