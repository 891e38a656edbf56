import { composeServices as composeWithApollo } from '@apollo/composition';
import { composeServices as composeWithTheGuild } from '@theguild/federation-composition';
import { ROUTER_COMPATIBILITY_VERSION_ONE, federateSubgraphs } from '@wundergraph/composition';
import { Kind, parse, printSchema } from 'graphql';
import type { Subgraph } from './subgraphs.ts';

/** A supergraph, as far as all composers tell about it. */
export interface Supergraph {
  /** What clients see. */
  readonly api: string;
  /** Names of the subgraphs that objects of the type can be read from by this key, sorted. */
  readonly readableFrom: (typeName: string, key: string) => string[];
}

/** The result of composition: a supergraph, or the reason for its failure. */
export type Composition =
  | { readonly errors: readonly string[]; readonly supergraph?: undefined }
  | { readonly errors?: undefined; readonly supergraph: Supergraph };

export type Composer = (subgraphs: readonly Subgraph[]) => Composition;

/** The composers of three vendors. */
export const COMPOSERS: Readonly<Record<string, Composer>> = {
  '@apollo/composition': (subgraphs) => {
    const { errors, hints, schema, supergraphSdl } = composeWithApollo([...subgraphs]);
    if (errors) return { errors: errors.map(String) };
    // Hints are doubts about what was composed.
    if (hints.length > 0) return { errors: hints.map(String) };
    return {
      supergraph: {
        api: printSchema(schema.toAPISchema().toGraphQLJSSchema()),
        readableFrom: readableFrom(supergraphSdl),
      },
    };
  },
  '@theguild/federation-composition': (subgraphs) => {
    const { errors, supergraphSdl, publicSdl } = composeWithTheGuild([...subgraphs]);
    if (errors) return { errors: errors.map(String) };
    return { supergraph: { api: publicSdl, readableFrom: readableFrom(supergraphSdl) } };
  },
  '@wundergraph/composition': (subgraphs) => {
    const result = federateSubgraphs({
      subgraphs: subgraphs.map(({ name, url, typeDefs }) => ({ name, url, definitions: typeDefs })),
      version: ROUTER_COMPATIBILITY_VERSION_ONE,
    });
    if (!result.success) return { errors: result.errors.map(String) };
    if (result.warnings.length > 0) return { errors: result.warnings.map(String) };
    return {
      supergraph: {
        api: printSchema(result.federatedGraphClientSchema),
        readableFrom: (typeName, key) =>
          [...result.subgraphConfigBySubgraphName]
            .filter(([, { configurationDataByTypeName }]) =>
              configurationDataByTypeName
                .get(typeName)
                ?.keys?.some(
                  ({ selectionSet, disableEntityResolver }) =>
                    selectionSet === key && disableEntityResolver !== true,
                ),
            )
            .map(([name]) => name)
            .sort(),
      },
    };
  },
};

/** Reads `@join__type(graph: …, key: …)` of a supergraph's schema. */
function readableFrom(supergraphSdl: string): Supergraph['readableFrom'] {
  const { definitions } = parse(supergraphSdl);
  return (typeName, key) =>
    definitions
      .flatMap((definition) =>
        definition.kind === Kind.OBJECT_TYPE_DEFINITION && definition.name.value === typeName
          ? (definition.directives ?? [])
          : [],
      )
      .filter(({ name }) => name.value === 'join__type')
      .map((join) =>
        Object.fromEntries(
          (join.arguments ?? []).map(({ name, value }) => [
            name.value,
            'value' in value ? value.value : '',
          ]),
        ),
      )
      .filter(({ key: one, resolvable }) => one === key && resolvable !== false)
      .map(({ graph }) => String(graph).toLowerCase())
      .sort();
}
