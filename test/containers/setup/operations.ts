import { readdirSync, readFileSync } from 'node:fs';
import { post } from '../../setup/gateway.ts';

const FOLDER = new URL('../../../schema/operations/', import.meta.url);

/**
 * Creates a configuration at each upstream, with the examples of GraphiQL.
 * @param origin of the gateway
 * @returns the names of the results
 */
export async function createAtBoth(
  origin: string,
  id: string,
  headers: Readonly<Record<string, string>>,
): Promise<readonly unknown[]> {
  const results: unknown[] = [];
  for (const [field, change] of [
    ['createOpenIdConnect', { id }],
    ['createOidcConfig', {}],
  ] as const) {
    const name = field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const file = readdirSync(FOLDER).find((one) => one.endsWith(`-${name}.graphql`)) ?? '';
    const document = readFileSync(new URL(file, FOLDER), 'utf8');
    const { input } = JSON.parse(
      readFileSync(new URL(file.replace('.graphql', '.variables.json'), FOLDER), 'utf8'),
    ) as { readonly input: object };
    const { data, text } = await post(
      `${origin}/graphql`,
      document,
      { input: { ...input, ...change } },
      headers,
    );
    const result = data?.[field] as { readonly __typename: string } | undefined;
    results.push(result?.__typename ?? text);
  }
  return results;
}
