import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { digestOf, RECORDED, recordedCases } from './cases.ts';

/* Records what Keystone makes of the cases, as vectors. Needs Debian, where the package is installed as root. */

const PYTHON = '/usr/bin/python3';
const PACKAGE = 'python3-keystone';
const VECTORS = new URL('../vectors/huawei-iam-keystone.jsonl', import.meta.url);

if (spawnSync(PYTHON, ['-c', 'import keystone.federation.utils']).status !== 0) {
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', PACKAGE], {
    stdio: 'inherit',
  });
}
const version = execFileSync('dpkg-query', ['-W', '-f', '${Version}', PACKAGE], {
  encoding: 'utf8',
});
const cases = recordedCases();
const outcomes = execFileSync(
  PYTHON,
  ['-W', 'ignore', fileURLToPath(new URL('evaluate.py', import.meta.url))],
  {
    input: cases.map((one) => `${JSON.stringify(one)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  },
);
const header = { recordedFrom: `${PACKAGE} ${version}`, ...RECORDED, digest: digestOf(cases) };
writeFileSync(VECTORS, `${JSON.stringify(header)}\n${outcomes}`);
process.stdout.write(`Recorded ${cases.length} cases from ${PACKAGE} ${version}.\n`);
