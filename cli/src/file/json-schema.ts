import { z } from 'zod';
import { ENTRY_LISTS } from './load/overlay.ts';
import { signInFile } from './schema.ts';

/** What is changed here of JSON Schema. */
interface JsonSchema {
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | false;
}

/** The JSON Schema of a file, for editors. */
export function fileSchema(): JsonSchema {
  // Draft 7 is what editors read best.
  return z.toJSONSchema(signInFile, { target: 'draft-7', io: 'input' }) as JsonSchema;
}

/** The JSON Schema of an overlay: as that of the file, but an entry needs only its id. */
export function overlaySchema(): JsonSchema {
  const { properties = {}, required: _required, ...file } = fileSchema();
  return {
    ...file,
    properties: Object.fromEntries(
      Object.entries(properties).map(([field, list]) => {
        const idField = ENTRY_LISTS.get(field);
        return [
          field,
          idField === undefined || !list.items
            ? list
            : { ...list, items: { ...list.items, required: [idField] } },
        ];
      }),
    ),
  };
}
