import type { AuditCount, LogSummary } from './history.ts';

/** The member of a line of the audit trail that says which of the two lines it is. A gateway without it writes outcomes alone. */
const EVENT = 'event';
const INTENT = 'intent';

/** Reads the log of one process of the gateway after the other. */
export class LogReader {
  readonly #audits = new Map<string, AuditCount>();
  readonly #leaks: string[] = [];
  readonly #garbage: string[] = [];

  /** @param wasKilled whether the last line may have been cut */
  read(text: string, wasKilled: boolean): void {
    const lines = text.split('\n');
    const cut = lines.pop() ?? '';
    for (const line of lines) this.#readLine(line);
    if (cut !== '' && !wasKilled) this.#garbage.push(cut.slice(0, 500));
  }

  summary(): LogSummary {
    return { audits: this.#audits, leaks: this.#leaks, garbage: this.#garbage };
  }

  #readLine(line: string): void {
    if (line.includes('CANARY')) this.#leaks.push(line.slice(0, 500));
    let fields: Readonly<Record<string, unknown>>;
    try {
      fields = JSON.parse(line) as Readonly<Record<string, unknown>>;
    } catch {
      this.#garbage.push(line.slice(0, 500));
      return;
    }
    if (fields['msg'] !== 'audit') return;
    const id = String(fields['requestId']);
    const count = this.#audits.get(id) ?? { intents: 0, outcomes: 0 };
    this.#audits.set(id, count);
    if (String(fields[EVENT]).toLowerCase() === INTENT) count.intents += 1;
    else count.outcomes += 1;
  }
}
