import { createApolloClient, forgetQueries } from './apollo.ts';
import { describeResult } from './describe-result.ts';
import { CreateConfigurationDocument, ReadConfigurationDocument } from './graphql/graphql.ts';
import { headers, id, input, url } from './settings.ts';

const client = createApolloClient(url, headers);

const created = await client.mutate({
  mutation: CreateConfigurationDocument,
  variables: { input },
  update: (cache) => {
    forgetQueries(cache, 'openIdConnect', 'openIdConnects');
  },
});
console.log(describeResult(created.data?.createOpenIdConnect));

const read = await client.query({ query: ReadConfigurationDocument, variables: { id } });
console.log(describeResult(read.data?.openIdConnect));
