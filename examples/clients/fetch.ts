export async function ask(
  url: string,
  headers: Readonly<Record<string, string>>,
  query: string,
  variables: object,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as {
    data?: Record<string, unknown> | null;
    errors?: { message: string }[];
  };
  // The request itself was refused. What a field gives, errors included, is in the data.
  if (errors !== undefined || !data)
    throw new Error(errors?.[0]?.message ?? `HTTP ${response.status}`);
  return data;
}
