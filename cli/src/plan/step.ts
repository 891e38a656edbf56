import type { Json, JsonObject } from './json.ts';

/** What a step is about: the objects of the platforms. */
export type Target = 'openIdConnect' | 'identityProvider' | 'mapping' | 'protocol' | 'oidcConfig';

export type Action = 'create' | 'update' | 'unchanged' | 'delete';

/** Where something stands in the file, such as `['oidcConfigs', 0, 'mapping']`. */
export type Path = readonly (string | number)[];

/** A value that changes. Null: there is none. */
export interface ValueChange {
  readonly path: readonly string[];
  readonly from: Json;
  readonly to: Json;
}

/** A secret that is set. Neither value is known here. */
export interface SecretChange {
  readonly path: readonly string[];
  readonly secret: string;
}

export type Change = ValueChange | SecretChange;

/** A write, or the statement that none is needed. */
export interface Step {
  /** Unique in the plan, such as `mapping/corporate`. */
  readonly name: string;
  readonly target: Target;
  /** Id of the object; of a protocol, that of its identity provider. */
  readonly id: string;
  readonly action: Action;
  readonly changes: readonly Change[];
  /** Of the object as it was read; null if it must not exist. */
  readonly expectedFingerprint: string | null;
  /** All fields that the file determines. A secret is the reference to where it comes from. */
  readonly wanted: JsonObject;
  /** The input of the write, without its fingerprint; null if there is none. A secret is a reference here, too. */
  readonly input: JsonObject | null;
  /** Names of steps that must be done before. */
  readonly needs: readonly string[];
  /** What a person should know, such as that a secret was not compared. */
  readonly notes: readonly string[];
  /** The entry that the step belongs to; null if it is not in the file. */
  readonly entry: Path | null;
}

/** An entry that cannot be planned. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** An object that the file does not name, and that stays. */
export interface NotInFile {
  readonly target: Target;
  readonly id: string;
  /** Why it would stay even with --prune; null if it would go. */
  readonly kept: string | null;
}

/** What a file and the state of the platforms come to. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly notInFile: readonly NotInFile[];
  readonly problems: readonly Problem[];
}

export function stepName(target: Target, id: string): string {
  return `${target}/${id}`;
}

/** Whether something would be written. */
export function hasChanges({ steps }: Pick<Plan, 'steps'>): boolean {
  return steps.some(({ action }) => action !== 'unchanged');
}
