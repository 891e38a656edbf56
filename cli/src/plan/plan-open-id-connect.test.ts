import { describe, expect, it } from 'vitest';
import { SHOP, plan, stateOfShop } from '../../test/planning.ts';

describe('an entry of openIdConnects', () => {
  it('is created with what the issuer says, and its secret only as a reference', () => {
    const { steps } = plan({ shop: [SHOP, stateOfShop('not stored', null)] });
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({
      name: 'openIdConnect/shop',
      action: 'create',
      expectedFingerprint: null,
      input: {
        id: 'shop',
        orderCloudApiClientId: 'api-client',
        connectClientId: 'app',
        connectClientSecret: { fromEnv: 'SHOP_SECRET' },
        appStartUrl: 'https://shop.example.com/{0}',
        authorizationEndpoint: 'https://idp.example.com/authorize',
        tokenEndpoint: 'https://idp.example.com/token',
        urlEncoded: true,
      },
    });
    expect(steps[0]?.changes).toContainEqual({
      path: ['connectClientSecret'],
      secret: 'will be set from SHOP_SECRET',
    });
  });

  it('needs a secret to be created', () => {
    const { connectClientSecret: _, ...entry } = SHOP;
    expect(plan({ shop: [entry, stateOfShop('same', null)] }).problems).toEqual([
      {
        path: ['openIdConnects', 0],
        message: expect.stringContaining('connectClientSecret is required') as string,
      },
    ]);
  });

  it('leaves alone what the file leaves out, also urlEncoded of the issuer', () => {
    const { steps } = plan({ shop: [SHOP, stateOfShop('same')] });
    expect(steps.map(({ action, changes, input }) => ({ action, changes, input }))).toEqual([
      { action: 'unchanged', changes: [], input: null },
    ]);
  });

  it('clears what is null, and sends only what differs', () => {
    const entry = {
      ...SHOP,
      appStartUrl: 'https://shop.example.com/new?t={0}',
      customErrorUrl: null,
      additionalIdpScopes: ['address', 'groups', 'address'],
    };
    const { steps } = plan({ shop: [entry, stateOfShop('same')] });
    expect(steps[0]).toMatchObject({
      action: 'update',
      expectedFingerprint: 'f-shop',
      input: {
        id: 'shop',
        appStartUrl: 'https://shop.example.com/new?t={0}',
        customErrorUrl: null,
      },
      changes: [
        {
          path: ['appStartUrl'],
          from: 'https://shop.example.com/{0}',
          to: 'https://shop.example.com/new?t={0}',
        },
        { path: ['customErrorUrl'], from: 'https://shop.example.com/error?e={0}', to: null },
      ],
    });
    expect(Object.keys(steps[0]?.input ?? {})).toEqual(['id', 'appStartUrl', 'customErrorUrl']);
  });

  it.each([
    ['same', false, 'unchanged', null, 0],
    ['same', true, 'unchanged', null, 0],
    ['different', false, 'update', 'differs, and will be set from SHOP_SECRET', 0],
    ['not stored', false, 'update', 'will be set from SHOP_SECRET', 0],
    ['not shown', false, 'unchanged', null, 1],
    ['not shown', true, 'update', 'is not compared, and will be set from SHOP_SECRET', 0],
    ['not available', false, 'unchanged', null, 1],
    ['not available', true, 'update', 'is not compared, and will be set from SHOP_SECRET', 0],
  ] as const)(
    'with a secret that is %s, --set-secrets %s: %s',
    (secret, setSecrets, action, words, notes) => {
      const { steps } = plan({ shop: [SHOP, stateOfShop(secret)], options: { setSecrets } });
      expect(steps[0]?.action).toBe(action);
      expect(steps[0]?.changes).toEqual(
        words === null ? [] : [{ path: ['connectClientSecret'], secret: words }],
      );
      expect(steps[0]?.notes).toHaveLength(notes);
    },
  );
});
