import type { OidcConfigEntry } from '../file/schema.ts';
import type { OidcConfigState } from './stored.ts';
import { toJson } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { objectStep, storedObject } from './object-step.ts';
import type { Path, Problem, Step } from './step.ts';

/** Rules of a new mapping if the file has none: everybody becomes one federated user without rights, as with `provisionOidcConfig`. */
const DEFAULT_RULES: Json = [
  { local: [{ user: { name: 'FederationUser' } }], remote: [{ type: '__NAMEID__' }] },
];

const MAX_ID_LENGTH = 64;

/** Default id of the mapping of an identity provider: the one that the console uses. */
export function defaultMappingId(idpId: string): string {
  return `mapping_${idpId}`;
}

/** The fields that Huawei Cloud IAM stores only for access to the console. */
const CONSOLE_FIELDS = ['authorizationEndpoint', 'scope', 'responseType', 'responseMode'] as const;

/**
 * The four steps of an entry of `oidcConfigs`.
 * @param issuerUrl of the issuer that the entry names: it stands for idpUrl
 * @param rules of the mapping, which another entry may have if both use the same; undefined if none has
 * @param hasMappingStep whether an earlier entry has the step of the mapping
 */
export function planOidcConfig(
  entry: OidcConfigEntry,
  issuerUrl: string | undefined,
  state: OidcConfigState,
  path: Path,
  rules: Json | undefined,
  hasMappingStep: boolean,
): readonly Step[] | Problem {
  const { idpId } = entry;
  const { mappingId, provider } = state;
  if (mappingId.length > MAX_ID_LENGTH && entry.mapping?.id === undefined)
    return {
      path,
      message: `mapping.id is required: the idpId is too long for the default, mapping_<idpId>, which may have at most ${MAX_ID_LENGTH} characters.`,
    };
  if (provider?.ssoType === 'IAM_USER_SSO')
    return {
      path: [...path, 'idpId'],
      message: `The identity provider "${idpId}" exists with the single sign-on type IAM_USER_SSO. This type cannot be changed and does not work with OpenID Connect. Choose another idpId, or delete the identity provider first.`,
    };
  const first = planProvider(entry, state, path);
  const mapping = planMapping(state, path, rules, [first.name]);
  const protocol = objectStep(
    {
      target: 'protocol',
      id: idpId,
      key: { idpId },
      fields: { mappingId },
      entry: path,
      needs: [first.name, mapping.name],
    },
    storedObject(state.protocol),
  );
  const config = planConfig(entry, issuerUrl, state, path, [
    first.name,
    mapping.name,
    protocol.name,
  ]);
  return [first, ...(hasMappingStep ? [] : [mapping]), protocol, config];
}

function planProvider(
  { idpId, description, enabled }: OidcConfigEntry,
  { provider }: OidcConfigState,
  path: Path,
): Step {
  const isNew = provider === null;
  const text = description ?? (description === null && !isNew ? '' : undefined);
  // Sign-in needs an enabled one, and the platform's default is a disabled one.
  const isEnabled = enabled ?? (isNew ? true : undefined);
  const fields = toJson({
    ...(text !== undefined && { description: text }),
    ...(isEnabled !== undefined && { enabled: isEnabled }),
    ...(isNew && { ssoType: 'VIRTUAL_USER_SSO' }),
  }) as JsonObject;
  return objectStep(
    { target: 'identityProvider', id: idpId, key: { id: idpId }, fields, entry: path },
    storedObject(provider),
  );
}

function planMapping(
  { mappingId, mapping }: OidcConfigState,
  path: Path,
  rules: Json | undefined,
  needs: readonly string[],
): Step {
  const wanted = rules ?? (mapping === null ? DEFAULT_RULES : undefined);
  return objectStep(
    {
      target: 'mapping',
      id: mappingId,
      key: { id: mappingId },
      fields: wanted === undefined ? {} : { rules: wanted },
      entry: path,
      needs,
    },
    storedObject(mapping),
  );
}

function planConfig(
  entry: OidcConfigEntry,
  issuerUrl: string | undefined,
  { config, issuer }: OidcConfigState,
  path: Path,
  needs: readonly string[],
): Step {
  const { idpId, accessMode, idpUrl, clientId, signingKey } = entry;
  const key = { idpId };
  const published = issuer?.oidcConfig;
  const isNew = config === null;
  const keySet = signingKey ?? (isNew ? published?.signingKey : undefined);
  const url = idpUrl ?? issuerUrl;
  const fields = toJson({
    accessMode,
    ...(url !== undefined && { idpUrl: url }),
    clientId,
    ...(accessMode === 'PROGRAM_CONSOLE' && consoleFields(entry, config, published)),
    ...(keySet !== undefined && keySet !== null && { signingKey: keySet }),
  }) as JsonObject;
  const wanted = { target: 'oidcConfig', id: idpId, key, fields, entry: path, needs } as const;
  const step = objectStep(wanted, storedObject(config));
  // Changing the access mode to PROGRAM removes what only the console uses.
  const dropped =
    config?.accessMode === 'PROGRAM_CONSOLE' && accessMode === 'PROGRAM'
      ? CONSOLE_FIELDS.map((name) => ({ path: [name], from: toJson(config[name]), to: null }))
      : [];
  return { ...step, changes: [...step.changes, ...dropped] };
}

/** What the issuer says stands for the endpoint, and for the others if nothing is stored. */
function consoleFields(
  entry: OidcConfigEntry,
  stored: OidcConfigState['config'],
  published: NonNullable<OidcConfigState['issuer']>['oidcConfig'] | undefined,
): object {
  const fields: Record<string, unknown> = {};
  for (const name of CONSOLE_FIELDS) {
    const value = entry[name];
    const isFilled = name === 'authorizationEndpoint' || (stored?.[name] ?? null) === null;
    const filled = isFilled ? (published?.[name] ?? undefined) : undefined;
    if ((value ?? filled) !== undefined) fields[name] = value ?? filled;
  }
  return fields;
}
