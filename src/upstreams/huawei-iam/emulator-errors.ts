import { STATUS_CODES } from 'node:http';
import { Refused, type EmulatorAnswer, type EmulatorRequest } from '../../transport/emulator.ts';

function isKeystone({ path }: EmulatorRequest): boolean {
  return path.startsWith('/v3/');
}

/** `/v3.0` and `/v3` report errors in shapes of their own. */
function failed(
  request: EmulatorRequest,
  status: number,
  error_code: string,
  message: string,
): EmulatorAnswer {
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

/** Something that the request needs is not there. */
export function missing(request: EmulatorRequest, target: string, id: string): Refused {
  return refused(request, 404, 'IAM.0004', `Could not find ${target}: ${id}.`);
}

/** Something with this id is there already. */
export function conflict(request: EmulatorRequest, type: string, id: string): Refused {
  return refused(
    request,
    409,
    'IAM.0005',
    `Conflict occurred attempting to store ${type} - ${id}.`,
  );
}

/** The body as a whole is wrong; no field is named, as in the documentation. */
export function invalidBody(request: EmulatorRequest): Refused {
  return refused(
    request,
    400,
    'IAM.0011',
    isKeystone(request) ? 'The request body is invalid.' : 'Request body is invalid.',
  );
}

/** A field is wrong; its value is repeated, as in the documentation. */
export function invalidField(request: EmulatorRequest, field: string, value: unknown): Refused {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return refused(
    request,
    400,
    'IAM.0073',
    `Invalid input for field '${field}'. The value is '${text}'.`,
  );
}

/** What the API gateway in front of IAM says of a signature, in the same form on every route. */
export function badSignature(fault: string, request_id: string): Refused {
  const error_msg = `Incorrect IAM authentication information: ${fault}`;
  return new Refused({ status: 401, body: { error_msg, error_code: 'APIGW.0301', request_id } });
}

/** The form of an error with any status. */
export function errorAnswer(
  request: EmulatorRequest,
  status: number,
  message: string,
): EmulatorAnswer {
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
