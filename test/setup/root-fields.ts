import { doTypesOverlap, getNamedType, isCompositeType, isUnionType } from 'graphql';
import type { GraphQLUnionType } from 'graphql';
import type { Scope } from '../../src/domain/identity.ts';
import { scopeOf } from '../../src/graph/authorization.ts';
import { buildSchema } from '../../src/server/schema.ts';
import { upstreams } from '../../src/upstreams/index.ts';

/** The schema of the gateway. */
export const schema = buildSchema(upstreams);

export interface RootField {
  readonly name: string;
  readonly kind: 'query' | 'mutation';
  /** What it declares that callers need. */
  readonly scope: Scope | undefined;
  readonly args: readonly { readonly name: string; readonly type: string }[];
  readonly union: GraphQLUnionType;
  /** Names of the union's members. */
  readonly members: readonly string[];
}

/** Every field of the root types, by name. */
export const ROOT_FIELDS: ReadonlyMap<string, RootField> = new Map(
  (['query', 'mutation'] as const).flatMap((kind) => {
    const type = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    return Object.values(type?.getFields() ?? {}).map((declared) => {
      const { name, args, type: given } = declared;
      const union = getNamedType(given);
      if (!isUnionType(union)) throw new Error(`${name} gives no union`);
      const field = {
        name,
        kind,
        scope: scopeOf(declared),
        args: args.map((arg) => ({ name: arg.name, type: arg.type.toString() })),
        union,
        members: union.getTypes().map((member) => member.name),
      };
      return [name, field] as const;
    });
  }),
);

/**
 * A document with one root field, as `result`, whose arguments are variables of the same names.
 * @param fragments what to select of which type; types that the field cannot give are left out
 */
export function documentOf(name: string, fragments: Readonly<Record<string, string>> = {}): string {
  const field = ROOT_FIELDS.get(name);
  if (field === undefined) throw new Error(`no root field ${name}`);
  const { kind, args, union } = field;
  const possible = Object.entries(fragments).filter(([typeName]) => {
    const type = schema.getType(typeName);
    if (!isCompositeType(type)) throw new Error(`no type ${typeName} to select from`);
    return doTypesOverlap(schema, union, type);
  });
  const list = (items: readonly string[]) => (items.length === 0 ? '' : `(${items.join(', ')})`);
  const selection = [
    '__typename',
    ...possible.map(([typeName, fields]) => `... on ${typeName} { ${fields} }`),
  ].join('\n    ');
  return `${kind} ${list(args.map((arg) => `$${arg.name}: ${arg.type}`))} {
  result: ${name}${list(args.map((arg) => `${arg.name}: $${arg.name}`))} {
    ${selection}
  }
}`;
}
