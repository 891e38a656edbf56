import { isObject, readJson, type EmulatorRequest } from '../../../transport/emulator/emulator.ts';
import { invalidBody, invalidField } from './error-bodies.ts';

/** The object that a request body wraps under this name. */
export function memberObject(request: EmulatorRequest, name: string): Record<string, unknown> {
  const body = readJson(request);
  const member = isObject(body) ? body[name] : undefined;
  if (!isObject(member)) throw invalidBody(request);
  return member;
}

/**
 * The caller names a new identity provider or mapping. The form is documented for providers only; a mapping's
 * id has at most 64 characters at Keystone, whose API this is.
 */
export function checkNewId(request: EmulatorRequest, id: string): void {
  if (!/^[\w-]{1,64}$/.test(id)) throw invalidField(request, 'id', id);
}
