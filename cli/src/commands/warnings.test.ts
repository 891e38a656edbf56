import type { OidcWarningCode } from 'oidc-config-client';
import { expect, it } from 'vitest';
import type { LoadedFile } from '../file/load-file.ts';
import { render } from '../terminal/text.ts';
import { warningLines } from './warnings.ts';

const loaded: Pick<LoadedFile, 'file' | 'positionOf'> = {
  file: {
    version: 1,
    issuers: { corporate: { url: 'https://idp.example.com' } },
    openIdConnects: [
      { id: 'shop', orderCloudApiClientId: 'a', connectClientId: 'b', appStartUrl: 'c' },
    ],
    oidcConfigs: [{ idpId: 'staff', accessMode: 'PROGRAM', clientId: 'd' }],
  },
  positionOf: ([list]) => ({
    file: 'signin.yaml',
    line: ['issuers', 'openIdConnects', 'oidcConfigs'].indexOf(String(list)) + 9,
    column: 5,
  }),
};

const warningAt = (path: readonly (string | number)[], code: OidcWarningCode) => ({
  path,
  warning: { code, message: 'Look at it.', path: [] },
});

it('names the entry of each warning, in the order of the file', () => {
  const lines = warningLines({
    loaded,
    warnings: [
      warningAt(['oidcConfigs', 0], 'CLAIM_NOT_TEXT'),
      warningAt(['openIdConnects', 0], 'APP_START_URL_CLEARTEXT'),
      warningAt(['issuers', 'corporate'], 'ENDPOINT_CLEARTEXT'),
    ],
    notes: ['Values were not checked.'],
  });
  expect(lines.map((line) => render(line, false))).toEqual([
    'signin.yaml:9:5: warning: issuers.corporate: Look at it. (ENDPOINT_CLEARTEXT)',
    'signin.yaml:10:5: warning: openIdConnects.shop: Look at it. (APP_START_URL_CLEARTEXT)',
    'signin.yaml:11:5: warning: oidcConfigs.staff: Look at it. (CLAIM_NOT_TEXT)',
    'note: Values were not checked.',
  ]);
});
