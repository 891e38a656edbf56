import { changesOfField, differingFields } from './compare.ts';
import { toJson } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { stepName } from './step.ts';
import type { Change, Path, Step, Target } from './step.ts';

/** An object as the file wants it. */
interface Wanted {
  readonly target: Target;
  readonly id: string;
  /** The fields of its key in an input, such as `{ idpId: 'corporate' }`. */
  readonly key: JsonObject;
  /** The fields that the file determines. */
  readonly fields: JsonObject;
  readonly entry: Path;
  readonly needs?: readonly string[];
}

/** An object as it is stored. */
export interface StoredObject {
  readonly fields: JsonObject;
  readonly fingerprint: string;
}

/** An object that was read, with all its fields; null if it does not exist. */
export function storedObject(stored: { readonly fingerprint: string } | null): StoredObject | null {
  return stored && { fields: toJson(stored) as JsonObject, fingerprint: stored.fingerprint };
}

/** The step that brings an object to what the file wants: field by field, and only what differs is sent. */
export function objectStep(wanted: Wanted, stored: StoredObject | null): Step {
  const { target, id, key, fields, entry, needs = [] } = wanted;
  const step = {
    name: stepName(target, id),
    target,
    id,
    wanted: fields,
    expectedFingerprint: stored?.fingerprint ?? null,
    needs,
    notes: [],
    entry,
  };
  if (stored === null)
    return {
      ...step,
      action: 'create',
      changes: Object.entries(fields).flatMap(([name, to]) => created(name, to)),
      input: { ...key, ...fields },
    };
  const different = differingFields(fields, stored.fields);
  if (different.length === 0) return { ...step, action: 'unchanged', changes: [], input: null };
  return {
    ...step,
    action: 'update',
    changes: different.flatMap((name) =>
      changesOfField(name, stored.fields[name] ?? null, fields[name] ?? null),
    ),
    input: { ...key, ...pick(fields, different) },
  };
}

/** A step that also sets a secret, which is in no change and no plan. */
export function withSecret(
  step: Step,
  key: JsonObject,
  secret: { readonly field: string; readonly reference: Json; readonly words: string },
): Step {
  const { field, reference, words } = secret;
  const change: Change = { path: [field], secret: words };
  return {
    ...step,
    action: step.action === 'unchanged' ? 'update' : step.action,
    changes: [...step.changes, change],
    input: { ...(step.input ?? key), [field]: reference },
  };
}

/** The fields of a new object, and a rule at a time. */
function created(name: string, to: Json): readonly Change[] {
  if (name !== 'rules' || !Array.isArray(to)) return [{ path: [name], from: null, to }];
  const rules = to as readonly Json[];
  return rules.map((rule, index) => ({ path: [name, String(index)], from: null, to: rule }));
}

function pick(fields: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
}
