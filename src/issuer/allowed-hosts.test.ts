import { describe, expect, it } from 'vitest';
import { isAllowedByOperator, parseAllowedHost } from './allowed-hosts.ts';

describe('an entry', () => {
  it.each([
    ['idp.internal', { protocol: 'https:', host: 'idp.internal', port: '' }],
    ['IDP.Internal:443', { protocol: 'https:', host: 'idp.internal', port: '' }],
    ['idp.internal:8443', { protocol: 'https:', host: 'idp.internal', port: '8443' }],
    ['.corp.example', { protocol: 'https:', host: '.corp.example', port: '' }],
    ['http://localhost:8080', { protocol: 'http:', host: 'localhost', port: '8080' }],
    ['http://.corp.example', { protocol: 'http:', host: '.corp.example', port: '' }],
    ['10.0.0.7', { protocol: 'https:', host: '10.0.0.7', port: '' }],
    ['https://[::1]:9000', { protocol: 'https:', host: '[::1]', port: '9000' }],
    ['bücher.example', { protocol: 'https:', host: 'xn--bcher-kva.example', port: '' }],
  ])('%s', (entry, expected) => {
    expect(parseAllowedHost(entry)).toEqual(expected);
  });

  it.each([
    '',
    '.',
    '..',
    '..corp.example',
    'idp.internal.',
    'https://',
    'ftp://idp.internal',
    'idp.internal/',
    'https://idp.internal/realm',
    'idp.internal?a',
    'user@idp.internal',
    'a b',
    '*.corp.example',
    '.10.0.0.7',
    'idp.internal:99999',
    'idp.internal,other',
  ])('is not "%s"', (entry) => {
    expect(parseAllowedHost(entry)).toBeNull();
  });
});

describe('a URL is allowed', () => {
  const allows = (entry: string, url: string) => {
    const parsed = parseAllowedHost(entry);
    return parsed !== null && isAllowedByOperator(new URL(url), [parsed]);
  };

  it.each([
    ['idp.internal', 'https://idp.internal/realms/a'],
    ['idp.internal', 'https://idp.internal:443/'],
    ['.corp.example', 'https://a.b.corp.example/'],
    ['http://localhost:8080', 'http://localhost:8080/'],
    ['127.0.0.1', 'https://0x7f.1/'],
  ])('by %s: %s', (entry, url) => {
    expect(allows(entry, url)).toBe(true);
  });

  it.each([
    ['idp.internal', 'http://idp.internal/'],
    ['idp.internal', 'https://idp.internal:8443/'],
    ['idp.internal', 'https://idp.internal.evil.example/'],
    ['idp.internal', 'https://a.idp.internal/'],
    ['.corp.example', 'https://corp.example/'],
    ['.corp.example', 'https://evilcorp.example/'],
    ['http://localhost:8080', 'https://localhost:8080/'],
    ['http://localhost:8080', 'http://localhost:8081/'],
  ])('not by %s: %s', (entry, url) => {
    expect(allows(entry, url)).toBe(false);
  });
});
