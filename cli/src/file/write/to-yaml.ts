import { Document, isMap, isScalar, type Node, Scalar, visit } from 'yaml';
import { visible } from '../../terminal/text.ts';
import { fieldsOf, schemaAt } from '../schema/fields.ts';
import { signInFile, type SignInFile } from '../schema.ts';

/** How long a map in one line may be. */
const MAX_INLINE = 80;

/** Texts that other readers of YAML take for something else, such as `yes`, get quotation marks. */
export const SCALARS = { compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;

/** How files are written. Lines are never folded. */
export const STYLE = {
  lineWidth: 0,
  doubleQuotedMinMultiLineLength: Infinity,
} as const;

/**
 * A file as YAML, which `loadFile` reads as the same, but with entries and issuers in the order of their ids. The same content is
 * always the same text.
 *
 * @param comments lines that it begins with
 */
export function toYaml(file: SignInFile, comments: readonly string[] = []): string {
  const document = new Document(null, SCALARS);
  document.contents = nodeOf(document, withoutEmpty(sorted(file)), []);
  visit(document, {
    Pair: (key, pair, path) => {
      if (path.length === 2 && key !== 0 && isScalar(pair.key)) pair.key.spaceBefore = true;
    },
    Map: (key, map, path) => {
      if (path.length === 4 && typeof key === 'number' && key > 0) map.spaceBefore = true;
    },
  });
  const header = comments.map((line) => `# ${visible(line)}\n`).join('');
  return header + safeText(document.toString(STYLE));
}

/** A value of a file as a node of a document: fields in the order of the schema, small things in one line. */
export function nodeOf(
  document: Document,
  value: unknown,
  path: readonly (string | number)[],
): Node {
  const node = document.createNode(inOrder(value, schemaAt(signInFile, path)), SCALARS);
  visit(node, {
    Scalar: (_key, scalar) => {
      if (typeof scalar.value === 'string' && visible(scalar.value) !== scalar.value)
        scalar.type = Scalar.QUOTE_DOUBLE;
    },
    Pair: (_key, { value: map }) => {
      if (!isMap(map) || map.items.length !== 1) return;
      map.flow = isScalar(map.items[0]?.value) && JSON.stringify(map).length <= MAX_INLINE;
    },
  });
  return node;
}

/** YAML with everything escaped that a terminal would act on. Only texts in double quotation marks have it: `nodeOf` sees to that. */
export function safeText(yaml: string): string {
  return yaml.split('\n').map(visible).join('\n');
}

function sorted({ issuers, openIdConnects, oidcConfigs, ...rest }: SignInFile): SignInFile {
  return {
    ...rest,
    issuers: Object.fromEntries(
      Object.entries(issuers).toSorted(([one], [other]) => compare(one, other)),
    ),
    openIdConnects: openIdConnects.toSorted((one, other) => compare(one.id, other.id)),
    oidcConfigs: oidcConfigs.toSorted((one, other) => compare(one.idpId, other.idpId)),
  };
}

/** By code units, so that the order is the same everywhere. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function withoutEmpty(file: SignInFile): Partial<SignInFile> {
  return Object.fromEntries(
    Object.entries(file).filter(
      ([, value]) => typeof value !== 'object' || Object.keys(value).length > 0,
    ),
  );
}

/** Plain data with the fields of each map in the order of the schema, without those that are undefined. */
function inOrder(value: unknown, schema: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => inOrder(item, schemaAt(schema, [0])));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const fields = fieldsOf(schema);
  if (fields.length > 0)
    entries.sort(([one], [other]) => fields.indexOf(one) - fields.indexOf(other));
  return Object.fromEntries(
    entries.map(([name, field]) => [name, inOrder(field, schemaAt(schema, [name]))]),
  );
}
