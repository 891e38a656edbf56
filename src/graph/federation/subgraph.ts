import {
  isObjectType,
  Kind,
  lexicographicSortSchema,
  parse,
  print,
  printSchema,
  visit,
} from 'graphql';
import type { ConstDirectiveNode, GraphQLSchema } from 'graphql';
import { entityOf } from './entity.ts';

const SPECIFICATION = 'https://specs.apollo.dev/federation/v2.9';

/** The schema as text for composers: sorted, with `@link`, `@key` and `@tag`. */
export function printSubgraph(schema: GraphQLSchema): string {
  const document = visit(parse(printSchema(lexicographicSortSchema(schema))), {
    ObjectTypeDefinition: (node) => {
      const type = schema.getType(node.name.value);
      if (!isObjectType(type)) return undefined;
      const key = entityOf(type)?.key;
      return {
        ...node,
        directives: key === undefined ? [] : [directive('key', 'fields', key)],
        fields: node.fields?.map((field) => {
          const tag = type.getFields()[field.name.value]?.extensions['tag'];
          return typeof tag === 'string'
            ? { ...field, directives: [directive('tag', 'name', tag)] }
            : field;
        }),
      };
    },
  });
  const link = parse(`extend schema @link(url: "${SPECIFICATION}", import: ["@key", "@tag"])`);
  return `${print({ ...document, definitions: [...link.definitions, ...document.definitions] })}\n`;
}

function directive(name: string, argument: string, value: string): ConstDirectiveNode {
  const named = (text: string) => ({ kind: Kind.NAME, value: text }) as const;
  return {
    kind: Kind.DIRECTIVE,
    name: named(name),
    arguments: [
      { kind: Kind.ARGUMENT, name: named(argument), value: { kind: Kind.STRING, value } },
    ],
  };
}
