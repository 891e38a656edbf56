import { expect, it } from 'vitest';
import { onlyBundled } from './sbom.ts';

const DEVELOPMENT = { name: 'cdx:npm:package:development', value: 'true' };
const OTHER = { name: 'cdx:npm:package:bundled', value: 'true' };
const component = (name: string, version = '1.0.0') => ({
  'bom-ref': `${name}@${version}`,
  name,
  version,
  scope: 'optional',
  purl: `pkg:npm/${name}@${version}`,
  properties: [DEVELOPMENT, OTHER],
});
const dependency = (ref: string, ...dependsOn: readonly string[]) => ({
  ref: `${ref}@1.0.0`,
  dependsOn: dependsOn.map((one) => `${one}@1.0.0`),
});
const DOCUMENT = {
  bomFormat: 'CycloneDX',
  metadata: { component: component('folder'), tools: ['npm'] },
  components: [
    ...['server', 'glue', 'linter', 'core'].map((name) => component(name)),
    component('core', '2.0.0'),
  ],
  dependencies: [
    dependency('folder', 'linter', 'server', 'glue'),
    dependency('server', 'glue', 'server'),
    // A circle of packages that are left out.
    dependency('glue', 'linter', 'core'),
    dependency('linter', 'glue', 'core'),
    dependency('core'),
  ],
};
const SERVER = { name: 'server', version: '1.0.0' };
const CORE = { name: 'core', version: '1.0.0' };

it('keeps the packages in the bundle, and what they need of each other', () => {
  const cut = onlyBundled(DOCUMENT, 'gateway', [CORE, SERVER]);
  const kept = (name: string) => ({ ...component(name), scope: 'required', properties: [OTHER] });
  expect(cut).toEqual({
    bomFormat: 'CycloneDX',
    metadata: { component: { ...component('folder'), name: 'gateway' }, tools: ['npm'] },
    components: [kept('server'), kept('core')],
    dependencies: [
      dependency('folder', 'core', 'server'),
      dependency('server', 'core'),
      dependency('core'),
    ],
  });
});

it('refuses a document without one of the packages', () => {
  expect(() =>
    onlyBundled(DOCUMENT, 'gateway', [SERVER, { name: 'core', version: '3.0.0' }]),
  ).toThrow('npm sbom does not know core@3.0.0');
});
