import { describe, expect, it } from 'vitest';
import { answering, dataFor } from './fake-fetch.ts';
import { DOCUMENTS } from './generated/documents.ts';
import { createClient } from './index.ts';

const URL = 'https://gateway.example.com/graphql';

describe('a method', () => {
  it('sends its document with JSON, and gives the result of its field', async () => {
    const { fetch, sent } = answering(dataFor('openIdConnect'));
    const client = createClient({ url: URL, fetch });
    const result = await client.openIdConnect({ id: 'google' });
    expect(result).toEqual({ __typename: 'OidcNotFoundError' });
    const { url, init, body, headers } = sent();
    expect(url).toBe(URL);
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual' });
    expect(body).toEqual({ query: DOCUMENTS.openIdConnect[0], variables: { id: 'google' } });
    expect(headers).toEqual({
      accept: 'application/graphql-response+json, application/json',
      'content-type': 'application/json',
    });
  });

  it('takes the input itself', async () => {
    const { fetch, sent } = answering(dataFor('deleteOpenIdConnect'));
    await createClient({ url: URL, fetch }).deleteOpenIdConnect({ id: 'google' });
    expect(sent().body).toMatchObject({ variables: { input: { id: 'google' } } });
  });

  it('takes only options if the field has no arguments', async () => {
    const { fetch, sent } = answering(dataFor('huaweiMappings'));
    await createClient({ url: URL, fetch }).huaweiMappings({ headers: { 'X-Auth-Token': 't' } });
    expect(sent().body).toEqual({ query: DOCUMENTS.huaweiMappings[0] });
    expect(sent().headers).toMatchObject({ 'x-auth-token': 't' });
  });

  it('needs no client around it', async () => {
    const { fetch } = answering(dataFor('openIdConnects'));
    const { openIdConnects } = createClient({ url: URL, fetch });
    expect(await openIdConnects()).toEqual({ __typename: 'OidcNotFoundError' });
  });

  it('fails if the result is null', async () => {
    const { fetch } = answering({ body: { data: { openIdConnect: null } } });
    await expect(createClient({ url: URL, fetch }).openIdConnect({ id: 'a' })).rejects.toThrow(
      'The response has no result for openIdConnect.',
    );
  });
});

describe('headers', () => {
  it('are asked for before each request, and those of the call replace them', async () => {
    let calls = 0;
    const { fetch, sent } = answering(dataFor('huaweiMappings'));
    const client = createClient({
      url: URL,
      fetch,
      headers: () => {
        calls += 1;
        return Promise.resolve({ 'X-Auth-Token': `token-${calls}`, 'X-Other': 'o' });
      },
    });
    await client.huaweiMappings();
    expect(sent().headers).toMatchObject({ 'x-auth-token': 'token-1', 'x-other': 'o' });
    await client.huaweiMappings();
    expect(sent().headers).toMatchObject({ 'x-auth-token': 'token-2' });
    await client.huaweiMappings({ headers: { 'x-auth-token': 'mine' } });
    expect(sent().headers).toMatchObject({ 'x-auth-token': 'mine', 'x-other': 'o' });
  });

  it('that cannot be had are an error of their own', async () => {
    const { fetch, sent } = answering(dataFor('huaweiMappings'));
    const client = createClient({
      url: URL,
      fetch,
      headers: () => Promise.reject(new Error('the login expired')),
    });
    await expect(client.huaweiMappings()).rejects.toThrow('the login expired');
    expect(sent).toThrow('nothing was sent');
  });

  it('have the idempotency key of a write', async () => {
    const { fetch, sent } = answering(dataFor('deleteOpenIdConnect'));
    await createClient({ url: URL, fetch }).deleteOpenIdConnect(
      { id: 'google' },
      { idempotencyKey: 'key-1' },
    );
    expect(sent().headers).toMatchObject({ 'idempotency-key': 'key-1' });
  });
});

describe('persisted documents', () => {
  it('are sent as their hashes', async () => {
    const { fetch, sent } = answering(dataFor('openIdConnect'));
    const client = createClient({ url: URL, fetch, persisted: true });
    await client.openIdConnect({ id: 'a' });
    expect(sent().body).toEqual({
      documentId: `sha256:${DOCUMENTS.openIdConnect[1]}`,
      variables: { id: 'a' },
    });
  });

  it('of graphql-codegen are, too, and other documents as text', async () => {
    const { fetch, sent } = answering({ body: { data: {} } });
    const client = createClient({ url: URL, fetch, persisted: true });
    await client.request(Object.assign(new String('{ a }'), { __meta__: { hash: 'sha256:ab' } }));
    expect(sent().body).toEqual({ documentId: 'sha256:ab' });
    await client.request('{ a }');
    expect(sent().body).toEqual({ query: '{ a }' });
  });
});

it('executes documents of your own', async () => {
  const { fetch, sent } = answering({ body: { data: { a: 1 } } });
  const client = createClient({ url: URL, fetch });
  const variables = { id: 'a' };
  expect(await client.request('query A($id: ID!) { a }', variables)).toEqual({ a: 1 });
  expect(sent().body).toEqual({ query: 'query A($id: ID!) { a }', variables });
});
