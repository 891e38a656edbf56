import { expect, it } from 'vitest';
import { renamedClasses } from './renamed-classes.ts';

it('finds subclasses that have another name in the bundle', () => {
  const sources = [
    'export class Kept extends Error {}\nclass Assigned extends Kept {}\nclass Alone {}',
    'export abstract class Renamed extends Error {}\nexport class InItself<T> extends Map<T, T> {}',
    'class Twice extends Error {}',
    'class Twice extends Kept {}',
  ];
  const built = [
    'class Kept extends Error{}var Assigned=class extends Kept{},Renamed2=class extends Error{}',
    'var InItself=class _InItself extends Map{};class Twice extends Error{}',
  ];
  expect(renamedClasses(sources, built)).toEqual(['Renamed', 'InItself', 'Twice']);
});
