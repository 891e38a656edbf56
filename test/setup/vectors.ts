import { readFileSync } from 'node:fs';
import type { ScriptedResponse } from './scripted-upstream.ts';

/** A request that a vendor's own SDK sent, and the response it got, in a form that the vendor documents. */
export interface Vector {
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly response: ScriptedResponse;
}

const load = (file: string) =>
  (
    JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')) as {
      readonly cases: readonly Vector[];
    }
  ).cases;

export const ORDERCLOUD_VECTORS = load('ordercloud.json');
export const HUAWEI_VECTORS = load('huawei-iam.json');

export function vectorNamed(vectors: readonly Vector[], name: string): Vector {
  const found = vectors.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no vector ${name}`);
  return found;
}

/** Names of the vectors that are about their request, and of those that are about a response other than a plain success. */
export function namesOf(vectors: readonly Vector[]): {
  readonly successes: readonly string[];
  readonly troubles: readonly string[];
} {
  const isTrouble = (name: string) => /error|success|redirect|socket/.test(name);
  const names = vectors.map(({ name }) => name);
  return { successes: names.filter((name) => !isTrouble(name)), troubles: names.filter(isTrouble) };
}

export const ORDERCLOUD_TOKEN =
  vectorNamed(ORDERCLOUD_VECTORS, 'create.full').request.headers['authorization'] ?? '';
export const HUAWEI_TOKEN = 'MIIDkgExampleToken';
/** A caller with the token that was recorded. */
export const VECTOR_HEADERS = {
  'x-ordercloud-authorization': ORDERCLOUD_TOKEN,
  'x-auth-token': HUAWEI_TOKEN,
};

type Fields = Readonly<Record<string, unknown>>;

/*
 * The translation from wire names to input names is written here once more, on purpose: it is a witness that shares
 * nothing with the gateway's own.
 */

/** `OrderCloudApiClientID` -> `orderCloudApiClientId`, `ID` -> `id`. */
const camelCase = (name: string) =>
  name.replace(/ID$/, 'Id').replace(/^./, (first) => first.toLowerCase());

/** Input fields for the members of an OpenIdConnect of OrderCloud. */
export function openIdConnectInput(body: string): Record<string, unknown> {
  // Read-only at OrderCloud, and no field of the input.
  const { IntegrationEventName: _readOnly, ...fields } = JSON.parse(body) as Fields;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [camelCase(name), value]),
  );
}

/** Arguments of `openIdConnects` for the parameters of a list of OrderCloud. */
export function listArguments(parameters: readonly (readonly [string, string])[]): Fields {
  const filter: Record<string, unknown> = {};
  const args: Record<string, unknown> = { filter };
  for (const [name, value] of parameters) {
    if (name === 'page' || name === 'pageSize') args[name] = Number(value);
    else if (name === 'search') args['search'] = value;
    else if (name === 'sortBy') args['sort'] = value.startsWith('!') ? 'ID_DESC' : 'ID_ASC';
    else if (value === 'true' || value === 'false') filter[camelCase(name)] = value === 'true';
    else
      filter[camelCase(name)] = value.startsWith('>')
        ? { after: value.slice(1) }
        : { equals: value };
  }
  return args;
}

/** `sso_type` -> `ssoType`. */
const fromSnakeCase = (name: string) =>
  name.replace(/_(.)/g, (_all, letter: string) => letter.toUpperCase());
const ENUMS = new Set(['access_mode', 'response_type', 'response_mode', 'sso_type']);

/** Input fields for the object in the body of a request to Huawei Cloud IAM. */
export function huaweiInput(body: string): Record<string, unknown> {
  const [fields] = Object.values(JSON.parse(body) as Readonly<Record<string, Fields>>);
  return Object.fromEntries(
    Object.entries(fields ?? {}).map(([name, value]) => {
      if (typeof value !== 'string') return [fromSnakeCase(name), value];
      return [
        fromSnakeCase(name),
        ENUMS.has(name) ? value.toUpperCase() : name === 'scope' ? value.split(' ') : value,
      ];
    }),
  );
}

/** The id in the path of a request to Huawei Cloud IAM: the segment after the collection. */
export function huaweiId(target: string): string | undefined {
  return /(?:identity-providers|identity_providers|mappings)\/([^/?]+)/.exec(target)?.[1];
}
