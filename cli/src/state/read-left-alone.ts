import type { Client } from 'oidc-config-client';
import { isSuccess } from 'oidc-config-client';
import type { SignInFile } from '../file/schema.ts';
import { ask } from '../gateway/ask.ts';
import type { Platform } from './read-platforms.ts';

/**
 * The platforms that have objects, and of which the file has no entry. One that cannot be read is none of them: a caller who uses
 * only one platform needs no token of the other.
 * @throws GatewayRequestError
 */
export async function readLeftAlone(
  client: Client,
  { openIdConnects, oidcConfigs }: SignInFile,
): Promise<readonly Platform[]> {
  const found: Platform[] = [];
  if (openIdConnects.length === 0) {
    const result = await ask(() => client.openIdConnects({ pageSize: 1 }));
    if (isSuccess(result) && result.openIdConnects.length > 0) found.push('ordercloud');
  }
  if (oidcConfigs.length === 0) {
    const result = await ask(() => client.huaweiIdentityProviders());
    if (isSuccess(result) && result.huaweiIdentityProviders.length > 0) found.push('huawei');
  }
  return found;
}
