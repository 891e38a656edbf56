import { STATUS_CODES } from 'node:http';
import {
  Refused,
  type EmulatorResponse,
  type EmulatorRequest,
} from '../../../transport/emulator/emulator.ts';

function isKeystone({ path }: EmulatorRequest): boolean {
  return path.startsWith('/v3/');
}

/** `/v3.0` and `/v3` report errors in shapes of their own. */
function failed(
  request: EmulatorRequest,
  status: number,
  error_code: string,
  message: string,
): EmulatorResponse {
  if (!isKeystone(request)) return { status, body: { error_msg: message, error_code } };
  return {
    status,
    body: { error: { code: status, message, title: STATUS_CODES[status] ?? 'Error' } },
  };
}

/** Ends a request with an error of the form that its route has. */
export function refused(...error: Parameters<typeof failed>): Refused {
  return new Refused(failed(...error));
}

/** An object that the request needs does not exist. */
export function missing(request: EmulatorRequest, target: string, id: string): Refused {
  return refused(request, 404, 'IAM.0004', `Could not find ${target}: ${id}.`);
}

/** An object with this id exists already. */
export function conflict(request: EmulatorRequest, type: string, id: string): Refused {
  return refused(
    request,
    409,
    'IAM.0005',
    `Conflict occurred attempting to store ${type} - ${id}.`,
  );
}

/** The body as a whole is invalid. As documented, no field is named. */
export function invalidBody(request: EmulatorRequest): Refused {
  return refused(
    request,
    400,
    'IAM.0011',
    isKeystone(request) ? 'The request body is invalid.' : 'Request body is invalid.',
  );
}

/** A field is invalid. As documented, its value is repeated. */
export function invalidField(request: EmulatorRequest, field: string, value: unknown): Refused {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return refused(
    request,
    400,
    'IAM.0073',
    `Invalid input for field '${field}'. The value is '${text}'.`,
  );
}

/** The error of the API gateway in front of IAM about a signature, in the same form on every route. */
export function badSignature(error: string, request_id: string): Refused {
  const error_msg = `Incorrect IAM authentication information: ${error}`;
  return new Refused({ status: 401, body: { error_msg, error_code: 'APIGW.0301', request_id } });
}

/** The error body for any status. */
export function errorResponse(
  request: EmulatorRequest,
  status: number,
  message: string,
): EmulatorResponse {
  const codes: Record<number, string> = {
    400: 'IAM.0011',
    401: 'IAM.0001',
    403: 'IAM.0003',
    404: 'IAM.0004',
    409: 'IAM.0005',
    429: 'IAM.0012',
  };
  return failed(request, status, codes[status] ?? 'IAM.0006', message);
}
