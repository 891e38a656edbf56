import { endOfString } from './exact-json.ts';

const [QUOTE, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d,
];

/** An object or list that is still open. */
interface Level {
  /** The names of the members so far; null for a list. */
  readonly names: Set<string> | null;
  /** Whether the next text is the name of a member. */
  beforeName: boolean;
  /** The current position: the name of a member, or the index of an item. */
  step: string | number;
}

/**
 * Looks for a member that an object has more than once: `JSON.parse` silently uses the last one, other parsers the first
 * (RFC 8259 section 4). Names are compared after escapes are undone. Linear in the length of the text.
 * @param text well-formed JSON
 * @returns the path of the first repeated member; null if there is none
 */
export function repeatedMember(text: string): readonly string[] | null {
  const levels: Level[] = [];
  let level: Level | undefined;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case QUOTE: {
        const end = endOfString(text, at);
        if (level?.beforeName === true) {
          const name = nameIn(text.slice(at, end));
          level.step = name;
          if (level.names?.has(name) === true) return levels.map(({ step }) => String(step));
          level.names?.add(name);
          level.beforeName = false;
        }
        at = end - 1;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_LIST: {
        const isObject = text.charCodeAt(at) === OPEN_OBJECT;
        level = { names: isObject ? new Set() : null, beforeName: isObject, step: 0 };
        levels.push(level);
        break;
      }
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        levels.pop();
        level = levels.at(-1);
        break;
      case COMMA:
        if (typeof level?.step === 'number' && level.names === null) level.step += 1;
        else if (level !== undefined) level.beforeName = true;
        break;
    }
  }
  return null;
}

/** @param quoted a string of JSON with its quotes */
function nameIn(quoted: string): string {
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}
