import type { Authenticator, Wait } from '../credentials/authenticator.ts';
import type { PolicyCall } from '../policy/policy.ts';
import type { CancelSignal } from '../waiting/cancel-signal.ts';
import type { Requester } from './requester.ts';

/** The context of one call: on whose behalf it is made, and how long it may take. */
export interface CallContext extends Wait, PolicyCall {
  readonly authenticator: Authenticator;
  readonly requester: Requester;
}

/** The context of a call. Reading back has a `signal` and a `lane` of its own: it continues after the caller has hung up. */
export function callContext(
  authenticator: Authenticator,
  requester: Requester,
  deadline: number,
  signal: CancelSignal = requester.signal,
  lane?: PolicyCall['lane'],
): CallContext {
  const { requestId, callerKey } = requester;
  return { authenticator, requester, deadline, signal, lane, requestId, caller: callerKey };
}
