import type { Client, MutationOptions } from 'oidc-config-client';
import type { JsonObject } from '../plan/json.ts';
import type { Action, Step, Target } from '../plan/step.ts';

/** The mutations that write one object. */
type Mutation =
  | `${'create' | 'update' | 'delete'}${'OpenIdConnect' | 'HuaweiIdentityProvider' | 'HuaweiMapping'}`
  | `${'create' | 'update'}${'HuaweiProtocol' | 'OidcConfig'}`;

/** The result of a write: a success, or one of the errors that the schema defines. */
export type WriteResult = Awaited<ReturnType<Client[Mutation]>>;

type Write = (client: Client, input: never, options: MutationOptions) => Promise<WriteResult>;

/** The mutation of each action. */
const WRITES: Readonly<Record<Target, Partial<Readonly<Record<Action, Write>>>>> = {
  openIdConnect: {
    create: (client, input, options) => client.createOpenIdConnect(input, options),
    update: (client, input, options) => client.updateOpenIdConnect(input, options),
    delete: (client, input, options) => client.deleteOpenIdConnect(input, options),
  },
  identityProvider: {
    create: (client, input, options) => client.createHuaweiIdentityProvider(input, options),
    update: (client, input, options) => client.updateHuaweiIdentityProvider(input, options),
    delete: (client, input, options) => client.deleteHuaweiIdentityProvider(input, options),
  },
  mapping: {
    create: (client, input, options) => client.createHuaweiMapping(input, options),
    update: (client, input, options) => client.updateHuaweiMapping(input, options),
    delete: (client, input, options) => client.deleteHuaweiMapping(input, options),
  },
  protocol: {
    create: (client, input, options) => client.createHuaweiProtocol(input, options),
    update: (client, input, options) => client.updateHuaweiProtocol(input, options),
  },
  oidcConfig: {
    create: (client, input, options) => client.createOidcConfig(input, options),
    update: (client, input, options) => client.updateOidcConfig(input, options),
  },
};

/**
 * Sends the write of a step. It is refused if the object is no longer as planned.
 * @param input the input of the step with its secret
 * @throws GatewayRequestError
 */
export function writeStep(
  client: Client,
  { target, action, expectedFingerprint }: Step,
  input: JsonObject,
  idempotencyKey: string,
): Promise<WriteResult> {
  const write = WRITES[target][action];
  if (write === undefined) throw new Error(`No write is known for ${action} of ${target}.`);
  const whole = action === 'create' ? input : { ...input, expectedFingerprint };
  return write(client, whole as never, { idempotencyKey });
}
