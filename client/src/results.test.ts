import { describe, expect, expectTypeOf, it } from 'vitest';
import { answering, dataFor } from './fake-fetch.ts';
import { createClient, isOidcError, isSuccess } from './index.ts';
import type {
  CreateOpenIdConnectResult,
  CreateOpenIdConnectSuccess,
  HuaweiMapping,
  OidcConfigProvisionStep,
  OidcErrorCode,
  OpenIdConnect,
  ProvisionOidcConfigIncomplete,
  ProvisionOidcConfigResult,
  TypedDocumentString,
  UpdateHuaweiMappingInput,
} from './index.ts';

/* The types are checked by `npm run lint`. */

const success = { __typename: 'CreateOpenIdConnectSuccess' } as CreateOpenIdConnectResult;
const notFound = { __typename: 'OidcNotFoundError' } as CreateOpenIdConnectResult;
const incomplete = { __typename: 'ProvisionOidcConfigIncomplete' } as ProvisionOidcConfigResult;

describe('a result', () => {
  it('is a success, an error, or incomplete', () => {
    const ofEach = [success, notFound, incomplete].map((result) => [
      isSuccess(result),
      isOidcError(result),
    ]);
    expect(ofEach).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
  });

  it('that a later version adds is an error if its name says so', () => {
    const later = { __typename: 'OidcQuotaExceededError' };
    expect([isSuccess(later), isOidcError(later)]).toEqual([false, true]);
  });

  it('has the type that the tests leave', () => {
    if (isSuccess(success)) expectTypeOf(success).toEqualTypeOf<CreateOpenIdConnectSuccess>();
    if (isOidcError(notFound)) {
      expectTypeOf(notFound.code).toEqualTypeOf<OidcErrorCode>();
      expectTypeOf(notFound.__typename).not.toEqualTypeOf<string>();
    }
    if (!isSuccess(incomplete) && !isOidcError(incomplete))
      expectTypeOf(incomplete).toEqualTypeOf<ProvisionOidcConfigIncomplete>();
  });

  it('is switched on exhaustively', () => {
    type Update = Awaited<ReturnType<ReturnType<typeof createClient>['oidcWatches']>>;
    const name = (result: Update): string => {
      switch (result.__typename) {
        case 'OidcWatchesSuccess':
          return String(result.watches.length);
        case 'OidcPermissionDeniedError':
          return result.missing.join();
        case 'OidcRateLimitedError':
          return String(result.retryAfterSeconds);
        default:
          return result satisfies never;
      }
    };
    const missing = (result: Update): string => {
      switch (result.__typename) {
        case 'OidcWatchesSuccess':
          return String(result.watches.length);
        case 'OidcPermissionDeniedError':
          return result.missing.join();
        default:
          // @ts-expect-error: a member is missing
          return result satisfies never;
      }
    };
    const denied = {
      __typename: 'OidcPermissionDeniedError',
      code: 'PERMISSION_DENIED',
      message: '',
      requestId: '1',
      upstream: null,
      missing: ['a'],
    } as const;
    expect([name(denied), missing(denied)]).toEqual(['a', 'a']);
  });
});

describe('an object', () => {
  it('has no secret, no field with required arguments, and can be written back', () => {
    type Key = keyof OpenIdConnect;
    expectTypeOf<'connectClientSecret'>().not.toExtend<Key>();
    expectTypeOf<'loginUrl'>().not.toExtend<Key>();
    expectTypeOf<'__typename'>().not.toExtend<Key>();
    expectTypeOf<Pick<HuaweiMapping, 'id' | 'rules'>>().toExtend<UpdateHuaweiMappingInput>();
  });

  it('has the errors of a step as their union', () => {
    const name = (step: OidcConfigProvisionStep) => {
      const { error } = step;
      return error?.__typename === 'OidcNotFoundError' ? error.resource : null;
    };
    expectTypeOf(name).returns.toEqualTypeOf<string | null>();
  });
});

describe('a call', () => {
  const client = createClient({
    url: 'https://gateway.example.com/graphql',
    ...answering(dataFor('a')),
  });

  it('takes what the schema says', () => {
    expectTypeOf(client.openIdConnect).parameter(0).toEqualTypeOf<{ readonly id: string }>();
    expectTypeOf(client.openIdConnect).parameter(1).not.toHaveProperty('idempotencyKey');
    expectTypeOf(client.openIdConnects).toBeCallableWith();
    expectTypeOf(client.openIdConnects).toBeCallableWith({ pageSize: 100, sort: 'ID_ASC' });
    expectTypeOf(client.huaweiMappings).toBeCallableWith({ headers: {} });
    // @ts-expect-error: a required field is missing
    expectTypeOf(client.createOpenIdConnect).toBeCallableWith({ id: 'a' });
    expectTypeOf(client.deleteOpenIdConnect).toBeCallableWith(
      { id: 'a' },
      { idempotencyKey: '1', signal: AbortSignal.timeout(1) },
    );
  });

  it('takes documents with types, and others', () => {
    const typed = new String('query A($id: ID!) { a }') as TypedDocumentString<
      { a: number },
      { id: string }
    >;
    const without = new String('{ a }') as TypedDocumentString<
      { a: number },
      { [key: string]: never }
    >;
    expectTypeOf(() => client.request(typed, { id: 'a' })).returns.resolves.toEqualTypeOf<{
      a: number;
    }>();
    expectTypeOf(() => client.request(without)).returns.resolves.toEqualTypeOf<{ a: number }>();
    expectTypeOf(() => client.request('{ a }', { b: 1 })).returns.resolves.toBeUnknown();
    expectTypeOf(() => client.request<{ a: 1 }>('{ a }')).returns.resolves.toEqualTypeOf<{
      a: 1;
    }>();
    // @ts-expect-error: the variables are missing
    expectTypeOf(() => client.request(typed)).toBeFunction();
    // @ts-expect-error: a parsed document is not text
    expectTypeOf(() => client.request({ kind: 'Document', definitions: [] })).toBeFunction();
  });
});
