import type { EmulatorRoute } from '../../../transport/emulator/emulator.ts';
import { link, listLinks } from './account.ts';
import { DOMAIN, type Guard } from './auth.ts';

/** A group of IAM users, with its permissions. */
export interface Group {
  readonly id: string;
  readonly name: string;
}

const V3_GROUPS = '/v3/groups';

export const GROUPS: readonly Group[] = ['admin', 'manager', 'manager-of-shops'].map(
  (name, index) => ({ id: `45a8c8f000000000000000000000000${index + 1}`, name }),
);

export function groupRoutes(guarded: Guard): EmulatorRoute[] {
  return [
    // Whether `name` is exact or a prefix is not documented: a prefix, so that clients compare names themselves.
    guarded('GET', V3_GROUPS, 'iam:groups:listGroups', ({ target, origin }) => {
      const query = new URL(target, origin).searchParams;
      const [domain, name] = [query.get('domain_id') ?? DOMAIN.id, query.get('name') ?? ''];
      const found = GROUPS.filter((group) => domain === DOMAIN.id && group.name.startsWith(name));
      const groups = found.map((group) => ({
        ...group,
        domain_id: DOMAIN.id,
        description: '',
        create_time: 1_578_107_542_861,
        links: { ...listLinks(V3_GROUPS), self: link(V3_GROUPS, group.id) },
      }));
      return { status: 200, body: { groups, links: listLinks(V3_GROUPS) } };
    }),
  ];
}
