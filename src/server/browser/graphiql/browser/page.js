/* The script of GraphiQL's page, as browsers get it: nothing is built, and nothing is loaded by it. */

/**
 * A tab, as GraphiQL stores it.
 * @typedef {{ id: string, title: string, query: string | null, variables: string | null, headers: null, operationName: string | null, response: null }} Tab
 * @typedef {{ query: string, variables: string }} Example
 * @typedef {{ tabs: Tab[], activeTabIndex: number }} TabState
 */

/** Characters in a line of the editor, which does not wrap: as many as there is room for at 1280 pixels, and at 480. */
const LINE = 39;

/** GraphiQL's own name for its tabs in the storage, and for what is in the editors. */
const TABS = 'graphiql:tabState';
const QUERY = 'graphiql:query';
const VARIABLES = 'graphiql:variables';
/** The examples that the stored tabs were made of. */
const EXAMPLES = 'examples';

const settings =
  /** @type {{ examples: Example[], defaultHeaders: string, title: string, logo: string }} */ (
    JSON.parse(element('#settings').textContent)
  );
const examples = settings.examples.map(({ query, variables }) => ({
  query: wrapComments(query),
  variables,
}));
/** @type {() => void} */
let onTabsStored = () => undefined;
const storage = openStorage();

arrangeTabs();
/** @type {any} */ (globalThis)['YogaGraphiQL'].renderYogaGraphiQL(element('#root'), {
  title: settings.title,
  logo: settings.logo,
  defaultHeaders: settings.defaultHeaders,
  // Should the tabs not have been stored.
  defaultTabs: examples.map((example) => ({ ...example, headers: settings.defaultHeaders })),
  // Tokens stay out of the browser's storage.
  shouldPersistHeaders: false,
  storage,
  // A document stays out of the page's address, which others get to see: it may have secrets in it.
  onEditQuery: () => undefined,
});
tendTabs();

/**
 * @param {string} selector
 * @returns {Element}
 */
function element(selector) {
  const found = document.querySelector(selector);
  if (found === null) throw new Error(`The page has no ${selector}.`);
  return found;
}

/**
 * Storage of this page alone: another GraphiQL of the same origin, e.g. of a project that ran on this port before, has
 * its own names. If the browser keeps nothing, it lasts as long as the page.
 */
function openStorage() {
  const prefix = `oidc-gateway ${location.pathname} `;
  /** @type {Map<string, string>} */
  const memory = new Map();
  /** @type {Storage | null} */
  let kept = null;
  try {
    kept = localStorage;
  } catch {
    // Forbidden by the browser's settings.
  }
  const names = () =>
    kept === null
      ? [...memory.keys()]
      : Object.keys(kept)
          .filter((name) => name.startsWith(prefix))
          .map((name) => name.slice(prefix.length));
  return {
    /** @param {string} name */
    getItem: (name) => (kept === null ? (memory.get(name) ?? null) : kept.getItem(prefix + name)),
    /** @type {(name: string, value: string) => void} */
    setItem: (name, value) => {
      if (kept === null) memory.set(name, value);
      else kept.setItem(prefix + name, value);
      if (name === TABS) onTabsStored();
    },
    /** @param {string} name */
    removeItem: (name) => {
      if (kept === null) memory.delete(name);
      else kept.removeItem(prefix + name);
    },
    get length() {
      return names().length;
    },
    clear: () => {
      for (const name of names()) storage.removeItem(name);
    },
  };
}

/**
 * Before GraphiQL starts: its tabs are those that were stored. If the examples have changed since, or nothing is
 * stored, the examples of now come first, instead of those of then that nobody has edited; what users wrote stays.
 */
function arrangeTabs() {
  const stored = storedTabs();
  const texts = JSON.stringify(examples);
  const before = storage.getItem(EXAMPLES) ?? '';
  let { tabs, activeTabIndex } = stored ?? { tabs: [], activeTabIndex: 0 };
  if (stored === null || before !== texts) {
    const current = tabs[activeTabIndex];
    const replaced = [...listOfObjects(parsed(before)), ...examples];
    tabs = [...examples.map(tabOf), ...tabs.filter((tab) => !replaced.some(isIn(tab)))];
    activeTabIndex = Math.max(
      0,
      tabs.findIndex((tab) => current !== undefined && isIn(tab)(current)),
    );
  }
  // A link to the page may bring a document.
  const parameters = new URLSearchParams(location.search);
  const query = parameters.get('query');
  if (query !== null) {
    const linked = tabOf({ query, variables: parameters.get('variables') ?? '' });
    activeTabIndex = tabs.findIndex(isIn(linked));
    if (activeTabIndex === -1) activeTabIndex = tabs.push(linked) - 1;
  }
  const active = tabs[activeTabIndex];
  try {
    // GraphiQL looks for what is in the editors among the tabs.
    for (const [name, text] of /** @type {const} */ ([
      [QUERY, active?.query],
      [VARIABLES, active?.variables],
    ])) {
      if (text) storage.setItem(name, text);
      else storage.removeItem(name);
    }
    storage.setItem(TABS, JSON.stringify({ tabs, activeTabIndex }));
    storage.setItem(EXAMPLES, texts);
  } catch (error) {
    // The storage is full.
    console.warn('The tabs cannot be stored.', error);
  }
}

/** @returns {TabState | null} what GraphiQL would read, too */
function storedTabs() {
  const state = parsed(storage.getItem(TABS) ?? '');
  return listOfObjects(state?.tabs).length > 0 && typeof state.activeTabIndex === 'number'
    ? state
    : null;
}

/**
 * @param {string} text
 * @returns {any} null if it is not JSON
 */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @param {unknown} value
 * @returns {any[]} empty if it is anything else
 */
function listOfObjects(value) {
  return Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null)
    ? value
    : [];
}

/**
 * @param {Example} example
 * @returns {Tab}
 */
function tabOf({ query, variables }) {
  const name = /^(?:query|mutation|subscription)\s{1,20}(\w{1,100})/m.exec(query)?.[1] ?? null;
  return {
    id: crypto.randomUUID?.() ?? String(Math.random()),
    title: name ?? '<untitled>',
    query,
    variables,
    headers: null,
    operationName: name,
    response: null,
  };
}

/**
 * Whether something has the text of a tab.
 * @param {Pick<Tab, 'query' | 'variables'>} tab
 * @returns {(other: Pick<Tab, 'query' | 'variables'>) => boolean}
 */
function isIn(tab) {
  return ({ query, variables }) =>
    (query ?? '') === (tab.query ?? '') && (variables ?? '') === (tab.variables ?? '');
}

/**
 * Breaks the comments of a document into lines that the editor shows whole.
 * @param {string} text
 */
function wrapComments(text) {
  return text.replaceAll(/^# .*$/gm, (comment) => {
    /** @type {string[]} */
    const lines = [];
    let line = '#';
    for (const word of comment.slice(2).split(' ')) {
      if (line !== '#' && line.length + 1 + word.length > LINE) {
        lines.push(line);
        line = '#';
      }
      line += ` ${word}`;
    }
    return [...lines, line].join('\n');
  });
}

/** Says how many tabs are out of sight and lets users reach them: by a list, the wheel, and the arrow keys. */
function tendTabs() {
  const controls = document.createElement('div');
  controls.className = 'gateway-tabs';
  const label = document.createElement('label');
  const count = document.createElement('span');
  const list = document.createElement('select');
  list.setAttribute('aria-label', 'All tabs');
  label.append(count, list);
  const restore = document.createElement('button');
  restore.type = 'button';
  restore.textContent = '↺';
  restore.title =
    'Restore the examples. The page reloads, and what you entered in the headers is lost.';
  restore.setAttribute('aria-label', restore.title);
  controls.append(label, restore);

  /** @returns {HTMLElement[]} */
  const buttons = () =>
    [...document.querySelectorAll('.graphiql-tab-button')].filter(
      (button) => button instanceof HTMLElement,
    );
  const activeIndex = () =>
    buttons().findIndex((button) => button.closest('.graphiql-tab-active') !== null);
  const showTab = (/** @type {EventTarget | undefined | null} */ button) => {
    if (button instanceof Element)
      button.closest('.graphiql-tab')?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  };
  let shownId = '';

  const update = () => {
    const header = document.querySelector('.graphiql-session-header');
    const strip = header?.querySelector('.graphiql-tabs');
    if (!(header instanceof HTMLElement) || !(strip instanceof HTMLElement)) return;
    if (controls.parentElement !== header) {
      header.append(controls);
      resized.observe(header);
    }
    const all = buttons();
    const active = activeIndex();
    const titles = all.map((button) => button.textContent);
    if (JSON.stringify(titles) !== JSON.stringify([...list.options].map(({ text }) => text)))
      list.replaceChildren(...titles.map((title) => new Option(title)));
    list.selectedIndex = active;
    // However a tab was opened, it comes into sight.
    const id = `${active} ${all.length} ${innerWidth}`;
    if (id !== shownId) showTab(all[active]);
    shownId = id;
    const { left, right } = strip.getBoundingClientRect();
    const places = all.map((button) =>
      (button.closest('.graphiql-tab') ?? button).getBoundingClientRect(),
    );
    const before = places.filter((place) => place.left < left - 1).length;
    const after = places.filter((place) => place.right > right + 1).length;
    strip.dataset['more'] =
      before > 0 && after > 0 ? 'both' : before > 0 ? 'left' : after > 0 ? 'right' : 'none';
    const hidden = places.filter(
      (place) => place.left < left - 1 || place.right > right + 1,
    ).length;
    count.textContent = `${hidden} more ▾`;
    label.hidden = hidden === 0;
  };
  let waiting = false;
  const updateSoon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      update();
    });
  };
  const resized = new ResizeObserver(updateSoon);
  // What this changes itself is not looked at.
  new MutationObserver((changes) => {
    if (changes.some(({ target }) => !controls.contains(target))) updateSoon();
  }).observe(element('#root'), {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ['class'],
  });

  list.addEventListener('change', () => {
    buttons()[list.selectedIndex]?.click();
  });
  restore.addEventListener('click', () => {
    storage.removeItem(EXAMPLES);
    location.reload();
  });
  onTabsStored = () => {
    const tabs = storedTabs()?.tabs ?? [];
    restore.hidden = examples.every((example) => tabs.some(isIn(example)));
  };
  onTabsStored();

  const strip = (/** @type {EventTarget | null} */ target) =>
    target instanceof Element ? target.closest('.graphiql-tabs') : null;
  addEventListener('focusin', ({ target }) => {
    if (strip(target) !== null) showTab(target);
  });
  addEventListener(
    'scroll',
    ({ target }) => {
      if (strip(target) !== null) updateSoon();
    },
    true,
  );
  addEventListener(
    'wheel',
    (event) => {
      const tabs = strip(event.target);
      if (tabs === null || event.ctrlKey || tabs.scrollWidth <= tabs.clientWidth) return;
      event.preventDefault();
      tabs.scrollLeft += event.deltaX + event.deltaY;
    },
    { passive: false },
  );
  addEventListener('keydown', (event) => {
    const all = buttons();
    const at = all.findIndex((button) => button === event.target);
    if (at === -1) return;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[Math.min(Math.max(to, 0), all.length - 1)]?.focus();
  });
}
