import { getNamedType, isUnionType, lexicographicSortSchema, printSchema } from 'graphql';
import type { GraphQLField, GraphQLFieldResolver, GraphQLSchema, GraphQLUnionType } from 'graphql';
import type { Scope } from '../domain/identity.ts';
import { aboutScope, refusalOf, scopeOf } from '../graph/authorization.ts';
import type { GatewayContext } from '../graph/context.ts';
import { beginRootField } from '../graph/edges/reads.ts';
import { declaredError, errorTypeName } from '../graph/errors.ts';
import type { ErrorType } from '../graph/errors.ts';
import { refuseInexactIds } from '../graph/scalars/exact-ids.ts';
import { addFederation } from '../graph/federation/federation.ts';
import { createGraph } from '../graph/graph.ts';
import type { Graph } from '../graph/graph.ts';
import { doesResume, keyOf } from '../graph/keys.ts';
import type { DocumentLimits } from '../config/limit-settings.ts';
import { addChecks } from '../sign-in/check-schema.ts';
import { addIssuers } from '../sign-in/issuer-schema.ts';
import { addSignInProvisioning } from '../sign-in/provision-schema.ts';
import type { Upstream } from '../transport/upstream.ts';
import { addWatches } from '../watch/schema.ts';
import type { RunOnce } from './idempotency/idempotency.ts';
import { maxReferences } from './limits/document-limits.ts';

/** The outcome of a write, for the audit trail. */
export interface WriteOutcome {
  readonly field: string;
  /** Its name in the response. */
  readonly path: string;
  /** How many `intent` lines were logged for it, one before each attempt to send a request. */
  readonly intents: number;
  readonly args: Readonly<Record<string, unknown>>;
  /** The field with the object's id, in the input and in the result. */
  readonly key: string;
  /** Name of the union member; null if the field failed with a masked error. */
  readonly member: string | null;
  /** The result of the field; null if it was an error. */
  readonly success: unknown;
  /** Whether the outcome of any part of the write is unknown. */
  readonly isOutcomeUnknown: boolean;
  /** The request id of the last response of an upstream; null if there is none. */
  readonly upstreamRequestId: string | null;
  readonly context: GatewayContext;
}

/** Called with the outcome of a write. The response waits for its promise. */
export type OnWrite = (outcome: WriteOutcome) => Promise<unknown> | null;

/** What surrounds the fields of mutations. */
export interface Writes {
  /** Called when a field has been resolved. */
  readonly onWrite: OnWrite;
  readonly runOnce: RunOnce;
}

const NOTHING_AROUND: Writes = {
  onWrite: () => null,
  runOnce: ({ context, resolve }) => resolve(context),
};

/** Builds the schema of a gateway for these upstreams. */
export function buildSchema(
  upstreams: readonly Upstream<Graph>[],
  writes: Writes = NOTHING_AROUND,
): GraphQLSchema {
  const graph = createGraph(upstreams);
  for (const upstream of upstreams) upstream.registerSchema(graph);
  addIssuers(graph, upstreams);
  addChecks(graph, upstreams);
  addSignInProvisioning(graph, upstreams);
  addWatches(graph);
  const schema = refuseInexactIds(graph.builder.toSchema());
  const mutation = schema.getMutationType();
  for (const root of [schema.getQueryType(), mutation]) {
    for (const field of Object.values<RootField>(root?.getFields() ?? {}))
      guard(field, root === mutation ? writes : null);
  }
  return schema;
}

/** The schema as the gateway serves it: that of `buildSchema`, with the additions for a federated graph. */
export function buildSubgraph(
  upstreams: readonly Upstream<Graph>[],
  limits: Pick<DocumentLimits, 'cost'>,
  writes?: Writes,
): GraphQLSchema {
  return addFederation(buildSchema(upstreams, writes), maxReferences(limits));
}

/** The schema as text, sorted, so that two of them can be compared line by line. */
export function printSortedSchema(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

type RootField = GraphQLField<unknown, GatewayContext, Record<string, unknown>>;

/** The errors with which the gateway itself may refuse any field. */
const REFUSALS = [errorTypeName('PERMISSION_DENIED'), errorTypeName('RATE_LIMITED')];

/** Makes a root field check the caller's scope and record its outcome, and adds the scope to its description. @param writes null for a query */
function guard(field: RootField, writes: Writes | null): void {
  const { name } = field;
  const resolve = ownResolver(field);
  const scope = scopeOf(field);
  const union = getNamedType(field.type);
  if (resolve === undefined || !isUnionType(union))
    throw new Error(`The root field ${name} must have a resolver and return a union.`);
  const members = union.getTypes().map((member) => member.name);
  const missing = REFUSALS.filter((member) => !members.includes(member));
  if (missing.length > 0)
    throw new Error(
      `The root field ${name} must be able to return ${missing.join(' and ')}: the gateway itself may refuse it.`,
    );
  if (scope === undefined)
    throw new Error(`The root field ${name} must declare the scope that it needs.`);
  const key = keyOf(field);
  if (writes !== null && key === undefined)
    throw new Error(`The root field ${name} must declare the key of the object that it writes.`);
  const isKeyed = members.includes(errorTypeName('IDEMPOTENCY_MISMATCH'));
  const write: WriteField | null =
    writes === null || key === undefined
      ? null
      : {
          onWrite: writes.onWrite,
          key,
          resumes: doesResume(field),
          runOnce: isKeyed ? writes.runOnce : NOTHING_AROUND.runOnce,
        };
  field.description = [field.description, aboutScope(scope)].filter(Boolean).join(' ');
  field.resolve = guarded(name, scope, union, resolve, errorTypes(field), write);
}

/** A field of a mutation, with what surrounds it. */
interface WriteField extends Writes {
  readonly key: string;
  readonly resumes: boolean;
}

/** The errors that a field declares. All others are unexpected. */
function errorTypes({ extensions }: RootField): readonly ErrorType[] {
  return (extensions['pothosErrors'] as readonly ErrorType[] | undefined) ?? [];
}

/**
 * The resolver without the wrapper of Pothos, which turns an error into a value by copying it with its stack. The copying
 * accounts for a tenth of the time that an error response takes; `declaredError` replaces it.
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
  writes: WriteField | null,
): GraphQLFieldResolver<unknown, GatewayContext, Record<string, unknown>> {
  return async (source, args, context, info) => {
    const { progress } = context;
    const callsBefore = progress.upstreamCallCount;
    const unknownBefore = progress.unknownOutcomes;
    const write =
      writes === null
        ? null
        : (progress.write = { field, path: String(info.path.key), intents: 0 });
    beginRootField(progress, writes !== null);
    let member: string | null = null;
    let success: unknown = null;
    try {
      let value: unknown;
      try {
        const refusal = refusalOf(context, scope);
        if (refusal !== null) value = declaredError(refusal, errors, progress);
        else if (writes === null || write === null)
          value = success = await resolve(source, args, context, info);
        else
          value = success = await writes.runOnce({
            field,
            path: write.path,
            args,
            resumes: writes.resumes,
            context,
            resolve: (own) => resolve(source, args, own, info),
          });
      } catch (error) {
        value = declaredError(error, errors, progress);
      }
      const type: unknown = union.resolveType?.(value, context, info, union);
      const name: unknown = type instanceof Promise ? await type : type;
      member = typeof name === 'string' ? name : null;
      return value;
    } finally {
      progress.outcomes.push({ field, member });
      if (writes !== null && write !== null) {
        progress.write = null;
        const { path, intents } = write;
        const upstreamRequestId =
          progress.upstreamCallCount > callsBefore ? progress.upstreamRequestId : null;
        progress.audited = writes.onWrite({
          field,
          path,
          intents,
          args,
          key: writes.key,
          member,
          success,
          isOutcomeUnknown: progress.unknownOutcomes > unknownBefore,
          upstreamRequestId,
          context,
        });
      }
    }
  };
}
