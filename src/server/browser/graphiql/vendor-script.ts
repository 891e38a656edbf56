import type * as Bundle from '@graphql-yoga/render-graphiql/graphiql';

/** GraphiQL, and the workers of its editors, which it starts from text. */
export function vendorScript({
  js,
  editorWorkerService,
  jsonWorker,
  graphqlWorker,
}: typeof Bundle): string {
  return `self.MonacoEnvironment = (() => {
const urlOf = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
const workers = {
editorWorkerService: urlOf(${JSON.stringify(editorWorkerService)}),
json: urlOf(${JSON.stringify(jsonWorker)}),
graphql: urlOf(${JSON.stringify(graphqlWorker)}),
};
return { globalAPI: false, getWorkerUrl: (_module, label) => workers[label] };
})();
${js};
`;
}
