import {
  hasMediaType,
  isObject,
  readJson,
  type EmulatorRequest,
} from '../../../transport/emulator/emulator.ts';
import { refused, refusedFor, type WireError } from './error-bodies.ts';

/** A complete or partial OpenIdConnect as sent in a request, with its wire names. */
export type Fields = Readonly<Record<string, unknown>>;

/** An OpenIdConnect as stored and as sent in responses: it has every field. */
export interface Configuration extends Fields {
  readonly ID: string;
}

const REQUIRED = [
  'OrderCloudApiClientID',
  'ConnectClientID',
  'ConnectClientSecret',
  'AppStartUrl',
  'AuthorizationEndpoint',
  'TokenEndpoint',
] as const;
// IntegrationEventName is missing on purpose: it is read-only, and ignored when it is sent.
export const FIELD_TYPES: Readonly<Record<string, keyof typeof TYPE_CHECKS>> = {
  ID: 'a string',
  ...Object.fromEntries(REQUIRED.map((field) => [field, 'a string' as const])),
  UrlEncoded: 'a boolean',
  IntegrationEventID: 'a string',
  CallSyncUserIntegrationEvent: 'a boolean',
  AdditionalIdpScopes: 'an array of strings',
  CustomErrorUrl: 'a string',
};
const TYPE_CHECKS = {
  'a string': (value: unknown) => typeof value === 'string',
  'a boolean': (value: unknown) => typeof value === 'boolean',
  'an array of strings': (value: unknown) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

/** In a stored model, null is a field without a value; in a request, null asks for the default. */
export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isBlank(value: unknown): boolean {
  return typeof value !== 'string' || value.trim() === '';
}

/** The fields in the body of a write, each of the right type or null. */
export function readFields(request: EmulatorRequest): Fields {
  if (!hasMediaType(request, 'application/json')) {
    throw refused(400, 'Request.InvalidContentType', 'The content type must be application/json.');
  }
  const body = readJson(request);
  if (!isObject(body))
    throw refused(400, 'Request.InvalidRequestBody', 'The body must be a JSON object.');

  const mistyped = Object.entries(FIELD_TYPES)
    .filter(([field, type]) => !isAbsent(body[field]) && !TYPE_CHECKS[type](body[field]))
    .map(([field, type]) => ({
      ErrorCode: 'Request.InvalidRequestBody',
      Message: `${field} must be ${type}.`,
      Data: field,
    }));
  if (mistyped.length > 0) throw refusedFor(400, mistyped);
  return body;
}

/** The ID that the fields ask for; a blank one is the same as none. */
export function givenId({ ID }: Fields): string | undefined {
  return typeof ID === 'string' && !isBlank(ID) ? ID : undefined;
}

/** Refuses a model without all of its required fields, or with too long an ID. */
export function checkModel(model: Fields): void {
  const invalid: WireError[] = REQUIRED.filter((field) => isBlank(model[field])).map((field) => ({
    ErrorCode: 'Required',
    Message: `${field} is required.`,
    Data: field,
  }));
  const id = givenId(model);
  if (id !== undefined && id.length > 100) {
    invalid.push({
      ErrorCode: 'ValidationFailure',
      Message: 'ID must be at most 100 characters.',
      Data: { ID: id },
    });
  }
  if (invalid.length > 0) throw refusedFor(400, invalid);
}

/** A checked model with defaults for the optional fields that have no value. */
export function configurationOf(
  id: string,
  model: Fields,
  integrationEventName: string | null,
): Configuration {
  return {
    ID: id,
    ...Object.fromEntries(REQUIRED.map((field) => [field, model[field]])),
    UrlEncoded: model['UrlEncoded'] ?? false,
    IntegrationEventID: model['IntegrationEventID'] ?? null,
    CallSyncUserIntegrationEvent: model['CallSyncUserIntegrationEvent'] ?? false,
    IntegrationEventName: integrationEventName,
    AdditionalIdpScopes: model['AdditionalIdpScopes'] ?? [],
    CustomErrorUrl: model['CustomErrorUrl'] ?? null,
  };
}
