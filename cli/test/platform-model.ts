import { createHash } from 'node:crypto';
import type { SignInFile } from '../src/file/schema.ts';
import { canonicalJson, toJson } from '../src/plan/json.ts';
import type { Json, JsonObject } from '../src/plan/json.ts';
import { defaultMappingId } from '../src/plan/plan-oidc-config.ts';
import type { Step, Target } from '../src/plan/step.ts';
import { stepName } from '../src/plan/step.ts';
import type { IssuerValues, SecretComparison, State } from '../src/plan/stored.ts';
import { configTakesFromIssuer, takesFromIssuer } from '../src/state/read-issuer.ts';

/** The platforms as far as a plan depends on them: objects by target and id, as the gateway shows them. */
export type World = Readonly<Record<string, JsonObject>>;

/** What a new object has in fields that are left out. */
const DEFAULTS: Readonly<Record<Target, JsonObject>> = {
  openIdConnect: {
    authorizationEndpoint: null,
    tokenEndpoint: null,
    urlEncoded: false,
    integrationEventId: null,
    callSyncUserIntegrationEvent: false,
    additionalIdpScopes: [],
    customErrorUrl: null,
    hasSecret: false,
  },
  identityProvider: { description: '', enabled: false, ssoType: 'VIRTUAL_USER_SSO' },
  mapping: {},
  protocol: {},
  oidcConfig: {
    idpUrl: 'https://unset.example',
    authorizationEndpoint: null,
    scope: null,
    responseType: null,
    responseMode: null,
    signingKey: '{"keys":[]}',
  },
};

const DROPPED = {
  authorizationEndpoint: null,
  scope: null,
  responseType: null,
  responseMode: null,
};

/** The fingerprint that the gateway would show: of everything but the secret. */
export function fingerprintOf({ hasSecret: _, ...object }: JsonObject): string {
  return createHash('sha256').update(canonicalJson(object)).digest('hex');
}

/** An object as a platform stores it, from the fields of a write. */
export function stored(target: Target, fields: JsonObject, before: JsonObject | null): JsonObject {
  const { connectClientSecret: secret, ...plain } = fields;
  const whole: Record<string, Json> = { ...(before ?? DEFAULTS[target]), ...plain };
  if (secret !== undefined) whole['hasSecret'] = true;
  if (target === 'openIdConnect' && whole['additionalIdpScopes'] === null)
    whole['additionalIdpScopes'] = [];
  if (target === 'oidcConfig') {
    if (whole['accessMode'] === 'PROGRAM') Object.assign(whole, DROPPED);
    const { signingKey } = whole;
    whole['signingKey'] =
      typeof signingKey === 'string' ? signingKey : JSON.stringify(signingKey ?? null);
  }
  return whole;
}

/** Does what a step says. @throws Error if the object is not as the step expects, as the platforms and the gateway do */
export function take(world: World, step: Step): World {
  const key = stepName(step.target, step.id);
  const before = world[key] ?? null;
  const fingerprint = before && fingerprintOf(before);
  if (fingerprint !== step.expectedFingerprint) throw new Error(`${key} is not as expected`);
  switch (step.action) {
    case 'unchanged':
      return world;
    case 'delete': {
      const others = Object.entries(world).filter(([name]) => name !== key);
      const isLost = (name: string) =>
        step.target === 'identityProvider' &&
        [stepName('protocol', step.id), stepName('oidcConfig', step.id)].includes(name);
      return Object.fromEntries(others.filter(([name]) => !isLost(name)));
    }
    default:
      return { ...world, [key]: stored(step.target, step.input ?? {}, before) };
  }
}

/** What is read for a file. */
export function stateOf(
  world: World,
  file: SignInFile,
  issuers: Readonly<Record<string, IssuerValues>>,
): State {
  const find = (target: Target, id: string): JsonObject | null => {
    const object = world[stepName(target, id)];
    return object === undefined ? null : { ...object, fingerprint: fingerprintOf(object) };
  };
  const idsOf = (target: Target) =>
    Object.keys(world).flatMap((name) =>
      name.startsWith(`${target}/`) ? [name.slice(target.length + 1)] : [],
    );
  const mappingOf = (id: string) => (find('protocol', id)?.['mappingId'] ?? null) as string | null;
  const issuerOf = (name: string | undefined, isTaken: boolean) =>
    name === undefined || !isTaken ? null : (issuers[name] ?? null);
  const own = new Set(file.oidcConfigs.map(({ idpId }) => idpId));
  const leaving = idsOf('identityProvider').filter(
    (id) => !own.has(id) && find('oidcConfig', id) !== null,
  );
  return toJson({
    openIdConnects: file.openIdConnects.map((entry) => {
      const object = find(
        'openIdConnect',
        entry.id,
      ) as unknown as State['openIdConnects'][number]['stored'];
      const hasSecret = world[stepName('openIdConnect', entry.id)]?.['hasSecret'] === true;
      const secret: SecretComparison = hasSecret ? 'not shown' : 'not stored';
      return {
        stored: object,
        secret,
        issuer: issuerOf(entry.issuer, takesFromIssuer(entry, object)),
      };
    }),
    oidcConfigs: file.oidcConfigs.map((entry) => {
      const { idpId } = entry;
      const mappingId = entry.mapping?.id ?? mappingOf(idpId) ?? defaultMappingId(idpId);
      const config = find('oidcConfig', idpId) as unknown as State['oidcConfigs'][number]['config'];
      return {
        provider: find('identityProvider', idpId),
        protocol: find('protocol', idpId),
        mappingId,
        mapping: find('mapping', mappingId),
        config,
        issuer: issuerOf(entry.issuer, configTakesFromIssuer(entry, config)),
      };
    }),
    others: {
      openIdConnects: idsOf('openIdConnect')
        .filter((id) => !file.openIdConnects.some((entry) => entry.id === id))
        .map((id) => find('openIdConnect', id)),
      identityProviders: leaving.map((id) => {
        const mappingId = mappingOf(id);
        const isShared = idsOf('protocol').some(
          (other) => !leaving.includes(other) && mappingOf(other) === mappingId,
        );
        return {
          ...find('identityProvider', id),
          id,
          mapping: mappingId === null ? null : withId(mappingId, find('mapping', mappingId)),
          keepMapping: isShared ? 'shared' : null,
        };
      }),
      leftMappings: [],
    },
  }) as unknown as State;
}

function withId<Value extends object>(id: string, value: Value | null) {
  return value && { ...value, id };
}
