/** Each paragraph is one line: the page wraps it at the width of the editor. */
const TITLE = 'Welcome to the OpenID Connect gateway';

/** Shown if the upstreams are emulators. */
const TRY_ALL =
  'Each tab is a working example: press play or Ctrl-Enter. They show the life cycle of a configuration on each platform, and then errors.';

/** Shown if the upstreams are real. */
const READ_ONLY =
  'These tabs change nothing: they read, or show what a change would do (dry run). Press play or Ctrl-Enter.';

const ORIENTATION =
  'Variables and headers are below; the schema is behind the book icon. Each field returns a success or a typed error.';

/** Shown if the headers of the tabs have placeholders. */
const FILL_IN =
  'In the headers of each tab, replace <token> or <key> with your own credentials. The round arrow then fetches the schema.';

/** The text at the top of the first tab. */
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
