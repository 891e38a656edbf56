import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from '../setup/built-gateway.ts';
import type { Running } from '../setup/built-gateway.ts';
import type { LogReader } from './log-reader.ts';

/** The built gateway, which is stopped, killed and started again. */
export class Gateway {
  readonly #main: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #log: LogReader;
  readonly accidents: string[] = [];
  #running: Running | null = null;
  #url: string | null = null;
  #isMeantToEnd = false;

  /** @param main the program, such as `dist/main.js` */
  constructor(main: string, environment: Readonly<Record<string, string>>, log: LogReader) {
    this.#main = main;
    this.#environment = environment;
    this.#log = log;
  }

  /** Of the API; null while it is not there. */
  get url(): string | null {
    return this.#url;
  }

  async start(workers: number): Promise<void> {
    const running = start(process.execPath, [this.#main], {
      ...this.#environment,
      WORKERS: String(workers),
    });
    this.#running = running;
    this.#isMeantToEnd = false;
    void running.exit.then(({ code }) => {
      if (!this.#isMeantToEnd)
        this.accidents.push(
          `the gateway ended by itself with ${String(code)}: ${running.output().slice(-500)}`,
        );
      if (!this.#isMeantToEnd) this.#url = null;
    });
    const [, url = ''] = await running.line(/"url":"([^"]+)"/);
    this.#url = url;
  }

  /** Has it end what is under way. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Kills one worker, or the whole if there are none. */
  async killWorker(which: (pids: readonly [number, ...number[]]) => number): Promise<void> {
    const [first, ...rest] = this.#workers();
    if (first === undefined) return;
    process.kill(which([first, ...rest]), 'SIGKILL');
    await sleep(1_000);
  }

  /** Has its workers replaced one after the other. */
  async reload(): Promise<void> {
    this.#running?.signalAlone('SIGHUP');
    await sleep(5_000);
  }

  hasWorkers(): boolean {
    return this.#workers().length > 0;
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    this.#isMeantToEnd = true;
    // A signal to the primary alone, as container runtimes send it; no process outlives a kill.
    if (signal === 'SIGTERM') running.signalAlone(signal);
    else running.signal(signal);
    this.#url = null;
    const { code, stdout, stderr } = await running.exit;
    this.#running = null;
    this.#log.read(stdout, signal === 'SIGKILL');
    if (stderr.includes('CANARY')) this.#log.read(`${stderr}\n`, true);
    if (signal === 'SIGTERM' && code !== 0)
      this.accidents.push(
        `after SIGTERM the gateway ended with ${String(code)}: ${stderr.slice(-500)}`,
      );
  }

  #workers(): number[] {
    const pid = this.#running?.pid;
    if (pid === undefined) return [];
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
        .split(' ')
        .filter((text) => text !== '')
        .map(Number);
    } catch {
      return [];
    }
  }
}
