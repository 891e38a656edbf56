import {
  isObject,
  readJson,
  type EmulatorRequest,
  type EmulatorRoute,
} from '../../../transport/emulator/emulator.ts';
import { findProtocol, findProvider, type Account } from './account.ts';
import type { Guard } from './auth.ts';
import { conflict, invalidBody, invalidField, missing, refused } from './error-bodies.ts';

const CONFIG = '/v3.0/OS-FEDERATION/identity-providers/:idp/openid-connect-config';
const MAX_BODY_BYTES = 32_768;

type Config = Readonly<Record<string, unknown>>;

type Check = (value: string) => boolean;
const length =
  (min: number, max: number): Check =>
  (value) =>
    value.length >= min && value.length <= max;
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value);

function isScope(value: string): boolean {
  const words = value.split(' ');
  return (
    value.length <= 255 &&
    words.length <= 10 &&
    words.includes('openid') &&
    words.every((word) => /^\w+$/.test(word))
  );
}

function isKeySet(value: string): boolean {
  try {
    const keySet: unknown = JSON.parse(value);
    return (
      length(10, 30_000)(value) &&
      isObject(keySet) &&
      Array.isArray(keySet['keys']) &&
      keySet['keys'].length > 0
    );
  } catch {
    return false;
  }
}

const CONSOLE_CHECKS = {
  authorization_endpoint: length(10, 255),
  scope: isScope,
  response_type: oneOf('id_token'),
  response_mode: oneOf('fragment', 'form_post'),
};
const CHECKS: Readonly<Record<string, Check>> = {
  access_mode: oneOf('program', 'program_console'),
  idp_url: length(10, 255),
  client_id: length(5, 255),
  ...CONSOLE_CHECKS,
  signing_key: isKeySet,
};

/** The fields that were sent; null is the same as left out. */
function readSent(request: EmulatorRequest): Config {
  const size = Buffer.byteLength(request.body);
  if (size === 0 || size > MAX_BODY_BYTES) {
    throw refused(request, 400, 'IAM.1101', `The request body size ${size} is invalid.`);
  }
  const body = readJson(request);
  if (!isObject(body)) throw invalidBody(request);
  const sent = body['openid_connect_config'] ?? undefined;
  if (sent === undefined) throw required(request, 'openid_connect_config');
  if (!isObject(sent)) throw invalidBody(request);
  const fields = Object.keys(CHECKS).map((field) => [field, sent[field] ?? undefined] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function required(request: EmulatorRequest, field: string): Error {
  return refused(request, 400, 'IAM.0072', `'${field}' is a required property.`);
}

function requireFields(request: EmulatorRequest, config: Config): void {
  const forConsole = config['access_mode'] === 'program_console';
  const needed = Object.keys(CHECKS).filter((field) => forConsole || !(field in CONSOLE_CHECKS));
  const absent = needed.find((field) => !(field in config));
  if (absent !== undefined) throw required(request, absent);
}

function checkFields(request: EmulatorRequest, config: Config): void {
  for (const [field, check] of Object.entries(CHECKS)) {
    const value = config[field];
    if (value !== undefined && !(typeof value === 'string' && check(value)))
      throw invalidField(request, field, value);
  }
}

/** What console access needs cannot be chosen for programmatic access. */
function refuseMixture(request: EmulatorRequest, sent: Config, accessMode: unknown): void {
  if (accessMode === 'program' && Object.keys(sent).some((field) => field in CONSOLE_CHECKS))
    throw invalidBody(request);
}

/** A configuration without the fields that its access mode does not allow. */
function trimmed(config: Config): Config {
  if (config['access_mode'] !== 'program') return config;
  return Object.fromEntries(Object.entries(config).filter(([field]) => !(field in CONSOLE_CHECKS)));
}

/** No route deletes a configuration: it goes with its identity provider. */
export function configRoutes(account: Account, guarded: Guard): EmulatorRoute[] {
  function findConfig(request: EmulatorRequest, idp: string): Config {
    const { config } = findProvider(account, request, idp);
    if (!config) throw missing(request, 'openid_connect_config', idp);
    return config;
  }

  return [
    guarded('POST', CONFIG, 'createOpenIDConnectConfig', (request, idp) => {
      const config = readSent(request);
      requireFields(request, config);
      checkFields(request, config);
      refuseMixture(request, config, config['access_mode']);
      findProtocol(account, request, idp);
      const provider = findProvider(account, request, idp);
      if (provider.config) throw conflict(request, 'openid_connect_config', idp);
      provider.config = config;
      return { status: 201, body: { openid_connect_config: config } };
    }),
    guarded('GET', CONFIG, 'getOpenIDConnectConfig', (request, idp) => ({
      status: 200,
      body: { openid_connect_config: findConfig(request, idp) },
    })),
    // Every field is optional here. What becomes of those left out is not documented: they stay, as far as the result
    // is a configuration that could have been created.
    guarded('PUT', CONFIG, 'updateOpenIDConnectConfig', (request, idp) => {
      const sent = readSent(request);
      checkFields(request, sent);
      const merged = { ...findConfig(request, idp), ...sent };
      refuseMixture(request, sent, merged['access_mode']);
      const config = trimmed(merged);
      requireFields(request, config);
      findProvider(account, request, idp).config = config;
      return { status: 200, body: { openid_connect_config: config } };
    }),
  ];
}
