import type { Call } from '../../../transport/connection.ts';
import { declareSignInPart } from '../../../transport/provision/part.ts';
import type { SignInPart } from '../../../transport/provision/part.ts';
import { read } from '../../../transport/provision/step.ts';
import type { PlannedStep } from '../../../transport/provision/step.ts';
import type { Session } from '../../../transport/upstream.ts';
import { filling } from '../open-id-connect/from-issuer.ts';
import { openIdConnectIdentified } from '../open-id-connect/input.ts';
import type { OpenIdConnectIdentified } from '../open-id-connect/input.ts';
import { createOpenIdConnect, getOpenIdConnect } from '../open-id-connect/operations.ts';
import { viewOf } from '../open-id-connect/schema-types.ts';
import type { OpenIdConnect } from '../open-id-connect/translate.ts';
import { openIdConnectWarnings } from '../open-id-connect/warnings.ts';
import type { OrderCloudSettings } from '../settings.ts';
import type { OrderCloudWarning } from '../warning-codes.ts';
import { planOpenIdConnect, TARGETS } from './plan.ts';
import type { ProvisionTarget } from './plan.ts';

/** What has to be done to reach a desired state. */
interface Plan {
  readonly steps: readonly PlannedStep<ProvisionTarget>[];
  readonly warnings: readonly OrderCloudWarning[];
  /** The configuration as it is stored, also after the step was taken; null if there is none. */
  readonly openIdConnect: () => OpenIdConnect | null;
}

/** What `provisionOidcSignIn` does on OrderCloud. */
export const signInPart: SignInPart<Session<OrderCloudSettings>> = declareSignInPart({
  field: 'openIdConnect',
  about:
    'Sign-in to a storefront of OrderCloud: an OpenID Connect configuration. If omitted, OrderCloud is not called.',
  aboutResult:
    'The configuration of OrderCloud as it is stored; null if the input has none, or in a dry run if it does not exist yet.',
  targets: TARGETS,
  secretFields: createOpenIdConnect.secretFields ?? [],
  schema: openIdConnectIdentified,
  filling,
  plan: async (session: Session<OrderCloudSettings>, desired: OpenIdConnectIdentified) => {
    const { openIdConnect, ...plan } = await planProvisioning(desired, session.call);
    return {
      ...plan,
      result: () => {
        const stored = openIdConnect();
        return stored && viewOf(stored, session);
      },
    };
  },
});

/** Reads what is stored, and compares it with the desired state. */
async function planProvisioning(desired: OpenIdConnectIdentified, call: Call): Promise<Plan> {
  const reading = await read(call, getOpenIdConnect, { id: desired.id });
  let latest = 'error' in reading ? null : reading.stored;
  const step = planOpenIdConnect(desired, reading, call, (stored) => {
    latest = stored;
  });
  // What is left out stays as it is stored.
  const whole = { ...latest, ...desired };
  return {
    steps: [step],
    warnings: 'error' in reading ? [] : openIdConnectWarnings(whole),
    openIdConnect: () => latest,
  };
}
