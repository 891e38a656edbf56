import { GatewayRequestError } from 'oidc-config-client';

/** Runs functions, but at most so many at a time. */
export type Limit = <Result>(run: () => Promise<Result>) => Promise<Result>;

/** Once a request gets no result, nothing more is started, and what waits fails with the same error: the command ends, and is not to go on for minutes. */
export function createLimit(max: number): Limit {
  let running = 0;
  let failure: GatewayRequestError | null = null;
  const waiting: (() => void)[] = [];
  return async (run) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      if (failure !== null) throw failure;
      return await run();
    } catch (error) {
      if (error instanceof GatewayRequestError) failure ??= error;
      throw error;
    } finally {
      // The place goes to the next one without being free in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
