import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running Prometheus (Debian's) of this test. */
export interface Prometheus {
  /** The data of a request to its API, e.g. `query?query=up`. @throws if it is refused */
  readonly ask: (request: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

/** Ports of others may take the one that was free a moment ago. */
const MAX_ATTEMPTS = 5;

/** Starts a Prometheus that reads metrics at this host and port every second. @param rules path of a file with alerts */
export async function startPrometheus(target: string, rules: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const configuration = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [rules],
    scrape_configs: [{ job_name: 'oidc-gateway', static_configs: [{ targets: [target] }] }],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const child = spawn(
      '/usr/bin/prometheus',
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const ended = once(child, 'exit').then(() => true as const);
    const api = `http://127.0.0.1:${port}/api/v1/`;
    if ((await Promise.race([ended, responds(`${api}status/config`)])) !== true)
      return {
        ask: async (request) => {
          const response = await fetch(`${api}${request}`);
          const answer = (await response.json()) as {
            readonly status: string;
            readonly data?: unknown;
            readonly error?: string;
          };
          if (answer.status !== 'success') throw new Error(`${request}: ${answer.error ?? ''}`);
          return answer.data;
        },
        close: async () => {
          child.kill('SIGTERM');
          await ended;
          rmSync(folder, { recursive: true });
        },
      };
    if (!said.includes('address already in use') || attempt === MAX_ATTEMPTS)
      throw new Error(`prometheus did not start: ${said}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo; // what a listening TCP server has
  await once(server.close(), 'close');
  return port;
}

async function responds(url: string): Promise<void> {
  for (;;) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // It does not listen yet.
    }
    await sleep(50);
  }
}
