import { parseInput, withoutNulls } from '../../../domain/parse.ts';
import type { Builder, InputFields } from '../../../graph/builder.ts';
import { ITEMS_OF_PAGE, givesPage } from '../../../graph/root-fields/cost.ts';
import type { Graph } from '../../../graph/graph.ts';
import { optionsOf } from '../../../graph/root-fields/options.ts';
import { indexed } from '../../../graph/root-fields/success.ts';
import type { Success } from '../../../graph/root-fields/success.ts';
import type { OpenSession } from '../../../transport/upstream.ts';
import { listOpenIdConnects } from './operations.ts';
import type { OpenIdConnectPage } from './operations.ts';
import { PLAIN_FIELDS } from './fields.ts';
import { openIdConnectQuery } from './list-input.ts';
import { viewOf } from './schema-types.ts';
import type { OpenIdConnectRef, ConfigurationView } from './schema-types.ts';
import { storedWarnings } from './warnings.ts';
import type { OrderCloudSettings } from '../settings.ts';

interface OpenIdConnectsSuccess extends Success {
  readonly openIdConnects: readonly ConfigurationView[];
  readonly meta: OpenIdConnectPage['meta'];
}

const SIGNS =
  'Must not contain `*` or `|`, or begin with `!`, `<` or `>`: OrderCloud treats those characters as operators.';

/** Adds the query `openIdConnects`. */
export function addOpenIdConnects(
  { builder, OidcSuccess }: Graph,
  openIdConnect: OpenIdConnectRef,
  open: OpenSession<OrderCloudSettings>,
): void {
  const meta = builder.objectRef<OpenIdConnectPage['meta']>('OpenIdConnectsMeta').implement({
    description: 'Position of a page in its list, as OrderCloud reports it.',
    fields: (t) => ({
      page: t.int({ description: 'Number of this page, from 1.', resolve: ({ page }) => page }),
      pageSize: t.int({
        description: 'Maximum number of items on a page.',
        resolve: ({ pageSize }) => pageSize,
      }),
      totalCount: t.int({
        description:
          'Number of items on all pages. Capped at 2147483647, with the warning COUNT_CAPPED.',
        resolve: ({ totalCount }) => totalCount,
      }),
      totalPages: t.int({
        description: 'Number of pages. Capped at 2147483647, like `totalCount`.',
        resolve: ({ totalPages }) => totalPages,
      }),
      itemRange: t.intList({
        description:
          'Numbers of the first and the last item of this page, as OrderCloud counts them.',
        resolve: ({ itemRange }) => [...itemRange],
      }),
      nextPageKey: t.string({
        nullable: true,
        description: 'Key of the next page, as OrderCloud returns it. Null for most lists.',
        resolve: ({ nextPageKey }) => nextPageKey,
      }),
    }),
  });

  const success = builder.objectRef<OpenIdConnectsSuccess>('OpenIdConnectsSuccess').implement({
    description:
      'A page of configurations. The `path` of each warning begins with the index of the configuration on this page, or with `meta`.',
    interfaces: [OidcSuccess],
    fields: (t) => ({
      openIdConnects: t.field({
        type: [openIdConnect],
        description: 'The configurations of this page.',
        extensions: ITEMS_OF_PAGE,
        resolve: (self) => [...self.openIdConnects],
      }),
      meta: t.field({
        type: meta,
        description: 'Position of this page in the list.',
        resolve: (self) => self.meta,
      }),
    }),
  });

  const options = optionsOf('openIdConnects', listOpenIdConnects, 'id');
  builder.queryField('openIdConnects', (t) =>
    t.field({
      ...options,
      type: success,
      description:
        'Lists OpenID Connect configurations of OrderCloud (`GET /openidconnects`). Requires a seller user with the role OpenIDConnectReader, OpenIDConnectAdmin or FullAccess. ' +
        'For more than 30 pages, do not use `page`. Request `sort: ID_ASC, pageSize: 100`, then repeat with `filter: {id: {after: <the last id>}}` until the list is empty.',
      args: {
        search: t.arg.string({ description: 'Text to look for in IDs.' }),
        sort: t.arg({
          type: addSort(builder),
          description: 'Order. Default: chosen by OrderCloud.',
        }),
        page: t.arg.int({
          description: 'Number of the page, from 1. Default: 1.',
        }),
        pageSize: t.arg.int({
          description: 'Maximum number of items on a page: 1 to 100. Default: 20.',
        }),
        filter: t.arg({
          type: addFilter(builder),
          description: 'Conditions. All of them must hold.',
        }),
      },
      extensions: { ...options.extensions, ...givesPage({ usual: 20, most: 100 }) },
      resolve: async (_root, args, context) => {
        const session = open(context);
        const { value: page } = await session.call(
          listOpenIdConnects,
          parseInput(openIdConnectQuery, withoutNulls(args)),
        );
        return {
          openIdConnects: page.items.map((stored) => viewOf(stored, session)),
          meta: page.meta,
          warnings: [...page.warnings, ...indexed(page.items, storedWarnings)],
        };
      },
    }),
  );
}

function addSort(builder: Builder) {
  return builder.enumType('OpenIdConnectSort', {
    description: 'Order of a list of configurations. OrderCloud sorts only by ID.',
    values: {
      ID_ASC: { description: 'By ID, ascending (`sortBy=ID`).' },
      ID_DESC: { description: 'By ID, descending (`sortBy=!ID`).' },
    } as const,
  });
}

function addFilter(builder: Builder) {
  const conditions = (t: InputFields) => ({
    equals: t.string({ description: `The value equals this. ${SIGNS}` }),
    anyOf: t.stringList({ description: `The value equals one of these. ${SIGNS}` }),
    not: t.string({ description: `The value does not equal this. ${SIGNS}` }),
    noneOf: t.stringList({ description: `The value equals none of these. ${SIGNS}` }),
    matches: t.string({
      description: 'The value matches this pattern; `*` stands for any characters, e.g. `goog*`.',
    }),
    notMatches: t.string({
      description: 'The value does not match this pattern; `*` stands for any characters.',
    }),
    absent: t.boolean({
      description:
        'True matches configurations that have no value; false matches those that have one.',
    }),
  });
  const textFilter = builder.inputType('OpenIdConnectTextFilterInput', {
    description:
      'Conditions on a text property, or on at least one element of a list property. Give at least one condition; all of them must hold.',
    fields: conditions,
  });
  const idFilter = builder.inputType('OpenIdConnectIdFilterInput', {
    description: 'Conditions on the ID. Give at least one; all of them must hold.',
    fields: (t) => ({
      ...conditions(t),
      after: t.string({
        description: `The ID comes after this one. Use it to read a long list in parts. ${SIGNS}`,
      }),
      before: t.string({ description: `The ID comes before this one. ${SIGNS}` }),
    }),
  });
  return builder.inputType('OpenIdConnectFilterInput', {
    description:
      'Conditions on configurations. All of them must hold. You cannot filter on the client secret.',
    fields: (t) => ({
      id: t.field({ type: idFilter, description: 'ID of the configuration.' }),
      ...Object.fromEntries(
        PLAIN_FIELDS.map(([name, { kind, about: description }]) => [
          name,
          kind === 'flag' ? t.boolean({ description }) : t.field({ type: textFilter, description }),
        ]),
      ),
    }),
  });
}
