import { describe, expect, it } from 'vitest';
import { Refused } from '../../../transport/emulator/emulator.ts';
import { listPage } from './list.ts';
import { configurationOf, type Configuration, type Fields } from './model.ts';

function configuration(
  ID: string,
  fields: Fields = {},
  eventName: string | null = null,
): Configuration {
  return configurationOf(
    ID,
    { ConnectClientSecret: 'secret', AppStartUrl: 'https://shop.example.com', ...fields },
    eventName,
  );
}

const google = configuration('google', {
  ConnectClientID: 'Web',
  UrlEncoded: true,
  AdditionalIdpScopes: ['offline_access', 'phone'],
});
const okta = configuration(
  'Okta',
  { ConnectClientID: 'web.app', IntegrationEventID: 'oidc-sync' },
  'User sync',
);
const azure = configuration('azure', {
  ConnectClientID: 'webXapp',
  AdditionalIdpScopes: ['Phone'],
  CustomErrorUrl: '',
});
const ALL = [google, okta, azure];

const list = (query = '', of: readonly Configuration[] = ALL) =>
  listPage(of, new URLSearchParams(query));
const idsOf = ({ Items }: ReturnType<typeof list>) => Items.map(({ ID }) => ID);

/** The response to a query string that is refused. */
function refusal(query: string): unknown {
  try {
    return list(query);
  } catch (error) {
    if (error instanceof Refused) return error.response;
    throw error;
  }
}

function error(ErrorCode: string, Message: string, Data: string): unknown {
  return { status: 400, body: { Errors: [{ ErrorCode, Message, Data }] } };
}

describe('a page', () => {
  it('has everything, ordered by ID without regard to case', () => {
    expect(list()).toEqual({
      Meta: {
        Page: 1,
        PageSize: 20,
        TotalCount: 3,
        TotalPages: 1,
        ItemRange: [1, 3],
        NextPageKey: null,
      },
      Items: [azure, google, okta],
    });
  });

  it('states its position among the pages', () => {
    expect(list('page=2&pageSize=2')).toEqual({
      Meta: {
        Page: 2,
        PageSize: 2,
        TotalCount: 3,
        TotalPages: 2,
        ItemRange: [3, 3],
        NextPageKey: null,
      },
      Items: [okta],
    });
  });

  it('has no range behind the last item', () => {
    expect(list('page=3&pageSize=2').Meta).toMatchObject({
      TotalCount: 3,
      TotalPages: 2,
      ItemRange: [0, 0],
    });
  });

  it('has no range if nothing is found', () => {
    expect(list('ID=nobody')).toMatchObject({
      Meta: { TotalCount: 0, TotalPages: 0, ItemRange: [0, 0] },
      Items: [],
    });
  });

  it('has 20 items by default, and at most 100', () => {
    const many = Array.from({ length: 101 }, (_, index) => configuration(`c${index}`));
    expect(list('', many).Items).toHaveLength(20);
    expect(list('pageSize=100', many).Items).toHaveLength(100);
  });

  it('is reached by the last ID of the one before', () => {
    const many = ['b', 'A', 'a_', 'a', 'B', 'a-', 'a1', 'Z'].map((id) => configuration(id));
    const seen: string[] = [];
    for (let pages = 0; pages < 5; pages += 1) {
      const query = new URLSearchParams({
        page: '1',
        pageSize: '2',
        sortBy: 'ID',
        ID: `>${seen.at(-1) ?? ''}`,
      });
      seen.push(...idsOf(listPage(many, query)));
    }
    expect(seen).toEqual(['A', 'a', 'a-', 'a1', 'a_', 'B', 'b', 'Z']);
  });

  it.each(['0', '101', '-1'])('is refused with the size %s', (size) => {
    expect(refusal(`pageSize=${size}`)).toEqual(
      error('List.InvalidPageSize', 'pageSize must be from 1 to 100.', 'pageSize'),
    );
  });

  it.each(['', 'two', '1.5', '9999999999'])('is refused with the number or size "%s"', (text) => {
    const message = 'must be a whole number of at most nine digits.';
    expect(refusal(`page=${text}`)).toEqual(error('List.InvalidType', `page ${message}`, 'page'));
    expect(refusal(`pageSize=${text}`)).toEqual(
      error('List.InvalidType', `pageSize ${message}`, 'pageSize'),
    );
  });

  it.each(['0', '-1'])('is refused with the number %s', (page) => {
    expect(refusal(`page=${page}`)).toEqual(
      error('List.InvalidType', 'page must be at least 1.', 'page'),
    );
  });
});

describe('sorting', () => {
  it.each([
    ['sortBy=ID', ['azure', 'google', 'Okta']],
    ['sortBy=!ID', ['Okta', 'google', 'azure']],
    ['sortBy=!ID,ID', ['Okta', 'google', 'azure']],
    ['sortBy=', ['azure', 'google', 'Okta']],
  ])('%s', (query, ids) => {
    expect(idsOf(list(query))).toEqual(ids);
  });

  it.each(['ConnectClientID', '!UrlEncoded', '!!ID', 'id'])('by %s is refused', (property) => {
    const refused = error('List.InvalidSortProperty', `${property} is not sortable.`, property);
    expect(refusal(`sortBy=ID,${property}`)).toEqual(refused);
  });
});

describe('searching', () => {
  it.each([
    ['search=O', ['google', 'Okta']],
    ['search=gle', ['google']],
    ['search=o*t', ['Okta']],
    ['search=z.r', []],
    ['search=', ['azure', 'google', 'Okta']],
    ['search=okta&searchOn=ID', ['Okta']],
    ['search=web', []],
  ])('%s', (query, ids) => {
    expect(idsOf(list(query))).toEqual(ids);
  });

  it('on another property is refused, with or without a text', () => {
    const refused = error(
      'List.InvalidSearchProperty',
      'ConnectClientID is not searchable.',
      'ConnectClientID',
    );
    expect(refusal('search=web&searchOn=ID,ConnectClientID')).toEqual(refused);
    expect(refusal('searchOn=ConnectClientID')).toEqual(refused);
  });
});

describe('filters', () => {
  it.each([
    ['are equal without regard to case', 'ID=OKTA', ['Okta']],
    ['match the whole text', 'ID=goo', []],
    ['take a dot for a dot', 'ConnectClientID=web.app', ['Okta']],
    ['know * at the end', 'ID=goo*', ['google']],
    ['know * at the beginning', 'ID=*A', ['Okta']],
    ['know * in between', 'ConnectClientID=w*p', ['azure', 'Okta']],
    ['let no two * share characters', 'ID=goog*oogle', []],
    ['know many *', 'ID=*g*o*o*g*l*e*', ['google']],
    ['know | as or', 'ID=okta|az*', ['azure', 'Okta']],
    ['know ! as not', 'ID=!okta', ['azure', 'google']],
    ['negate one alternative only', 'ID=!g*|google', ['azure', 'google', 'Okta']],
    ['join the same property by and', 'ID=!okta&ID=!azure', ['google']],
    ['join different properties by and', 'ConnectClientID=web*&UrlEncoded=true', ['google']],
    ['join a search by and', 'search=o&UrlEncoded=false', ['Okta']],
    ['know > for IDs', 'ID=>google', ['Okta']],
    ['know < for IDs', 'ID=<GOOGLE', ['azure']],
    ['know not less and not greater', 'ID=!<google&ID=!>google', ['google']],
    ['let anything be greater than nothing', 'ID=>', ['azure', 'google', 'Okta']],
    ['find what is false', 'UrlEncoded=False', ['azure', 'Okta']],
    ['find what is not false', 'UrlEncoded=!false', ['google']],
    ['find every boolean', 'CallSyncUserIntegrationEvent=*', ['azure', 'google', 'Okta']],
    ['find an item of a list', 'AdditionalIdpScopes=phone', ['azure', 'google']],
    ['negate every item of a list', 'AdditionalIdpScopes=!offline*', ['azure', 'Okta']],
    ['find lists with items', 'AdditionalIdpScopes=*', ['azure', 'google']],
    ['find empty lists', 'AdditionalIdpScopes=!*', ['Okta']],
    ['find what is present, be it blank', 'CustomErrorUrl=*', ['azure']],
    ['find what is absent', 'CustomErrorUrl=!*', ['google', 'Okta']],
    ['count what is absent as not equal', 'IntegrationEventID=!oidc-sync', ['azure', 'google']],
    ['find the read-only name', 'IntegrationEventName=user+sync', ['Okta']],
  ])('%s: %s', (_, query, ids) => {
    expect(idsOf(list(query))).toEqual(ids);
  });

  it.each(['Zero', 'xp.Color', 'id', '__proto__', 'constructor', 'ConnectClientSecret'])(
    'on %s are refused',
    (field) => {
      expect(refusal(`${field}=secret`)).toEqual(
        error('List.InvalidProperty', `The list cannot be filtered by ${field}.`, field),
      );
    },
  );

  it.each(['yes', '', '1', 'true|maybe', '!t*'])('on a boolean are refused with "%s"', (text) => {
    expect(refusal(`UrlEncoded=${text}`)).toEqual(
      error('List.InvalidType', 'UrlEncoded must be true or false.', 'UrlEncoded'),
    );
  });

  it.each(['ConnectClientID', 'UrlEncoded', 'AdditionalIdpScopes'])(
    'on %s are refused with a comparison',
    (field) => {
      const refused = error(
        'List.InvalidType',
        `${field} must be text without < or > before it.`,
        field,
      );
      expect(refusal(`${field}=>a`)).toEqual(refused);
      expect(refusal(`${field}=!<a`)).toEqual(refused);
    },
  );
});
