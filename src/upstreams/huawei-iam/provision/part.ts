import { declareSignInPart } from '../../../transport/provision/part.ts';
import type { SignInPart } from '../../../transport/provision/part.ts';
import type { Session } from '../../../transport/upstream.ts';
import { filling } from '../oidc-config/from-issuer.ts';
import { viewOf } from '../oidc-config/schema-types.ts';
import type { HuaweiIamSettings } from '../settings.ts';
import { provisioning } from './input.ts';
import type { Provisioning } from './input.ts';
import { planProvisioning, provisioningWarnings } from './provision.ts';
import { TARGETS } from './targets.ts';

/** What `provisionOidcSignIn` does on Huawei Cloud IAM: the steps of `provisionOidcConfig`. */
export const signInPart: SignInPart<Session<HuaweiIamSettings>> = declareSignInPart({
  field: 'oidcConfig',
  about:
    'Sign-in to Huawei Cloud: an identity provider, its mapping, its protocol and its OpenID Connect configuration. If omitted, Huawei Cloud IAM is not called.',
  aboutResult:
    'The configuration of Huawei Cloud IAM as it is stored; null if the input has none, or in a dry run if it does not exist yet.',
  targets: TARGETS,
  secretFields: [],
  schema: provisioning,
  filling,
  plan: async (session: Session<HuaweiIamSettings>, desired: Provisioning) => {
    const { steps, oidcConfig } = await planProvisioning(desired, session.call);
    return {
      steps,
      warnings: provisioningWarnings(desired),
      result: () => {
        const stored = oidcConfig();
        return stored && viewOf(stored, session);
      },
    };
  },
});
