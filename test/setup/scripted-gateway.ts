import { expect } from 'vitest';
import { startGateway } from './gateway.ts';
import type { TestGateway } from './gateway.ts';
import type { LogDestination } from '../../src/server/log/log.ts';
import { startScriptedUpstream } from './scripted-upstream.ts';
import type { ScriptedUpstream } from './scripted-upstream.ts';

/** Tokens of a caller for both platforms. */
export const HEADERS: Readonly<Record<string, string>> = {
  'x-ordercloud-authorization': 'Bearer example-token',
  'x-auth-token': 'example-token',
};

/** What the root field `result` gave. */
export type Result = Readonly<Record<string, unknown>> & { readonly __typename: string };

/** A gateway, and the scripted upstream that stands for both platforms behind it. */
export interface ScriptedGateway extends TestGateway {
  readonly upstream: ScriptedUpstream;
  /** Sends a document whose only field is named `result`. A GraphQL error fails the test. */
  readonly run: (
    document: string,
    variables: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Result>;
}

export async function startScriptedGateway(
  environment: Readonly<Record<string, string>> = {},
  destination?: LogDestination,
): Promise<ScriptedGateway> {
  const upstream = await startScriptedUpstream();
  const gateway = await startGateway(
    {
      ORDERCLOUD_API_URL: `${upstream.origin}/v1`,
      HUAWEI_IAM_URL: upstream.origin,
      ...environment,
    },
    undefined,
    destination,
  );
  return {
    ...gateway,
    upstream,
    run: (document, variables, headers = HEADERS) =>
      resultOf(gateway, document, variables, headers),
    stop: async () => {
      const stopped = await gateway.stop();
      await upstream.close();
      return stopped;
    },
  };
}

/** Sends a document whose only field is named `result`. A GraphQL error fails the test. */
export async function resultOf(
  gateway: TestGateway,
  document: string,
  variables: object,
  headers: Readonly<Record<string, string>> = HEADERS,
): Promise<Result> {
  const { data, errors } = await gateway.post(document, variables, { ...headers });
  expect(errors).toBeUndefined();
  return data?.['result'] as Result;
}
