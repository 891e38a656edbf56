/** Each paragraph is one line here: the page breaks it where the editor ends. */
const TITLE = 'Welcome to the OpenID Connect gateway';

/** If the upstreams are emulators. */
const TRY_ALL =
  'Each tab is a working example: press play or Ctrl-Enter. They show the life of a configuration on each platform, and then errors.';

/** If the upstreams are real. */
const READ_ONLY =
  'These tabs change nothing: they read, or show what a change would do (dry run). Press play or Ctrl-Enter.';

const ORIENTATION =
  'Variables and headers are below; the schema is behind the book icon. Each field returns a success or a typed error.';

/** If the headers of the tabs have placeholders. */
const FILL_IN =
  'In the headers of each tab, put credentials of your own instead of <token> or <key>. The round arrow then fetches the schema.';

/** What the first tab begins with. */
export function welcome({
  writes,
  placeholders,
}: {
  readonly writes: boolean;
  readonly placeholders: boolean;
}): string {
  const body = `${writes ? TRY_ALL : READ_ONLY} ${ORIENTATION}`;
  return [TITLE, body, ...(placeholders ? [FILL_IN] : [])]
    .map((paragraph) => `# ${paragraph}\n`)
    .join('#\n')
    .concat('\n');
}
