import {
  Refused,
  type EmulatorResponse,
  type EmulatorRequest,
} from '../../../transport/emulator/emulator.ts';

export interface WireError {
  readonly ErrorCode: string;
  readonly Message: string;
  readonly Data: unknown;
}

function failed(status: number, errors: readonly WireError[]): EmulatorResponse {
  return { status, body: { Errors: errors } };
}

/** Ends a request with several errors at once. */
export function refusedFor(status: number, errors: readonly WireError[]): Refused {
  return new Refused(failed(status, errors));
}

/** Ends a request with one error. */
export function refused(
  status: number,
  ErrorCode: string,
  Message: string,
  Data: unknown = null,
): Refused {
  return refusedFor(status, [{ ErrorCode, Message, Data }]);
}

/** An object that the request needs does not exist. */
export function notFound(ObjectType: string, ObjectID: unknown): Refused {
  return refused(404, 'NotFound', 'Object not found.', { ObjectType, ObjectID });
}

/** An error of the token endpoint, which has its own format. */
export function oauthFailed(
  error: string,
  ErrorCode: string,
  Message: string,
  Data: unknown = null,
): EmulatorResponse {
  return {
    status: 400,
    body: { error, error_description: Message, Errors: [{ ErrorCode, Message, Data }] },
  };
}

/** The error body for any status. */
export function errorResponse(
  request: EmulatorRequest,
  status: number,
  message: string,
  data: unknown,
): EmulatorResponse {
  const codes: Record<number, string> = {
    401: 'InvalidToken',
    403: 'Auth.InsufficientRoles',
    404: 'NotFound',
    409: 'IdExists',
  };
  const code = codes[status] ?? (status < 500 ? 'ValidationFailure' : 'ServerError');
  if (request.path.startsWith('/oauth/'))
    return { ...oauthFailed('invalid_request', code, message, data), status };
  return failed(status, [{ ErrorCode: code, Message: message, Data: data }]);
}
