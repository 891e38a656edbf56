import { GatewayRequestError } from 'oidc-config-client';
import { CommandError } from '../command-error.ts';
import { describeRequestError } from '../gateway/failure.ts';

/** Runs what asks the gateway. @throws CommandError that says what to do without an answer */
export async function failingOn<Result>(url: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof GatewayRequestError)) throw error;
    throw new CommandError(describeRequestError(error, url), { cause: error });
  }
}
