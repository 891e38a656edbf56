import { GatewayRequestError } from './error.ts';
import { DOCUMENTS } from './generated/documents.ts';
import type { Operations } from './generated/types.ts';
import type { ClientOptions, MutationOptions } from './options.ts';
import { send } from './transport.ts';
import type { TypedDocumentString } from './typed-document.ts';

export { GatewayRequestError } from './error.ts';
export type { GatewayRequestErrorCode, GraphQLRequestError } from './error.ts';
export type * from './generated/types.ts';
export type { ClientOptions, MutationOptions, RequestHeaders, RequestOptions } from './options.ts';
export { isOidcError, isSuccess } from './results.ts';
export type { TypedDocumentString } from './typed-document.ts';

/** A document's variables may be left out if none is required. */
type WithVariables<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: MutationOptions]
    : [variables: Variables, options?: MutationOptions];

/**
 * A client of the gateway. It has a method for each root field of the schema, with the field's name. A method takes the
 * fields of `input`, or an object with the arguments, and returns the field's result union. It selects every field but
 * secrets, fields with required arguments, and other objects that an object leads to: `request` reads these.
 */
export interface Client extends Operations {
  /**
   * Executes a document.
   * @returns its data
   * @throws GatewayRequestError also if only some of its fields failed; `data` has the others
   */
  readonly request: <Data = unknown, Variables = Readonly<Record<string, unknown>>>(
    document: TypedDocumentString<Data, Variables>,
    ...rest: WithVariables<Variables>
  ) => Promise<Data>;
}

/** Makes a client. It sends nothing yet, and keeps no state between requests. */
export function createClient(options: ClientOptions): Client {
  const methods = Object.entries(DOCUMENTS).map(([field, [text, hash, shape]]) => {
    const call = async (variables: unknown, given: MutationOptions = {}) => {
      const data = await send(options, { text, hash }, variables, given);
      const result = (data as Readonly<Record<string, unknown>>)[field];
      if (typeof result === 'object' && result !== null) return result;
      throw new GatewayRequestError(`The response has no result for ${field}.`, {
        code: 'FAILED',
        sent: true,
        data,
      });
    };
    const method =
      shape === 'none'
        ? (given?: MutationOptions) => call(undefined, given)
        : (first?: unknown, given?: MutationOptions) =>
            call(shape === 'input' ? { input: first } : first, given);
    return [field, method];
  });
  const request = (
    document: TypedDocumentString<unknown, unknown>,
    variables?: unknown,
    given: MutationOptions = {},
  ) => {
    const hash = document.__meta__?.['hash'];
    const operation = {
      text: document.toString(),
      hash: typeof hash === 'string' ? hash.replace(/^sha256:/, '') : null,
    };
    return send(options, operation, variables, given);
  };
  return { ...Object.fromEntries(methods), request } as Client;
}
