import { parseInput, withoutNulls } from '../../domain/parse.ts';
import { requiresScope } from '../../graph/authorization.ts';
import { READ_ERRORS } from '../../graph/errors.ts';
import { ITEMS_OF_PAGE, givesPage } from '../../graph/cost.ts';
import type { Graph } from '../../graph/graph.ts';
import { indexed } from '../../graph/success.ts';
import type { Success } from '../../graph/success.ts';
import type { OpenSession } from '../../transport/upstream.ts';
import { listOpenIdConnects } from './client.ts';
import type { OpenIdConnectPage } from './client.ts';
import { openIdConnectQuery } from './input-list.ts';
import { ABOUT, shown } from './schema-types.ts';
import type { OpenIdConnectRef, Shown } from './schema-types.ts';
import { noteSecret, storedWarnings } from './schema-stored.ts';
import type { OrderCloudSettings } from './upstream.ts';

interface OpenIdConnectsSuccess extends Success {
  readonly openIdConnects: readonly Shown[];
  readonly meta: OpenIdConnectPage['meta'];
}

const SIGNS =
  'Must not hold `*` or `|`, nor begin with `!`, `<` or `>`, which OrderCloud reads as signs.';

/** Adds the query `openIdConnects`. */
export function addOpenIdConnects(
  { builder, OidcSuccess }: Graph,
  openIdConnect: OpenIdConnectRef,
  open: OpenSession<OrderCloudSettings>,
): void {
  const meta = builder.objectRef<OpenIdConnectPage['meta']>('OpenIdConnectsMeta').implement({
    description: 'Where a page lies in its list, in the words of OrderCloud.',
    fields: (t) => ({
      page: t.int({ description: 'Number of this page, from 1.', resolve: ({ page }) => page }),
      pageSize: t.int({
        description: 'Most items on a page.',
        resolve: ({ pageSize }) => pageSize,
      }),
      totalCount: t.int({
        description:
          'Number of items on all pages, at most 2147483647: what is beyond that is shown as it, with the warning COUNT_CAPPED.',
        resolve: ({ totalCount }) => totalCount,
      }),
      totalPages: t.int({
        description: 'Number of pages, at most 2147483647, like `totalCount`.',
        resolve: ({ totalPages }) => totalPages,
      }),
      itemRange: t.intList({
        description:
          'Numbers of the first and the last item of this page, as OrderCloud counts them.',
        resolve: ({ itemRange }) => [...itemRange],
      }),
      nextPageKey: t.string({
        nullable: true,
        description: 'As OrderCloud gives it; null for most lists.',
        resolve: ({ nextPageKey }) => nextPageKey,
      }),
    }),
  });

  const success = builder.objectRef<OpenIdConnectsSuccess>('OpenIdConnectsSuccess').implement({
    description:
      'A page of configurations. The paths of its warnings begin with the index of the configuration on this page, or with `meta`.',
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
        description: 'Where this page lies in the list.',
        resolve: (self) => self.meta,
      }),
    }),
  });

  builder.queryField('openIdConnects', (t) =>
    t.field({
      type: success,
      nullable: true,
      description:
        'Lists OpenID Connect configurations of OrderCloud (`GET /openidconnects`). Needs the role OpenIDConnectReader, OpenIDConnectAdmin or FullAccess, as a seller user. ' +
        'For more than 30 pages do not count pages up: ask for `sort: ID_ASC, pageSize: 100`, and each time for `filter: {id: {after: <the last id>}}`, until nothing comes.',
      args: {
        search: t.arg.string({ description: 'Text to look for in IDs.' }),
        sort: t.arg({
          type: addSort(builder),
          description: 'Order; OrderCloud chooses where none is given.',
        }),
        page: t.arg.int({
          description:
            'Number of the page, from 1, which is what OrderCloud takes where none is given.',
        }),
        pageSize: t.arg.int({
          description: 'Most items on a page: 1 to 100; OrderCloud takes 20 where none is given.',
        }),
        filter: t.arg({
          type: addFilter(builder),
          description: 'Conditions; all of them must hold.',
        }),
      },
      extensions: { ...requiresScope('oidc:read'), ...givesPage({ usual: 20, most: 100 }) },
      errors: { types: READ_ERRORS, union: { description: 'What `openIdConnects` gives.' } },
      resolve: async (_root, args, context) => {
        const session = open(context);
        const { value: page } = await session.call(
          listOpenIdConnects,
          parseInput(openIdConnectQuery, withoutNulls(args)),
        );
        for (const stored of page.items) noteSecret(stored, context);
        return {
          openIdConnects: page.items.map((stored) => shown(stored, session)),
          meta: page.meta,
          warnings: [...page.warnings, ...indexed(page.items, storedWarnings)],
        };
      },
    }),
  );
}

function addSort(builder: Graph['builder']) {
  return builder.enumType('OpenIdConnectSort', {
    description: 'Order of a list of configurations. OrderCloud sorts by nothing but the ID.',
    values: {
      ID_ASC: { description: 'By ID, `sortBy=ID`.' },
      ID_DESC: { description: 'By ID, the last first, `sortBy=!ID`.' },
    } as const,
  });
}

function addFilter(builder: Graph['builder']) {
  type InputFields = Parameters<NonNullable<Parameters<typeof builder.inputType>[1]['fields']>>[0];
  const conditions = (t: InputFields) => ({
    equals: t.string({ description: `The whole value. ${SIGNS}` }),
    anyOf: t.stringList({ description: `One of these is the whole value. ${SIGNS}` }),
    not: t.string({ description: `Not the whole value. ${SIGNS}` }),
    noneOf: t.stringList({ description: `None of these is the whole value. ${SIGNS}` }),
    matches: t.string({
      description: 'The value, in which `*` stands for any characters, e.g. `goog*`.',
    }),
    notMatches: t.string({
      description: 'The value must not be like this; `*` stands for any characters.',
    }),
    absent: t.boolean({ description: 'True: there is no value. False: there is one.' }),
  });
  const textFilter = builder.inputType('OpenIdConnectTextFilterInput', {
    description:
      'Conditions on the text of one property, or on one of the texts of a list; at least one, and all of them must hold.',
    fields: conditions,
  });
  const idFilter = builder.inputType('OpenIdConnectIdFilterInput', {
    description: 'Conditions on the ID; at least one, and all of them must hold.',
    fields: (t) => ({
      ...conditions(t),
      after: t.string({
        description: `Only IDs that come after this one, for going through a long list. ${SIGNS}`,
      }),
      before: t.string({ description: `Only IDs that come before this one. ${SIGNS}` }),
    }),
  });
  return builder.inputType('OpenIdConnectFilterInput', {
    description:
      'Conditions on configurations; all of them must hold. There is none on the client secret.',
    fields: (t) => ({
      id: t.field({ type: idFilter, description: 'ID of the configuration.' }),
      orderCloudApiClientId: t.field({
        type: textFilter,
        description: ABOUT.orderCloudApiClientId,
      }),
      connectClientId: t.field({ type: textFilter, description: ABOUT.connectClientId }),
      appStartUrl: t.field({ type: textFilter, description: ABOUT.appStartUrl }),
      authorizationEndpoint: t.field({
        type: textFilter,
        description: ABOUT.authorizationEndpoint,
      }),
      tokenEndpoint: t.field({ type: textFilter, description: ABOUT.tokenEndpoint }),
      urlEncoded: t.boolean({ description: ABOUT.urlEncoded }),
      integrationEventId: t.field({ type: textFilter, description: ABOUT.integrationEventId }),
      callSyncUserIntegrationEvent: t.boolean({ description: ABOUT.callSyncUserIntegrationEvent }),
      integrationEventName: t.field({ type: textFilter, description: ABOUT.integrationEventName }),
      additionalIdpScopes: t.field({ type: textFilter, description: ABOUT.additionalIdpScopes }),
      customErrorUrl: t.field({ type: textFilter, description: ABOUT.customErrorUrl }),
    }),
  });
}
