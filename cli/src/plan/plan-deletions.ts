import type { OtherObjects } from './stored.ts';
import { stepName } from './step.ts';
import type { NotInFile, Step, Target } from './step.ts';

/**
 * What the file does not name: steps that delete it, or, without --prune, a list of what stays.
 * @param usedMappings mappings that entries of the file use
 */
export function planDeletions(
  { openIdConnects, identityProviders, leftMappings }: OtherObjects,
  usedMappings: ReadonlySet<string>,
  prune: boolean,
): { readonly steps: readonly Step[]; readonly notInFile: readonly NotInFile[] } {
  const steps: Step[] = [];
  const kept: NotInFile[] = [];
  const gone = (target: Target, id: string, fingerprint: string, needs: readonly string[] = []) => {
    if (prune) steps.push(deletion(target, id, fingerprint, needs));
    else kept.push({ target, id, kept: null });
  };
  for (const { id, fingerprint } of openIdConnects.toSorted(byId))
    gone('openIdConnect', id, fingerprint);
  for (const { id, fingerprint } of identityProviders.toSorted(byId))
    gone('identityProvider', id, fingerprint);
  // Several identity providers may share a mapping, which goes after the last of them.
  const mappings = mappingsOf(identityProviders, leftMappings);
  for (const [id, { fingerprint, keep, users }] of mappings) {
    if (usedMappings.has(id)) continue;
    if (keep === null)
      gone(
        'mapping',
        id,
        fingerprint,
        users.map((user) => stepName('identityProvider', user)),
      );
    else kept.push({ target: 'mapping', id, kept: keep });
  }
  return { steps, notInFile: kept };
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}

interface UnusedMapping {
  readonly fingerprint: string;
  readonly keep: string | null;
  readonly users: string[];
}

function mappingsOf(
  identityProviders: OtherObjects['identityProviders'],
  left: OtherObjects['leftMappings'],
): ReadonlyMap<string, UnusedMapping> {
  const mappings = new Map<string, UnusedMapping>(
    left.map(({ id, fingerprint }) => [id, { fingerprint, keep: null, users: [] }]),
  );
  for (const { id: user, mapping, keepMapping: keep } of identityProviders) {
    if (mapping === null) continue;
    const { id, fingerprint } = mapping;
    const known = mappings.get(id);
    if (known === undefined) mappings.set(id, { fingerprint, keep, users: [user] });
    else known.users.push(user);
  }
  return mappings;
}

function deletion(target: Target, id: string, fingerprint: string, needs: readonly string[]): Step {
  return {
    name: stepName(target, id),
    target,
    id,
    action: 'delete',
    changes: [],
    expectedFingerprint: fingerprint,
    wanted: {},
    input: { id },
    needs,
    notes: [],
    entry: null,
  };
}
