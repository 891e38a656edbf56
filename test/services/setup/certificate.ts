import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../setup/command.ts';

/** A key and an untrusted certificate for 127.0.0.1, in files too. */
export interface Certificate {
  readonly key: Buffer;
  readonly certificate: Buffer;
  readonly keyPath: string;
  readonly path: string;
  readonly close: () => Promise<void>;
}

export async function makeCertificate(): Promise<Certificate> {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  const [keyPath, path] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-keyout', keyPath, '-out', path],
  ]);
  return {
    key: readFileSync(keyPath),
    certificate: readFileSync(path),
    keyPath,
    path,
    close: () => {
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  };
}
