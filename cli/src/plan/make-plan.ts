import type { SignInFile } from '../file/schema.ts';
import type { OidcConfigState, OtherObjects, State } from './stored.ts';
import { sameField } from './compare.ts';
import { toJson } from './json.ts';
import type { Json } from './json.ts';
import { planDeletions } from './plan-deletions.ts';
import { planOidcConfig } from './plan-oidc-config.ts';
import { planOpenIdConnect } from './plan-open-id-connect.ts';
import type { PlanOptions } from './plan-open-id-connect.ts';
import { stepName } from './step.ts';
import type { Plan, Problem, Step } from './step.ts';

/** The steps that bring the platforms to what the file says, in the order in which they are taken. */
export function makePlan(file: SignInFile, state: State, options: PlanOptions): Plan {
  const steps: Step[] = [];
  const problems: Problem[] = [];
  const take = (planned: Step | readonly Step[] | Problem) => {
    if ('message' in planned) problems.push(planned);
    else if ('name' in planned) steps.push(planned);
    else steps.push(...planned);
  };
  for (const [index, entry] of file.openIdConnects.entries())
    take(
      planOpenIdConnect(
        entry,
        stateAt(state.openIdConnects, index),
        ['openIdConnects', index],
        options,
      ),
    );
  const shared = rulesByMapping(file, state.oidcConfigs);
  problems.push(...shared.problems);
  for (const [index, entry] of file.oidcConfigs.entries()) {
    const own = stateAt(state.oidcConfigs, index);
    const name = stepName('mapping', own.mappingId);
    take(
      planOidcConfig(
        entry,
        entry.issuer === undefined ? undefined : file.issuers[entry.issuer]?.url,
        own,
        ['oidcConfigs', index],
        shared.rules.get(own.mappingId),
        steps.some((step) => step.name === name),
      ),
    );
  }
  const deletions = planDeletions(othersThan(state), mappingsIn(steps), options.prune);
  return {
    steps: [...steps, ...deletions.steps],
    notInFile: deletions.notInFile,
    problems,
  };
}

/** Entries may share a mapping, also one that only the stored protocols refer to. It has one list of rules. */
function rulesByMapping(
  { oidcConfigs }: SignInFile,
  states: readonly OidcConfigState[],
): { readonly rules: ReadonlyMap<string, Json>; readonly problems: readonly Problem[] } {
  const rules = new Map<string, Json>();
  const problems: Problem[] = [];
  for (const [index, { mapping }] of oidcConfigs.entries()) {
    // A file without rules leaves the stored ones alone.
    const given = mapping?.rules;
    if (given === undefined) continue;
    const { mappingId } = stateAt(states, index);
    const own = toJson(given);
    const earlier = rules.get(mappingId);
    if (earlier === undefined) rules.set(mappingId, own);
    else if (!sameField('rules', own, earlier))
      problems.push({
        path: ['oidcConfigs', index, 'mapping', 'rules'],
        message: `An earlier entry has other rules for the mapping "${mappingId}", which both use. Give one of them another mapping.id.`,
      });
  }
  return { rules, problems };
}

/** A platform may take ids that differ in letter case for the same: what an entry was read from is never an object besides the file. */
function othersThan({ openIdConnects, oidcConfigs, others }: State): OtherObjects {
  const clients = new Set(openIdConnects.map(({ stored }) => stored?.id));
  const providers = new Set(oidcConfigs.map(({ provider }) => provider?.id));
  return {
    openIdConnects: others.openIdConnects.filter(({ id }) => !clients.has(id)),
    identityProviders: others.identityProviders.filter(({ id }) => !providers.has(id)),
    leftMappings: others.leftMappings,
  };
}

function mappingsIn(steps: readonly Step[]): ReadonlySet<string> {
  return new Set(steps.flatMap(({ target, id }) => (target === 'mapping' ? [id] : [])));
}

function stateAt<Item>(states: readonly Item[], index: number): Item {
  const state = states[index];
  if (state === undefined) throw new Error('The state lacks an entry of the file.');
  return state;
}
