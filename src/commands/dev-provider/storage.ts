import type { AdapterFactory, AdapterPayload } from 'oidc-provider';

/** Most tokens, sessions and the like; the oldest are forgotten first. */
const MAX_STORED = 1000;

/** What the provider has to remember, in memory. The package has such a storage too, and warns of it at each start. */
export function memory(): AdapterFactory {
  const stored = new Map<string, { readonly kind: string; readonly payload: AdapterPayload }>();
  return (kind) => {
    const key = (id: string) => `${kind}:${id}`;
    const find = (id: string) => Promise.resolve(stored.get(key(id))?.payload);
    const remove = (matches: (payload: AdapterPayload) => boolean) => {
      for (const [id, each] of stored) if (matches(each.payload)) stored.delete(id);
      return Promise.resolve();
    };
    return {
      find,
      upsert(id, payload) {
        const [oldest] = stored.keys();
        if (oldest !== undefined && stored.size >= MAX_STORED) stored.delete(oldest);
        stored.set(key(id), { kind, payload });
        return Promise.resolve();
      },
      consume(id) {
        const found = stored.get(key(id));
        if (found) found.payload.consumed = Math.floor(Date.now() / 1000);
        return Promise.resolve();
      },
      destroy(id) {
        stored.delete(key(id));
        return Promise.resolve();
      },
      revokeByGrantId: (grantId) => remove((payload) => payload.grantId === grantId),
      findByUid: (uid) =>
        Promise.resolve(
          [...stored.values()].find((each) => each.kind === kind && each.payload.uid === uid)
            ?.payload,
        ),
      findByUserCode: () => Promise.resolve(undefined),
    };
  };
}
