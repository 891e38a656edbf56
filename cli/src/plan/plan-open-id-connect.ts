import type { OpenIdConnectEntry, SecretReference } from '../file/schema.ts';
import type { OpenIdConnectState } from './stored.ts';
import { toJson } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { objectStep, storedObject, withSecret } from './object-step.ts';
import type { Path, Problem, Step } from './step.ts';

export interface PlanOptions {
  /** Whether secrets of existing objects are set, although they cannot be compared. */
  readonly setSecrets: boolean;
  /** Whether objects that the file does not name are deleted. */
  readonly prune: boolean;
}

const SECRET = 'connectClientSecret';

/** The step of an entry of `openIdConnects`. */
export function planOpenIdConnect(
  entry: OpenIdConnectEntry,
  state: OpenIdConnectState,
  path: Path,
  { setSecrets }: Pick<PlanOptions, 'setSecrets'>,
): Step | Problem {
  const { id } = entry;
  const { stored } = state;
  const key = { id };
  const wanted = { target: 'openIdConnect', id, key, entry: path } as const;
  const { connectClientSecret: reference } = entry;
  if (stored === null) {
    if (reference === undefined)
      return {
        path,
        message: `The OpenIdConnect "${id}" does not exist yet: to create it, connectClientSecret is required.`,
      };
    const origin = originOf(reference);
    const step = objectStep(
      { ...wanted, fields: withoutNulls(fieldsOf(entry, state, true)) },
      null,
    );
    return {
      ...withSecret(step, key, { field: SECRET, reference, words: `will be set from ${origin}` }),
      notes:
        state.secret === 'not available' ? [`${origin} has no value here: apply needs one.`] : [],
    };
  }
  const step = objectStep(
    { ...wanted, fields: fieldsOf(entry, state, false) },
    storedObject(stored),
  );
  if (reference === undefined) return step;
  const origin = originOf(reference);
  const words = secretChange(state, setSecrets);
  return words === null
    ? { ...step, notes: notesAbout(state, origin) }
    : withSecret(step, key, { field: SECRET, reference, words: `${words} from ${origin}` });
}

function secretChange({ secret }: OpenIdConnectState, setSecrets: boolean): string | null {
  if (secret === 'different') return 'differs, and will be set';
  if (secret === 'not stored') return 'will be set';
  const isUnknown = secret === 'not shown' || secret === 'not available';
  return isUnknown && setSecrets ? 'is not compared, and will be set' : null;
}

function notesAbout({ secret }: OpenIdConnectState, origin: string): readonly string[] {
  if (secret === 'not shown')
    return [
      'connectClientSecret is not compared, and stays as it is: the gateway does not show it. It may with a token of OrderCloud (ORDERCLOUD_TOKEN). --set-secrets sets it.',
    ];
  if (secret === 'not available')
    return [
      `connectClientSecret is not compared, and stays as it is: ${origin} has no value here.`,
    ];
  return [];
}

/** The fields that the entry and its issuer determine. What is left out of both is left as it is stored. */
function fieldsOf(
  entry: OpenIdConnectEntry,
  { issuer }: OpenIdConnectState,
  isNew: boolean,
): JsonObject {
  const { id: _key, issuer: _name, connectClientSecret: _secret, ...given } = entry;
  const published = issuer?.openIdConnect;
  return toJson({
    ...(published?.authorizationEndpoint && {
      authorizationEndpoint: published.authorizationEndpoint,
    }),
    ...(published?.tokenEndpoint && { tokenEndpoint: published.tokenEndpoint }),
    ...(isNew && published && { urlEncoded: published.urlEncoded }),
    ...defined(given),
  }) as JsonObject;
}

/** Fields that are left out do not hide what the issuer says. */
function defined(fields: object): object {
  return Object.fromEntries(
    (Object.entries(fields) as [string, Json | undefined][]).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** A new object has nothing to clear. */
function withoutNulls(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Where a secret comes from, in words. */
function originOf(reference: SecretReference): string {
  if (typeof reference === 'string') return 'the file';
  return 'fromEnv' in reference ? reference.fromEnv : reference.fromFile;
}
