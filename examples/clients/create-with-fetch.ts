import { describeResult } from './describe-result.ts';
import { request } from './fetch.ts';
import { CreateConfigurationDocument, ReadConfigurationDocument } from './graphql/graphql.ts';
import { headers, id, input, url } from './settings.ts';

const created = await request(url, headers, CreateConfigurationDocument, { input });
console.log(describeResult(created.createOpenIdConnect));

const read = await request(url, headers, ReadConfigurationDocument, { id });
console.log(describeResult(read.openIdConnect));
