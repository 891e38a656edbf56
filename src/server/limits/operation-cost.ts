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
import { COST_OF_CALL } from '../../graph/root-fields/cost.ts';
import type { PageSize } from '../../graph/root-fields/cost.ts';

/** What a selection asks for. Fragments count each time they are spread, so sums may reach `Infinity`. */
export interface Measure {
  /** Depth of the selection. A field `__schema` or `__type` counts, its selection does not. */
  readonly depth: number;
  /** Depth of the selection below a field `__schema` or `__type`. */
  readonly introspectionDepth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly cost: number;
  /** The response keys of each mutation field, which are one execution each; up to `maxKeys` of them. */
  readonly writes: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The measure of a part, which may be the items of a page. The size of the page is known outside of it. */
interface Part extends Measure {
  /** The cost of each item of that page. */
  readonly eachItem: number;
}

type Total = { -readonly [Name in Exclude<keyof Part, 'writes'>]: Part[Name] } & {
  readonly writes: Map<string, Set<string>>;
};

/** The type of a selection; null if the schema has none of that name. */
type Parent = GraphQLCompositeType | null;

/**
 * The cost of a field alone, roughly in microseconds of CPU time when a document is executed for the first time. Root
 * fields are calls to an upstream, unless they declare their cost, as edges do. Other fields with arguments are computed again for each alias.
 */
export const COST = { root: COST_OF_CALL, computed: 10, object: 2, leaf: 1 };

/** The cost of an item of a page in addition to its selection: it is parsed, and checked for warnings. */
const ITEM_COST = 12;

/** The cost of lists of introspection, which are long: the types of the schema, and the parts of a type. */
const INTROSPECTION_COST = { types: 1_000, list: 120 };

/** How many objects a list is assumed to have if it is not a page. */
const LIST_FACTOR = 5;

/**
 * Measures the operations of one document. Each fragment is measured once, dependencies first, and added wherever it is
 * spread, so the work grows with the text and not with its expansion. Invalid documents are measured as far as they make
 * sense: the spread that closes a cycle counts as nothing.
 */
export class Measurer {
  readonly #context: ValidationContext;
  readonly #maxKeys: number;
  readonly #fragments = new Map<string, Part>();

  /** @param maxKeys response keys to keep for each root field of mutations */
  constructor(context: ValidationContext, maxKeys: number) {
    this.#context = context;
    this.#maxKeys = maxKeys;
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

  /** Without recursion: a chain of fragments may be longer than the stack is deep. A nested selection is not: the parser got through it. */
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
    const isRoot =
      parent !== null && (parent === schema.getMutationType() || parent === schema.getQueryType());
    const { args = [], extensions = {} } = this.#fieldOf(parent, name) ?? {};
    const usual = isRoot
      ? COST.root
      : selectionSet !== undefined
        ? COST.object
        : args.length > 0
          ? COST.computed
          : COST.leaf;
    return (extensions['cost'] as number | undefined) ?? usual;
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
    for (const key of keys) if (known.size < this.#maxKeys) known.add(key);
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

/** The page size in these arguments; the maximum if it is in a variable, which is not known yet. */
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
