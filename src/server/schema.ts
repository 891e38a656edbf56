import { getNamedType, isUnionType, lexicographicSortSchema, printSchema } from 'graphql';
import type { GraphQLField, GraphQLFieldResolver, GraphQLSchema, GraphQLUnionType } from 'graphql';
import type { Scope } from '../domain/identity.ts';
import { aboutScope, refusalOf, scopeOf } from '../graph/authorization.ts';
import type { GatewayContext } from '../graph/context.ts';
import { errorTypeName, errorValue } from '../graph/errors.ts';
import type { ErrorType } from '../graph/errors.ts';
import { refuseInexactIds } from '../graph/exact-ids.ts';
import { createGraph } from '../graph/graph.ts';
import type { Graph } from '../graph/graph.ts';
import type { Upstream } from '../transport/upstream.ts';

/** What a write was, for the audit trail. */
export interface WriteOutcome {
  readonly field: string;
  /** Its name in the response. */
  readonly path: string;
  /** How many times something was about to be sent for it. */
  readonly intents: number;
  readonly args: Readonly<Record<string, unknown>>;
  /** Name of the union member; null where the field failed in a way that is masked. */
  readonly member: string | null;
  /** What the field gave; null where it was an error. */
  readonly success: unknown;
  /** Whether nobody knows of a write that was a part of it whether it was applied. */
  readonly isOutcomeUnknown: boolean;
  /** Of the last answer of an upstream, null where there is none. */
  readonly upstreamRequestId: string | null;
  readonly context: GatewayContext;
}

/** Is told what a write was. The response waits for what it gives. */
export type OnWrite = (outcome: WriteOutcome) => Promise<unknown> | null;

/** Builds the schema of a gateway over these upstreams. `onWrite` is told of every root field of a mutation when it ends. */
export function buildSchema(
  upstreams: readonly Upstream<Graph>[],
  onWrite: OnWrite = () => null,
): GraphQLSchema {
  const graph = createGraph(upstreams);
  for (const upstream of upstreams) upstream.registerSchema(graph);
  const schema = refuseInexactIds(graph.builder.toSchema());
  const mutation = schema.getMutationType();
  for (const root of [schema.getQueryType(), mutation]) {
    for (const field of Object.values<RootField>(root?.getFields() ?? {}))
      guard(field, root === mutation ? onWrite : null);
  }
  return schema;
}

/** The schema as text, sorted, so that two of them can be compared line by line. */
export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

type RootField = GraphQLField<unknown, GatewayContext, Record<string, unknown>>;

/** What the gateway itself may refuse any field with. */
const REFUSALS = [errorTypeName('PERMISSION_DENIED'), errorTypeName('RATE_LIMITED')];

/** Lets a root field be resolved only for callers who may have it, says so in its description, and notes what it gave. @param onWrite null if the field writes nothing */
function guard(field: RootField, onWrite: OnWrite | null): void {
  const { name } = field;
  const resolve = ownResolver(field);
  const scope = scopeOf(field);
  const union = getNamedType(field.type);
  if (resolve === undefined || !isUnionType(union))
    throw new Error(`The root field ${name} must have a resolver, and give a union.`);
  const members = union.getTypes().map((member) => member.name);
  const missing = REFUSALS.filter((member) => !members.includes(member));
  if (missing.length > 0)
    throw new Error(
      `The root field ${name} must be able to give ${missing.join(' and ')}: the gateway itself may refuse it.`,
    );
  if (scope === undefined)
    throw new Error(`The root field ${name} must declare the scope that it needs.`);
  field.description = [field.description, aboutScope(scope)].filter(Boolean).join(' ');
  field.resolve = guarded(name, scope, union, resolve, errorTypes(field), onWrite);
}

/** The errors that a field declares; all others are unexpected. */
function errorTypes({ extensions }: RootField): readonly ErrorType[] {
  return (extensions['pothosErrors'] as readonly ErrorType[] | undefined) ?? [];
}

/**
 * The resolver as it was written. Pothos has one around it that makes a value of an error that is thrown, by a copy
 * with its stack, which is a tenth of all that such an answer takes; here that is `errorValue`.
 */
function ownResolver({ resolve, extensions }: RootField): RootField['resolve'] {
  return (extensions['pothosOriginalResolve'] as RootField['resolve']) ?? resolve;
}

function guarded(
  field: string,
  scope: Scope,
  union: GraphQLUnionType,
  resolve: NonNullable<RootField['resolve']>,
  errors: readonly ErrorType[],
  onWrite: OnWrite | null,
): GraphQLFieldResolver<unknown, GatewayContext, Record<string, unknown>> {
  /** A declared error as a value. @throws any other one */
  const declared = (error: unknown): unknown => {
    const type = errors.find((one) => error instanceof one);
    if (type === undefined) throw error;
    return errorValue(error as Error, type);
  };

  return async (source, args, context, info) => {
    const { upstreamRequestIds, progress } = context;
    const answers = upstreamRequestIds.length;
    const unknown = progress.unknownOutcomes;
    const write =
      onWrite === null
        ? null
        : (progress.write = { field, path: String(info.path.key), intents: 0 });
    let member: string | null = null;
    let success: unknown = null;
    try {
      let value: unknown;
      try {
        const refusal = refusalOf(context, scope);
        if (refusal === null) value = success = await resolve(source, args, context, info);
        else value = declared(refusal);
      } catch (error) {
        value = declared(error);
      }
      const type: unknown = union.resolveType?.(value, context, info, union);
      const name: unknown = type instanceof Promise ? await type : type;
      member = typeof name === 'string' ? name : null;
      return value;
    } finally {
      progress.outcomes.push({ field, member });
      if (onWrite !== null && write !== null) {
        progress.write = null;
        progress.told = onWrite({
          ...write,
          args,
          member,
          success,
          isOutcomeUnknown: progress.unknownOutcomes > unknown,
          upstreamRequestId:
            upstreamRequestIds.length > answers ? (upstreamRequestIds.at(-1) ?? null) : null,
          context,
        });
      }
    }
  };
}
