import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/sign-in.json' with { type: 'json' };
import { filled } from './template.ts';

interface TemplateCase {
  readonly template: string;
  readonly values: Readonly<Partial<Record<string, string>>>;
  readonly result: string;
}

describe('AppStartUrl', () => {
  it.each<TemplateCase>(vectors.orderCloud.appStartUrl)(
    'is filled as documented: $template',
    ({ template, values, result }) => {
      const all = ['0', '1', '2', '3', '4'].map((index) => values[index] ?? '');
      expect(filled(template, all)).toBe(result);
    },
  );
});

describe('CustomErrorUrl', () => {
  it.each(vectors.orderCloud.customErrorUrl)(
    'is filled as documented: $template',
    ({ template, text, result }) => {
      expect(filled(template, [text])).toBe(result);
    },
  );
});

it('keeps what is not a placeholder, or has no value', () => {
  expect(filled('a{token}{9}{1}{ 0 }', ['x'])).toBe('a{token}{9}{1}{ 0 }');
});
