import { describe, expect, it } from 'vitest';
import { ALL_FIELDS } from './fields.ts';
import { oidcConfigDraft } from './input.ts';
import { openIdConnectConfig } from './wire.ts';

describe('ALL_FIELDS', () => {
  it('names every field of the input once', () => {
    const [, forConsole] = oidcConfigDraft.options;
    expect(ALL_FIELDS.toSorted()).toEqual(Object.keys(forConsole.shape).toSorted());
  });

  it('names every field of the wire in camel case', () => {
    const members = Object.keys(openIdConnectConfig.shape.openid_connect_config.shape);
    const inCamelCase = members.map((name) =>
      name.replaceAll(/_./g, ([, letter = '']) => letter.toUpperCase()),
    );
    expect(['idpId', ...inCamelCase]).toEqual(ALL_FIELDS);
  });
});
