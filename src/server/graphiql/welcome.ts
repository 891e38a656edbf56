/** Each comment is one line here: the page breaks it where the editor ends. */
const TITLE = '# Welcome to the OpenID Connect gateway.';

/** If the upstreams are emulators. */
const TRY_ALL = '# Each tab is a working example. To run it, press the play button or Ctrl-Enter. The tabs show the life of a configuration on each platform, and then errors.';

/** If the upstreams are real. */
const READ_ONLY = '# These tabs change nothing: they read, or they show what a change would do (dry run). To run one, press the play button or Ctrl-Enter.';

const ORIENTATION = '# Variables and headers are below. The schema is behind the book icon. A field returns a union: its success, or one of the errors that it can have.';

/** If the headers of the tabs have placeholders. */
const FILL_IN = '# In the headers of each tab, put credentials of your own in place of <token> or <key>. The round arrow then fetches the schema.';

/** What the first tab begins with. */
export function welcome({ writes, placeholders }: { readonly writes: boolean; readonly placeholders: boolean }): string {
  return [TITLE, writes ? TRY_ALL : READ_ONLY, ORIENTATION, ...(placeholders ? [FILL_IN] : [])].join('\n#\n').concat('\n\n');
}
