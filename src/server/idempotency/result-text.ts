import { randomUUID } from 'node:crypto';
import { isObject } from '../../domain/json/json.ts';
import { Secret } from '../../domain/scrub/secret.ts';

/** Length of the name that stands for a secret, in characters. */
const MARKER = 36;

/** The result of a write as text, without its secrets. */
export function textOfResult(result: unknown): string {
  // A name that nothing in the result can have.
  const marker = randomUUID();
  const text = JSON.stringify(
    result,
    function (this: Readonly<Record<string, unknown>>, name, value: unknown) {
      // `value` is what a secret has for JSON, the member itself is the secret.
      return this[name] instanceof Secret ? { [marker]: true } : value;
    },
  );
  return marker + text;
}

/** The result that a text stands for. Its secrets are withheld: that there is one is known, but not which. */
export function resultOfText(text: string): unknown {
  const marker = text.slice(0, MARKER);
  return JSON.parse(text.slice(MARKER), (_name, value: unknown) =>
    isObject(value) && marker in value ? Secret.withheld() : value,
  );
}
