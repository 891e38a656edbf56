import { describeResult } from './describe-result.ts';
import { CreateConfigurationDocument, ReadConfigurationDocument } from './graphql/graphql.ts';
import { headers, id, input, url } from './settings.ts';
import { createUrqlClient } from './urql.ts';

const client = createUrqlClient(url, headers);

const created = await client.mutation(CreateConfigurationDocument, { input });
if (created.error) throw created.error;
console.log(describeResult(created.data?.createOpenIdConnect));

const read = await client.query(ReadConfigurationDocument, { id });
if (read.error) throw read.error;
console.log(describeResult(read.data?.openIdConnect));
