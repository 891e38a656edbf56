import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

/** With inbound authentication. */
const GUARDED = {
  AUTH_JWKS_URL: 'https://idp.example.com/jwks',
  AUTH_ISSUER: 'https://idp.example.com',
  AUTH_AUDIENCE: 'gateway',
};

describe('reading issuers', () => {
  it.each<['production' | 'development', Record<string, string>, boolean]>([
    ['production', {}, false],
    ['production', GUARDED, true],
    ['production', { ISSUER_DISCOVERY: 'true' }, true],
    ['production', { ...GUARDED, ISSUER_DISCOVERY: 'false' }, false],
    ['production', { ISSUER_ALLOWED_HOSTS: 'idp.internal' }, false],
    ['development', {}, true],
    ['development', { ISSUER_DISCOVERY: 'false' }, false],
  ])('in %s with %j: %s', (mode, environment, on) => {
    expect(readConfig(mode, [], environment).issuers !== null).toBe(on);
  });

  it('is allowed for hosts that are listed', () => {
    const environment = {
      ISSUER_DISCOVERY: 'true',
      ISSUER_ALLOWED_HOSTS: 'idp.internal, .corp.example:8443,http://localhost:8080',
      LIMIT_ISSUER_FETCHES_PER_MINUTE: '7',
    };
    expect(readConfig('production', [], environment)).toMatchObject({
      issuers: {
        allowedHosts: [
          { protocol: 'https:', host: 'idp.internal', port: '' },
          { protocol: 'https:', host: '.corp.example', port: '8443' },
          { protocol: 'http:', host: 'localhost', port: '8080' },
        ],
      },
      limits: { issuerFetchesPerMinute: 7 },
    });
  });

  it.each<['production' | 'development', Record<string, string>, boolean]>([
    ['production', GUARDED, false],
    ['production', { ...GUARDED, SIGN_IN_PROBES: 'true' }, true],
    ['production', { ISSUER_DISCOVERY: 'true', SIGN_IN_PROBES: 'true' }, true],
    ['development', {}, true],
    ['development', { SIGN_IN_PROBES: 'false' }, false],
    ['development', { ISSUER_DISCOVERY: 'false' }, false],
  ])('allows probes in %s with %j: %s', (mode, environment, on) => {
    expect(readConfig(mode, [], environment).issuers?.probes ?? false).toBe(on);
  });

  it('does not allow probes if it is off itself', () => {
    expect(() => readConfig('production', [], { SIGN_IN_PROBES: 'true' })).toThrow(
      'SIGN_IN_PROBES must not be true without ISSUER_DISCOVERY',
    );
  });

  it('has settings whose issues are all reported, without a value', () => {
    const environment = {
      ISSUER_DISCOVERY: 'yes',
      ISSUER_ALLOWED_HOSTS: 'idp.internal,https://canary.internal/path',
      LIMIT_ISSUER_FETCHES_PER_MINUTE: '0',
    };
    let issues: readonly string[] = [];
    try {
      readConfig('production', [], environment);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      ({ issues } = error);
    }
    expect(issues).toEqual([
      'ISSUER_DISCOVERY must be true or false',
      'ISSUER_ALLOWED_HOSTS must be a comma-separated list of hosts, e.g. idp.internal, .corp.example or http://localhost:8080, without a path',
      'LIMIT_ISSUER_FETCHES_PER_MINUTE must be a whole number from 1 to 100000',
    ]);
  });
});
