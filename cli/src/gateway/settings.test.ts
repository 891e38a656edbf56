import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readGatewaySettings } from './settings.ts';

const CANARY = 'canary-5d1f';

describe('the address of the gateway', () => {
  it.each([
    [undefined, {}, 'http://127.0.0.1:4000/graphql'],
    [undefined, { OIDC_CONFIG_URL: '' }, 'http://127.0.0.1:4000/graphql'],
    [undefined, { OIDC_CONFIG_URL: 'https://a.example/graphql' }, 'https://a.example/graphql'],
    ['https://b.example/g', { OIDC_CONFIG_URL: 'https://a.example' }, 'https://b.example/g'],
  ])('%s with %j is %s', (option, env, url) => {
    expect(readGatewaySettings(option, env).url).toBe(url);
  });

  it.each([
    ['no url', '--url is not a URL'],
    ['ftp://a.example', '--url must begin with http:// or https://'],
    [`https://me:${CANARY}@a.example`, '--url must not contain a user name or password'],
    [`https://a.example/graphql?key=${CANARY}`, '--url must not contain a query'],
  ])('%s is refused', (option, message) => {
    expect(() => readGatewaySettings(option, {})).toThrow(message);
    expect(() => readGatewaySettings(option, {})).not.toThrow(CANARY);
  });

  it.each([
    ['http://gateway.example/graphql', { HUAWEI_TOKEN: 'a' }, true],
    ['http://127.0.0.1.example/graphql', { HUAWEI_TOKEN: 'a' }, true],
    ['http://gateway.example/graphql', {}, false],
    ['https://gateway.example/graphql', { HUAWEI_TOKEN: 'a' }, false],
    ['http://127.0.0.2:4000/graphql', { HUAWEI_TOKEN: 'a' }, false],
    ['http://localhost:4000/graphql', { HUAWEI_TOKEN: 'a' }, false],
    ['http://[::1]:4000/graphql', { HUAWEI_TOKEN: 'a' }, false],
  ])('%s with %j: a warning that tokens can be read is %s', (url, env, expected) => {
    expect(readGatewaySettings(url, env).warning !== null).toBe(expected);
  });

  it('names the variable if it came from there', () => {
    expect(() => readGatewaySettings(undefined, { OIDC_CONFIG_URL: 'x' })).toThrow(
      'OIDC_CONFIG_URL is not a URL',
    );
  });
});

describe('tokens', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'oidc-config-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('go to their headers', () => {
    const env = { OIDC_CONFIG_TOKEN: 'a', ORDERCLOUD_TOKEN: 'Bearer b', HUAWEI_TOKEN: ' c\n' };
    expect(readGatewaySettings(undefined, env).headers()).toEqual({
      authorization: 'Bearer a',
      'x-ordercloud-authorization': 'Bearer b',
      'x-auth-token': 'c',
    });
  });

  it('include an API key for the gateway', () => {
    expect(readGatewaySettings(undefined, { OIDC_CONFIG_API_KEY: 'k' }).headers()).toEqual({
      'x-api-key': 'k',
    });
  });

  it('are none if none is set', () => {
    expect(readGatewaySettings(undefined, { HUAWEI_TOKEN: '' }).headers()).toEqual({});
  });

  it('come from files, as they are now', () => {
    const path = join(folder, 'token');
    writeFileSync(path, 'one\n');
    const { headers } = readGatewaySettings(undefined, { HUAWEI_TOKEN_FILE: path });
    expect(headers()).toEqual({ 'x-auth-token': 'one' });
    writeFileSync(path, 'two\n');
    expect(headers()).toEqual({ 'x-auth-token': 'two' });
  });

  it.each([
    [{ HUAWEI_TOKEN: `${CANARY}\r\nX-Other: 1` }, 'HUAWEI_TOKEN has characters'],
    [{ HUAWEI_TOKEN: ' ' }, 'HUAWEI_TOKEN is empty'],
    [{ HUAWEI_TOKEN: CANARY, HUAWEI_TOKEN_FILE: 'x' }, 'either HUAWEI_TOKEN or HUAWEI_TOKEN_FILE'],
    [
      { OIDC_CONFIG_TOKEN: CANARY, OIDC_CONFIG_API_KEY: CANARY },
      'either OIDC_CONFIG_TOKEN or OIDC_CONFIG_API_KEY',
    ],
    [
      { OIDC_CONFIG_TOKEN: CANARY, OIDC_CONFIG_API_KEY_FILE: '/nowhere/key' },
      'either OIDC_CONFIG_TOKEN or OIDC_CONFIG_API_KEY',
    ],
    [{ HUAWEI_TOKEN_FILE: '/nowhere/token' }, 'HUAWEI_TOKEN_FILE names cannot be read (ENOENT)'],
  ])('are refused without being shown: %j', (env, message) => {
    expect(() => readGatewaySettings(undefined, env)).toThrow(message);
    expect(() => readGatewaySettings(undefined, env)).not.toThrow(CANARY);
  });
});
