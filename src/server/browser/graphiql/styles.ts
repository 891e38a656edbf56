/**
 * Adds to GraphiQL's styles: a list of the tabs that are out of sight, and a layout for narrow windows, where the result
 * is below the editors and the documentation covers both.
 */
export const STYLES = `
body { margin: 0; }
#root > p { font-family: sans-serif; padding: 16px; }
.graphiql-container { width: 100%; }
.graphiql-container .graphiql-session-header { min-width: 0; }
.graphiql-container .graphiql-tabs { scroll-padding: 0 32px; }
/* Animations leave it behind: a tab that is pressed or has the focus would jump away from under the pointer. */
.graphiql-container .graphiql-tab { transform: none !important; }
.graphiql-container .graphiql-tab-button:focus-visible, .graphiql-container .graphiql-tab-add:focus-visible { outline: 2px solid hsl(var(--color-primary)); outline-offset: -2px; }
.graphiql-tabs[data-more="left"] { mask-image: linear-gradient(to right, transparent, black 32px); }
.graphiql-tabs[data-more="right"] { mask-image: linear-gradient(to left, transparent, black 32px); }
.graphiql-tabs[data-more="both"] { mask-image: linear-gradient(to right, transparent, black 32px, black calc(100% - 32px), transparent); }
.graphiql-container .graphiql-tab-add { flex-shrink: 0; }
.graphiql-container .graphiql-logo { order: 2; flex-shrink: 0; white-space: nowrap; }
.gateway-tabs { order: 1; display: flex; flex-shrink: 0; align-items: center; gap: 8px; }
.gateway-tabs[hidden], .gateway-tabs [hidden] { display: none; }
.gateway-tabs label, .gateway-tabs button { position: relative; border: 1px solid hsla(var(--color-neutral), var(--alpha-background-heavy)); border-radius: var(--border-radius-4); background: none; color: hsl(var(--color-neutral)); font: inherit; line-height: 20px; padding: 1px 8px; white-space: nowrap; cursor: pointer; }
.gateway-tabs label:hover, .gateway-tabs button:hover { background: hsla(var(--color-neutral), var(--alpha-background-light)); }
.gateway-tabs label:focus-within, .gateway-tabs button:focus-visible { outline: 2px solid hsl(var(--color-primary)); }
/* The browser's own list, which keyboards and screen readers know, under a text that says how many are out of sight. */
.gateway-tabs select { position: absolute; inset: 0; width: 100%; opacity: 0; cursor: pointer; color: black; background: white; }

@media (max-width: 720px) {
  .graphiql-container .graphiql-container { flex-direction: column; }
  .graphiql-container .graphiql-sidebar { flex-direction: row; width: auto; height: 44px; flex-shrink: 0; padding: 4px 8px 0; overflow: auto hidden; }
  .graphiql-container .graphiql-sidebar > button { height: 40px; width: 40px; margin-top: 0 !important; }
  .graphiql-container .graphiql-sidebar > button:nth-child(3) { margin-left: auto; }
  .graphiql-container .graphiql-main { min-height: 0; }
  .graphiql-container .graphiql-sessions { margin: 4px; }
  .graphiql-container .graphiql-session-header { gap: 4px; padding: 8px 4px 0; }
  .graphiql-container .graphiql-logo span { display: none; }
  .graphiql-container .graphiql-logo div { width: auto !important; }
  .graphiql-container #graphiql-session { flex-direction: column; gap: 8px; min-height: 0; padding: 0 4px 4px; }
  .graphiql-container .graphiql-horizontal-drag-bar { display: none; }
  .graphiql-container .graphiql-editors { min-height: 0; flex: 3 1 0% !important; }
  .graphiql-container .graphiql-response { min-height: 0; flex: 2 1 0% !important; padding-top: 0; }
  .graphiql-container .graphiql-query-editor { padding: 8px 4px; column-gap: 8px; min-height: 0; }
  .graphiql-container .graphiql-toolbar { overflow: hidden auto; }
  .graphiql-container .graphiql-editor-tools { padding: 0 8px; }
  .graphiql-container .graphiql-editor-tool { padding: 8px; min-height: 0; }
  /* An open documentation has a bar beside it, by which it is made wider or narrower. */
  .graphiql-container .graphiql-plugin:has(+ .graphiql-horizontal-drag-bar) { flex: 1 !important; min-width: 0 !important; border: none; }
  .graphiql-container .graphiql-plugin:has(+ .graphiql-horizontal-drag-bar) ~ .graphiql-sessions { display: none; }
}
`;
