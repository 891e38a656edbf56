import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { REDACTED, Secret } from './secret.ts';

const VALUE = 'canary-5e1f';

describe('Secret', () => {
  it('reveals its value on request', () => {
    expect(new Secret(VALUE).reveal()).toBe(VALUE);
  });

  it.each<[string, (secret: Secret) => string, string]>([
    ['String()', (secret) => String(secret), REDACTED],
    ['a template', (secret) => `<${secret as unknown as string}>`, `<${REDACTED}>`],
    ['a list joined', (secret) => [secret, 1].join(), `${REDACTED},1`],
    ['JSON', (secret) => JSON.stringify(secret), `"${REDACTED}"`],
    [
      'JSON of an object that holds it',
      (secret) => JSON.stringify({ a: [{ secret }] }),
      `{"a":[{"secret":"${REDACTED}"}]}`,
    ],
    ['inspect', (secret) => inspect(secret), REDACTED],
    [
      'inspect of an object that holds it',
      (secret) => inspect({ a: [{ secret }] }, { depth: null }),
      `{ a: [ { secret: ${REDACTED} } ] }`,
    ],
    [
      'inspect of a Map',
      (secret) => inspect(new Map([['secret', secret]])),
      `Map(1) { 'secret' => ${REDACTED} }`,
    ],
    [
      'console.log',
      (secret) => format('%s %o %j', secret, { secret }, secret),
      `${REDACTED} { secret: ${REDACTED} } "${REDACTED}"`,
    ],
  ])('hides its value from %s', (_by, show, shown) => {
    expect(show(new Secret(VALUE))).toBe(shown);
  });

  it.each<[string, (secret: Secret) => unknown]>([
    [
      'inspect that ignores custom functions',
      (secret) => inspect(secret, { customInspect: false, showHidden: true, getters: true }),
    ],
    ['its own properties', (secret) => Reflect.ownKeys(secret)],
    ['a copy of it', (secret) => JSON.stringify(Object.assign({}, secret))],
    ['a structured clone', (secret) => inspect(structuredClone(secret), { showHidden: true })],
    [
      'an error that has it as its cause',
      (secret) => inspect(new Error('failed', { cause: { secret } })),
    ],
  ])('does not show its value in %s', (_where, show) => {
    expect(String(show(new Secret(VALUE)))).not.toContain(VALUE);
  });
});
