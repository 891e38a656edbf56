/** Most tags of forms that are looked at in one page. A form that sends itself has a dozen. */
const MAX_TAGS = 50;

/** Longest tag, in characters: an ID token may be in one. */
const MAX_TAG = 20_000;

const FORM_TAG = /<(form|input|\/form)(?=[\s/>])/iy;
const ATTRIBUTE = /[\s/]*([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/y;

/** A form of a page, with the values that it sends. */
export interface HtmlForm {
  readonly action: string;
  readonly values: URLSearchParams;
}

/** The forms of a page. Takes bounded work, whatever the page is. */
export function formsIn(html: string): HtmlForm[] {
  const forms: HtmlForm[] = [];
  let open: HtmlForm | null = null;
  let tags = 0;
  for (let at = html.indexOf('<'); at !== -1 && tags < MAX_TAGS; at = html.indexOf('<', at + 1)) {
    FORM_TAG.lastIndex = at;
    const [tag, name] = FORM_TAG.exec(html) ?? [];
    if (tag === undefined || name === undefined) continue;
    tags += 1;
    if (name.startsWith('/')) {
      open = null;
      continue;
    }
    const attributes = attributesIn(html.slice(at + tag.length, at + MAX_TAG));
    if (name.toLowerCase() === 'form') {
      open = { action: attributes.get('action') ?? '', values: new URLSearchParams() };
      forms.push(open);
    } else open?.values.append(attributes.get('name') ?? '', attributes.get('value') ?? '');
  }
  return forms;
}

/** The attributes at the start of a text, up to what is none. The first of several with the same name counts. */
function attributesIn(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  ATTRIBUTE.lastIndex = 0;
  for (let found = ATTRIBUTE.exec(text); found !== null; found = ATTRIBUTE.exec(text)) {
    const [, name = '', double, single, plain] = found;
    const key = name.toLowerCase();
    if (!attributes.has(key)) attributes.set(key, unescaped(double ?? single ?? plain ?? ''));
  }
  return attributes;
}

/** What a page says to people: its text without scripts, styles, comments and tags. Takes time in proportion to its length. */
export function textIn(html: string): string {
  const [first = '', ...rest] = html.split(/<(?=(?:script|style)[\s>])/i);
  // A script that contains the start of one ends with a part of its own, and is left out as a whole.
  const after = rest.map((part) =>
    part
      .split(/<\/(?=(?:script|style)[\s>])/i)
      .slice(1)
      .join(' '),
  );
  const [text = '', ...tags] = [first, ...after].join('<>').split('<');
  return unescaped([text, ...tags.map((part) => part.slice(part.indexOf('>') + 1))].join(' '));
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
  ['lt', '<'],
  ['gt', '>'],
]);

function unescaped(text: string): string {
  return text.replaceAll(
    /&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|(amp|quot|apos|lt|gt));/gi,
    (_all, decimal?: string, hex?: string, name?: string) =>
      NAMED.get(name?.toLowerCase() ?? '') ??
      String.fromCodePoint(
        decimal === undefined ? Number.parseInt(hex ?? '0', 16) : Number(decimal),
      ),
  );
}
