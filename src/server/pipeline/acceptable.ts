import type { GatewayPlugin } from './yoga.ts';

/** What answers can be made of: JSON, and the streams that a single answer may be wrapped in. */
const ACCEPTED = /^(?:\*|application)\/(?:\*|json|graphql-response\+json)$|^(?:\*|multipart)\/(?:\*|mixed)$|^(?:\*|text)\/(?:\*|event-stream)$/;

/**
 * Refuses a request whose answer the caller would not take (406), before anything of it is executed: a mutation whose
 * outcome cannot be told must not happen.
 */
export function useAcceptable(): GatewayPlugin {
  return {
    onRequestParse({ request, endResponse, fetchAPI }) {
      if (!isAcceptable(request.headers.get('accept'))) endResponse(new fetchAPI.Response(null, { status: 406 }));
    },
  };
}

function isAcceptable(accept: string | null): boolean {
  if (accept === null || accept.trim() === '') return true;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.toLowerCase().replaceAll(/\s/g, '').split(';');
    const charset = parameters.find((parameter) => parameter.includes('charset='));
    return ACCEPTED.test(type) && (charset === undefined || charset === 'charset=utf-8');
  });
}
