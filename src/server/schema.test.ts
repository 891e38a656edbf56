import { describe, expect, it } from 'vitest';
import { fixture } from '../../test/fixtures/upstream/upstream.ts';
import { InvalidInputError, PermissionDeniedError, RateLimitedError } from '../domain/errors.ts';
import { requiresScope } from '../graph/authorization.ts';
import { buildSchema } from './schema.ts';

/** Builds a schema with one more query, named `thing`, whose errors are these. */
function buildWith(
  types: readonly (new (...args: never[]) => Error)[] | null,
  extensions: Readonly<Record<string, unknown>>,
) {
  return buildSchema([
    {
      ...fixture,
      registerSchema: (graph) => {
        fixture.registerSchema(graph);
        const thing = graph.builder
          .objectRef<{ readonly id: string }>('OidcThing')
          .implement({ fields: (t) => ({ id: t.exposeID('id') }) });
        graph.builder.queryField('thing', (t) =>
          t.field({
            type: thing,
            nullable: true,
            extensions,
            ...(types !== null && { errors: { types: [...types] } }),
            resolve: () => ({ id: 'a' }),
          }),
        );
      },
    },
  ]);
}

const REFUSALS = [PermissionDeniedError, RateLimitedError];

describe('a schema', () => {
  it('is built of root fields that can be refused', () => {
    expect(
      buildWith(REFUSALS, requiresScope('oidc:read')).getQueryType()?.getFields()['thing']
        ?.description,
    ).toBe('If the gateway authenticates its callers, they need the scope `oidc:read`.');
  });

  it.each<[string, Parameters<typeof buildWith>, string]>([
    [
      'gives no union',
      [null, requiresScope('oidc:read')],
      'The root field thing must have a resolver and return a union.',
    ],
    [
      'declares no scope',
      [REFUSALS, {}],
      'The root field thing must declare the scope that it needs.',
    ],
    [
      'declares a scope that there is not',
      [REFUSALS, { scope: 'oidc:all' }],
      'The root field thing must declare the scope that it needs.',
    ],
    [
      'cannot say that it is refused',
      [[InvalidInputError], requiresScope('oidc:read')],
      'The root field thing must be able to return OidcPermissionDeniedError and OidcRateLimitedError: the gateway itself may refuse it.',
    ],
    [
      'can say only half of it',
      [[PermissionDeniedError], requiresScope('oidc:read')],
      'The root field thing must be able to return OidcRateLimitedError: the gateway itself may refuse it.',
    ],
  ])('is not built of one that %s', (_what, args, message) => {
    expect(() => buildWith(...args)).toThrow(message);
  });

  it('is not built of a mutation that does not say what names its object', () => {
    const registerSchema: typeof fixture.registerSchema = (graph) => {
      fixture.registerSchema(graph);
      const thing = graph.builder
        .objectRef<{ readonly id: string }>('OidcThing')
        .implement({ fields: (t) => ({ id: t.exposeID('id') }) });
      graph.builder.mutationField('writeThing', (t) =>
        t.field({
          type: thing,
          nullable: true,
          extensions: requiresScope('oidc:write'),
          errors: { types: REFUSALS },
          resolve: () => ({ id: 'a' }),
        }),
      );
    };
    expect(() => buildSchema([{ ...fixture, registerSchema }])).toThrow(
      'The root field writeThing must declare the key of the object that it writes.',
    );
  });

  it('has the warning codes of its upstreams beside those that all share', () => {
    const schema = buildSchema([{ ...fixture, warningCodes: { FIXTURE_RUSTY: 'It is rusty.' } }]);
    expect(schema.getType('OidcWarningCode')?.toConfig()).toMatchObject({
      values: { ID_MISSING: {}, FIXTURE_RUSTY: { description: 'It is rusty.' } },
    });
  });

  it('has no warning code of two meanings', () => {
    expect(() =>
      buildSchema([{ ...fixture, warningCodes: { ID_MISSING: 'Something else.' } }]),
    ).toThrow('Two upstreams declare the warning code ID_MISSING with different meanings.');
  });
});
