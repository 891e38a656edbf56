import type { OidcErrorCode, UpstreamErrorDetail } from '../../domain/errors.ts';
import type { InputIssue } from '../../domain/input-issue.ts';
import type { Json } from '../../domain/json/json.ts';
import type { Subject } from '../operation.ts';

/** What an upstream's error body says. Everything in it is free of the request's secrets. */
export interface ErrorReading {
  /** The entries of the body, the deciding one first; of very many, the first. */
  readonly details: readonly UpstreamErrorDetail[];
  /** The error that the upstream's own code stands for, if it says more than the status. */
  readonly code?: OidcErrorCode | undefined;
  /** Issues of input fields that the body names. They count only if the status leaves open what was refused. */
  readonly issues?: readonly InputIssue[];
  /** Roles or actions that the body names as missing. */
  readonly missing?: readonly string[];
  /** The object that the body names. */
  readonly object?: Subject | undefined;
  /** Whether it has the form of the upstream's own errors. Anything else may come from a proxy, and counts only as its status. */
  readonly inOwnWords?: boolean;
  /** Whether the body says, in the upstream's error format, that something does not exist. */
  readonly absent?: boolean;
  /** A request id in the body. */
  readonly requestId?: string | undefined;
}

/** What the transport has to know of an upstream to read its responses. */
export interface ResponseReader {
  readonly id: string;
  readonly label: string;
  /** Header with the upstream's request id, null if it sends none. */
  readonly requestIdHeader: string | null;
  /** Reads a body that is not 2xx; `json` is undefined if the body is not JSON. Never throws. */
  readonly readError: (body: {
    readonly status: number;
    readonly json: Json | undefined;
  }) => ErrorReading;
  /** Advice when credentials are refused. */
  readonly credentialsAdvice: string;
  /** The variables that hold its address: if one of them is wrong, something else responds. */
  readonly urlVariables: readonly string[];
}
