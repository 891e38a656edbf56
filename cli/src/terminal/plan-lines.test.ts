import { describe, expect, it } from 'vitest';
import type { Change, Step } from '../plan/step.ts';
import { planLines } from './plan-lines.ts';
import { render } from './text.ts';

const step = (over: Partial<Step>): Step => ({
  name: 'x',
  target: 'oidcConfig',
  id: 'staff',
  action: 'update',
  changes: [],
  expectedFingerprint: 'f',
  wanted: {},
  input: {},
  needs: [],
  notes: [],
  entry: ['oidcConfigs', 0],
  ...over,
});

const shown = (steps: readonly Step[], hasColor = false) =>
  planLines({ steps, notInFile: [] })
    .map((line) => render(line, hasColor))
    .join('\n');

const changed = (...changes: Change[]) => shown([step({ changes })]);

const key = (kid: string, n = 'n') => ({ kty: 'RSA', kid, n });

describe('the plan for a person', () => {
  it('aligns fields, and says what is created, changed and removed', () => {
    expect(
      shown([
        step({
          target: 'openIdConnect',
          id: 'shop',
          changes: [
            { path: ['appStartUrl'], from: 'https://a', to: 'https://b' },
            { path: ['customErrorUrl'], from: 'x', to: null },
            { path: ['integrationEventId'], from: null, to: 'event' },
            { path: ['connectClientSecret'], secret: 'will be set from NAME' },
          ],
        }),
        step({ action: 'unchanged', id: 'quiet' }),
        step({ action: 'unchanged', id: 'noted', notes: ['a note'] }),
        step({ action: 'delete', target: 'mapping', id: 'm' }),
      ]),
    ).toMatchInlineSnapshot(`
      "~ OpenIdConnect "shop" will be changed
          ~ appStartUrl          https://a -> https://b
          - customErrorUrl       x -> (none)
          + integrationEventId   event
          ~ connectClientSecret  will be set from NAME
        OpenID Connect configuration of "noted" is unchanged
          note: a note
      - mapping "m" will be deleted

      Plan: 1 to change, 1 to delete, 2 unchanged."
    `);
  });

  it('has colors by what happens', () => {
    expect(
      shown([step({ action: 'create', changes: [{ path: ['a'], from: null, to: 1 }] })], true),
    ).toBe(
      '\u001b[32m+ OpenID Connect configuration of "staff"\u001b[39m will be created\n' +
        '    \u001b[32m+ a\u001b[39m  1\n\n\u001b[1mPlan\u001b[22m: 1 to create.',
    );
  });

  it('shows keys by their ids', () => {
    const text = (keys: object[]) => JSON.stringify({ keys });
    const from = text([key('a'), key('b')]);
    const keyLine = (to: Change) => changed(to).split('\n')[1]?.trim();
    expect(keyLine({ path: ['signingKey'], from, to: { keys: [key('b'), key('c')] } })).toBe(
      '~ signingKey  key set of 2 keys: kid a, b -> b, c',
    );
    expect(keyLine({ path: ['signingKey'], from, to: { keys: [key('b'), key('a', 'x')] } })).toBe(
      '~ signingKey  key set of 2 keys: kid a, b -> b, a (the same ids, other keys)',
    );
    expect(keyLine({ path: ['signingKey'], from: 'x', to: { keys: [{ kty: 'RSA' }] } })).toBe(
      '~ signingKey  a value that is not a key set -> key set of 1 key: kid (none)',
    );
  });

  it('shortens long values, and shows blank ones', () => {
    expect(changed({ path: ['a'], from: '', to: 'x'.repeat(300) })).toContain(
      `"" -> ${'x'.repeat(200)}… (300 characters)`,
    );
  });

  it('never has what a terminal acts on, from a stored value', () => {
    const evil = '\u001b]0;title\u0007\u009b31m\r\nnext';
    const text = shown(
      [
        step({
          id: evil,
          changes: [{ path: [evil], from: evil, to: { [evil]: evil } }],
          notes: [evil],
        }),
      ],
      false,
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('\\u001b]0;title');
  });

  it('says that nothing is to do', () => {
    expect(shown([step({ action: 'unchanged' })])).toBe('Nothing to do: 1 unchanged.');
    expect(shown([])).toBe('Nothing to do: the file has no entries.');
  });
});
