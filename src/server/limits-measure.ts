import {
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  getNamedType,
  getNullableType,
  isCompositeType,
  isIntrospectionType,
  isListType,
  isUnionType,
  typeFromAST,
} from 'graphql';
import type {
  ArgumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLNamedType,
  NamedTypeNode,
  OperationDefinitionNode,
  SelectionSetNode,
  ValidationContext,
} from 'graphql';
import type { PageSize } from '../graph/cost.ts';

/** What a selection asks for. Fragments count as often as they are spread, so that sums may reach `Infinity`. */
export interface Measure {
  /** Fields inside of each other; a field `__schema` or `__type` counts, what is below it does not. */
  readonly depth: number;
  /** Fields inside of each other below a field `__schema` or `__type`. */
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly cost: number;
  /** The response keys of each root field of mutations: one execution each. No more of them are kept than `mostKeys`. */
  readonly writes: ReadonlyMap<string, ReadonlySet<string>>;
}

/** A measure of a part, which may belong to a page whose size stands outside of it. */
interface Part extends Measure {
  /** What each item of that page costs. */
  readonly eachItem: number;
}

type Total = { -readonly [Name in Exclude<keyof Part, 'writes'>]: Part[Name] } & {
  readonly writes: Map<string, Set<string>>;
};

/** The type that a selection is made on; null where the schema has none of that name. */
type Parent = GraphQLCompositeType | null;

/**
 * What a field costs by itself, in microseconds of processor time, roughly: a document that comes for the first time is
 * executed without a plan. Root fields are calls to an upstream; what other fields with arguments give is made anew for each of their aliases.
 */
export const COST = { mutation: 150, query: 150, computed: 10, object: 2, leaf: 1 };

/** What an item of a page costs beside what is selected of it: it is read, checked, and looked at for warnings. */
const ITEM_COST = 12;

/** What lists of introspection cost, which are long: all types of the schema, and all that a type has. */
const INTROSPECTION_COST = { types: 1_000, list: 120 };

/** Objects that a list is reckoned to have, if it is no page. */
const LIST_FACTOR = 5;

/**
 * Measures the operations of one document. Each fragment is measured once, dependencies first, and what it holds is
 * added wherever it is spread: the work grows with the text, not with what the text expands to. Documents that are
 * invalid are measured as far as they make sense: of a cycle, the spread that closes it counts as nothing.
 */
export class Measurer {
  readonly #context: ValidationContext;
  readonly #mostKeys: number;
  readonly #fragments = new Map<string, Part>();

  /** @param mostKeys response keys to keep for each root field of mutations */
  constructor(context: ValidationContext, mostKeys: number) {
    this.#context = context;
    this.#mostKeys = mostKeys;
  }

  measure({
    operation,
    selectionSet,
    directives = [],
    variableDefinitions = [],
  }: OperationDefinitionNode): Measure {
    this.#measureFragments(selectionSet);
    const total = this.#selections(
      selectionSet,
      this.#context.getSchema().getRootType(operation) ?? null,
    );
    total.directives += directives.length;
    for (const variable of variableDefinitions)
      total.directives += variable.directives?.length ?? 0;
    const { eachItem: _belongsToNoPage, ...measure } = total;
    return measure;
  }

  /** Not by recursion: a chain of fragments may be longer than the stack is deep. What is nested in one text is not: it has been parsed. */
  #measureFragments(selectionSet: SelectionSetNode): void {
    const opened = new Set<string>();
    const waiting = this.#unmeasured(selectionSet, opened);
    for (let fragment = waiting.at(-1); fragment !== undefined; fragment = waiting.at(-1)) {
      const { name, typeCondition, directives = [] } = fragment;
      const before = opened.has(name.value)
        ? []
        : this.#unmeasured(fragment.selectionSet, opened.add(name.value));
      if (before.length > 0) {
        waiting.push(...before);
        continue;
      }
      waiting.pop();
      if (this.#fragments.has(name.value)) continue;
      const total = this.#selections(fragment.selectionSet, this.#typeOf(typeCondition));
      total.directives += directives.length;
      this.#fragments.set(name.value, total);
    }
  }

  #unmeasured(
    selectionSet: SelectionSetNode,
    opened: ReadonlySet<string>,
  ): FragmentDefinitionNode[] {
    const names = new Set(
      this.#context.getFragmentSpreads(selectionSet).map(({ name }) => name.value),
    );
    return [...names].flatMap((name) =>
      opened.has(name) || this.#fragments.has(name) ? [] : (this.#context.getFragment(name) ?? []),
    );
  }

  #selections({ selections }: SelectionSetNode, parent: Parent): Total {
    const total: Total = {
      depth: 0,
      introspectionDepth: 0,
      aliases: 0,
      directives: 0,
      cost: 0,
      eachItem: 0,
      writes: new Map(),
    };
    for (const selection of selections) {
      total.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) this.#addField(total, selection, parent);
      else if (selection.kind === Kind.FRAGMENT_SPREAD)
        this.#add(total, this.#fragments.get(selection.name.value));
      else
        this.#add(
          total,
          this.#selections(
            selection.selectionSet,
            selection.typeCondition === undefined ? parent : this.#typeOf(selection.typeCondition),
          ),
        );
    }
    return total;
  }

  #addField(
    total: Total,
    { name: { value: name }, alias, arguments: given = [], selectionSet }: FieldNode,
    parent: Parent,
  ): void {
    const { type, extensions = {} } = this.#fieldOf(parent, name) ?? {};
    if (alias !== undefined) total.aliases += 1;
    if (type !== undefined && parent === this.#context.getSchema().getMutationType())
      this.#addKeys(total, name, [alias?.value ?? name]);
    total.cost += this.#ownCost(name, selectionSet, parent);
    total.depth = Math.max(total.depth, 1);
    if (selectionSet === undefined) return;

    const within = this.#selections(
      selectionSet,
      type === undefined ? null : compositeOf(getNamedType(type)),
    );
    const isList =
      type !== undefined && isListType(getNullableType(type)) && !isIntrospection(parent);
    const factor = isList ? LIST_FACTOR : 1;
    const pageSize = extensions['pageSize'] as PageSize | undefined;
    const isEntry = name === SchemaMetaFieldDef.name || name === TypeMetaFieldDef.name;
    this.#add(total, {
      ...within,
      ...(extensions['itemsOfPage'] === true
        ? { cost: 0, eachItem: ITEM_COST + within.cost + within.eachItem }
        : pageSize === undefined
          ? { cost: within.cost * factor, eachItem: within.eachItem * factor }
          : { cost: within.cost + within.eachItem * itemsOf(given, pageSize), eachItem: 0 }),
      depth: isEntry ? 1 : within.depth + 1,
      introspectionDepth: isEntry
        ? Math.max(within.depth, within.introspectionDepth)
        : within.introspectionDepth,
    });
  }

  #ownCost(name: string, selectionSet: SelectionSetNode | undefined, parent: Parent): number {
    const schema = this.#context.getSchema();
    if (isIntrospection(parent)) return this.#introspectionCost(name, selectionSet, parent);
    if (name.startsWith('__')) return COST.leaf;
    if (parent !== null && parent === schema.getMutationType()) return COST.mutation;
    if (parent !== null && parent === schema.getQueryType()) return COST.query;
    if (selectionSet !== undefined) return COST.object;
    const { args = [], extensions = {} } = this.#fieldOf(parent, name) ?? {};
    return (
      (extensions['cost'] as number | undefined) ?? (args.length > 0 ? COST.computed : COST.leaf)
    );
  }

  #introspectionCost(
    name: string,
    selectionSet: SelectionSetNode | undefined,
    parent: Parent,
  ): number {
    const type = this.#fieldOf(parent, name)?.type;
    if (selectionSet === undefined || type === undefined || !isListType(getNullableType(type)))
      return COST.leaf;
    return parent?.name === '__Schema' && name === 'types'
      ? INTROSPECTION_COST.types
      : INTROSPECTION_COST.list;
  }

  #add(total: Total, part: Part | undefined): void {
    if (part === undefined) return;
    total.depth = Math.max(total.depth, part.depth);
    total.introspectionDepth = Math.max(total.introspectionDepth, part.introspectionDepth);
    total.aliases += part.aliases;
    total.directives += part.directives;
    total.cost += part.cost;
    total.eachItem += part.eachItem;
    for (const [name, keys] of part.writes) this.#addKeys(total, name, keys);
  }

  #addKeys({ writes }: Total, name: string, keys: Iterable<string>): void {
    const known = writes.get(name) ?? new Set();
    writes.set(name, known);
    for (const key of keys) if (known.size < this.#mostKeys) known.add(key);
  }

  #typeOf(node: NamedTypeNode): Parent {
    return compositeOf(typeFromAST(this.#context.getSchema(), node));
  }

  #fieldOf(parent: Parent, name: string): GraphQLField<unknown, unknown> | undefined {
    if (parent === null || isUnionType(parent)) return undefined;
    const meta =
      parent === this.#context.getSchema().getQueryType()
        ? [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name)
        : undefined;
    return meta ?? parent.getFields()[name];
  }
}

/** Items of a page that is asked for with these arguments; the most if that is in a variable, which is not known yet. */
function itemsOf(given: readonly ArgumentNode[], { usual, most }: PageSize): number {
  const { value } = given.find(({ name }) => name.value === 'pageSize') ?? {};
  if (value === undefined || value.kind === Kind.NULL) return usual;
  return value.kind === Kind.INT ? Math.min(Math.max(Number(value.value), 1), most) : most;
}

function isIntrospection(type: Parent): boolean {
  return type !== null && isIntrospectionType(type);
}

function compositeOf(type: GraphQLNamedType | undefined): Parent {
  return isCompositeType(type) ? type : null;
}
