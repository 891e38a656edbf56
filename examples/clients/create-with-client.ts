import { createClient, isSuccess } from 'oidc-config-client';
import { headers, id, input, url } from './settings.ts';

const client = createClient({ url, headers });

const created = await client.createOpenIdConnect(input);
switch (created.__typename) {
  case 'CreateOpenIdConnectSuccess':
    console.log(`Created ${created.openIdConnect.id}`);
    for (const { code, message } of created.warnings) console.log(`Warning ${code}: ${message}`);
    break;
  case 'OidcInvalidInputError':
    for (const { path, message } of created.issues)
      console.log(`Invalid ${path.join('.')}: ${message}`);
    break;
  case 'OidcOutcomeUnknownError':
    console.log(`${created.message} To find out: ${created.verifyWith}`);
    break;
  default:
    console.log(`${created.code}: ${created.message}`);
}

const read = await client.openIdConnect({ id });
console.log(isSuccess(read) ? `Read ${read.openIdConnect.id}` : `${read.code}: ${read.message}`);
